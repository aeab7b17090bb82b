"""Quarantine: what was refused, kept whole; retried on the same path, or rejected by a person.

A signed message is never edited. A retry judges the same bytes at the same `received_at`.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from psycopg.rows import class_row

from consumers.ingest.events import past_races
from consumers.ingest.judgement import Judge
from consumers.ingest.store import store_judged, unstorable
from consumers.ingest.streams import StreamChange, record_streams
from intelbus.errors import RefusedError
from intelbus.message import ReceivedMessage, headers_from_text, headers_to_bytes
from intelbus.reasons import REASONS
from repository.database import Connection

SELECT = """
SELECT q.quarantine_id, q.topic_no, t.name AS topic, q.partition, q."offset", q.reason, q.detail,
       q.agency, q.stream, q.sequence, q.received_at, q.quarantined_at, q.key, q.value, q.headers,
       q.status, q.decided_by, q.decided_at, q.decision_note, q.attempts
FROM quarantine q JOIN topic t USING (topic_no)
"""

# Rows first, then everything else, in the order ingest takes its locks.
LOCK = ' WHERE q.quarantine_id = ANY(%s) ORDER BY topic_no, partition, "offset" FOR UPDATE OF q'


class NotHeldError(RefusedError):
    """Only a held message can be decided on."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in quarantine; `agency` is None where nobody is shown to have sent it."""

    quarantine_id: int
    topic_no: int
    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    agency: str | None
    stream: Any
    sequence: int | None
    received_at: datetime
    quarantined_at: datetime
    key: bytes | None
    value: bytes | None
    headers: str
    status: str
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str | None
    attempts: int

    def message(self) -> ReceivedMessage:
        """Return the message as it was received."""
        return ReceivedMessage(
            self.topic,
            self.partition,
            self.offset,
            self.key,
            self.value,
            headers_to_bytes(headers_from_text(self.headers)),
            self.received_at,
        )


def entries(
    connection: Connection, *, status: str | None = "held", reason: str | None = None
) -> list[Entry]:
    """Return quarantined messages, oldest first."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(
            SELECT + " WHERE (%(status)s::text IS NULL OR q.status = %(status)s)"
            " AND (%(reason)s::text IS NULL OR q.reason = %(reason)s) ORDER BY q.quarantine_id",
            {"status": status, "reason": reason},
        ).fetchall()


def entry(connection: Connection, quarantine_id: int) -> Entry:
    """Return one entry. Raises RefusedError when there is none."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        found = cursor.execute(SELECT + " WHERE q.quarantine_id = %s", [quarantine_id]).fetchone()
    if found is None:
        raise RefusedError(
            f"nothing in quarantine has the number {quarantine_id}",
            hint="see `ukhtc quarantine list --all`",
        )
    return found


def retry(connection: Connection, ids: Sequence[int], judge: Judge, *, who: str) -> dict[str, int]:
    """Judge held messages again; return how many were accepted, duplicate, still quarantined.

    One transaction a message, so that one which fails holds up no other.
    """
    counts = {"accepted": 0, "duplicate": 0, "quarantined": 0}
    for one in ids:
        counts[past_races(partial(_retry_one, connection, one, judge, who=who))] += 1
    return counts


def _retry_one(connection: Connection, quarantine_id: int, judge: Judge, *, who: str) -> str:
    """Judge one message again in a transaction of its own; return its outcome."""
    with connection.transaction():
        held = _lock(connection, quarantine_id)
        numbers = {held.topic: held.topic_no}
        judged = unstorable(connection, numbers, [judge.judge(held.message())])
        stored = store_judged(connection, numbers, judged)
        if stored.quarantined:
            return "quarantined"
        _decide(connection, held, "released", who, "retried")
    return "accepted" if stored.accepted else "duplicate"


def retry_after_registry(connection: Connection, judge: Judge) -> dict[str, int]:
    """Retry all that a newer trust registry may mend."""
    mendable = {code for code, reason in REASONS.items() if reason.retriable_by == "registry"}
    who = f"trust registry {judge.registry.version}"
    counts = {"accepted": 0, "duplicate": 0, "quarantined": 0}
    for one in entries(connection):
        if one.reason in mendable:
            # Every worker hears of the registry; whoever comes second finds the entry decided.
            with contextlib.suppress(NotHeldError):
                done = retry(connection, [one.quarantine_id], judge, who=who)
                counts = {outcome: counts[outcome] + done[outcome] for outcome in counts}
    return counts


def reject(connection: Connection, quarantine_id: int, *, who: str, why: str) -> None:
    """Decide that a message will not be accepted; its agency, where known, is told by receipt.

    Raises NotHeldError when it is decided already.
    """
    with connection.transaction():
        held = _lock(connection, quarantine_id)
        _decide(connection, held, "rejected", who, why)
        if held.agency is not None and held.sequence is not None:
            change = StreamChange(
                held.agency, held.stream, held.topic, held.topic_no, held.partition
            )
            change.exceptions.append((held.sequence, "rejected", REASONS[held.reason]))
            change.heard_at = held.received_at
            record_streams(connection, [change], now=datetime.now(UTC))


def _lock(connection: Connection, quarantine_id: int) -> Entry:
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        found = cursor.execute(SELECT + LOCK, [[quarantine_id]]).fetchone()
    if found is None or found.status != "held":
        raise NotHeldError(
            f"entry {quarantine_id} is {found.status if found else 'not there'}",
            hint="see `ukhtc quarantine list`",
        )
    return found


def _decide(connection: Connection, held: Entry, status: str, who: str, why: str) -> None:
    connection.execute(
        "UPDATE quarantine SET status = %s, decided_by = %s, decided_at = clock_timestamp(),"
        " decision_note = %s WHERE quarantine_id = %s",
        [status, who, why, held.quarantine_id],
    )
