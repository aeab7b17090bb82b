"""Excerpts: what is kept of an event is what the whole event says, whatever stands around it."""

from hypothesis import given

from intelbus.codec import encode_event
from intelbus.excerpts import FIELDS, read_excerpt
from intelbus.reading import read_event
from tests.support.events import A_HUNDRED, sample_event, values


@A_HUNDRED
@given(value=values())
def test_an_excerpt_says_what_the_whole_event_says(value: bytes) -> None:
    assert read_excerpt(value) == {k: v for k, v in read_event(value).items() if k in FIELDS}


def test_what_is_said_in_the_same_bytes_is_decoded_once() -> None:
    event = sample_event("intelligence")
    first, second = (read_excerpt(encode_event("intelligence", event)) for _ in range(2))
    details = [[one["details"] for one in read["subjects"]] for read in (first, second)]
    assert details[0]
    assert all(one is other for one, other in zip(*details, strict=True))
    assert len({one.raw for one in details[0]}) == len({str(one) for one in details[0]})
