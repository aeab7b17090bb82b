"""Events as PostgreSQL's COPY takes them in binary: packed here, since there are thousands a batch.

PostgreSQL manual, COPY, "Binary Format": each field is its length (int32, -1 for null) and its
bytes. Written as text, the same row costs four times as much here and as much again in the server.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from struct import Struct
from typing import Any, LiteralString

from intelbus.opening import VerifiedEvent

# In the order of packing: what has a fixed size, what takes few values, what may be null, the rest.
COLUMNS: LiteralString = (
    'event_id, topic_no, partition, "offset", received_at, stream, sequence, schema_id, digest,'
    " content_digest, reported_at, agency, kind, urgency, marking, grading_scheme, source_grade,"
    " information_grade, handling, corrects, occurred_from, occurred_to, source_reference, key,"
    " value, headers"
)

START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"

_FIELDS = 26
_FIXED = Struct(">h i16s ih ii iq iq i16s iq ii i32s i32s iq")
_LENGTH = Struct(">i")
_MOMENT = Struct(">iq")
_NULL = b"\xff\xff\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def copied(rows: Iterable[tuple[int, VerifiedEvent]]) -> bytes:
    """Return (topic number, event) pairs as the whole input of one COPY of `COLUMNS`."""
    return b"".join((START, *(_row(topic_no, event) for topic_no, event in rows), END))


def _row(topic_no: int, event: VerifiedEvent) -> bytes:
    header, message = event.header, event.message
    occurred = header["occurred"]
    reference = header["source_reference"].encode()
    key, value = message.key or b"", message.value or b""
    headers = message.packed_headers
    corrects = header["corrects"]
    return b"".join(
        (
            _FIXED.pack(
                _FIELDS,
                *(16, event.event_id.bytes),
                *(2, topic_no),
                *(4, message.partition),
                *(8, message.offset),
                *(8, _received(message.received_at)),
                *(16, event.stream.bytes),
                *(8, event.sequence),
                *(4, event.schema_id),
                *(32, event.digest),
                *(32, event.content_digest),
                *(8, _moment(header["reported_at"])),
            ),
            _labels(
                event.agency,
                event.kind.value,
                header["urgency"],
                header["marking"],
                header["grading_scheme"],
                header["source_grade"],
                header["information_grade"],
                header["handling"],
            ),
            _NULL if corrects is None else _bytes(corrects.bytes),
            _NULL + _NULL
            if occurred is None
            else _perhaps(occurred["earliest"]) + _perhaps(occurred["latest"]),
            _LENGTH.pack(len(reference)),
            reference,
            _LENGTH.pack(len(key)),
            key,
            _LENGTH.pack(len(value)),
            value,
            _LENGTH.pack(len(headers)),
            headers,
        )
    )


@lru_cache(maxsize=4096)
def _labels(*values: str | None) -> bytes:
    return b"".join(_NULL if one is None else _bytes(one.encode()) for one in values)


def _bytes(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _perhaps(moment: Any) -> bytes:
    return _NULL if moment is None else _MOMENT.pack(8, _moment(moment))


@lru_cache(maxsize=1024)  # the messages of a batch came at one time
def _received(moment: datetime) -> int:
    return _moment(moment)


def _moment(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
