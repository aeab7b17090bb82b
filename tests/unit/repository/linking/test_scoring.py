"""Weighing: names alone, relatives, rare values, and words that stand elsewhere in a name."""

from dataclasses import replace

import numpy as np

from repository.linking.closure import CONNECTS, THRESHOLD
from repository.linking.described import Description, describe
from repository.linking.resolver import Arrived, Resolver
from repository.linking.scoring import NAME_ALONE, Counted
from repository.linking.weigher import Weigher
from repository.linking.weights import read_weights


def weigh(*descriptions: Description) -> float:
    """Return the weight of the first two of these records."""
    weights = replace(read_weights(), population=float(len(descriptions)))
    return weighed(Weigher(weights), *descriptions[:2])


def weighed(weigher: Weigher, one: Description, other: Description) -> float:
    return float(weigher.pairs("person", {0: one, 1: other}, np.array([0]), np.array([1]))[0])


def person(given: str, family: str, **more: str) -> Description:
    return describe([("given_names", given), ("family_name", family), *more.items()])


def test_a_name_alone_weighs_less_than_nothing_however_rare() -> None:
    rare = person("Zebedee", "Quillfeather")
    assert weigh(rare, rare) == NAME_ALONE < CONNECTS
    county = person("Zebedee", "Quillfeather", county="Northshire", sex="m")
    assert weigh(county, county) == NAME_ALONE


def test_the_same_name_and_date_of_birth_joins() -> None:
    one = person("Jonas", "Kazlauskas", date_of_birth="1971-06-24")
    assert weigh(one, one) > THRESHOLD


def test_relatives_of_one_household_are_two() -> None:
    home = {"street": "7 Mill Lane", "town": "Northby", "postcode": "QA1 1AB"}
    home |= {"telephone": "020 7946 0123"}
    mother = person("Ruth", "Okafor", date_of_birth="1961-03-04", **home)
    daughter = person("Grace", "Okafor", date_of_birth="1990-11-30", **home)
    assert weigh(mother, daughter) < 0
    assert weigh(mother, mother) > 0


def test_father_and_son_are_two() -> None:
    senior = person("David", "Okafor Sr", street="7 Mill Lane", postcode="QA1 1AB")
    junior = person("David", "Okafor Jr", street="7 Mill Lane", postcode="QA1 1AB")
    assert weigh(senior, junior) < 0 < weigh(senior, senior)


def test_a_rare_name_says_more_than_a_common_one() -> None:
    counted = {
        "family_name": Counted({"kazlauskas": 500.0, "quillfeather": 1.0}, 10_000.0),
        "given_names": Counted({"jonas": 100.0}, 10_000.0),
    }
    weigher = Weigher(read_weights(), counted)
    common = person("Jonas", "Kazlauskas", date_of_birth="1939-01-02")
    rare = person("Jonas", "Quillfeather", date_of_birth="1939-01-02")
    assert weighed(weigher, rare, rare) > weighed(weigher, common, common) + 3


def test_what_a_pair_weighs_does_not_depend_on_what_else_has_arrived() -> None:
    one, other = (person("Jonas", "Kazlauskas", date_of_birth=f"1971-06-2{n}") for n in (4, 5))
    many = [person("Jonas", "Kazlauskas", date_of_birth=f"19{n}-01-02") for n in range(40, 90)]
    found = []
    for rest in ([], many):
        resolver = Resolver(Weigher(), "person")
        resolver.add([Arrived(said) for said in (one, other, *rest)])
        found.append(resolver.weigh(np.array([0]), np.array([1]))[0])
    assert found[0] == found[1]


def test_a_word_that_only_stood_elsewhere_in_a_name_has_a_frequency() -> None:
    one = describe([("full_name", "Grace Ama Okafor"), ("date_of_birth", "1990-11-30")])
    other = describe([("full_name", "Okafor Grace Ama"), ("date_of_birth", "1990-11-30")])
    assert weigh(one, other) > 0
    assert weigh(other, one) == weigh(one, other)


def test_an_office_mailbox_or_the_name_as_a_mailbox_joins_nobody() -> None:
    for one, other in (
        ("info@example.org", "info@example.org"),
        ("jokafor@example.org", "jokafor@example.net"),
    ):
        first, second = person("Jay", "Okafor", email=one), person("Jay", "Okafor", email=other)
        assert weigh(first, second) == NAME_ALONE
    own = person("Jay", "Okafor", email="jay.okafor81@example.org")
    assert weigh(own, own) > 0


def test_organisations_in_a_file_of_persons_have_no_relatives() -> None:
    here = {"name": "Northby Packing Ltd", "address": "7 Mill Lane, Northby", "postcode": "QA1 1AB"}
    body = describe(here.items())
    assert weigh(body, body) > 5


def test_a_year_and_a_first_of_january_stand_for_any_day_of_the_year() -> None:
    told = person("Jonas", "Kazlauskas", date_of_birth="1971-06-24")
    for date in ("1971", "1971-01-01", "1971-06"):
        assert weigh(person("Jonas", "Kazlauskas", date_of_birth=date), told) > 0
    assert weigh(person("Jonas", "Kazlauskas", date_of_birth="1972"), told) < 0


def test_one_of_two_family_names_may_be_left_out() -> None:
    long = describe([("full_name", "Ana Alves Duarte"), ("date_of_birth", "1990-11-30")])
    short = describe([("full_name", "Ana Alves"), ("date_of_birth", "1990-11-30")])
    assert weigh(long, short) > 0
    assert weigh(short, long) == weigh(long, short)


def test_sex_and_country_say_nothing_that_a_name_does_not() -> None:
    plain = person("Jonas", "Kazlauskas", date_of_birth="1971")
    more = person("Jonas", "Kazlauskas", date_of_birth="1971", sex="m", nationality="LT")
    assert weigh(more, more) == weigh(plain, plain)
    other = person("Jonas", "Kazlauskas", date_of_birth="1971", sex="f", nationality="LT")
    assert weigh(more, other) < weigh(more, more)
