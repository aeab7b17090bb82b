"""Finding an event's seal and time in its headers without reading them."""

import pytest

from intelbus.message import SEAL_HEADER, Headers, event_headers, headers_to_bytes
from intelbus.plain_headers import between, seal_start_in, time_in
from tests.support.sealed import batch, nil_return

HEADER = nil_return(1)["header"]
CLEAR = event_headers("nil-return", HEADER)
EVENT_ID = str(HEADER["event_id"]).encode()
MIDDLE = between(dict(CLEAR)["ce_source"], dict(CLEAR)["ce_type"])
SEAL = dict(batch(1).messages[0].headers)[SEAL_HEADER]


def packed(*headers: tuple[str, bytes]) -> bytes:
    return headers_to_bytes(headers)


def time_of(headers: bytes) -> bytes | None:
    return time_in(headers, EVENT_ID, MIDDLE, seal_start_in(headers))


def seal_in(headers: bytes) -> bytes | None:
    at = seal_start_in(headers)
    return headers[at:] if at else None


def test_seal_and_time_are_found_where_publishers_write_them() -> None:
    plain = packed(*CLEAR, (SEAL_HEADER, SEAL))
    assert seal_in(plain) == SEAL
    assert time_of(plain) == dict(CLEAR)["ce_time"]


@pytest.mark.parametrize("size", [0, 1, 63, 64, 8191, 8192])
def test_a_seal_is_as_long_as_it_says(size: int) -> None:
    found = time_of(packed(*CLEAR, (SEAL_HEADER, bytes(size))))
    assert found == (dict(CLEAR)["ce_time"] if 64 <= size <= 8191 else None)
    assert time_of(packed(*CLEAR, (SEAL_HEADER, SEAL)) + b"\0") is None


@pytest.mark.parametrize(
    "headers",
    [
        CLEAR,
        (*CLEAR[:-1], ("content-type", b"text/plain"), (SEAL_HEADER, SEAL)),
        ((SEAL_HEADER, SEAL), *CLEAR),
    ],
)
def test_no_seal_is_found_where_publishers_write_none(headers: Headers) -> None:
    assert seal_in(packed(*headers)) is None


@pytest.mark.parametrize(
    "headers",
    [
        (("traceparent", b"00-1"), *CLEAR),
        (*CLEAR[:-1], ("traceparent", b"00-1"), CLEAR[-1]),
        tuple((name, b"x" if name == "ce_type" else value) for name, value in CLEAR),
        tuple((name, b"x" if name == "ce_id" else value) for name, value in CLEAR),
        tuple((name, b"x" if name == "ce_time" else value) for name, value in CLEAR),
        CLEAR[:1] + CLEAR[2:],
    ],
)
def test_no_time_is_found_in_other_headers(headers: Headers) -> None:
    assert time_of(packed(*headers, (SEAL_HEADER, SEAL))) is None


def test_a_seal_hidden_in_what_comes_before_is_not_taken_for_proven() -> None:
    """Then there is no time, and the headers are read."""
    hidden = packed(CLEAR[-1], (SEAL_HEADER, SEAL))[1:]
    other = packed(*CLEAR[:2], ("ce_source", hidden))
    assert seal_in(other) == SEAL
    assert time_of(other) is None
