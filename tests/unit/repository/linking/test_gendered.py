"""Names of women and men: brother and sister are two, a family name is one."""

import csv
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from repository.linking import diminutives, gendered, nicknames
from repository.linking.described import Description, describe
from repository.linking.evaluation import Setup, evaluate
from repository.linking.labelled import parse_map, read_labelled
from repository.linking.name_levels import LEVELS, name
from repository.linking.normalise import tokens
from repository.linking.scoring import OTHER_SEX
from repository.linking.weigher import Weigher
from repository.linking.weights import read_weights


def level(one: str, other: str) -> str:
    found = int(name([one], [other])[0])
    assert found == int(name([other], [one])[0])
    return LEVELS[found]


@pytest.mark.parametrize(
    ("man", "woman"),
    [
        ("alexandru", "alexandra"),
        ("ion", "ioana"),
        ("mihai", "mihaela"),
        ("florin", "florina"),
        ("daniel", "daniela"),
        ("khalid", "khalida"),
        ("ivan", "ivana"),
        ("besnik", "besnike"),
        ("gabriel", "gabrielle"),
    ],
)
def test_given_names_that_differ_by_sex_are_told_apart(man: str, woman: str) -> None:
    assert level(man, woman) == "other_sex"
    assert level(f"{man} maria", f"{woman} maria") == "other_sex"


def test_spellings_and_slips_of_one_sex_stay_alike() -> None:
    assert level("alexandra", "aleksandra") != "other_sex"
    assert level("daniel", "danieel") == "similar"
    assert level("mihaela", "mihaila") == "similar"


@pytest.mark.parametrize(
    ("man", "woman"),
    [
        ("kazlauskas", "kazlauskiene"),
        ("kazlauskas", "kazlauskaite"),
        ("novak", "novakova"),
        ("kowalski", "kowalska"),
        ("ivanov", "ivanova"),
        ("dostoevsky", "dostoevskaya"),
        ("papadopoulos", "papadopoulou"),
    ],
)
def test_a_family_name_is_one_however_it_ends(man: str, woman: str) -> None:
    assert level(man, woman) == "similar"


@pytest.mark.parametrize(("one", "other"), [("kasas", "kasiene"), ("novak", "horakova")])
def test_a_short_or_another_stem_is_another_name(one: str, other: str) -> None:
    assert level(one, other) == "different"


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("kasia", "katarzyna"),
        ("gosho", "georgi"),
        ("pista", "istvan"),
        ("ionut", "ion"),
        ("pepa", "josef"),
        ("paco", "francisco"),
        ("ze", "jose"),
        ("seryozha", "serhiy"),
        ("mykola", "nikolai"),
        ("kestas", "kestutis"),
        ("gimi", "agim"),
        ("edzus", "edgars"),
    ],
)
def test_diminutives_of_many_languages(short: str, full: str) -> None:
    assert level(short, full) == "short_form"


def test_no_row_makes_one_of_a_man_and_a_woman() -> None:
    rows = [row.split() for row in (*nicknames.ROWS, *diminutives.ROWS)]
    mixed = [row for row in rows if any(gendered.of_two_sexes(a, b) for a, b in product(row, row))]
    assert mixed == []


def test_rows_are_written_as_names_are_compared() -> None:
    names = [n for row in diminutives.ROWS for n in row.split()]
    names += [n for row in gendered.GIVEN.split(";") for n in row.replace(":", " ").split()]
    assert [n for n in names if tokens(n) != [n]] == []


def bits(one: Description, other: Description) -> float:
    return float(Weigher().pairs("person", {0: one, 1: other}, np.array([0]), np.array([1]))[0])


def person(given: str, **more: Any) -> Description:
    said = [("given_names", given), ("family_name", "Rusu"), ("date_of_birth", "1980-05-14")]
    return describe(said + list(more.items()))


def test_only_what_is_a_person_s_own_outweighs_the_other_sex() -> None:
    man, woman = person("Mihai"), person("Mihaela")
    other = person("Gheorghe")
    assert bits(man, woman) < bits(man, other)
    assert bits(man, woman) < OTHER_SEX
    told = {"email": "m.rusu1980@example.org", "national_id": "1800514123456"}
    assert bits(person("Mihai", **told), person("Mihaela", **told)) > 0


def test_where_the_sexes_agree_it_is_a_slip() -> None:
    unsaid = bits(person("Mihai"), person("Mihaela"))
    agreed = bits(person("Mihai", sex="male"), person("Mihaela", sex="male"))
    apart = bits(person("Mihai", sex="male"), person("Mihaela", sex="female"))
    assert apart < unsaid < agreed


def test_twins_in_a_file_stay_two(tmp_path: Path) -> None:
    rows = [("truth", "given", "family", "born")]
    pairs = [("Alexandru", "Alexandra"), ("Ion", "Ioana"), ("Florin", "Florina")]
    families = ("Rusu", "Popescu", "Moldovan", "Barbu", "Ciobanu", "Lazar", "Dobre", "Nistor")
    for n, (family, both) in enumerate(product(families, pairs)):
        for given in both:
            born = f"{1960 + n}-{1 + 7 * n % 12:02}-{2 + 11 * n % 27:02}"
            rows += [(f"{given}{n}", given, family, born)] * 2
    path = tmp_path / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    asked = "given_names=given,family_name=family,date_of_birth=born"
    people = read_labelled(path, parse_map(asked, "person"), truth="truth")
    found = evaluate(people, read_weights(), Setup(kind="person", mistakes=0))
    assert found["shipped"]["f1"] == 1.0
