"""The quick word on an event never contradicts the long way, and is given of nearly every event."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intelbus.acceptance import accept
from intelbus.checks import check_event
from intelbus.codec import decode_event, encode_event, frame, unframe
from intelbus.contract import Kind
from intelbus.source_form import from_source
from producers.generator.stream import events as generated
from tests.support.events import STREAM, events, sample_event

CEILING = "confidential"


def agree(kind: Kind, value: bytes) -> bool:
    """Compare both ways; return whether the quick one accepted."""
    accepted = accept(kind, unframe(value)[0], value, ceiling=CEILING)
    if accepted is None:
        return False
    decoded = decode_event(value)
    assert decoded.event["header"] == accepted.header
    assert decoded.content_digest == accepted.content_digest
    assert check_event(kind, decoded.event, ceiling=CEILING) == []
    return True


@pytest.mark.parametrize("kind", Kind)
def test_a_sound_event_of_each_kind_is_accepted(kind: Kind) -> None:
    assert agree(kind, encode_event(kind, sample_event(kind)))


@pytest.mark.parametrize("kind", Kind)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_is_accepted_passes_every_check(kind: Kind, data: st.DataObject) -> None:
    agree(kind, encode_event(kind, data.draw(events(kind))))


@pytest.mark.parametrize("kind", Kind)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_sound_event_with_one_field_of_another_is_judged_alike(
    kind: Kind, data: st.DataObject
) -> None:
    event: dict[str, Any] = sample_event(kind)
    other = data.draw(events(kind))
    part = data.draw(st.sampled_from(["header", "body"]))
    whole = event["header"] if part == "header" else event
    source = other["header"] if part == "header" else other
    name = data.draw(st.sampled_from(sorted(set(whole) - {"header"})))
    whole[name] = source[name]
    agree(kind, encode_event(kind, event))


@pytest.mark.parametrize("kind", Kind)
@settings(max_examples=80, deadline=None)
@given(
    at=st.integers(0, 5000),
    cut=st.integers(0, 3),
    put=st.binary(max_size=3) | st.sampled_from([b"\0", b"\2", b"\4", b"\x80", b"\xff", b" "]),
)
def test_altered_bytes_are_accepted_only_if_the_long_way_does(
    kind: Kind, at: int, cut: int, put: bytes
) -> None:
    schema_id, payload = unframe(encode_event(kind, sample_event(kind)))
    at %= len(payload)
    agree(kind, frame(schema_id, payload[:at] + put + payload[at + cut :]))


def test_nearly_every_generated_event_is_accepted_at_once() -> None:
    accepted = []
    for number, told in enumerate(generated(7, 500), 1):
        kind = Kind(told.source["kind"])
        event = from_source(kind, told.source)
        event["header"] |= {
            "event_id": STREAM,
            "originator": told.agency,
            "stream": STREAM,
            "sequence": number,
        }
        if kind is Kind.RETRACTION:
            event["target_event_id"] = STREAM
        accepted.append(agree(kind, encode_event(kind, event)))
    assert accepted.count(True) == len(accepted)
