"""Reading values: what fastavro makes of the same bytes."""

from io import BytesIO
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_writer
from hypothesis import given

from intelbus.codec import UndecodableError, decode_event, read_as
from intelbus.contract import NAMESPACE
from intelbus.passing import function
from intelbus.reading import Readers, read_event
from tests.support.events import A_HUNDRED, values

PERSON = {"type": "record", "name": "Person", "fields": [
    {"name": "name", "type": "string"},
    {"name": "born", "type": ["null", "int"]},
    {"name": "aliases", "type": {"type": "array", "items": "string"}},
    {"name": "seen", "type": ["null", {"type": "int", "logicalType": "date"}]},
    {"name": "grade", "type": ["null", "string"]},
]}  # fmt: skip
CAR = {"type": "record", "name": "Car", "fields": [{"name": "mark", "type": "bytes"}]}
LONG = {"type": "enum", "name": "Long", "symbols": [f"s{n}" for n in range(70)]}
EITHER = [PERSON, CAR]


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ("boolean", True),
        ("double", -0.25),
        ("int", -64),
        ("long", 2**63 - 1),
        ("string", "é" * 100),
        ("bytes", b"ab"),
        (["null", "double"], None),
        (["null", "double"], 1.5),
        (["null", "string", "long"], -(2**40)),
        ({"type": "fixed", "name": "Four", "size": 4}, b"abcd"),
        (LONG, "s69"),
        ({"type": "array", "items": {"type": "array", "items": "int"}}, [[1, 2], [], [3]]),
        ({"type": "string", "logicalType": "uuid"}, "0198f2c4-2000-7000-8000-000000000001"),
        ({"type": "int", "logicalType": "date"}, -1),
        ({"type": "long", "logicalType": "timestamp-micros"}, 1_230_768_000_000_001),
        (PERSON, {"name": "", "born": None, "aliases": [], "seen": None, "grade": None}),
        (PERSON, {"name": "A", "born": None, "aliases": ["", "B"], "seen": 14_610, "grade": "b"}),
        (["null", PERSON], {"name": "A", "born": 1, "aliases": [], "seen": None, "grade": None}),
        (EITHER, (f"{NAMESPACE}.Car", {"mark": b"\0"})),
        ({"type": "array", "items": EITHER}, [(f"{NAMESPACE}.Car", {"mark": b""})]),
    ],
)
def test_a_value_is_read_as_by_the_decoder(node: Any, value: Any) -> None:
    schema = {"type": "record", "name": "Root", "namespace": NAMESPACE,
              "fields": [{"name": "value", "type": node}]}  # fmt: skip
    parsed, out = parse_schema(schema), BytesIO()
    schemaless_writer(out, parsed, {"value": value})
    data = out.getvalue()
    readers = Readers({})
    lines = readers.value(node, "v")
    readers.source += function("read", lines, "v, p")
    found, end = readers.made("read")(data + b"\7", 0)
    wanted = read_as(parsed, data)["value"]
    assert (found, type(found), end) == (wanted, type(wanted), len(data))


@A_HUNDRED
@given(value=values())
def test_an_event_is_read_as_it_was_decoded(value: bytes) -> None:
    # repr tells a date from a moment and the order of fields, which equality does not
    assert repr(read_event(value)) == repr(decode_event(value).event)


def test_what_has_no_frame_is_refused() -> None:
    with pytest.raises(UndecodableError, match="frame"):
        read_event(b"\1abcdef")
