"""Messages: Kafka's records as plain values, before anything in them is believed.

A `ReceivedMessage` is unverified bytes. Only `intelbus.opening` turns one into a verified event.
"""

import json
import re
from base64 import b64decode
from binascii import b2a_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

Headers = tuple[tuple[str, bytes], ...]

SEAL_HEADER = "intelbus-seal"
UNREADABLE_HEADER = "intelbus-unreadable"
EVENT_CONTENT_TYPE = b"application/avro"
EVENT_TYPE_PREFIX = "uk.intelbus."
_VARINT_BITS = 70  # ten bytes: no number of the format has more
_RFC3339 = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z").fullmatch


class ReceivedMessage(NamedTuple):
    """A message as the broker handed it over; nothing in it has been checked.

    `packed_headers` are as in Kafka's record format (`headers_to_bytes`); few need to be read.
    `received_at` is the broker's append time (LogAppendTime), UTC: the one `now` of opening it. A
    tuple, since one is made for every message.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    packed_headers: bytes
    received_at: datetime

    @property
    def headers(self) -> Headers:
        """The headers, read each time. What cannot be read is one header, UNREADABLE_HEADER."""
        try:
            return headers_from_bytes(self.packed_headers)
        except ValueError:
            return ((UNREADABLE_HEADER, self.packed_headers),)


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message ready to send; a retry sends these very bytes again."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


def stream_key(stream: UUID) -> bytes:
    """Return the message key of a stream, so that a stream stays on one partition."""
    return str(stream).encode("ascii")


def rfc3339(moment: datetime) -> str:
    """Return `moment` in UTC as RFC 3339 with microseconds and Z, one spelling for each instant."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def is_rfc3339_of(text: bytes, moment: datetime) -> bool:
    """Return whether `text` is `rfc3339(moment)`; reading it is several times faster than writing.

    Of one form, with all digits, there is one text for an instant.
    """
    if not _RFC3339(text):
        return False
    try:
        return datetime.fromisoformat(text.decode()) == moment
    except ValueError:
        return False


def event_headers(kind: str, header: Mapping[str, Any]) -> Headers:
    """Return the CloudEvents headers of an event, copied from its own (signed) `header` record.

    CloudEvents 1.0.2 Kafka protocol binding, binary mode. Opening recomputes them and refuses a
    message whose headers differ, so filters and routers may rely on them.
    """
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", str(header["event_id"]).encode()),
        ("ce_source", event_source(header["originator"], header["stream"])),
        ("ce_type", event_type(kind)),
        ("ce_time", rfc3339(header["reported_at"]).encode()),
        ("content-type", EVENT_CONTENT_TYPE),
    )


def event_source(originator: str, stream: UUID) -> bytes:
    """Return the CloudEvents source of a stream's events."""
    return f"/agencies/{originator}/streams/{stream}".encode()


def event_type(kind: str) -> bytes:
    """Return the CloudEvents type of an event kind."""
    return f"{EVENT_TYPE_PREFIX}{kind}".encode()


def headers_to_text(headers: Headers) -> str:
    """Return headers as JSON text, the values in base64: any bytes survive being stored."""
    pairs = [
        f'[{_as_json(name)}, "{b2a_base64(value, newline=False).decode("ascii")}"]'
        for name, value in headers
    ]
    return f"[{', '.join(pairs)}]"


@lru_cache(maxsize=256)
def _as_json(name: str) -> str:
    return json.dumps(name)


def headers_to_bytes(headers: Iterable[tuple[str, bytes]]) -> bytes:
    """Return headers as Kafka's record format has them: their number, then names and values.

    Each with its length before it, as a zigzag varint (Kafka protocol, "Record" and "Record
    Header", message format 2).
    """
    pairs = [pack_header(name, value) for name, value in headers]
    return pack_length(len(pairs)) + b"".join(pairs)


def headers_from_bytes(data: bytes) -> Headers:
    """Return the headers in `data`. A name that is no UTF-8 is shown with `\\xNN`; a null value as
    nothing.

    Raises ValueError when `data` is not headers to the last byte.
    """
    headers = []
    try:
        count, at = read_varint(data, 0)
        for _ in range(count):
            size, at = read_varint(data, at)
            name, at = _cut(data, at, size)
            size, at = read_varint(data, at)
            value, at = _cut(data, at, max(size, 0))
            headers.append((name.decode("utf-8", "backslashreplace"), value))
    except IndexError as error:
        raise ValueError("headers go on after their record has ended") from error
    if count < 0 or at != len(data):
        raise ValueError(f"{count} headers end at {at} of {len(data)} bytes")
    return tuple(headers)


def pack_header(name: str, value: bytes) -> bytes:
    """Return one header as `headers_to_bytes` writes it."""
    return pack_name(name) + pack_length(len(value)) + value


@lru_cache(maxsize=256)
def pack_name(name: str) -> bytes:
    """Return a header's name behind its length."""
    return pack_length(len(name.encode())) + name.encode()


@lru_cache(maxsize=4096)
def pack_length(number: int) -> bytes:
    """Return a length as a zigzag varint."""
    number, out = number << 1, bytearray()
    while number > 0x7F:
        out.append(0x80 | number & 0x7F)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the zigzag varint at `at`, and where it ends. Raises IndexError or ValueError."""
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at
        if shift >= _VARINT_BITS:
            raise ValueError("a length without an end")


def _cut(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    end = at + size
    if size < 0 or end > len(data):
        raise ValueError(f"{size} bytes do not fit at {at} of {len(data)}")
    return data[at:end], end


def headers_from_text(text: str) -> Headers:
    """Return what `headers_to_text` was given."""
    return tuple((name, b64decode(value)) for name, value in json.loads(text))
