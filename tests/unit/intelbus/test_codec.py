"""Values: every kind there and back, the same bytes for others, and nothing odd accepted."""

import io
import json
from struct import pack

import avro.io
import avro.schema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intelbus.codec import (
    VALUE_LIMIT,
    UndecodableError,
    content_digest_of,
    decode_control,
    decode_event,
    encode_control,
    encode_event,
    frame,
    unframe,
)
from intelbus.contract import Kind, load_contract
from intelbus.errors import ContentError
from tests.support.events import NOW, events, sample_event

QUICK = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
kinds = pytest.mark.parametrize("kind", list(Kind))


@kinds
@QUICK
@given(data=st.data())
def test_an_event_comes_back_as_it_was(kind: Kind, data: st.DataObject) -> None:
    event = data.draw(events(kind))

    decoded = decode_event(encode_event(kind, event))

    assert event == decoded.event
    assert kind == decoded.kind


@kinds
def test_apache_avro_reads_the_same(kind: Kind) -> None:
    event = sample_event(kind)
    schema_id, payload = unframe(encode_event(kind, event))
    schema = avro.schema.parse(load_contract().canonical_json(schema_id))

    read = avro.io.DatumReader(schema).read(avro.io.BinaryDecoder(io.BytesIO(payload)))

    for subject in event.get("subjects", []):
        (subject["details"],) = subject["details"].values()  # avro leaves the union's tag out
    event["header"]["corrects"] = event["header"]["corrects"] and str(event["header"]["corrects"])
    assert _spelled(event) == _spelled(read)


def _spelled(value: object) -> object:
    return json.loads(json.dumps(value, default=str))


@kinds
def test_every_truncation_is_refused(kind: Kind) -> None:
    value = encode_event(kind, sample_event(kind))
    for length in range(len(value)):
        with pytest.raises(UndecodableError):
            decode_event(value[:length])


@settings(max_examples=200, deadline=None)
@given(schema_id=st.integers(0, 25), payload=st.binary(max_size=300))
def test_random_bytes_are_refused_or_are_an_event(schema_id: int, payload: bytes) -> None:
    value = frame(schema_id, payload)
    try:
        decoded = decode_event(value)
    except UndecodableError:
        return
    assert value == encode_event(decoded.kind, decoded.event)


@settings(max_examples=300, deadline=None)
@given(position=st.integers(5, 10_000), byte=st.integers(0, 255))
def test_an_altered_byte_is_refused_or_says_something_else(position: int, byte: int) -> None:
    value = bytearray(encode_event("intelligence", ALTERED))
    value[5 + position % (len(value) - 5)] = byte
    try:
        decoded = decode_event(bytes(value))
    except UndecodableError:
        return
    assert bytes(value) == encode_event(decoded.kind, decoded.event)


ALTERED = sample_event("intelligence")


def _hostile() -> dict[str, bytes]:
    value = encode_event("nil-return", sample_event("nil-return", text=None, kinds=[]))
    assert value.endswith(b"\x00\x00")  # no kinds, no text
    body = value[:-2]
    huge = b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"  # the greatest long
    least = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"  # the least
    return {
        "nothing": b"",
        "a frame alone": value[:5],
        "another magic byte": b"\x01" + value[1:],
        "an unknown schema": b"\x00" + pack(">I", 4_000_000_000) + value[5:],
        "a control schema": frame(load_contract().current("Seal").schema_id, value[5:]),
        "a trailing byte": value + b"\x00",
        "over the limit": value + bytes(VALUE_LIMIT),
        "an array of 2^62 texts": body + huge + b"\x00",
        "a block of -2^63 items": body + least + b"\x00",
        "a negative block count": body + b"\x01\x02\x00\x00\x00",
        "a union index over the end": body + b"\x00\x04",
        "a negative union index": body + b"\x00\x01",
        "a text of 2^62 bytes": body + b"\x00\x02" + huge,
        "a text of negative length": body + b"\x00\x02\x03",
        "a text that is not UTF-8": body + b"\x00\x02\x02\xff",
        "half of a surrogate pair": body + b"\x00\x02\x06\xed\xa0\x80",
        "a long way to write nought": body + b"\x80\x00\x00",
        "an endless number": body + b"\xff" * 64,
    }


@pytest.mark.parametrize("name", list(_hostile()))
def test_hostile_bytes_are_refused(name: str) -> None:
    with pytest.raises(UndecodableError):
        decode_event(_hostile()[name])


@pytest.mark.parametrize(
    "period_from",
    [b"\xfe\xff\xff\xff\x0f", b"\xff\xff\xff\xff\x0f", b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"],
)
def test_a_date_that_is_none_is_refused(period_from: bytes) -> None:
    event = sample_event("nil-return", text=None, kinds=[])
    value = encode_event("nil-return", event)
    days = encode_event("nil-return", {**event, "period_to": event["period_from"]})[-5:-2]
    assert value[-8:-5] == days

    with pytest.raises(UndecodableError):
        decode_event(value[:-8] + period_from + value[-5:])


def test_an_enum_code_over_the_end_is_refused() -> None:
    plain = encode_event("nil-return", sample_event("nil-return", occurred=None))
    position = plain.index(b"GLA/2009/0001") + len(b"GLA/2009/0001") + 1
    position += next(i for i, byte in enumerate(plain[position:]) if byte < 0x80) + 2
    assert plain[position] == 4  # urgency, after reported_at and occurred: routine, the third

    for index in (b"\x06", b"\x7e", b"\x01"):
        with pytest.raises(UndecodableError):
            decode_event(plain[:position] + index + plain[position + 1 :])


def test_content_alone_decides_the_content_digest() -> None:
    first, again = sample_event("referral"), sample_event("referral", sequence=9)
    other = sample_event("referral", text="More is known.")

    digests = [content_digest_of(encode_event("referral", e)) for e in (first, again, other)]

    assert digests[0] == digests[1] == decode_event(encode_event("referral", first)).content_digest
    assert digests[0] != digests[2]


@pytest.mark.parametrize(
    "over",
    [
        {"subjects": [{"local_id": "s1"}]},
        {"subjects": None},
        {"step": "no_such"},
        {"step_on": "soon"},
    ],
)
def test_what_does_not_fit_the_schema_is_not_encoded(over: dict[str, object]) -> None:
    with pytest.raises(ContentError):
        encode_event("referral", sample_event("referral", **over))


def test_an_event_over_the_limit_is_not_encoded() -> None:
    with pytest.raises(ContentError, match="the limit is 262144"):
        encode_event("intelligence", sample_event("intelligence", text="x" * VALUE_LIMIT))


def test_a_control_record_comes_back_as_it_was_and_only_by_its_name() -> None:
    receipt = {
        "agency": "gla",
        "topic": "intelligence.v1",
        "stream": sample_event("watch")["header"]["stream"],
        "revision": 3,
        "issued_at": NOW,
        "accepted": [{"first": 1, "last": 7}],
        "duplicates": [],
        "exceptions": [
            {"sequence": 8, "outcome": "quarantined", "reason": "undecodable", "advice": "ask"}
        ],
    }
    value = encode_control("Receipt", receipt)

    assert receipt == decode_control("Receipt", value)
    with pytest.raises(UndecodableError, match="is a Receipt, not a Seal"):
        decode_control("Seal", value)
