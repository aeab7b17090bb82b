"""Requests to break the glass, and what was decided on them. Each runs in a reader's session."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from intelbus.errors import ConflictError, ContentError, InvalidRequestError
from repository.access.audit import Who
from repository.access.reader import Reader
from repository.glass.rules import (
    LONGEST,
    NoApproverError,
    Request,
    State,
    require_another,
    require_approver,
    require_authority,
    state_of,
    until,
)
from repository.queries.event import event_key

ASK: LiteralString = """
INSERT INTO glass_request (reader, organisation, os_user, credential, asked_position,
                           asked_event_id, victims, hours, reason)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING request_no
"""
LISTED: LiteralString = """
SELECT r.request_no, r.asked_at, r.reader, r.organisation, r.asked_position, r.asked_event_id,
       r.victims, r.hours, r.reason, d.granted, d.decided_by, d.expires_at,
       glass_open(r.request_no)
FROM glass_request r LEFT JOIN glass_decision d USING (request_no)
ORDER BY r.request_no DESC LIMIT %s
"""
ASKED: LiteralString = """
SELECT r.request_no, r.reader, r.organisation, r.victims, r.hours, r.asked_at, r.os_user,
       r.credential, r.asked_position, r.asked_event_id, d.granted, d.positions,
       glass_open(r.request_no)
FROM glass_request r LEFT JOIN glass_decision d USING (request_no) WHERE r.request_no = %s
"""
# What a request names, as whoever decides sees it by their own rights.
NAMED: LiteralString = """
SELECT l.position, e.agency, e.event_id, e.kind, e.marking, e.grading_scheme, e.handling
FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE e.kind <> 'erased' AND NOT l.position = ANY (glass_positions(false))
"""
NAMED_BY_POSITION: LiteralString = NAMED + "AND l.position = %s"
NAMED_BY_ID: LiteralString = NAMED + "AND e.event_id = %s"
# Its first version, and that with all that amends it: what stands, and what no longer does.
ROOT: LiteralString = """
SELECT coalesce(
    (SELECT target_event_id FROM amendment
     WHERE agency = %(agency)s AND amending_event_id = %(event)s), %(event)s)
"""
VERSIONS: LiteralString = """
SELECT position FROM event_log WHERE agency = %(agency)s AND event_id = %(root)s
UNION
SELECT position FROM amendment WHERE agency = %(agency)s AND target_event_id = %(root)s
UNION
SELECT position FROM event_log WHERE agency = %(agency)s AND event_id = %(event)s
"""
DECIDE: LiteralString = """
INSERT INTO glass_decision (request_no, decided_by, granted, expires_at, agency, root_event_id,
                            positions)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
END: LiteralString = "INSERT INTO glass_end (request_no, ended_by) VALUES (%s, %s)"


class NoRequestError(ContentError):
    """There is no such request, or none that you may see."""


def ask(
    connection: psycopg.Connection[Any],
    who: Who,
    which: str,
    *,
    reason: str,
    hours: int,
    victims: bool,
) -> int:
    """Put a request on record and return its number: the same whether or not there is such an
    event. Raises NoEventError for what is neither an id nor a position, InvalidRequestError.
    """
    if not reason.strip():
        raise InvalidRequestError("a glass is broken for a reason", hint="say which: --because")
    if not 1 <= hours <= LONGEST:
        raise InvalidRequestError(f"a glass is broken for 1 to {LONGEST} hours")
    key = event_key(which)
    position, event_id = (key, None) if isinstance(key, int) else (None, key)
    row = connection.execute(
        ASK,
        (who.reader, who.organisation, who.os_user, who.credential, position, event_id, victims,
         hours, reason.strip()),
    ).fetchone()  # fmt: skip
    assert row is not None  # noqa: S101  (INSERT … RETURNING of one row)
    return int(row[0])


