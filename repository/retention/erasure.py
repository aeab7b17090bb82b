"""Lawful erasure: what an event said leaves every table, and only the fact of it stays.

The row of the message stays without its content, so that accounts and positions hold and the same
bytes sent again are a duplicate. Kafka holds the message until its topic's retention passes: the
report says where. A store built anew from Kafka is given the list first (`apply`), and then erases
each event in the transaction that numbers it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from intelbus.errors import ConflictError, ContentError, InvalidRequestError
from repository.linking import posting
from repository.linking import stage as linking
from repository.notices import stage as notices
from repository.queries.event import NoEventError, event_key
from repository.relays import stage as relays
from repository.retention import emptied
from repository.retention.schedule import reasons_to_keep
from repository.stages import LOCKS, lock_stage
from repository.statistics import stage as statistics

# An event's versions, what retracts it, and what its agency has said to the letter again.
FAMILY: LiteralString = """
WITH RECURSIVE family (agency, event_id) AS (
    SELECT agency, event_id FROM event WHERE agency = %(agency)s AND event_id = %(event_id)s
    UNION
    SELECT f.agency, n.event_id FROM family f CROSS JOIN LATERAL (
        SELECT a.target_event_id AS event_id FROM amendment a
        WHERE a.agency = f.agency AND a.amending_event_id = f.event_id
        UNION ALL
        SELECT a.amending_event_id FROM amendment a
        WHERE a.agency = f.agency AND a.target_event_id = f.event_id
        UNION ALL
        SELECT other.event_id FROM event_log mine
        JOIN restatement r ON mine.position IN (r.position, r.first_position)
        JOIN event_log other ON other.position IN (r.position, r.first_position)
        WHERE mine.agency = f.agency AND mine.event_id = f.event_id
    ) n
)
SELECT e.event_id, l.position, t.name, e.partition, e."offset", e.kind
FROM family f JOIN event e ON e.agency = f.agency AND e.event_id = f.event_id
LEFT JOIN event_log l ON l.agency = e.agency AND l.event_id = e.event_id
LEFT JOIN topic t ON t.topic_no = e.topic_no
ORDER BY l.position
"""
CANDIDATES: LiteralString = "SELECT agency, event_id FROM event WHERE event_id = %s"
AT_POSITION: LiteralString = "SELECT agency, event_id FROM event_log WHERE position = %s"
BLANK_QUARANTINE: LiteralString = """
UPDATE quarantine q SET value = NULL, headers = '[]', detail = 'erased'
FROM event e
WHERE e.agency = %(agency)s AND e.event_id = ANY(%(events)s)
  AND q.agency = e.agency AND q.stream = e.stream AND q.sequence = e.sequence
"""
FORGET_FIRST: LiteralString = """
DELETE FROM first_statement f USING event_log l
WHERE l.position = ANY(%(positions)s) AND f.agency = l.agency AND f.position = l.position
"""
FORGET_RESTATED: LiteralString = """
DELETE FROM restatement WHERE position = ANY(%(positions)s) OR first_position = ANY(%(positions)s)
"""
DISCLOSED: LiteralString = """
SELECT d.export_id, d.recipient, d.exported_at, array_agg(x.position ORDER BY x.position)
FROM disclosed_event x JOIN disclosure d USING (export_id)
WHERE x.position = ANY(%s) GROUP BY d.export_id ORDER BY d.exported_at
"""
RECORD: LiteralString = """
INSERT INTO erasure (agency, event_id, asked_event_id, erased_at, erased_by, authority, because,
                     pending, report)
VALUES (%s, %s, %s, %s, %s, %s, %s, false, %s)
ON CONFLICT (agency, event_id) DO UPDATE SET pending = false, report = excluded.report
"""
LISTED: LiteralString = """
SELECT agency, event_id, asked_event_id, erased_at, erased_by, authority, because, pending, report
FROM erasure ORDER BY erased_at, agency, event_id LIMIT %s OFFSET %s
"""
EXPECT: LiteralString = """
INSERT INTO erasure (agency, event_id, asked_event_id, erased_at, erased_by, authority, because,
                     pending, report)
VALUES (%s, %s, %s, %s, %s, %s, %s, true, NULL) ON CONFLICT (agency, event_id) DO NOTHING
"""
ALREADY_STORED: LiteralString = """
SELECT l.position FROM erasure x JOIN event_log l USING (agency, event_id)
WHERE x.pending ORDER BY l.position
"""


class Part(NamedTuple):
    """One row: what is derived from events, and how it forgets those at given positions."""

    name: str
    forget: Callable[[psycopg.Connection[Any], list[int]], int]


# One row a stage; each takes its own rows out and brings right what they had touched.
PARTS: tuple[Part, ...] = (
    Part("notices", notices.forget),
    Part("relays", relays.forget),
    Part("linking", linking.forget),
    Part("terms", posting.forget),
    Part("statistics", statistics.forget),
)


Key = tuple[str, UUID]
"""An event's agency and id."""


