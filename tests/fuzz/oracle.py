"""Apache avro as the second opinion on every event that reached a decoder."""

import io
import json
from functools import lru_cache
from typing import Any
from uuid import UUID

import avro.io
import avro.schema

from intelbus.codec import SUBJECT_TYPES, decode_event, unframe
from intelbus.contract import load_contract
from intelbus.message import ReceivedMessage
from tests.fuzz.mutant import ACCEPTED
from tests.fuzz.spans import spans_of


def disagreement(message: ReceivedMessage, answer: str) -> str:
    """Return how Apache avro contradicts an answer about an event, or nothing.

    What was decoded, it must decode to the same datum and encode to the same bytes. What was
    refused as undecodable, it must refuse, or read as something that is written otherwise; only
    the one spelling of an identifier is ours to demand, for it takes identifiers for plain text.
    """
    if answer != ACCEPTED and answer != "undecodable":
        return ""
    schema_id, payload = unframe(message.value or b"")
    schema = _schema(schema_id)
    try:
        source = io.BytesIO(payload)
        datum = avro.io.DatumReader(schema).read(avro.io.BinaryDecoder(source))
        sink = io.BytesIO()
        avro.io.DatumWriter(schema).write(datum, avro.io.BinaryEncoder(sink))
        whole = source.tell() == len(payload) and sink.getvalue() == payload
    except Exception as error:  # hostile bytes make it raise anything
        return f"oracle: Apache avro raises {error!r:.200}" if answer == ACCEPTED else ""
    if answer == "undecodable":
        same = whole and _identifiers_are_canonical(message.value or b"")
        return "oracle: Apache avro reads these bytes and writes them again" if same else ""
    if not whole:
        return "oracle: Apache avro does not write the same bytes"
    ours = _spelled(_untagged(decode_event(message.value or b"").event))
    return "" if ours == _spelled(datum) else "oracle: Apache avro reads another datum"


def _identifiers_are_canonical(value: bytes) -> bool:
    found = [value[s.start : s.end].decode() for s in spans_of(value) if s.what == "uuid"]
    try:
        return all(str(UUID(text)) == text for text in found)
    except ValueError:
        return False


@lru_cache
def _schema(schema_id: int) -> avro.schema.Schema:
    return avro.schema.parse(load_contract().canonical_json(schema_id))


def _untagged(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with subjects' details as Apache avro gives them: without the type."""
    for subject in event.get("subjects", ()):
        ((kind, details),) = subject["details"].items()
        assert kind in SUBJECT_TYPES
        subject["details"] = details
    return event


def _spelled(value: object) -> object:
    return json.dumps(value, default=str, sort_keys=True)
