"""Put the generator's events into the store as ingest would, past Kafka, and number them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
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


class Store:
    """Stores told events, each at the next offset. The database must be empty when it is made, or
    hold the first of the events that it is given next: `pass_over` them.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._ids: dict[tuple[str, str], UUID] = {}
        self.stored = 0

    def pass_over(self, told: Iterator[Told], count: int) -> None:
        """Take as many events as are stored already, what is only sent again not counted."""
        while self.stored < count:
            one = next(told)
            if one.nature != "repeat":
                self.stored += 1
                if one.nature not in {"correction", "retraction"}:
                    self._ids[one.agency, one.source["source_reference"]] = _event_id(self.stored)

    def add(self, told: Iterable[Told]) -> list[tuple[int, Told]]:
        """Store events in one transaction, and queue them to be numbered; return them by offset.

        What is only sent again is left out.
        """
        fresh = [one for one in told if one.nature != "repeat"]
        first = self.stored + 1
        added = list(enumerate(fresh, first))
        if not added:
            return added
        self.stored += len(added)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            with cursor.copy(COPY_EVENT) as copy:
                for offset, one in added:
                    copy.write_row(_row(offset, one, self._ids))
            queued = (_received(first), first, first, self.stored + 1, len(added))
            cursor.execute(QUEUE, queued)
        return added


def store(connection: psycopg.Connection[Any], told: Iterable[Told]) -> Iterator[tuple[int, Told]]:
    """Store and number events; yield (position, told) of each, what is only sent again left out.

    The database must be empty: positions are then the order of arrival.
    """
    stored, endless = Store(connection), iter(told)
    while chunk := list(islice(endless, CHUNK)):
        added = stored.add(chunk)
        while sequence_once(connection):
            pass
        yield from added


def _received(offset: int) -> datetime:
    return START + timedelta(milliseconds=offset)


def _event_id(offset: int) -> UUID:
    return UUID(int=(0x0198F2C42000 << 80) | (0x7 << 76) | (0b10 << 62) | offset)


def _row(offset: int, one: Told, ids: dict[tuple[str, str], UUID]) -> tuple[Any, ...]:
    kind = one.source["kind"]
    event = from_source(kind, one.source)
    header = event["header"]
    header |= {
        "event_id": _event_id(offset),
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
