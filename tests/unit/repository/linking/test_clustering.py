"""Average linkage: what joins, what does not, and that the order of arrival changes nothing."""

import math
import random
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from repository.linking.clustering import ABSENT, RIVALS, average_linkage, components
from tests.support.pairs import edges


def clusters(count: int, *pairs: tuple[int, int, float], threshold: float = 0.0) -> list[list[int]]:
    return sorted(average_linkage(range(count), edges(*pairs), threshold)[0])


def test_a_heavy_pair_joins_and_a_light_one_does_not() -> None:
    assert clusters(4, (0, 1, 8.0), (2, 3, -1.0)) == [[0, 1], [2], [3]]


def test_a_slip_is_not_repeated_unless_by_copying_or_somebody_is_surely_both() -> None:
    def joined(side: int, *more: tuple[int, int, float]) -> bool:
        ours, theirs = range(side), range(side, 2 * side)
        within = [(a, b, 14.0) for s in (ours, theirs) for a in s for b in s if a < b]
        across = [(a, b, 6.0) for a in ours for b in theirs]
        return len(clusters(2 * side, *within, *across, *more)) == 1

    assert joined(1)
    assert joined(2)
    assert not joined(4)
    assert joined(4, (0, 4, 7.0))


def test_one_pair_does_not_join_two_networks() -> None:
    pairs = [(0, 1, 9.0), (2, 3, 9.0), (1, 2, 5.0)]
    assert clusters(4, *pairs) == [[0, 1], [2, 3]]


def test_what_was_judged_apart_stays_apart() -> None:
    pairs = edges((0, 1, 12.0), (1, 2, 12.0), (0, 2, 12.0))
    found, _ = average_linkage(
        range(3), pairs, 0.0, allowed=lambda one, other: not {0, 2} <= {*one, *other}
    )
    assert found == [[0, 1], [2]]


def test_what_is_said_to_be_one_is_joined_before_any_weight_is_looked_at() -> None:
    found, _ = average_linkage(range(3), edges((0, 1, 12.0), (1, 2, -20.0)), 0.0, together=[(0, 2)])
    assert found == [[0, 2], [1]]


def test_what_fits_two_different_people_joins_neither() -> None:
    assert clusters(3, (0, 1, 6.0), (0, 2, 6.0), (1, 2, -5.0)) == [[0], [1], [2]]
    assert clusters(3, (0, 1, 9.0), (0, 2, 3.0), (1, 2, -5.0)) == [[0, 1], [2]]


PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] < pair[1]),
    st.integers(-5_500, 14_000).map(lambda thousandths: thousandths / 1000),
    max_size=25,
)


def by_definition(count: int, weights: dict[int, dict[int, float]]) -> list[list[int]]:
    """Average linkage as it is told, each mean and each rival's odds computed anew for every join:
    the heaviest join first, and of those as heavy the one of the lowest numbers. What has been
    refused is asked again when one side has grown. Of five, no side is large enough for slips.
    """
    clusters = [[number] for number in range(count)]

    def mean(one: list[int], other: list[int]) -> float:
        sums = sum(weights.get(a, {}).get(b, ABSENT) for a in one for b in other)
        return sums / (len(one) * len(other))

    def lost(one: list[int], other: list[int], bits: float) -> float:
        odds = 0.0
        for a, b in ((one, other), (other, one)):
            for rival in clusters:
                fit = mean(a, rival)
                if rival not in (a, b) and fit > 0 and fit >= bits - 6 and mean(b, rival) <= RIVALS:
                    odds += 2.0**fit
        return math.log2(1.0 + odds)

    refused: list[tuple[list[int], list[int]]] = []
    while True:
        fitting = [
            (-bits, one, other)
            for one, other in combinations(sorted(clusters), 2)
            if (bits := mean(one, other)) >= 0 and (one, other) not in refused
        ]
        if not fitting:
            return sorted(clusters)
        less, one, other = min(fitting)
        if -less - lost(one, other, -less) < 0:
            refused.append((one, other))
        else:
            clusters = [c for c in clusters if c not in (one, other)] + [sorted(one + other)]


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda pair: pair[0] < pair[1]),
        st.integers(-44, 96).map(lambda eighths: eighths / 8),
        max_size=10,
    )
)
def test_the_clusters_are_those_of_the_definition(pairs: dict[tuple[int, int], float]) -> None:
    weights = edges(*((a, b, weight) for (a, b), weight in pairs.items()))
    assert clusters(5, *((a, b, weight) for (a, b), weight in pairs.items())) == by_definition(
        5, weights
    )


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(
    pairs: dict[tuple[int, int], float], shuffle: random.Random
) -> None:
    listed = [(a, b, weight) for (a, b), weight in pairs.items()]
    order = list(range(9))
    shuffle.shuffle(order)
    found, _ = average_linkage(order, edges(*listed), 0.0)
    assert sorted(found) == clusters(9, *listed)


def test_a_component_that_is_too_large_is_parted_where_it_is_weakest() -> None:
    chain = edges(*((n, n + 1, 1.0 if n == 4 else 6.0) for n in range(9)))
    assert list(components(range(10), chain, 0.0, most=10)) == [list(range(10))]
    assert list(components(range(10), chain, 0.0, most=9)) == [[*range(5)], [*range(5, 10)]]
