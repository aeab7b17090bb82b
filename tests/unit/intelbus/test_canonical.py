"""The scanners accept exactly what an encoder writes: judged against encoding again."""

from io import BytesIO
from typing import Any

import pytest
from fastavro import schemaless_reader, schemaless_writer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intelbus.canonical import is_canonical
from intelbus.codec import encode_event, unframe
from intelbus.contract import Kind, load_contract
from tests.support.events import events, sample_event

ODD = st.sampled_from([0, 1, 2, 3, 0x7F, 0x80, 0x81, 0xFF]) | st.integers(0, 255)


def _readable(schema_id: int, payload: bytes) -> bool:
    try:
        schemaless_reader(BytesIO(payload), load_contract().schema(schema_id), None)
    except Exception:
        return False
    return True


def _written_again(schema_id: int, payload: bytes) -> bytes | None:
    schema = load_contract().schema(schema_id)
    try:
        record = schemaless_reader(BytesIO(payload), schema, None, return_record_name=True)
        again = BytesIO()
        schemaless_writer(again, schema, record)
    except Exception:
        return None
    return again.getvalue()


@pytest.mark.parametrize("kind", list(Kind))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_encoded_is_canonical(kind: Kind, data: st.DataObject) -> None:
    schema_id, payload = unframe(encode_event(kind, data.draw(events(kind))))

    assert is_canonical(schema_id, payload)
    assert not is_canonical(schema_id, payload + b"\0")
    assert not is_canonical(schema_id, payload[:-1])


@settings(max_examples=1500, deadline=None)
@given(kind=st.sampled_from(list(Kind)), at=st.integers(0, 2000), odd=ODD, how=st.integers(0, 2))
def test_an_altered_value_is_accepted_only_if_it_is_what_would_be_written(
    kind: Kind, at: int, odd: int, how: int
) -> None:
    schema_id, payload = unframe(encode_event(kind, sample_event(kind)))
    at %= len(payload)
    altered = payload[:at] + bytes([odd] * (how < 2)) + payload[at + (how > 0) :]

    if is_canonical(schema_id, altered) and _readable(schema_id, altered):
        assert altered == _written_again(schema_id, altered)


@pytest.mark.parametrize(
    ("count", "canonical"),
    [
        (b"\x00", True),
        (b"\x80\x00", False),  # nought, the long way
        (b"\xfe\xff\xff\xff\x0f", True),  # the greatest int
        (b"\x80\x80\x80\x80\x10", False),  # one more: no int
        (b"\xff" * 9 + b"\x01", False),
        (b"\xff" * 9 + b"\x02", False),  # 65 bits
    ],
)
def test_a_number_is_written_in_one_way_and_in_range(count: bytes, canonical: bool) -> None:
    event = sample_event("operation", arrests=0, charges=None, subjects=[], relations=[])
    schema_id, payload = unframe(encode_event("operation", event))
    tail = b"\x02\x00" + bytes(7)  # arrests, charges, two counts, four empty lists and no text
    assert payload.endswith(tail)

    assert is_canonical(schema_id, payload[: -len(tail)] + b"\x02" + count + bytes(7)) == canonical


class _Counted(bytes):
    """Bytes that count how many of them were looked at one by one."""

    looked_at = 0

    def __getitem__(self, at: Any) -> Any:
        self.looked_at += 1
        return super().__getitem__(at)


def test_an_endless_number_is_given_up_after_ten_bytes() -> None:
    schema_id, payload = unframe(encode_event("nil-return", sample_event("nil-return", text=None)))
    plain = _Counted(payload)
    assert is_canonical(schema_id, plain)

    endless = _Counted(payload[:-1] + b"\xff" * 200_000)
    assert not is_canonical(schema_id, endless)
    assert endless.looked_at < plain.looked_at + 10
