"""What a reviewer is given first: each row of the table, and the order."""

from dataclasses import replace
from typing import Any

import pytest

from repository.review.value import IMPACT, Pair, impact, uncertainty, value

PLAIN = Pair(0.5, 1, 1, frozenset({"routine"}), frozenset({"residence"}))


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({"urgencies": frozenset({"routine", "threat_to_life"})}, 8.0),
        ({"urgencies": frozenset({"priority"})}, 2.0),
        ({"agencies": 3}, 2.0),
        ({"agencies": 60}, 5.0),
        ({"events": 8}, 3.0),
        ({"roles": frozenset({"controller", "residence"})}, 2.0),
    ],
)
def test_each_row_adds_its_points(change: dict[str, Any], points: float) -> None:
    assert impact(replace(PLAIN, **change)) - impact(PLAIN) == points


def test_every_row_is_tested_above() -> None:
    assert len(IMPACT) == 5


@pytest.mark.parametrize(
    ("probability", "open_"), [(0.5, 1.0), (1.0, 0.0), (0.0, 0.0), (0.75, 0.5)]
)
def test_the_answer_is_most_open_at_even_odds(probability: float, open_: float) -> None:
    assert uncertainty(probability) == open_


def test_what_only_a_person_may_decide_is_first_then_the_open_and_weighty() -> None:
    victim = replace(PLAIN, probability=0.999, needs_person=True)
    weighty = replace(PLAIN, agencies=4)
    certain = replace(weighty, probability=0.99)
    pairs = [certain, PLAIN, weighty, victim]
    assert sorted(pairs, key=value, reverse=True) == [victim, weighty, PLAIN, certain]
