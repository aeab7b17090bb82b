"""Put the generator's events into the store as ingest would, past Kafka, and number them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from intelbus.codec import content_digest_of, encode_event, unframe
from intelbus.message import event_headers, headers_to_bytes
from intelbus.source_form import from_source
from producers.generator.told import Told
from repository.sequencer import sequence_once

START = datetime(2010, 1, 1, tzinfo=UTC)
STREAM = UUID("0198f2c4-0000-7000-8000-000000000001")
COPY_EVENT: LiteralString = """
COPY event (agency, event_id, kind, topic_no, partition, "offset", received_at, stream, sequence,
    schema_id, digest, content_digest, corrects, source_reference, reported_at, urgency, marking,
    grading_scheme, source_grade, information_grade, handling, key, value, headers) FROM STDIN
"""
QUEUE: LiteralString = """
INSERT INTO event_queue (received_at, topic_no, partition, first_offset, offsets, events)
VALUES (%s, 1, 0, %s, int8multirange(int8range(%s, %s)), %s)
"""
CHUNK = 5_000


def store(connection: psycopg.Connection[Any], told: Iterable[Told]) -> Iterator[tuple[int, Told]]:
    """Store and number events; yield (position, told) of each, what is only sent again left out.

    The database must be empty: positions are then the order of arrival.
    """
    ids: dict[tuple[str, str], UUID] = {}
    offsets = count(1)
    chunk: list[tuple[int, Told]] = []
    for one in told:
        if one.nature == "repeat":
            continue
        chunk.append((next(offsets), one))
        if len(chunk) == CHUNK:
            _store_chunk(connection, chunk, ids)
            yield from chunk
            chunk = []
    if chunk:
        _store_chunk(connection, chunk, ids)
        yield from chunk


def _store_chunk(
    connection: psycopg.Connection[Any],
    chunk: list[tuple[int, Told]],
    ids: dict[tuple[str, str], UUID],
) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy(COPY_EVENT) as copy:
            for offset, one in chunk:
                copy.write_row(_row(offset, one, ids))
        first, last = chunk[0][0], chunk[-1][0]
        cursor.execute(QUEUE, (_received(first), first, first, last + 1, len(chunk)))
    while sequence_once(connection):
        pass


def _received(offset: int) -> datetime:
    return START + timedelta(milliseconds=offset)


def _row(offset: int, one: Told, ids: dict[tuple[str, str], UUID]) -> tuple[Any, ...]:
    kind = one.source["kind"]
    event = from_source(kind, one.source)
    header = event["header"]
    header |= {
        "event_id": UUID(int=(0x0198F2C42000 << 80) | (0x7 << 76) | (0b10 << 62) | offset),
        "originator": one.agency,
        "stream": STREAM,
        "sequence": offset,
    }
    if one.nature == "correction":
        header["corrects"] = ids[one.of or ("", "")]
    elif one.nature == "retraction":
        event["target_event_id"] = ids[one.of or ("", "")]
    else:
        ids[one.agency, one.source["source_reference"]] = header["event_id"]
    value = encode_event(kind, event)
    return (
        *(one.agency, header["event_id"], kind, 1, 0, offset, _received(offset), STREAM, offset),
        *(unframe(value)[0], sha256(value).digest(), content_digest_of(value), header["corrects"]),
        *(header["source_reference"], header["reported_at"], header["urgency"], header["marking"]),
        *(header["grading_scheme"], header["source_grade"], header["information_grade"]),
        *(header["handling"], b"key", value, headers_to_bytes(event_headers(kind, header))),
    )
