"""The stage's path in memory: order, batches, equal records, names alone, years, victims."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repository.linking.closure import THRESHOLD, VICTIM_BAR
from repository.linking.described import Description, describe
from repository.linking.resolver import Arrived, Resolver, batches
from repository.linking.scoring import Counted
from repository.linking.weigher import DATES_ALONE, Weigher, identifies, only_years
from repository.linking.weights import read_weights


def person(name: str, born: str = "", **more: str) -> Description:
    return describe([("full_name", name), ("date_of_birth", born), *more.items()])


PEOPLE = [
    person("Jonas Kazlauskas", "1971-06-24"),
    person("Kazlauskas, Jonas", "1971-06-24"),
    person("Jonas Kazlauskas", "1971-06-24"),
    person("Jonas Kazlausks", "1971-06-24"),
    person("Jonas Kazlauskas", "1958-01-03"),
    person("Jonas Kazlauskas"),
    person("Grace Okafor", "1990-11-30", telephone="020 7946 0123"),
    person("Grace Okafor", telephone="020 7946 0123"),
    person("Ruth Okafor", "1961-03-04", telephone="020 7946 0123"),
]


def resolved(
    descriptions: list[Description], batch: int = 500, weigher: Weigher | None = None
) -> Resolver:
    resolver = Resolver(weigher or Weigher(), "person", wide=True)
    for some in batches([Arrived(one) for one in descriptions], batch):
        resolver.add(some)
    return resolver


def groups(resolver: Resolver, order: list[int]) -> set[frozenset[int]]:
    found: dict[int, set[int]] = {}
    for record, entity in zip(order, resolver.entity().tolist(), strict=True):
        found.setdefault(entity, set()).add(record)
    return {frozenset(one) for one in found.values()}


@settings(deadline=None)
@given(st.permutations(range(len(PEOPLE))), st.integers(1, len(PEOPLE)))
def test_neither_the_order_of_arrival_nor_the_batch_changes_the_entities(
    order: list[int], batch: int
) -> None:
    whole = groups(resolved(PEOPLE), list(range(len(PEOPLE))))
    assert groups(resolved([PEOPLE[n] for n in order], batch), order) == whole
    assert {0, 1, 2} <= next(one for one in whole if 0 in one)
    assert {frozenset({4}), frozenset({5})} <= whole


def test_records_that_say_the_same_are_one_description() -> None:
    resolver = resolved([PEOPLE[0], PEOPLE[2], PEOPLE[3]])
    assert resolver.description_of.tolist() == [0, 0, 1]
    assert resolver.corpus.count == 2


def test_records_of_one_name_and_nothing_more_stay_two_however_often() -> None:
    resolver = resolved([person("Zebedee Quillfeather")] * 3)
    assert resolver.entity().tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("more", "enough"),
    [
        ({"born": "1971-06-24"}, True),
        ({"born": "1971"}, False),
        ({"born": "", "sex": "male", "nationality": "lt"}, False),
        ({"born": "", "street": "7 Mill Lane"}, True),
        ({"born": "", "code1": "AB123456"}, True),
        ({"born": "", "email": "jonas@example.test"}, True),
    ],
)
def test_what_tells_a_person_from_others_of_the_name(more: dict[str, str], enough: bool) -> None:
    assert identifies(person("Jonas Kazlauskas", **more)) is enough


def test_a_year_is_enough_where_a_source_never_says_more_or_names_were_counted() -> None:
    years = [person("Jonas Kazlauskas", "1971"), person("Grace Okafor", "1990")]
    assert only_years(years)
    assert not only_years([*years, PEOPLE[0]])
    assert identifies(years[0], least=1)
    counted = {"family_name": Counted({"kazlauskas": 3.0}, 1000.0)}
    own = [Weigher(None, known).own("person", [years[0]])[0] for known in ({}, counted)]
    assert own[0] < 0 < own[1]


def test_a_year_joins_no_victims_records_across_agencies() -> None:
    counted = {"family_name": Counted({"kazlauskas": 3.0}, 100_000.0)}
    weights = replace(read_weights(), population=100.0, kin=6.0)
    passport = person("Jonas Kazlauskas", "1971", document_number="passport:lt:lt1234567")
    for year in (person("Jonas Kazlauskas", "1971"), person("Jonas Kazlauskas", "1971-01-01"),
                 passport):  # fmt: skip
        for victim in (False, True):
            resolver = Resolver(Weigher(weights, counted), "person")
            resolver.add([Arrived(year, "met", victim), Arrived(PEOPLE[0], "gmp")])
            assert 0.0 < resolver.edges[0][1] <= DATES_ALONE < VICTIM_BAR
            assert len(set(resolver.entity().tolist())) == 1 + victim
    # Whole dates pass the bar by the same weights.
    resolver = Resolver(Weigher(weights, counted), "person")
    resolver.add([Arrived(PEOPLE[0], "met", True), Arrived(PEOPLE[1], "gmp")])
    assert len(set(resolver.entity().tolist())) == 1


def test_a_part_of_a_date_proves_surely_or_not_and_a_whole_one_or_a_passport_at_the_bar() -> None:
    counted = {"family_name": Counted({}, 0.0)}
    month, slip = (person("Jonas Kazlauskas", born) for born in ("1971-06", "1971-06-25"))
    passport = person("", document_number="passport:lt:lt1234567")
    for population, sure in ((2.0**11, True), (2.0**14, False)):
        weigher = Weigher(replace(read_weights(), population=population, kin=9.0), counted)
        for one, other, together in (
            (PEOPLE[0], month, sure),
            (PEOPLE[0], slip, False),
            (PEOPLE[0], PEOPLE[1], True),
            (passport, passport, True),
            (passport, replace(PEOPLE[0], values={**passport.values}), True),
        ):
            resolver = Resolver(weigher, "person")
            resolver.add([Arrived(one, "met", True), Arrived(other, "gmp")])
            assert (resolver.entity().tolist() == [0, 0]) is together
    # Neither is a victim's: what is below is enough.
    resolver = Resolver(weigher, "person")
    resolver.add([Arrived(PEOPLE[0], "met"), Arrived(slip, "gmp")])
    assert resolver.edges[0][1] == pytest.approx(DATES_ALONE)
    assert resolver.entity().tolist() == [0, 0]


def test_a_victims_records_of_two_agencies_need_the_higher_bar() -> None:
    one, other = PEOPLE[0], PEOPLE[3]
    for victim, together in ((False, True), (True, False)):
        resolver = Resolver(Weigher(), "person")
        resolver.add([Arrived(one, "met", victim), Arrived(other, "gmp")])
        weight = resolver.edges[0][1]
        assert 0.0 <= weight < VICTIM_BAR
        assert (resolver.entity().tolist() == [0, 0]) is together


def test_between_sources_equal_records_of_one_source_weigh_less() -> None:
    said = [("full_name", "Jonas Kazlauskas"), ("date_of_birth", "1971-06-24")]
    resolver = Resolver(Weigher(between=True), "person", between=True)
    resolver.add([Arrived(describe(said, source=source)) for source in ("a", "a", "b")])
    assert resolver.description_of.tolist() == [0, 0, 1]
    assert resolver.own[0] < resolver.edges[0][1]
    assert resolver.edges[0][1] > THRESHOLD
