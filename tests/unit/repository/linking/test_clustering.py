"""Average linkage: what joins, what does not, and that the order of arrival hardly matters."""

import random

from hypothesis import given
from hypothesis import strategies as st

from repository.linking.clustering import APART, Clusters, average_linkage


def edges(*pairs: tuple[int, int, float]) -> dict[int, dict[int, float]]:
    found: dict[int, dict[int, float]] = {}
    for a, b, weight in pairs:
        found.setdefault(a, {})[b] = weight
        found.setdefault(b, {})[a] = weight
    return found


def clusters(count: int, *pairs: tuple[int, int, float], threshold: float = 0.0) -> list[list[int]]:
    return sorted(average_linkage(range(count), edges(*pairs), threshold)[0])


def test_a_heavy_pair_joins_and_a_light_one_does_not() -> None:
    assert clusters(4, (0, 1, 8.0), (2, 3, -1.0)) == [[0, 1], [2], [3]]


def test_one_pair_does_not_join_two_networks() -> None:
    pairs = [(0, 1, 9.0), (2, 3, 9.0), (1, 2, 5.0)]
    assert clusters(4, *pairs) == [[0, 1], [2, 3]]


def test_what_was_judged_apart_stays_apart() -> None:
    pairs = [(0, 1, 12.0), (1, 2, 12.0), (0, 2, APART)]
    assert not any({0, 2} <= set(one) for one in clusters(3, *pairs))


def test_what_fits_two_different_people_joins_neither() -> None:
    assert clusters(3, (0, 1, 6.0), (0, 2, 6.0), (1, 2, -5.0)) == [[0], [1], [2]]
    assert clusters(3, (0, 1, 9.0), (0, 2, 3.0), (1, 2, -5.0)) == [[0, 1], [2]]


PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(-5.5, 14),
    max_size=25,
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


@given(PAIRS)
def test_every_record_is_in_one_entity_named_by_its_oldest(
    pairs: dict[tuple[int, int], float],
) -> None:
    found = Clusters(0.0)
    for record in range(9):
        found.add([record], [(a, b, w) for (a, b), w in pairs.items() if b == record])
    assert sorted(r for members in found.members.values() for r in members) == list(range(9))
    for entity, members in found.members.items():
        assert min(members) == entity
        assert all(found.entity[record] == entity for record in members)


def test_a_later_record_takes_apart_what_it_shows_to_be_two() -> None:
    found = Clusters(0.0)
    found.add([0, 1], [(0, 1, 4.0)])
    assert found.members == {0: [0, 1]}
    found.add([2], [(0, 2, 4.0), (1, 2, -20.0)])
    assert found.members == {0: [0], 1: [1], 2: [2]}
