"""What a transaction says of a stream, without a database."""

from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from consumers.ingest.streams import StreamChange, ranges
from tests.support.sealed import NOW


@given(st.lists(st.integers(min_value=1, max_value=60)))
def test_ranges_hold_exactly_the_numbers_and_never_touch(numbers: list[int]) -> None:
    made = ranges(numbers)
    assert [n for a, b in made for n in range(a, b + 1)] == sorted(set(numbers))
    assert all(b + 1 < a for (_, b), (a, _) in pairwise(made))


def test_an_older_heartbeat_takes_nothing_back() -> None:
    change = StreamChange("gla", uuid4(), "intelligence.v1", 1, 0)
    change.heard(9, NOW)
    change.heard(4, NOW - timedelta(hours=1))
    assert (change.announced_next, change.heard_at) == (9, NOW)
