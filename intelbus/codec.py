"""Values: Confluent framing around Avro binary, both ways, safe against hostile bytes.

A value is `0x00`, a 4-byte big-endian schema id, and Avro binary in its one canonical form
(intelbus/canonical.py): what decodes encodes to the same bytes again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from struct import Struct
from typing import Any

from fastavro import parse_schema, schemaless_reader, schemaless_writer

from intelbus.canonical import is_canonical
from intelbus.contract import (
    FIRST_CONTENT_FIELD,
    NAMESPACE,
    Kind,
    UnknownSchemaError,
    load_contract,
)
from intelbus.errors import ContentError, IntelbusError

VALUE_LIMIT = 256 * 1024
"""Greatest size of a value, in bytes."""

_FRAME = Struct(">BI")
FRAME_LENGTH = _FRAME.size
EVENT_ID = slice(FRAME_LENGTH + 1, FRAME_LENGTH + 37)
"""Where an event's id is in its value: the header is first in every event, and the id in it."""

# The union of Subject.details as it is written outside this module: {"person": {...}}.
SUBJECT_TYPES: Mapping[str, str] = {
    "person": "Person",
    "organisation": "Organisation",
    "vehicle": "Vehicle",
    "telephone": "Telephone",
    "document": "Document",
    "account": "Account",
    "online_identity": "OnlineIdentity",
    "location": "Location",
    "event_reference": "EventReference",
}
_TO_AVRO = {key: f"{NAMESPACE}.{name}" for key, name in SUBJECT_TYPES.items()}
_FROM_AVRO = {name: key for key, name in _TO_AVRO.items()}


class UndecodableError(IntelbusError):
    """The bytes are no canonical value of a released schema."""

    exit_status = 1


@dataclass(frozen=True, slots=True)
class DecodedEvent:
    """An event as plain values. Decoding says nothing about who wrote it."""

    kind: Kind
    schema_id: int
    event: dict[str, Any]
    content_digest: bytes


def frame(schema_id: int, payload: bytes) -> bytes:
    """Put the five-byte frame before Avro binary."""
    return _FRAME.pack(0, schema_id) + payload


def unframe(value: bytes) -> tuple[int, bytes]:
    """Return a value's schema id and its Avro binary. Raises UndecodableError."""
    if len(value) > VALUE_LIMIT:
        raise UndecodableError(f"the value has {len(value)} bytes; the limit is {VALUE_LIMIT}")
    if len(value) < _FRAME.size or value[0] != 0:
        raise UndecodableError("the value does not start with the frame 0x00 + schema id")
    return _FRAME.unpack_from(value)[1], value[_FRAME.size :]


def encode_event(kind: str, event: Mapping[str, Any]) -> bytes:
    """Return the framed value of an event.

    Raises ContentError when the event does not fit its schema or is over `VALUE_LIMIT`.
    """
    released = load_contract().of_kind(kind)
    return _encode(released.schema_id, _tag_subjects(event))


def encode_control(name: str, record: Mapping[str, Any]) -> bytes:
    """Return the framed value of a control record, for example `Receipt`. Raises ContentError."""
    return _encode(load_contract().current(name).schema_id, record)


def decode_event(value: bytes) -> DecodedEvent:
    """Decode a framed event. Raises UndecodableError, whatever is wrong with the bytes."""
    schema_id, payload = unframe(value)
    kind = _event_kind(schema_id)
    record = _decode(schema_id, payload)
    digest = _content_digest(kind, schema_id, payload)
    return DecodedEvent(kind, schema_id, untag_subjects(record), digest)


def decode_control(name: str, value: bytes) -> dict[str, Any]:
    """Decode a framed control record of the given name. Raises UndecodableError."""
    schema_id, payload = unframe(value)
    try:
        released = load_contract().released(schema_id)
    except UnknownSchemaError:
        raise UndecodableError(f"no released schema has the id {schema_id}") from None
    if released.name != name:
        raise UndecodableError(f"the value is a {released.name}, not a {name}")
    return _decode(schema_id, payload)


