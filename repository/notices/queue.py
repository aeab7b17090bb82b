"""The officers' queue: notices that go out by a person's hand or not at all.

A notice sent from here names UKHTC as whom to call, so that neither the holder nor a place that
shelters somebody is identified.
"""

from collections.abc import Iterable
from typing import Any, LiteralString

import psycopg

from intelbus.errors import ConflictError, ContentError, InvalidRequestError
from intelbus.trust import CENTRE, TrustRegistry
from repository.access.audit import Who, record
from repository.notices.matching import Finding
from repository.notices.policy import Way
from repository.notices.telling import tell
from repository.notices.transitions import Notice, Status

LOCKED: LiteralString = """
SELECT notice_id, status, reason, strength, urgency, told, ever_held, revision, receiver, holder,
       watch_reference, positions, ordinals
FROM notice WHERE notice_no = %s FOR UPDATE
"""
DECIDED_BY: LiteralString = """
SELECT decided_by, decision FROM notice_decision WHERE notice_no = %s
ORDER BY decision_no DESC LIMIT 1
"""
DECIDE: LiteralString = """
INSERT INTO notice_decision (notice_no, decision, decided_by, because) VALUES (%s, %s, %s, %s)
"""
SET_STATUS: LiteralString = """
UPDATE notice SET status = %s, decided_at = clock_timestamp() WHERE notice_no = %s
"""


class NoNoticeError(ContentError):
    """There is no such notice."""


class NotHeldError(ConflictError):
    """The notice does not wait for a decision."""


def send(
    connection: psycopg.Connection[Any],
    notices: Iterable[int],
    registry: TrustRegistry,
    *,
    who: Who,
    because: str,
) -> None:
    """Give held notices, UKHTC being whom to call: all of these, or none.

    Raises NoNoticeError, and NotHeldError when somebody else was quicker or the match is gone.
    """
    with connection.transaction():
        for notice_no in _in_order(notices):
            notice, key, finding = _held(connection, notice_no)
            _decide(connection, notice_no, Status.SENT, who=who, because=because)
            tell(connection, notice, key, finding, registry.agencies[CENTRE])


def dismiss(
    connection: psycopg.Connection[Any], notices: Iterable[int], *, who: Who, because: str
) -> None:
    """Decide that held notices are not given: all of these, or none. Each comes back only if its
    match becomes more.

    Raises NoNoticeError, and NotHeldError when somebody else was quicker or the match is gone.
    """
    with connection.transaction():
        for notice_no in _in_order(notices):
            _held(connection, notice_no)
            _decide(connection, notice_no, Status.DISMISSED, who=who, because=because)


def _in_order(notices: Iterable[int]) -> list[int]:
    """Return each once, in the order that keeps two officers from waiting for each other."""
    return sorted(set(notices))


def _held(
    connection: psycopg.Connection[Any], notice_no: int
) -> tuple[Notice, tuple[str, str, str | None], Finding]:
    row = connection.execute(LOCKED, (notice_no,)).fetchone()
    if row is None:
        raise NoNoticeError(
            f"there is no notice {notice_no}", hint="`ukhtc notices queue list` shows those held"
        )
    status = Status(row[1])
    if status is not Status.HELD:
        last = connection.execute(DECIDED_BY, (notice_no,)).fetchone()
        who = f"; {last[0]} decided: {last[1]}" if last else ""
        raise NotHeldError(
            f"notice {notice_no} does not wait for a decision: it is {status}{who}",
            hint="`ukhtc notices show` says how it came to that",
        )
    notice = Notice(notice_no, row[0], status, *row[2:8])
    finding = Finding(Way.ASK, row[2], row[3], row[4], tuple(zip(row[11], row[12], strict=True)))
    return notice, (row[8], row[9], row[10]), finding


def _decide(
    connection: psycopg.Connection[Any], notice_no: int, status: Status, *, who: Who, because: str
) -> None:
    if not who.reader.strip() or not because.strip():
        raise InvalidRequestError("a decision needs who made it and why", hint="--because TEXT")
    connection.execute(DECIDE, (notice_no, status.value, who.reader, because))
    connection.execute(SET_STATUS, (status.value, notice_no))
    record(connection, who, "notice", {"notice": notice_no, "decision": status.value})
