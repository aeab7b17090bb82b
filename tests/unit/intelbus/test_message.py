"""Headers as Kafka's record format has them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelbus.message import (
    UNREADABLE_HEADER,
    Headers,
    ReceivedMessage,
    headers_from_bytes,
    headers_to_bytes,
)

HEADERS = st.lists(st.tuples(st.text(), st.binary(max_size=300))).map(tuple)


@given(HEADERS)
def test_headers_survive_being_packed(headers: Headers) -> None:
    assert headers_from_bytes(headers_to_bytes(headers)) == headers


def test_headers_are_packed_as_kafka_writes_them() -> None:
    assert headers_to_bytes((("a", b"xyz"), ("b", b""))) == b"\x04\x02a\x06xyz\x02b\0"


def test_a_name_that_is_no_text_and_a_null_value_are_shown() -> None:
    assert headers_from_bytes(b"\x04\x02\xffa\x06xyz"[:3] + b"\x01\x02b\x06xyz") == (
        ("\\xff", b""),
        ("b", b"xyz"),
    )


@pytest.mark.parametrize(
    "packed",
    [
        b"",  # not even a number
        b"\x02",  # one header, and nothing follows
        b"\x02\x02a\x06xy",  # shorter than it says
        b"\0x",  # none, and something follows
        b"\x01",  # fewer than none
        b"\x02\x01\0",  # a name that is null
        b"\x80" * 11,  # a number without an end
    ],
)
def test_what_cannot_be_read_is_one_header_with_all_of_it(packed: bytes) -> None:
    with pytest.raises(ValueError, match=r"header|fit|length"):
        headers_from_bytes(packed)
    message = ReceivedMessage("t", 0, 0, None, None, packed, datetime.now(UTC))
    assert message.headers == ((UNREADABLE_HEADER, packed),)


@given(HEADERS, st.data())
def test_damage_is_found_or_read(headers: Headers, data: st.DataObject) -> None:
    packed = bytearray(headers_to_bytes(headers))
    packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    message = ReceivedMessage("t", 0, 0, None, None, bytes(packed), datetime.now(UTC))
    assert all(isinstance(name, str) for name, _ in message.headers)