def erase(
    connection: psycopg.Connection[Any],
    which: str | Key,
    *,
    by: str,
    authority: str,
    because: str,
    now: datetime,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Erase an event (by its key, its id or its position) with all its versions; return the report.

    1 lock every stage · 2 find all versions · 3 take them out of what is derived · 4 empty the
    messages · 5 put the erasure on record, commit. Raises NoEventError, InvalidRequestError,
    ConflictError.
    """
    if not authority.strip() or not because.strip():
        raise InvalidRequestError("an erasure needs its authority and its reason", hint="say both")
    with connection.transaction(force_rollback=dry_run):
        for stage in sorted(LOCKS):
            lock_stage(connection, stage)
        agency, event_id = named(connection, which) if isinstance(which, str) else which
        report = _erase(connection, agency, event_id, now.date())
        row = (now, by, authority, because)
        for erased in report["events"]:
            told = Jsonb(report) if erased["event_id"] == str(event_id) else None
            connection.execute(RECORD, (agency, erased["event_id"], event_id, *row, told))
    return report | {"dry_run": dry_run}


def named(connection: psycopg.Connection[Any], which: str) -> Key:
    """Return the key of the one event that an id or a position names. Raises NoEventError."""
    key = event_key(which)
    statement = AT_POSITION if isinstance(key, int) else CANDIDATES
    found = connection.execute(statement, (key,)).fetchall()
    if len(found) != 1:
        several = f"; {len(found)} agencies have used it: name a position" if found else ""
        raise NoEventError(f"there is no one event {which}{several}", hint="try `ukhtc search`")
    return (found[0][0], found[0][1])


def _erase(
    connection: psycopg.Connection[Any], agency: str, event_id: UUID, today: date
) -> dict[str, Any]:
    rows = connection.execute(FAMILY, {"agency": agency, "event_id": event_id}).fetchall()
    if all(kind == "erased" for *_, kind in rows):
        raise ConflictError(f"event {event_id} has been erased already", subject=agency)
    positions = [position for _, position, *_ in rows if position is not None]
    exports = connection.execute(DISCLOSED, (positions,)).fetchall()
    kept = reasons_to_keep(connection, positions, today)
    removed = {part.name: part.forget(connection, positions) for part in PARTS}
    removed |= _empty(connection, agency, [row[0] for row in rows], positions)
    return {
        "agency": agency,
        "event_id": str(event_id),
        "events": [
            {
                "event_id": str(one),
                "position": position,
                "message": {"topic": topic, "partition": partition, "offset": offset},
            }
            for one, position, topic, partition, offset, _ in rows
        ],
        "reasons_to_keep": kept,
        "rows_removed": removed,
        "still_held": {
            "kafka": "each message above, until the retention of its topic passes",
            "exports": [
                {
                    "export_id": str(export_id),
                    "recipient": recipient,
                    "exported_at": at.isoformat(),
                    "positions": held,
                }
                for export_id, recipient, at, held in exports
            ],
        },
    }


def _empty(
    connection: psycopg.Connection[Any], agency: str, events: list[UUID], positions: list[int]
) -> dict[str, int]:
    """Empty the messages themselves; return how many rows of each table lost their content."""
    asked = {"agency": agency, "events": events, "positions": positions}
    statements: Mapping[str, LiteralString] = {
        "first_statement": FORGET_FIRST,
        "restatement": FORGET_RESTATED,
        "quarantine": BLANK_QUARANTINE,
        "event": emptied.BY_ID,
    }
    return {name: connection.execute(text, asked).rowcount for name, text in statements.items()}


def listed(
    connection: psycopg.Connection[Any], *, limit: int | None = None, offset: int = 0
) -> list[dict[str, Any]]:
    """Return every erasure on record, or so many of them, the oldest first."""
    names = ("agency", "event_id", "asked_event_id", "erased_at", "erased_by", "authority",
             "because", "pending", "report")  # fmt: skip
    return [
        dict(zip(names, row, strict=True))
        | {"event_id": str(row[1]), "asked_event_id": str(row[2]), "erased_at": row[3].isoformat()}
        for row in connection.execute(LISTED, (limit, offset))
    ]


def apply(connection: psycopg.Connection[Any], lines: Iterable[str]) -> tuple[int, int]:
    """Take in a list that another store wrote; return (events erased now, events waited for).

    What is not here yet is erased when it is numbered. Raises ContentError on a bad line; then
    nothing was taken in.
    """
    with connection.transaction():
        for stage in sorted(LOCKS):
            lock_stage(connection, stage)
        for number, line in enumerate(lines, 1):
            if line.strip():
                connection.execute(EXPECT, _row_of(number, line))
        stored = [position for (position,) in connection.execute(ALREADY_STORED)]
        for part in PARTS:
            part.forget(connection, stored)
        emptied.empty_pending(connection)
        waiting = connection.execute("SELECT count(*) FROM erasure WHERE pending").fetchone()
    return len(stored), int(waiting[0]) if waiting else 0


def _row_of(number: int, line: str) -> tuple[Any, ...]:
    try:
        one = json.loads(line)
        return (one["agency"], UUID(one["event_id"]), UUID(one["asked_event_id"]),
                datetime.fromisoformat(one["erased_at"]), one["erased_by"], one["authority"],
                one["because"])  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError(
            f"line {number} is no erasure: {type(error).__name__} {error}",
            hint="the list is what `ukhtc erasures export` wrote, a JSON object a line",
        ) from error