def content_digest_of(value: bytes) -> bytes:
    """Return the SHA-256 of what an event says, apart from what identifies the statement.

    Two events with one digest say the same: the same kind, and the same Avro bytes from
    `Header.occurred` to the end. Raises UndecodableError.
    """
    schema_id, payload = unframe(value)
    kind = _event_kind(schema_id)
    try:
        return _content_digest(kind, schema_id, payload)
    except Exception as error:  # hostile bytes can make fastavro raise anything
        raise UndecodableError(f"not Avro of schema {schema_id}: {type(error).__name__}") from error


def _event_kind(schema_id: int) -> Kind:
    try:
        kind = load_contract().kind_of(schema_id)
    except UnknownSchemaError:
        raise UndecodableError(f"no released schema has the id {schema_id}") from None
    if kind is None:
        raise UndecodableError(f"schema {schema_id} is a control record, not an event")
    return kind


def _content_digest(kind: Kind, schema_id: int, payload: bytes) -> bytes:
    source = BytesIO(payload)
    schemaless_reader(source, _identity_schema(schema_id), None)
    return hashlib.sha256(kind.encode() + b"\0" + payload[source.tell() :]).digest()


@lru_cache
def _identity_schema(schema_id: int) -> Any:
    """Return a record of the header fields before the content, to find where that starts."""
    header = load_contract().schema(schema_id)["fields"][0]["type"]
    names = [field["name"] for field in header["fields"]]
    fields = header["fields"][: names.index(FIRST_CONTENT_FIELD)]
    return parse_schema({"type": "record", "name": f"{NAMESPACE}.HeaderIdentity", "fields": fields})


def _encode(schema_id: int, record: Mapping[str, Any]) -> bytes:
    out = BytesIO()
    out.write(_FRAME.pack(0, schema_id))
    try:
        schemaless_writer(out, load_contract().schema(schema_id), record, strict=True)
    except Exception as error:  # fastavro raises whatever the wrong type happens to cause
        raise ContentError(f"does not fit the schema: {error}") from error
    if out.tell() > VALUE_LIMIT:
        raise ContentError(
            f"encoded, the event has {out.tell()} bytes; the limit is {VALUE_LIMIT}",
            hint="split the report, or shorten its text",
        )
    return out.getvalue()


def _decode(schema_id: int, payload: bytes) -> dict[str, Any]:
    if not is_canonical(schema_id, payload):
        raise UndecodableError(f"not the canonical Avro of schema {schema_id}")
    try:
        record = read_as(load_contract().schema(schema_id), payload)
    except Exception as error:  # hostile bytes can make fastavro raise anything
        raise UndecodableError(f"not Avro of schema {schema_id}: {type(error).__name__}") from error
    if not isinstance(record, dict):
        raise UndecodableError(f"schema {schema_id} gave no record")
    return record


def read_as(schema: Any, payload: bytes) -> Any:
    """Return a value by a parsed schema; which of a union's records it is, is told beside it."""
    return schemaless_reader(
        BytesIO(payload),
        schema,
        None,
        return_record_name=True,
        return_record_name_override=True,
    )


def untag(tagged: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a subject's details as the decoder gives them, (type, fields), as {kind: fields}."""
    name, details = tagged
    return {_FROM_AVRO[name]: details}


def untag_subjects(record: dict[str, Any]) -> dict[str, Any]:
    """Return an event as the decoder gives it with its subjects' details as `untag` has them."""
    for subject in record.get("subjects", ()):
        subject["details"] = untag(subject["details"])
    return record


def _tag_subjects(event: Mapping[str, Any]) -> dict[str, Any]:
    tagged = dict(event)
    subjects = tagged.get("subjects")
    if isinstance(subjects, list | tuple):  # anything else is the encoder's to refuse
        tagged["subjects"] = [_tag(subject) for subject in subjects]
    return tagged


def _tag(subject: Mapping[str, Any]) -> dict[str, Any]:
    details = subject.get("details")
    if not isinstance(details, Mapping) or len(details) != 1:
        raise ContentError("a subject's details are one kind of thing", hint='{"person": {…}}')
    ((key, value),) = details.items()
    if key not in _TO_AVRO:
        raise ContentError(f"no subject is a {key!r}", hint=", ".join(_TO_AVRO))
    return {**subject, "details": (_TO_AVRO[key], value)}
