"""The statement of a search: nothing is looked up twice, and bits say how well an event fits."""

import pytest

from repository.search.language import parse
from repository.search.matching import filter_ranges, needed, ranges
from repository.search.statement import Sought, Statement


def sought(text: str) -> Sought:
    query = parse(text)
    every = tuple(ranges(query))
    of_word = {n: [one for one in every if one.number == n] for n in {r.number for r in every}}
    parts = [*filter_ranges(query.filters), *(needed(query.node, of_word) if query.node else ())]
    return Sought(every, tuple(parts), query.node)


def statement(text: str) -> Statement:
    asked = sought(text)
    return Statement(asked, range(len(asked.needed)))


@pytest.mark.parametrize(
    ("text", "postings"),
    [
        # whole, longer, of one word written apart, by sound: what is followed is known
        ("ionescu", 4),
        # and whole and longer as one word: of the first looked up again where the other is
        ("elena ionescu", 10 + 4),
        ("kind:vehicle", 1),
        ("ionescu kind:vehicle", 5),
        ("van kind:vehicle NOT ionescu", 7),
    ],
)
def test_nothing_is_looked_up_twice(text: str, postings: int) -> None:
    assert statement(text).text.as_string().count("FROM posting p") == postings


def test_what_all_hold_that_are_looked_at_is_not_looked_up_again() -> None:
    whole = sought("ionescu kind:vehicle").exactly()
    assert Statement(whole, [1, 0]).text.as_string().count("FROM posting p") == 2


def test_words_that_stand_for_the_same_terms_are_one_part() -> None:
    as_one = Statement(sought("elena ionescu").as_one(), [0, 1])
    assert as_one.text.as_string().count("FROM posting p") == 2
    assert not as_one.narrows


@pytest.mark.parametrize(
    ("text", "narrows"),
    [
        ("ionescu", False),
        ("van OR bus", False),
        ("elena ionescu", True),
        ("ionescu kind:vehicle", True),
        ("van NOT bus", True),
        ('van OR "white bus"', True),
        ("van OR kind:vehicle", False),
        ("(van kind:vehicle) OR bus", True),
        ("kind:vehicle NOT agency:gla", True),
    ],
)
def test_it_says_whether_all_fits_that_is_followed(text: str, narrows: bool) -> None:
    assert statement(text).narrows is narrows


@pytest.mark.parametrize(("text", "phrases"), [('"white van"', 1), ('"van"', 0), ("white van", 0)])
def test_a_phrase_of_several_words_is_looked_up_in_the_wording(text: str, phrases: int) -> None:
    assert statement(text).text.as_string().count("FROM wording w") == phrases


@pytest.mark.parametrize(
    ("text", "postings", "periods"),
    [
        ("kind:vehicle OR agency:gla", 2, 0),
        ("kind:vehicle NOT agency:gla", 2, 0),
        ("kind:vehicle NOT from:2009-06-01", 1, 1),
        # followed by its first day and by what is later, and looked up in the log where it counts
        ("kind:vehicle OR from:2009-06-01", 3, 1),
    ],
)
def test_filters_within_or_and_not_are_looked_up_in_the_index(
    text: str, postings: int, periods: int
) -> None:
    made = statement(text).text.as_string()
    assert made.count("FROM posting p") == postings
    assert made.count("FROM event_log l WHERE") == periods


def test_what_must_be_absent_stays_whole_where_whole_words_are_looked_for() -> None:
    asked = sought("ionescu NOT bulgaria").exactly()
    assert {one.weight for one in asked.ranges if one.number == 0} == {4}
    assert {one.weight for one in asked.ranges if one.number == 1} == {4, 3, 2, 1}


def test_bits_say_how_well_an_event_fits() -> None:
    fits = statement("ionescu").score_and_words
    assert fits("0000") == (0, 0)
    assert fits("0001") == (4, 1)  # the whole word
    assert fits("0010") == (2, 1)  # what begins with it
    assert fits("0100") == (3, 1)  # the word written apart
    assert fits("1000") == (1, 1)  # what sounds like it
    assert fits("1111") == (4, 1)
