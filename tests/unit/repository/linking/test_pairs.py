"""Pairs are kept narrowly, and are all there when the parts they are in are known."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from repository.linking.closure import CONNECTS
from repository.linking.pairs import Pairs
from repository.linking.store import PAIR
from tests.support.pairs import edges

NUMBERS = st.integers(min_value=1, max_value=12)
WEIGHED = st.dictionaries(
    st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] < pair[1]),
    st.sampled_from([-3.5, -0.001, CONNECTS, 2.0, 14.5]),
    max_size=40,
)


def both_ways(weighed: dict[tuple[int, int], float]) -> dict[int, dict[int, float]]:
    return edges(*((a, b, weight) for (a, b), weight in weighed.items()))


def known(numbers: set[int], weighed: dict[tuple[int, int], float]) -> Pairs:
    """Pairs as read from the store: those of `numbers`, in no order."""
    pairs, told = Pairs(), both_ways(weighed)
    rows = [(n, other, weight) for n in numbers for other, weight in told.get(n, {}).items()]
    pairs.know(numbers, np.array(rows[::-1], PAIR))
    return pairs


@given(WEIGHED, st.sets(NUMBERS), st.lists(NUMBERS, max_size=12))
def test_within_parts_all_their_pairs_are_found(
    weighed: dict[tuple[int, int], float], numbers: set[int], order: list[int]
) -> None:
    pairs, told = known(numbers, weighed), both_ways(weighed)
    left = [n for n in dict.fromkeys(order) if n in numbers]
    parts = [part for part in (left[: len(left) // 2], left[len(left) // 2 :]) if part]
    assert pairs.within(parts) == {
        n: {other: weight for other, weight in told.get(n, {}).items() if other in part}
        | {other: weight for other, weight in told.get(n, {}).items() if weight >= CONNECTS}
        for part in parts
        if len(part) > 1
        for n in part
    }


@given(WEIGHED, WEIGHED, st.sets(NUMBERS), NUMBERS)
def test_pairs_that_are_added_are_as_those_that_are_read(
    before: dict[tuple[int, int], float],
    added: dict[tuple[int, int], float],
    numbers: set[int],
    gone: int,
) -> None:
    new = {pair: weight for pair, weight in added.items() if pair not in before}
    grown = known(numbers, before)
    a, b = (np.array([pair[side] for pair in new], np.int64) for side in (0, 1))
    grown.add(a, b, np.array(list(new.values()), np.float64))
    read = known(numbers, before | new)
    assert grown.within([numbers]) == read.within([numbers])
    assert (len(grown), grown.bytes) == (len(read), read.bytes)
    grown.forget(gone)
    assert (gone in grown, len(grown)) == (False, len(numbers - {gone}))
    for number in numbers:
        grown.forget(number)
    assert grown.bytes == 0, "nothing of them is counted any more"
