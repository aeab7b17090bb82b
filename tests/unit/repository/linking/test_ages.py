"""Ages, and when somebody of that age was born: weak evidence for one, stronger for two."""

import json
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.linking import ages
from repository.linking.corpus import Corpus
from repository.linking.described import Description, describe
from repository.linking.explanation import why_alike
from repository.linking.keys import keys_of
from repository.linking.subjects import describe_subject
from repository.linking.weigher import Weigher, identifies
from repository.linking.weights import parse_weights, read_weights, shipped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("34", "34"),
        ("34.0", "34"),
        ("34 years old", "34"),
        ("34yrs", "34"),
        ("25-35", "25-35"),
        ("25 – 35", "25-35"),
        ("between 25 and 35", "25-35"),
        ("20s", "20-29"),
        ("early 20s", "20-24"),
        ("18+", "18-110"),
        ("over 18", "18-110"),
        ("under 18", "0-17"),
        ("c. 40", "40"),
        ("35-25", None),
        ("adult", None),
        ("19840501", None),
    ],
)
def test_ages_as_files_write_them(text: str, expected: str | None) -> None:
    assert ages.age(text) == expected


@given(st.text(max_size=20))
def test_any_text_may_be_an_age(text: str) -> None:
    assert ages.age(text) is None or ages.span_of(text) is not None
    assert ages.born_in(text) is None or len(ages.born_in(text) or "") == 17


def test_an_age_on_a_day_says_when_born() -> None:
    assert ages.born_between(25, 35, 2009, 6, 24) == "19730625-19840624"
    assert ages.days_of("19800101") == (19800000, 19801231)
    assert ages.days_of("19800500") == (19800500, 19800531)


def test_years_between_which_somebody_was_born() -> None:
    assert ages.born_in("1980s") == "19800101-19891231"
    assert ages.born_in("1980-85") == "19800101-19851231"
    assert ages.born_in("1980/05") is None
    said = describe([("date_of_birth", "1980s")]).values
    assert said == {"born_between": ("19800101-19891231",)}


def person(born: int | None = None, low: int | None = None, high: int | None = None) -> Description:
    details: dict[str, Any] = {
        "names": [{"full": "Ona Vale", "given": "Ona", "family": "Vale"}],
        "documents": [],
        "date_of_birth": {"year": born, "month": 5, "day": 14} if born else None,
    }
    details |= {"age_from": low, "age_to": high, "age_on": date(2009, 6, 24) if low else None}
    return describe_subject("person", details).description


def level(one: Description, other: Description) -> str | None:
    reasons = why_alike(Weigher().weighing("person"), one, other)["reasons"]
    found = {reason["feature"]: reason["level"] for reason in reasons}
    swapped = why_alike(Weigher().weighing("person"), other, one)["reasons"]
    assert {reason["feature"]: reason["level"] for reason in swapped} == found
    return found.get("born_between")


def test_an_age_is_compared_with_a_date_of_birth_and_with_another() -> None:
    assert level(person(low=25, high=35), person(1980)) == "fits"
    assert level(person(low=25, high=35), person(1971)) == "near"
    assert level(person(low=25, high=35), person(1950)) == "far"
    assert level(person(low=25, high=35), person(low=30, high=50)) == "fits"
    assert level(person(low=18, high=20), person(low=40, high=50)) == "far"


def test_where_both_have_a_date_ages_say_no_more() -> None:
    assert level(person(1980, low=25, high=35), person(1980)) is None


def test_an_age_neither_identifies_nor_finds_anybody() -> None:
    aged, unsaid = person(low=25, high=35), person()
    assert not identifies(aged, least=1)
    assert keys_of(aged) == keys_of(unsaid)
    weigher = Weigher()
    said = {0: aged, 1: aged}
    assert weigher.pairs("person", said, np.array([0]), np.array([1]))[0] < 0


def test_ages_in_files_with_and_without_their_day() -> None:
    parts = [("age_from", "25"), ("age_to", "35"), ("age_on", "24/06/2009")]
    assert describe(parts).values == {"born_between": ("19730625-19840624",)}
    assert describe([("age", "25-35"), ("age_on", "2009-06-24")]) == describe(parts)
    assert describe(parts[:2]).values == {"age": ("25-35",)}
    assert describe([("age", "34")]).values == {"age": ("34",)}


def test_ages_of_many_are_compared_in_one_go() -> None:
    corpus = Corpus()
    corpus.add([person(low=25, high=35), person(1980), person(1950), person()])
    a, b = np.triu_indices(4, 1)
    levels = corpus.compare(a.astype(np.int64), b.astype(np.int64)).levels["born_between"]
    assert levels.tolist() == [3, 0, -1, -1, -1, -1]


def test_weights_of_before_ages_were_compared_can_still_be_read() -> None:
    old = json.loads(shipped())
    del old["comparisons"]["span"]
    del old["comparisons"]["name"]["short_form"]
    found = parse_weights(json.dumps(old), "old.json")
    assert found.of("born_between").m.tolist() == read_weights().of("born_between").m.tolist()
    assert len(found.of("family_name").m) == len(read_weights().of("family_name").m)
