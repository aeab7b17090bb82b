"""Put events into the store as ingest would, for tests of what comes after it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

import psycopg

from intelbus.codec import content_digest_of, encode_event, unframe
from tests.support.events import sample_event

_offsets = count()
START = datetime(2009, 10, 1, tzinfo=UTC)

INSERT = """
INSERT INTO event (agency, event_id, kind, topic_no, partition, "offset", received_at, stream,
    sequence, schema_id, digest, content_digest, corrects, source_reference, reported_at, urgency,
    marking, grading_scheme, source_grade, information_grade, handling, key, value, occurred_from,
    occurred_to, headers)
VALUES (%s, %s, %s, 1, 0, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
    %s, %s, '\\x00')
"""


def store_event(
    connection: psycopg.Connection[Any], kind: str, agency: str = "gla", **over: Any
) -> UUID:
    """Store an accepted event and queue it; return its id. Its offset is the order of the calls."""
    return store_made(connection, kind, sample_event(kind, originator=agency, **over))


def store_made(connection: psycopg.Connection[Any], kind: str, event: dict[str, Any]) -> UUID:
    """Store an event as `store_event` does, made elsewhere; its header must be whole."""
    header = event["header"]
    agency, occurred = header["originator"], header["occurred"]
    value = encode_event(kind, event)
    offset = next(_offsets)
    connection.execute(
        INSERT,
        (
            agency,
            header["event_id"],
            kind,
            offset,
            START + timedelta(seconds=offset),
            header["stream"],
            header["sequence"],
            unframe(value)[0],
            sha256(value).digest(),
            content_digest_of(value),
            header["corrects"],
            header["source_reference"],
            header["reported_at"],
            header["urgency"],
            header["marking"],
            header["grading_scheme"],
            header["source_grade"],
            header["information_grade"],
            header["handling"],
            b"key",
            value,
            occurred["earliest"] if occurred else None,
            occurred["latest"] if occurred else None,
        ),
    )
    connection.execute(
        'INSERT INTO event_queue SELECT received_at, topic_no, partition, "offset",'
        ' int8multirange(int8range("offset", "offset" + 1)), 1 FROM event'
        " WHERE agency = %s AND event_id = %s",
        (agency, header["event_id"]),
    )
    event_id: UUID = header["event_id"]
    return event_id
