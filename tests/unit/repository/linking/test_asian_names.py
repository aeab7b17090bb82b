"""Names of Vietnam and China: whichever end the family name stands at, and every syllable tells."""

import csv
from pathlib import Path

import numpy as np
import pytest

from repository.linking.asian_names import family_first, syllable_of
from repository.linking.described import describe
from repository.linking.evaluation import Setup, evaluate
from repository.linking.labelled import parse_map, read_labelled
from repository.linking.name_levels import LEVELS, name
from repository.linking.names import readings
from repository.linking.weigher import Weigher
from repository.linking.weights import read_weights


@pytest.mark.parametrize(
    "full",
    ["Nguyễn Văn Anh", "Nguyen Van Anh", "Van Anh Nguyen", "Anh Van Nguyen", "NGUYEN, Van Anh"],
)
def test_a_vietnamese_name_is_one_in_either_order(full: str) -> None:
    first = readings(full=full)[0]
    assert (first.given, first.middle, first.family) == ("van", "anh", "nguyen")


def test_parts_of_a_vietnamese_name_are_put_in_order() -> None:
    by_parts = readings(given="Anh", middle="Van", family="Nguyen")[0]
    assert by_parts[:3] == readings(given="Van Anh", family="Nguyen")[0][:3]
    assert readings(full="Tịnh Thị Ngân")[0].family == "tinh"


@pytest.mark.parametrize(
    "full", ["Wang Xiaoming", "Xiaoming Wang", "Wang Xiao Ming", "Xiao-Ming Wang"]
)
def test_a_chinese_name_is_one_in_either_order(full: str) -> None:
    assert ("xiaoming", "wang") in {(one.given, one.family) for one in readings(full=full)}


def test_other_names_are_read_as_before() -> None:
    assert readings(full="Piet van den Berg")[0].family == "van den berg"
    assert readings(full="Jan van Son")[0].family == "van son"
    assert not family_first(["mary", "ann", "ho"])
    assert not family_first(["le", "blanc"])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("an", "anh", "different"),
        ("linh", "minh", "different"),
        ("trang", "trung", "different"),
        ("li", "lin", "different"),
        ("chen", "cheng", "different"),
        ("nguyen", "nguyeen", "similar"),
        ("hsu", "xu", "sounds_alike"),
        ("xiaoming", "xiaomin", "similar"),
    ],
)
def test_every_syllable_is_a_name(one: str, other: str, expected: str) -> None:
    assert LEVELS[int(name([one], [other])[0])] == expected


def test_syllables_are_told_by_language() -> None:
    assert [syllable_of(word) for word in ("anh", "zhang", "dan", "smith")] == [1, 2, 3, 0]


def bits(one: str, other: str) -> float:
    said = [
        describe([("full_name", full), ("date_of_birth", "1988-05-14")]) for full in (one, other)
    ]
    return float(Weigher().pairs("person", dict(enumerate(said)), np.array([0]), np.array([1]))[0])


def test_van_and_thi_agree_as_far_as_what_follows() -> None:
    assert bits("Nguyen Van Anh", "Nguyen Van An") < bits("Nguyen Van Anh", "Van Anh Nguyen") - 10
    assert bits("Nguyen Thi Hoa", "Nguyen Thi Hong") < bits("Nguyen Thi Hoa", "Hoa Thi Nguyen") - 10


def test_one_family_name_and_one_birthday_join_nobody(tmp_path: Path) -> None:
    rows = [("truth", "name", "born")]
    for n, given in enumerate(["Anh", "An", "Hung", "Linh", "Minh", "Tuan", "Hoa", "Hong"]):
        sex = "Thi" if given.startswith("Ho") else "Van"
        rows += [(f"{n}", f"Nguyen {sex} {given}", "1988-05-14")] * 2
        rows += [(f"{n}", f"{given} {sex} Nguyen", "14/05/1988")]
    rows += [("x", "Mark Vale", "1980-03-02"), ("y", "Colin Vale", "1980-03-02")]
    path = tmp_path / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    people = read_labelled(
        path, parse_map("full_name=name,date_of_birth=born", "person"), truth="truth"
    )
    found = evaluate(people, read_weights(), Setup(kind="person", mistakes=0))
    assert found["shipped"]["f1"] == 1.0
