"""What is stated of two records: by their pair, and by everybody else that either might be."""

import numpy as np
import pytest

from repository.linking.stated import MAY_BE, Fits, Sides, probability, stated


def chance(
    weight: float,
    *fits: tuple[int, int, float],
    sides: tuple[int, ...] = (0, 1),
    little: tuple[int, ...] = (),
    records: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.0),
    told: tuple[int, ...] = (0, 1, 2, 3, 4),
) -> float:
    """Return the probability stated of sides 0 and 1. `sides` are their entities; `fits` say how
    well a side fits an entity, in bits.
    """
    known = Sides(
        np.array(sides),
        np.isin(np.arange(len(sides)), little),
        np.array(records),
        np.isin(np.arange(len(records)), told),
    )
    side, entity, bits = (
        np.array(column) for column in zip(*(fits or ((0, 0, -9.0),)), strict=True)
    )
    one, other = np.array([0]), np.array([1])
    bits = np.asarray(bits, np.float64)
    made = Fits(known, side, entity, bits)
    found = stated(one, other, np.array([weight]), made)
    assert found == stated(other, one, np.array([weight]), made)
    return float(probability(found)[0])


def test_of_two_whom_nobody_else_is_like_the_weight_is_stated() -> None:
    for weight in (-3.0, 0.0, 3.0):
        assert chance(weight) == pytest.approx(1 / (1 + 2**-weight))


def test_who_fits_several_alike_is_each_of_them_with_a_share() -> None:
    assert chance(10.0, (0, 2, 10.0)) == pytest.approx(1 / 2, abs=0.001)
    assert chance(10.0, (0, 2, 10.0), (0, 3, 10.0)) == pytest.approx(1 / 3, abs=0.001)
    assert chance(10.0, (1, 2, 10.0), (1, 3, 10.0)) == pytest.approx(1 / 3, abs=0.001)
    # Certain pairs count alike, and what fits less takes less.
    assert chance(40.0, (0, 2, 40.0)) > 0.99
    assert chance(10.0, (0, 2, 4.0)) == pytest.approx(1024 / (1024 + 17), abs=0.001)


def test_who_is_reported_more_is_the_likelier_rival() -> None:
    fits = ((0, 2, 10.0),)
    often, seldom = (1.0, 1.0, 3.0, 1.0, 1.0), (1.0, 3.0, 1.0, 1.0, 1.0)
    assert chance(10.0, *fits, records=often) == pytest.approx(1 / 4, abs=0.001)
    assert chance(10.0, *fits, records=seldom) == pytest.approx(3 / 4, abs=0.001)


def test_nobody_is_a_rival_who_may_be_the_same_or_is_not_told_from_others() -> None:
    alone = chance(10.0)
    assert chance(10.0, (0, 2, 10.0), (1, 2, MAY_BE)) == pytest.approx(alone)
    assert chance(10.0, (0, 2, 10.0), told=(0, 1, 3, 4)) == pytest.approx(alone)
    assert chance(10.0, (0, 2, 10.0), told=(0, 2, 3, 4)) == pytest.approx(alone)
    assert chance(10.0, (0, 2, MAY_BE - 0.1)) == pytest.approx(alone)


def test_two_whose_own_records_hold_together_better_are_two() -> None:
    own = ((0, 0, 13.0), (1, 1, 12.5))
    assert chance(2.0, *own) == pytest.approx(1 / (1 + 2.0 ** (12 - 2 - 2)))
    # one side alone does not tell
    assert chance(2.0, own[0]) == pytest.approx(chance(2.0))
    assert chance(2.0, own[0], (1, 1, 2.0)) == pytest.approx(chance(2.0))
    # nor where another pair of both fits as well
    assert chance(2.0, *own, (0, 1, 12.0), (1, 0, 12.0)) == pytest.approx(chance(2.0))


def test_two_of_one_entity_are_one_by_what_ties_both_to_it() -> None:
    entity = (0, 0)
    assert chance(-0.2, (0, 0, 9.0), (1, 0, 7.0), sides=entity) == pytest.approx(1 / (1 + 2**-7.0))
    assert chance(8.0, (0, 0, 8.0), (1, 0, 3.0), sides=entity) == pytest.approx(1 / (1 + 2**-8.0))


def test_a_name_alone_is_stated_by_what_it_says_and_not_by_the_rule_that_it_never_joins() -> None:
    assert chance(-0.25, little=(0,)) == pytest.approx(1 / (1 + 2**-2.75))
    assert chance(-0.25) == pytest.approx(1 / (1 + 2**0.25))
    assert chance(-0.5, little=(0,)) == pytest.approx(1 / (1 + 2**0.5))
    shared = chance(-0.25, (0, 2, -0.25), (0, 3, -0.25), little=(0,))
    assert shared == pytest.approx(2**2.75 / (1 + 3 * 2**2.75))


def test_many_pairs_are_stated_as_each_of_them_is(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    count, entities = 60, 25
    known = Sides(
        random.integers(0, entities, count),
        random.random(count) < 0.2,
        random.integers(1, 9, entities).astype(float),
        random.random(entities) < 0.8,
    )
    side, entity = random.integers(0, count, 900), random.integers(0, entities, 900)
    fits = Fits(known, side, entity, random.uniform(-3, 15, 900))
    a, b = random.integers(0, count, (2, 500))
    weight = random.uniform(-4, 14, 500)
    together = stated(a, b, weight, fits)
    each = [stated(a[n : n + 1], b[n : n + 1], weight[n : n + 1], fits)[0] for n in range(500)]
    assert together.tolist() == each
    monkeypatch.setattr("repository.linking.stated.CHUNK", 7)
    assert stated(a, b, weight, fits).tolist() == each
