"""One event: what it says in source form, how it stands, how it was sealed, who it is about."""

from typing import Any, LiteralString
from uuid import UUID

import psycopg

from intelbus.errors import ContentError
from intelbus.message import SEAL_HEADER, headers_from_bytes
from intelbus.reading import read_event
from intelbus.source_form import to_source
from repository.access.context import Context, context_of, victims_shown_at
from repository.access.redaction import redacted
from repository.amendments import Status, standing_of
from repository.queries.entity import entities_of_event
from repository.sanitising.versions import ties

FACTS: LiteralString = """
SELECT l.position, e.agency, e.event_id, e.kind, e.corrects, e.value, e.headers, t.name,
       e.partition, e."offset", e.stream, e.sequence, e.received_at, e.stored_at, e.schema_id,
       e.digest, r.first_position
FROM event e
LEFT JOIN event_log l ON l.agency = e.agency AND l.event_id = e.event_id
LEFT JOIN topic t ON t.topic_no = e.topic_no
LEFT JOIN restatement r ON r.position = l.position
WHERE e.kind <> 'erased' AND {}
"""
CODES: LiteralString = """
SELECT e.agency, e.event_id, e.corrects, e.grading_scheme, e.handling, e.marking
FROM event e JOIN event_log l ON l.agency = e.agency AND l.event_id = e.event_id
WHERE e.kind <> 'erased' AND {}
"""
REPLACING: LiteralString = """
SELECT e.agency, e.grading_scheme, e.handling, e.marking
FROM amendment a JOIN event e ON e.agency = a.agency AND e.event_id = a.amending_event_id
WHERE a.agency = %(agency)s AND a.target_event_id = %(first)s
ORDER BY a.position DESC LIMIT 1
"""
BATCH_OF: LiteralString = """
SELECT first_sequence, count, root, key_id, signed_at FROM stream_batch
WHERE agency = %s AND stream = %s AND %s >= first_sequence AND %s < first_sequence + count
ORDER BY first_sequence, root
"""
AMENDING: LiteralString = """
SELECT amending_event_id, kind, reported_at, position FROM amendment
WHERE agency = %s AND target_event_id = %s ORDER BY reported_at, amending_event_id
"""


# Offsets, sequence numbers and batches count what lies between, and so would tell of events that a
# reader may not see: a message is shown to who sees everything, a seal also to those of its own
# agency from whom nothing that it could send is hidden.
NUMBERED = ("stream", "sequence")


POSITION_DIGITS = 18
"""A number of more digits is no position, and none that PostgreSQL could compare with one."""


class NoEventError(ContentError):
    """There is no such event."""


def show_events(connection: psycopg.Connection[Any], which: str) -> list[dict[str, Any]]:
    """Return the event of a position, or those of an event id (one an agency).

    Raises NoEventError.
    """
    rows = _found(connection, which, FACTS)
    context = context_of(connection)
    shown = victims_shown_at(connection)
    return [_shown(connection, row, context, shown) for row in rows]


def events_of(connection: psycopg.Connection[Any], which: str) -> list[tuple[str, UUID]]:
    """Return (agency, event id) of an event, or of those of an event id. Raises NoEventError."""
    return [(agency, event_id) for agency, event_id, *_ in _found(connection, which, CODES)]


def handling_of(connection: psycopg.Connection[Any], which: str) -> list[tuple[str, str, str, str]]:
    """Return (originator, scheme, handling code, marking) of an event, and of what replaced it.

    Raises NoEventError.
    """
    found = []
    for agency, event_id, corrects, *codes in _found(connection, which, CODES):
        found.append((agency, *codes))
        found += connection.execute(
            REPLACING, {"agency": agency, "first": corrects or event_id}
        ).fetchall()
    return list(dict.fromkeys(found))


def event_key(which: str) -> int | UUID:
    """Return the position or the event id that a text is. Raises NoEventError."""
    if which.isascii() and which.isdigit() and len(which) <= POSITION_DIGITS:
        return int(which)
    try:
        return UUID(which)
    except ValueError:
        raise NoEventError(
            f"{which!r} is neither an event id nor a position", hint="try `ukhtc search`"
        ) from None


def _found(
    connection: psycopg.Connection[Any], which: str, statement: LiteralString
) -> list[tuple[Any, ...]]:
    """Return what a statement finds of an event's position, or its id. Raises NoEventError."""
    key = event_key(which)
    condition = "l.position = %s" if isinstance(key, int) else "e.event_id = %s"
    query = statement.replace("{}", condition)
    rows = connection.execute(query.encode(), (key,)).fetchall()
    if not rows:
        raise NoEventError(f"there is no event {which}", hint="try `ukhtc search`")
    return rows


def events_seen(found: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return events as shown, and the ids in them: what a session puts on record."""
    entities = {subject["entity"] for one in found for subject in one["subjects"]}
    return found, [*(str(one["position"]) for one in found), *sorted(entities)]


def _shown(
    connection: psycopg.Connection[Any],
    row: tuple[Any, ...],
    context: Context,
    shown: frozenset[int],
) -> dict[str, Any]:
    (position, agency, event_id, kind, corrects, value, headers, topic, partition, offset, stream,
     sequence, received_at, stored_at, schema_id, digest, first) = row  # fmt: skip
    root = corrects or event_id
    if kind == "retraction" or position is None:
        status = "current" if position is not None else "unsequenced"
    else:
        status = standing_of(connection, [(agency, root)]).get(position, Status.WAITING).value
    amendments = connection.execute(AMENDING, (agency, root)).fetchall()
    batches = connection.execute(BATCH_OF, (agency, stream, sequence, sequence)).fetchall()
    event = redacted(
        kind,
        read_event(bytes(value)),
        victims=context.victims or position in shown,
        sources=context.sources,
    )
    mine = context.everything or (context.own_everything and context.organisation == agency)
    source = to_source(kind, event)
    if not mine:
        source = {name: value for name, value in source.items() if name not in NUMBERED}
    message = {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "received_at": received_at.isoformat(),
        "stored_at": stored_at.isoformat(),
        "schema_id": schema_id,
        "digest": bytes(digest).hex(),
    }
    seal = {
        "stream": str(stream),
        "sequence": sequence,
        "bytes": _seal_bytes(bytes(headers)),
        "batches": [
            {
                "first_sequence": low,
                "count": count,
                "root": bytes(batch_root).hex(),
                "key_id": key_id,
                "signed_at": signed_at.isoformat(),
            }
            for low, count, batch_root, key_id, signed_at in batches
        ],
    }
    return {
        "event_id": str(event_id),
        "agency": agency,
        "kind": kind,
        "position": position,
        "status": status,
        "restates": first,
        "versions": ties(connection, position) if position is not None else None,
        "corrects": str(corrects) if corrects else None,
        "amended_by": [
            {
                "event_id": str(amending),
                "kind": what,
                "reported_at": reported_at.isoformat(),
                "position": at,
            }
            for amending, what, reported_at, at in amendments
            if amending != event_id
        ],
        "message": message if context.everything else None,
        "seal": seal if mine else None,
        "subjects": entities_of_event(connection, agency, event_id),
        "event": source,
    }


def _seal_bytes(headers: bytes) -> int | None:
    seal = dict(headers_from_bytes(headers)).get(SEAL_HEADER)
    return None if seal is None else len(seal)
