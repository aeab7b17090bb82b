"""Entities: stable, order-free, people's words first, victims guarded, blind to the hidden."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from repository.linking.closure import (
    VICTIM_BAR,
    Judged,
    RecordId,
    Seen,
    entities,
    entity_name,
    parse_entity,
)
from tests.support.pairs import edges

A, B, C, D = (1, 0), (2, 0), (3, 0), (4, 0)
# What each description weighs against itself: 5 and 6 say too little to be one even with itself.
OWN = {1: 13.0, 2: 13.0, 3: 13.0, 4: 13.0, 5: -2.0, 6: -2.0, 7: 5.0}


def person(
    record: RecordId, description: int, agency: str = "met", *, victim: bool = False
) -> Seen:
    return Seen(record, description, "person", agency, victim)


ABC = [person(A, 1), person(B, 2), person(C, 3)]


def test_an_entity_is_named_by_its_oldest_record() -> None:
    pairs = edges((1, 2, 5.0), (2, 3, 5.0), (1, 3, 5.0))
    assert entities(ABC, OWN, pairs) == {A: A, B: A, C: A}


def test_a_hidden_record_bridges_nothing() -> None:
    pairs = edges((1, 2, 9.0), (2, 3, 9.0))
    assert entities([ABC[0], ABC[2]], OWN, pairs) == {A: A, C: C}


def test_equal_descriptions_are_one_if_they_say_enough() -> None:
    assert entities([person(A, 1), person(B, 1, "gmp")], OWN, {}) == {A: A, B: A}
    assert entities([person(A, 5), person(B, 5, "gmp")], OWN, {}) == {A: A, B: B}


def test_a_persons_word_joins_what_says_too_little_and_parts_what_agrees() -> None:
    seen = [person(A, 5), person(B, 6), person(C, 5)]
    assert entities(seen, OWN, {}, [Judged(A, B, True)]) == {A: A, B: A, C: C}
    pairs = edges((1, 2, 12.0))
    assert entities(ABC[:2], OWN, pairs, [Judged(A, B, False)]) == {A: A, B: B}


def test_a_word_that_two_are_apart_holds_for_whole_entities() -> None:
    seen = [*ABC, person(D, 4)]
    pairs = edges((1, 2, 12.0), (3, 4, 11.0), *((a, b, 6.0) for a in (1, 2) for b in (3, 4)))
    assert set(entities(seen, OWN, pairs).values()) == {A}
    assert entities(seen, OWN, pairs, [Judged(A, D, False)]) == {A: A, B: A, C: C, D: C}


def test_a_victims_records_of_two_agencies_need_the_higher_bar() -> None:
    def joined(weight: float, agency: str, *words: Judged) -> bool:
        seen = [person(A, 1, victim=True), person(B, 2, agency)]
        return entities(seen, OWN, edges((1, 2, weight)), words)[B] == A

    assert joined(VICTIM_BAR - 0.1, "met")
    assert not joined(VICTIM_BAR - 0.1, "gmp")
    assert joined(VICTIM_BAR, "gmp")
    assert joined(3.0, "gmp", Judged(A, B, True))


def test_the_higher_bar_holds_within_one_description_and_for_whole_entities() -> None:
    seen = [person(A, 7), person(B, 7, "gmp"), person(C, 7, "gmp", victim=True)]
    assert entities(seen[:2], OWN, {}) == {A: A, B: A}
    assert entities(seen, OWN, {}) == {A: A, B: B, C: B}


def test_a_victims_record_is_led_to_by_pairs_of_the_bar() -> None:
    three = [person(A, 1), person(B, 2, "gmp", victim=True), person(C, 3, "gmp")]

    def joined(direct: float, leading: float) -> bool:
        pairs = edges((1, 2, direct), (2, 3, 12.0), (1, 3, leading))
        found = entities(three, OWN, pairs)
        return found[A] == found[B]

    # A passport without a date, the passport with the date, the date without the passport.
    assert joined(-0.25, 12.0)
    assert not joined(-0.25, VICTIM_BAR - 0.1)
    # One of them has a slip: the mean weighs what it says against.
    assert joined(-1.0, 12.0)


def test_two_victims_of_one_agency_need_the_higher_bar_too() -> None:
    def joined(weight: float, *, victim: bool = True) -> bool:
        seen = [person(A, 1, victim=True), person(B, 2, victim=victim)]
        found = entities(seen, OWN, edges((1, 2, weight)))
        return found[A] == found[B]

    assert not joined(VICTIM_BAR - 0.1)
    assert joined(VICTIM_BAR)
    # An agency's record of nobody's victim beside its own of one.
    assert joined(5.0, victim=False)


def test_two_victims_of_one_name_and_date_are_kept_apart_by_what_each_side_repeats() -> None:
    def joined(*, victim: bool) -> bool:
        seen = [person((n, 0), n, "met" if n <= 2 else "gmp", victim=victim) for n in (1, 2, 3, 4)]
        across = [(a, b, 13.0) for a in (1, 2) for b in (3, 4)]
        pairs = edges((1, 2, 27.0), (3, 4, 27.0), *across)
        return len(set(entities(seen, OWN, pairs).values())) == 1

    assert joined(victim=False)
    assert not joined(victim=True)


def test_what_two_agencies_say_of_a_victim_is_no_slip() -> None:
    """A document of each of two namesakes, and a date that both share without one."""

    def joined(*agencies: str) -> bool:
        seen = [person((n, 0), n, "met", victim=True) for n in (1, 2, 4)]
        seen += [person((5 + n, 0), 3, agency, victim=True) for n, agency in enumerate(agencies)]
        pairs = edges((1, 2, 27.0), (3, 4, 14.0), (1, 4, 14.0), (1, 3, 7.0))
        found = entities(seen, OWN, pairs)
        return found[1, 0] == found[5, 0]

    assert joined("gmp")
    assert not joined("gmp", "soca")


TWO = {1: frozenset({"passport:lt:lt1234567"}), 2: frozenset({"passport:lt:lt7418529"})}


def test_victims_whose_documents_differ_are_not_joined_but_by_a_person() -> None:
    def joined(*words: Judged, victim: bool = True) -> bool:
        seen = [person(A, 1, victim=victim), person(B, 2, "gmp", victim=victim)]
        found = entities(seen, OWN, edges((1, 2, 20.0)), words, documents=TWO)
        return found[A] == found[B]

    assert not joined()
    # Who is no victim may have had two passports one after the other.
    assert joined(victim=False)
    assert joined(Judged(A, B, True))


def test_no_record_bridges_victims_whose_documents_differ() -> None:
    seen = [person(A, 1, victim=True), person(B, 2, "gmp", victim=True)]
    seen += [person(C, 3, "soca", victim=True), person(D, 3, "met", victim=True)]
    both = edges((1, 3, 20.0), (2, 3, 20.0), (1, 2, 9.0))

    def found(pairs: dict[int, dict[int, float]], *words: Judged) -> dict[RecordId, RecordId]:
        return entities(seen, OWN, pairs, words, documents=TWO)

    # Who fits both is neither's, and not even one with another agency's record of the same words.
    assert found(both) == {A: A, B: B, C: C, D: D}
    assert found(edges((1, 3, 20.0), (1, 2, 9.0))) == {A: A, B: B, C: A, D: A}
    assert found(both, Judged(A, C, True)) == {A: A, B: B, C: A, D: D}
    assert found(both, Judged(B, C, False)) == {A: A, B: B, C: A, D: D}


def test_one_agencys_records_of_who_fits_two_are_each_by_themselves() -> None:
    seen = [person(A, 1, victim=True), person(B, 2, "gmp", victim=True)]
    seen += [person(C, 3, "soca", victim=True), person(D, 3, "soca", victim=True)]
    both = edges((1, 3, 20.0), (2, 3, 20.0), (1, 2, 9.0))

    def found(*words: Judged) -> dict[RecordId, RecordId]:
        return entities(seen, OWN, both, words, documents=TWO)

    # The same words may be of either, and once of each.
    assert found() == {A: A, B: B, C: C, D: D}
    assert found(Judged(A, C, True), Judged(B, D, True)) == {A: A, B: B, C: A, D: B}
    assert found(Judged(C, D, True)) == {A: A, B: B, C: C, D: C}


def test_who_is_reported_with_both_documents_is_one() -> None:
    seen = [person(A, 1, victim=True), person(B, 2, "gmp", victim=True), person(C, 3, "soca")]
    pairs = edges((1, 3, 20.0), (2, 3, 20.0), (1, 2, 9.0))
    said = {**TWO, 3: TWO[1] | TWO[2]}
    assert set(entities(seen, OWN, pairs, documents=said).values()) == {A}


def test_of_persons_only_what_is_certainly_two_is_left_apart() -> None:
    def joined(weight: float) -> int:
        pairs = edges((1, 2, weight), (1, 3, weight))
        return len(set(entities(ABC, OWN, pairs).values()))

    # A document without a name, and two people who each bear it.
    assert joined(13.0) == 3
    assert joined(6.0) == 1


def test_things_are_joined_by_what_connects_them() -> None:
    seen = [Seen(record, n, "telephone") for record, n in ((A, 1), (B, 2), (C, 3), (D, 4))]
    pairs = edges((1, 2, 9.0), (1, 4, 9.0), (2, 4, 9.0), (2, 3, 2.5))
    assert set(entities(seen, OWN, pairs).values()) == {A}
    assert entities([*ABC, person(D, 4)], OWN, pairs) == {A: A, B: A, C: C, D: A}


RECORDS = [(n // 2, n % 2) for n in range(2, 16)]
SEEN = st.lists(
    st.tuples(
        st.sampled_from(RECORDS),
        st.integers(1, 7),
        st.sampled_from(["met", "gmp"]),
        st.integers(0, 3).map(lambda n: n == 0),
    ),
    max_size=14,
    unique_by=lambda one: one[0],
)
PAIRS = st.dictionaries(
    st.tuples(st.integers(1, 7), st.integers(1, 7)).filter(lambda pair: pair[0] < pair[1]),
    st.integers(-4_000, 13_000).map(lambda thousandths: thousandths / 1000),
    max_size=15,
)
WORDS = st.lists(
    st.builds(
        lambda pair, same: Judged(min(pair), max(pair), same),
        st.tuples(st.sampled_from(RECORDS), st.sampled_from(RECORDS)).filter(
            lambda pair: pair[0] != pair[1]
        ),
        st.booleans(),
    ),
    max_size=5,
    unique_by=lambda one: (one.a, one.b),
)


@given(SEEN, PAIRS, WORDS, st.randoms(use_true_random=False))
def test_order_changes_nothing_and_no_pair_said_to_be_two_is_joined(
    rows: list[Any],
    pairs: dict[tuple[int, int], float],
    words: list[Judged],
    shuffle: random.Random,
) -> None:
    seen = [person(record, n, agency, victim=victim) for record, n, agency, victim in rows]
    weighed = [(a, b, weight) for (a, b), weight in pairs.items()]
    found = entities(seen, OWN, edges(*weighed), words)
    for order in (seen, weighed, words):
        shuffle.shuffle(order)
    assert found == entities(seen, OWN, edges(*weighed), words)
    assert all(entity <= record for record, entity in found.items())
    there = [w for w in words if w.a in found and w.b in found]
    assert [w for w in there if not w.same and found[w.a] == found[w.b]] == []
    if not any(not w.same for w in there):
        assert [w for w in there if w.same and found[w.a] != found[w.b]] == []


def test_names_of_entities_are_read_back() -> None:
    assert parse_entity(entity_name((120, 3))) == (120, 3)
    for nonsense in ("nonsense", "E²-0", "E1-99999", "E1", "E-1", f"E{10**18}-0", "E1-0\x00"):
        assert parse_entity(nonsense) is None
