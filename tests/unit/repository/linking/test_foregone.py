"""What is foregone: no further record of such a description moves any other."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repository.linking.closure import CONNECTS, VICTIM_BAR, RecordId, Seen, entities, in_doubt
from repository.linking.clustering import components
from repository.linking.foregone import Foregone, foregone
from tests.support.pairs import edges

AGENCIES = ("met", "gmp", "gla", "hmrc")
PASSPORTS = ("passport:lt:lt1234567", "passport:lt:lt7418529")
NOTHING: frozenset[int] = frozenset()


def person(at: int, description: int, agency: str, *, victim: bool = False) -> Seen:
    return Seen((at, 0), description, "person", agency, victim)


def of(
    *seen: Seen, own: float = 20.0, spoken_of: frozenset[int] = NOTHING,
    doubtful: frozenset[int] = NOTHING,
) -> dict[int, Foregone]:  # fmt: skip
    first: RecordId = seen[0].record
    parts = [sorted({one.description for one in seen})]
    weights = {one.description: own for one in seen}
    entity = {one.record: first for one in seen}
    return foregone(parts, seen, entity, weights, spoken_of, doubtful)


def test_where_no_victim_is_it_does_not_matter_who_says_the_same() -> None:
    assert of(person(1, 7, "met")) == {7: Foregone((1, 0), victims=False)}
    assert of(person(1, 7, "met"), own=1.0) == {}, "it says too little to be one with anything"
    assert of(person(1, 7, "met"), spoken_of=frozenset({7})) == {}
    assert of(person(1, 7, "met"), doubtful=frozenset({7})) == {}


@pytest.mark.parametrize("victims", [False, True])
def test_beside_a_victim_two_agencies_have_to_have_said_it(*, victims: bool) -> None:
    once = [person(1, 1, "met", victim=True), person(2, 2, "met", victim=victims)]
    assert 2 not in of(*once)
    twice = [*once, person(3, 2, "gmp", victim=victims)]
    assert of(*twice)[2] == Foregone((1, 0), victims)
    assert 1 not in of(*twice)
    assert (2 in of(*twice, own=VICTIM_BAR - 0.1)) is not victims


@st.composite
def worlds(
    draw: st.DrawFn,
) -> tuple[list[Seen], dict[int, float], dict[tuple[int, int], float], dict[int, frozenset[str]]]:
    numbers = range(1, draw(st.integers(2, 5)) + 1)
    # About the bars: what connects, what joins, what a victim needs, what is certain.
    bits = st.sampled_from((-3.0, -1.0, 0.5, 3.0, 6.5, 7.0, 12.0, 20.0))
    own = {number: draw(st.sampled_from((1.0, 5.0, 13.0, 25.0))) for number in numbers}
    weights = {
        (a, b): draw(bits) for a in numbers for b in numbers if a < b and draw(st.booleans())
    }
    documents = {
        number: frozenset({draw(st.sampled_from(PASSPORTS))})
        for number in numbers
        if draw(st.integers(0, 3)) == 0
    }
    count = draw(st.integers(2, 9))
    said = st.tuples(st.sampled_from(numbers), st.sampled_from(AGENCIES), st.booleans())
    told = [draw(said) for _ in range(count)]
    seen = [person(at, d, agency, victim=v) for at, (d, agency, v) in enumerate(told, 1)]
    return seen, own, weights, documents


@settings(max_examples=400)
@given(worlds(), st.randoms(use_true_random=False))
def test_another_record_moves_nothing(
    world: tuple[
        list[Seen], dict[int, float], dict[tuple[int, int], float], dict[int, frozenset[str]]
    ],
    chance: random.Random,
) -> None:
    seen, own, weights, documents = world
    pairs = edges(*((a, b, weight) for (a, b), weight in weights.items()))
    parts = list(components(own, pairs, CONNECTS))
    doubtful = in_doubt(seen, parts, pairs, documents)
    found = entities(seen, own, pairs, documents=documents)
    known = foregone(parts, seen, found, own, frozenset(), doubtful)
    more = [
        person(100 + at, number, chance.choice((*AGENCIES, "soca")), victim=victim)
        for at, number in enumerate(chance.choices(sorted(known), k=3) if known else ())
        for victim in [known[number].victims and chance.random() < 0.5]
    ]
    expected = found | {one.record: known[one.description].entity for one in more}
    assert entities([*seen, *more], own, pairs, documents=documents) == expected
