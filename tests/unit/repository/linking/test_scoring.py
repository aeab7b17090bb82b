"""Weighing: names alone, relatives, rare values, and words that stand elsewhere in a name."""

import numpy as np

from repository.linking.described import Description, describe
from repository.linking.resolver import Resolver
from repository.linking.scoring import NAME_ALONE
from repository.linking.weights import read_weights


def weigh(*descriptions: Description) -> float:
    """Return the weight of the first two of these records."""
    resolver = Resolver(read_weights(), persons=True)
    resolver.add(descriptions)
    return float(resolver.weigh(np.array([0]), np.array([1]))[0])


def person(given: str, family: str, **more: str) -> Description:
    return describe([("given_names", given), ("family_name", family), *more.items()])


def test_a_name_alone_weighs_less_than_nothing_however_rare() -> None:
    rare = person("Zebedee", "Quillfeather")
    assert weigh(rare, rare) == NAME_ALONE < read_weights().threshold
    county = person("Zebedee", "Quillfeather", county="Northshire", sex="m")
    assert weigh(county, county) == NAME_ALONE


def test_the_same_name_and_date_of_birth_joins() -> None:
    one = person("Jonas", "Kazlauskas", date_of_birth="1971-06-24")
    assert weigh(one, one) > read_weights().threshold


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
    common = [person("Jonas", "Kazlauskas", date_of_birth=f"19{n}-01-02") for n in range(40, 90)]
    rare = [person("Zebedee", "Quillfeather", date_of_birth="1939-01-02")] * 2
    resolver = Resolver(read_weights(), persons=True)
    resolver.add([*rare, common[0], *common])
    both = resolver.weigh(np.array([0, 2]), np.array([1, 3]))
    assert both[0] > both[1]


def test_a_word_that_only_stood_elsewhere_in_a_name_has_a_frequency() -> None:
    one = describe([("full_name", "Grace Ama Okafor"), ("date_of_birth", "1990-11-30")])
    other = describe([("full_name", "Okafor Grace Ama"), ("date_of_birth", "1990-11-30")])
    assert weigh(one, other) > 0
    assert weigh(other, one) == weigh(one, other)
