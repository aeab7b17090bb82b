"""What a database says, apart from what differs between two runs of the same load by rights.

Left out: event and stream ids (random), positions and offsets (agencies arrive interleaved),
times of arrival, batch boundaries, receipt revisions and groups, duplicates (a resend makes one),
epochs. An event is named by agency, topic and sequence instead, and every id in its content that
is an event of the load by that name. All else is in: contents, outcomes, streams, log membership,
restatements, amendments, records, descriptions, keys, pairs, postings, judgements, entities, what
receipts say.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from intelbus.codec import decode_control, decode_event

Names = Callable[[Any], Any]

EVENTS: LiteralString = """
SELECT e.agency, t.name, e.sequence, e.event_id, e.stream, e.kind, e.source_reference, e.urgency,
       e.marking, e.handling, e.value, coalesce(l.position, 0)
FROM event e JOIN topic t USING (topic_no)
LEFT JOIN event_log l ON l.agency = e.agency AND l.event_id = e.event_id
"""
STREAMS: LiteralString = """
SELECT s.agency, t.name, s.seen::text, s.announced_next, s.gap_since IS NULL
FROM stream s JOIN topic t USING (topic_no)
"""
QUARANTINE: LiteralString = """
SELECT agency, reason, count(*), status FROM quarantine GROUP BY agency, reason, status
"""
RESTATEMENTS: LiteralString = "SELECT position, first_position FROM restatement"
AMENDMENTS: LiteralString = """
SELECT amending_event_id, target_event_id, target_kind, kind, reported_at FROM amendment
"""
RECORDS: LiteralString = """
SELECT position, ordinal, agency, kind, role, label, victim, description, entity_position,
       entity_ordinal
FROM record
"""
KEYS: LiteralString = "SELECT key, description FROM link_key"
DESCRIPTIONS: LiteralString = "SELECT number, kind, said, own FROM description"
EDGES: LiteralString = "SELECT a, b, weight FROM edge"
POSTINGS: LiteralString = "SELECT term, position, ordinal FROM posting"
WORDINGS: LiteralString = "SELECT position, access_class & 64, words FROM wording"
JUDGEMENTS: LiteralString = """
SELECT a_position, a_ordinal, b_position, b_ordinal, judge, verdict, weight, reasons, victim
FROM judgement
"""


def state_of(database: str, prefix: str) -> dict[str, str]:
    """Return a SHA-256 of each part of what a database says. Equal parts say the same."""
    with psycopg.connect(database) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return {part: _digest(rows) for part, rows in _parts(connection, prefix).items()}


def _parts(connection: psycopg.Connection[Any], prefix: str) -> dict[str, list[Any]]:
    rows = connection.execute(EVENTS).fetchall()
    by_id: dict[Any, str] = {}
    by_position: dict[int, str] = {}
    for agency, topic, sequence, event_id, stream, *_, position in rows:
        name = f"{agency}/{topic.removeprefix(prefix)}/{sequence}"
        by_id[event_id] = name
        by_id[stream] = f"{agency}/{topic.removeprefix(prefix)}"
        if position:
            by_position[position] = name

    def named(value: Any) -> Any:
        return by_id.get(value, value)

    def placed(position: int, ordinal: int) -> str:
        return f"{by_position[position]}-{ordinal}"

    record_rows = connection.execute(RECORDS).fetchall()
    return {
        "events": [
            (by_id[event_id], kind, *copied, _renamed(decode_event(bytes(value)).event, named))
            for _, _, _, event_id, _, kind, *copied, value, _ in rows
        ],
        "log": list(by_position.values()),
        "quarantine": connection.execute(QUARANTINE).fetchall(),
        "streams": [
            (agency, topic.removeprefix(prefix), *rest)
            for agency, topic, *rest in connection.execute(STREAMS)
        ],
        "restatements": [
            (by_position[later], by_position[first])
            for later, first in connection.execute(RESTATEMENTS)
        ],
        "amendments": [
            (named(amending), named(target), *rest)
            for amending, target, *rest in connection.execute(AMENDMENTS)
        ],
        "records": [
            (placed(position, ordinal), *rest) for position, ordinal, *rest, _, _ in record_rows
        ],
        "entities": _entities(record_rows, placed),
        "keys": connection.execute(KEYS).fetchall(),
        "descriptions": connection.execute(DESCRIPTIONS).fetchall(),
        "edges": connection.execute(EDGES).fetchall(),
        "postings": [
            (term, placed(position, ordinal))
            for term, position, ordinal in connection.execute(POSTINGS)
        ],
        "wordings": [
            (placed(position, -1), *rest) for position, *rest in connection.execute(WORDINGS)
        ],
        "judgements": [
            (sorted((placed(ap, ao), placed(bp, bo))), *rest)
            for ap, ao, bp, bo, *rest in connection.execute(JUDGEMENTS)
        ],
        "receipts": _receipts(connection, named),
    }


def _renamed(value: Any, named: Names) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(inner, named) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, named) for inner in value]
    return named(value) if isinstance(value, UUID) else value


def _entities(rows: Iterable[Any], placed: Callable[[int, int], str]) -> list[list[str]]:
    """Return each entity as its members: its id is a position, which may differ."""
    members: dict[tuple[int, int], list[str]] = {}
    for position, ordinal, *_, entity_position, entity_ordinal in rows:
        members.setdefault((entity_position, entity_ordinal), []).append(placed(position, ordinal))
    return [sorted(one) for one in members.values()]


def _receipts(connection: psycopg.Connection[Any], named: Names) -> list[Any]:
    """Return which numbers of which stream receipts call accepted, and every exception."""
    accepted: dict[Any, set[int]] = {}
    exceptions: list[Any] = []
    for (body,) in connection.execute("SELECT body FROM receipt_outbox").fetchall():
        receipt = decode_control("Receipt", bytes(body))
        stream = named(receipt["stream"])
        for covered in receipt["accepted"]:
            numbers = accepted.setdefault(stream, set())
            numbers.update(range(covered["first"], covered["last"] + 1))
        exceptions += [(stream, one["sequence"], one["reason"]) for one in receipt["exceptions"]]
    return [*((stream, sorted(numbers)) for stream, numbers in accepted.items()), *exceptions]


def _digest(rows: Iterable[Any]) -> str:
    lines = sorted(json.dumps(row, default=_plain, sort_keys=True) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
