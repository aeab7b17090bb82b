"""Plain shapes match canonical values within their bounds, and nothing else."""

from re import DOTALL, fullmatch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from intelbus.acceptance import accept
from intelbus.canonical import NotCanonicalError, is_canonical, read_number
from intelbus.checks import check_event
from intelbus.codec import decode_control, decode_event, encode_control, encode_event, unframe
from intelbus.contract import Kind
from intelbus.plain import BOUNDS, control_shape, number_of, whole
from tests.fuzz.spans import spans_of
from tests.support.events import sample_event
from tests.support.sealed import batch


def written(number: int) -> bytes:
    """Return a number as Avro writes a long."""
    left, out = (number << 1) ^ (number >> 63), bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes((*out, left))


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_is_read_as_the_scanner_reads_it(number: int) -> None:
    data = written(number)
    assert read_number(data, 0) == (number, len(data))
    assert number_of(data) == number


@pytest.mark.parametrize("kind", BOUNDS)
@given(data=st.binary(min_size=1, max_size=10))
def test_a_pattern_of_numbers_matches_canonical_ones_within_bounds(kind: str, data: bytes) -> None:
    if fullmatch(whole(*BOUNDS[kind]), data, DOTALL):
        low, high = BOUNDS[kind]
        number, end = read_number(data, 0)
        assert end == len(data)
        assert low <= number <= high


@pytest.mark.parametrize("kind", BOUNDS)
@given(data=st.data())
def test_a_pattern_of_numbers_matches_most_within_bounds(kind: str, data: st.DataObject) -> None:
    low, high = BOUNDS[kind]
    few = 4 if kind != "timestamp-micros" else 10  # so far from the bounds none is missed
    number = data.draw(st.integers(low // few, high // 128 if kind == "int" else high // few // 8))
    assert fullmatch(whole(low, high), written(number), DOTALL)


@given(st.binary(max_size=10))
@example(b"\x80\x00")
def test_what_the_scanner_refuses_matches_no_pattern(data: bytes) -> None:
    try:
        refused = read_number(data, 0)[1] != len(data)
    except (NotCanonicalError, IndexError):
        refused = True
    if refused:
        assert not any(fullmatch(whole(*bounds), data, DOTALL) for bounds in BOUNDS.values())


def test_a_control_record_has_a_plain_shape() -> None:
    raw = batch(3).statement
    start, shape = control_shape("BatchStatement")
    assert shape is not None
    match = shape.match(raw, len(start))
    assert match is not None
    assert match.end() == len(raw)
    assert list(shape.kept) == list(decode_control("BatchStatement", raw))
    longer = {**decode_control("BatchStatement", raw), "agency": "g" * 64}
    assert shape.match(encode_control("BatchStatement", longer), len(start)) is None


# Texts of which none may pass, at whatever length: blank, with a NUL, not UTF-8.
BAD_TEXTS = (
    " ", "\t", "\u00a0", "\u2003", "\u3000 ", "\0", "a\0", "\0a",
    b"\xff", b"\xc3", b"a\xc3", b"\xa4", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80",
)  # fmt: skip
GOOD_TEXTS = ("x", "é", "Nguyễn Văn", "李", " a ", "a" * 63, "é" * 31, "a" * 64, "é" * 40)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("text", [*BAD_TEXTS, *GOOD_TEXTS])
def test_every_text_of_an_event_is_looked_at(kind: Kind, text: str | bytes) -> None:
    """A text put anywhere is accepted only if it may be there, and a bad one never."""
    value = encode_event(kind, sample_event(kind))
    new = text if isinstance(text, bytes) else text.encode()
    spans = [span for span in spans_of(value) if span.what == "text"]
    assert spans
    for span in spans:
        before = value[: span.start]
        length = written(span.end - span.start)
        assert before.endswith(length)
        changed = b"".join((before[: -len(length)], written(len(new)), new, value[span.end :]))
        accepted = accept(kind, unframe(value)[0], changed, ceiling="confidential")
        if text in BAD_TEXTS:
            assert accepted is None
        elif accepted is not None:
            assert is_canonical(*unframe(changed))
            decoded = decode_event(changed)
            assert decoded.event["header"] == accepted.header
            assert check_event(kind, decoded.event, ceiling="confidential") == []