def requests(
    connection: psycopg.Connection[Any], reader: Reader, *, now: datetime, limit: int = 100
) -> list[dict[str, Any]]:
    """Return one's own requests, and for an approver those they may decide on, newest first.

    `names` is what an approver sees of what somebody else's waiting request names: nothing, if it
    is not there or beyond their rights.
    """
    found = []
    for row in connection.execute(LISTED, (limit,)).fetchall():
        (number, asked_at, name, organisation, position, event_id, victims, hours, reason, granted,
         decided_by, expires, opened) = row  # fmt: skip
        state = state_of(asked_at, granted, expires, opened=opened, now=now)
        decides = reader.has("approver") and name != reader.name and state is State.WAITING
        found.append(
            {
                "request": number,
                "asked_at": asked_at.isoformat(),
                "reader": name,
                "organisation": organisation,
                "event": str(event_id or position),
                "victims": victims,
                "hours": hours,
                "because": reason,
                "state": state.value,
                "decided_by": decided_by,
                "expires_at": expires.isoformat() if expires else None,
                "names": _shown(_named(connection, position, event_id)) if decides else None,
            }
        )
    return found


def grant(
    connection: psycopg.Connection[Any], approver: Reader, who: Who, number: int, *, now: datetime
) -> list[int]:
    """Let the asking reader see what their request names, with its other versions, from now on for
    the hours asked for; return the positions. Raises NoRequestError, NoApproverError,
    ConflictError.
    """
    request, asker, named = _undecided(connection, approver, number)
    if asker == (who.os_user, who.credential):
        raise NoApproverError(
            "the request came by the same login", hint="another person decides, by their own"
        )
    if len(named) != 1:
        raise NoApproverError(
            "it names nothing that your own rights reach"
            if not named
            else "it names events of several agencies",
            subject=f"request {number}",
            hint="" if not named else "let them ask for a position",
        )
    (_, agency, event_id, *_), *_ = named
    require_authority(approver, request, agency)
    wanted = {"agency": agency, "event": event_id}
    ((root,),) = connection.execute(ROOT, wanted).fetchall()
    rows = connection.execute(VERSIONS, wanted | {"root": root}).fetchall()
    positions = sorted(position for (position,) in rows)
    _decide(connection, number, approver, True, until(request, now), agency, root, positions)
    return positions


def refuse(connection: psycopg.Connection[Any], approver: Reader, number: int) -> None:
    """Decide that a request is not granted. Raises what `grant` does."""
    request, _, _ = _undecided(connection, approver, number)
    require_another(approver, request)
    _decide(connection, number, approver, False, None, None, None, [])


def end(connection: psycopg.Connection[Any], reader: Reader, number: int) -> list[int]:
    """End what was granted before its time; return the positions. Raises NoRequestError,
    NoApproverError, ConflictError.
    """
    row = connection.execute(ASKED, (number,)).fetchone()
    if row is None:
        raise NoRequestError(subject=str(number))
    if row[1] != reader.name:
        require_approver(reader)
    *_, positions, opened = row
    if not opened:
        raise ConflictError("it is not open", subject=f"request {number}")
    connection.execute(END, (number, reader.name))
    return list(positions)


def _undecided(
    connection: psycopg.Connection[Any], approver: Reader, number: int
) -> tuple[Request, tuple[str, str], list[tuple[Any, ...]]]:
    """Return a request, by which login it came, and what it names."""
    require_approver(approver)
    row = connection.execute(ASKED, (number,)).fetchone()
    if row is None:
        raise NoRequestError(subject=str(number), hint="`ukhtc glass list` shows those there are")
    *members, os_user, credential, position, event_id, granted, _, _ = row
    if granted is not None:
        raise ConflictError("it was decided before", subject=f"request {number}")
    return Request(*members), (os_user, credential), _named(connection, position, event_id)


def _decide(
    connection: psycopg.Connection[Any], number: int, approver: Reader, granted: bool, *rest: Any
) -> None:
    try:
        with connection.transaction():
            connection.execute(DECIDE, (number, approver.name, granted, *rest))
    except psycopg.errors.UniqueViolation as error:
        raise ConflictError("it was decided before", subject=f"request {number}") from error


def _named(
    connection: psycopg.Connection[Any], position: int | None, event_id: UUID | None
) -> list[tuple[Any, ...]]:
    if event_id is not None:
        return connection.execute(NAMED_BY_ID, (event_id,)).fetchall()
    return connection.execute(NAMED_BY_POSITION, (position,)).fetchall()


def _shown(named: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    columns = ("position", "agency", "event_id", "kind", "marking", "scheme", "handling")
    return [{**dict(zip(columns, row, strict=True)), "event_id": str(row[2])} for row in named]
