"""Which events are new is decided without a server."""

from typing import Any

from consumers.ingest.event_rows import END, START, copied
from consumers.ingest.events import event_of, sort_events
from consumers.ingest.judgement import Judge, Judged
from tests.support.sealed import TOPIC, TOPICS, nil_return, received, registry, seal, seal_input

NUMBERS = {TOPIC: 3}


def judged(*events: dict[str, Any]) -> list[Judged]:
    """Return the events as a worker has judged them, at offsets from nought."""
    judge = Judge(registry(), TOPICS, "confidential")
    messages = seal([seal_input(one) for one in events]).messages
    return judge.judge_all([received(one, offset=at) for at, one in enumerate(messages)])


def with_id_of(first: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {**other, "header": {**other["header"], "event_id": first["header"]["event_id"]}}


def offsets(found: list[Judged]) -> list[int]:
    return [one.message.offset for one in found]


def test_of_one_identity_twice_in_a_batch_the_first_offset_counts() -> None:
    events = judged(nil_return(1), with_id_of(nil_return(1), nil_return(2)), nil_return(3))
    for given_in in (events, events[::-1]):
        found = sort_events(NUMBERS, given_in, {})
        assert (offsets(found.fresh), offsets(found.equivocal)) == ([0, 2], [1])
        assert found.duplicates == []


def test_the_same_message_twice_is_new_once() -> None:
    one = judged(nil_return(1))[0]
    found = sort_events(NUMBERS, [one, one], {})
    assert (len(found.fresh), len(found.duplicates), len(found.equivocal)) == (1, 1, 0)


def test_what_is_known_is_a_duplicate_or_equivocation_by_its_digest() -> None:
    same, other, new = judged(nil_return(1), nil_return(2), nil_return(3))
    known = {
        ("gmp", event_of(same).event_id): bytes(bytearray(event_of(same).digest)),
        ("gmp", event_of(other).event_id): bytes(32),
        ("met", event_of(new).event_id): event_of(new).digest,  # another's event of the same id
    }
    found = sort_events(NUMBERS, [same, other, new], known)
    assert (found.fresh, found.duplicates, found.equivocal) == ([new], [same], [other])


def test_rows_are_framed_as_copy_wants_them() -> None:
    (one,) = judged(nil_return(1))
    event = event_of(one)
    row = copied([(3, event)])
    assert row.startswith(START + b"\0\x1a" + b"\0\0\0\x10" + event.event_id.bytes)
    assert row.endswith(one.message.packed_headers + END)
    assert copied([]) == START + END
