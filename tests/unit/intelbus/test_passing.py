"""Passing over values: where each ends, by the schema."""

import json

import pytest
from hypothesis import given

from intelbus.codec import unframe
from intelbus.contract import NAMESPACE, load_contract
from intelbus.passing import passers
from tests.support.events import A_HUNDRED, values


@A_HUNDRED
@given(value=values())
def test_the_fields_of_an_event_end_where_it_ends(value: bytes) -> None:
    schema_id, payload = unframe(value)
    root = json.loads(load_contract().canonical_json(schema_id))
    at = 0
    for over in passers({field["name"]: field["type"] for field in root["fields"]}, root).values():
        at = over(payload, at)
    assert at == len(payload)


LONG = {"type": "enum", "name": "Long", "symbols": [f"s{n}" for n in range(70)]}
FEW = {"type": "array", "items": "int"}


@pytest.mark.parametrize(
    ("node", "data"),
    [
        ("double", bytes(8)),
        ("boolean", b"\1"),
        ("bytes", b"\4ab"),
        ("string", b"\x80\2" + bytes(128)),
        ({"type": "fixed", "name": "Four", "size": 4}, b"abcd"),
        (LONG, b"\x8a\1"),
        (["null", "string", FEW], b"\4\2\2\0"),
        (["null", "string", FEW], b"\0"),
        ({"type": "array", "items": FEW}, b"\4\2\2\0\0\0"),
        ({"type": "long", "logicalType": "timestamp-micros"}, b"\xff\xff\xff\1"),
    ],
)
def test_a_value_ends_where_avro_says(node: object, data: bytes) -> None:
    root = {"type": "record", "name": "Root", "namespace": NAMESPACE,
            "fields": [{"name": "value", "type": node}]}  # fmt: skip
    assert passers({"value": node}, root)["value"](data + b"\7", 0) == len(data)
