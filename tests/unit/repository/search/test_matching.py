"""What must be there for a query to fit, and filters as ranges of terms."""

import pytest

from repository.linking.terms import joined
from repository.search.language import QueryError, Word, parse
from repository.search.matching import (
    APART,
    BEGINNING,
    EXACT,
    LAST,
    Range,
    condition,
    filter_ranges,
    needed,
    ranges,
    side_by_side,
)


def needs(text: str) -> list[set[str]]:
    """Return, for each thing that must be there, the words that may stand for it."""
    query = parse(text)
    assert query.node is not None
    of_word = {
        word.number: [one for one in ranges(query) if one.number == word.number]
        for word in query.words()
    }
    texts = {word.number: word.text for word in query.words()}
    return [
        {texts.get(one.number, one.low) for one in found} for found in needed(query.node, of_word)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("van", [{"van"}]),
        ("white van", [{"white"}, {"van"}]),
        ('"white van" dover', [{"white"}, {"van"}, {"dover"}]),
        ("van NOT white", [{"van"}]),
        ("van OR lorry", [{"van", "lorry"}]),
        ("(white van) OR lorry", [{"white", "lorry"}, {"van", "lorry"}]),
        ("(white van) OR (red lorry)", [{"white", "red"}, {"van", "lorry"}]),
        ("dover (van OR (lorry NOT white))", [{"dover"}, {"van", "lorry"}]),
        ('van NOT "white lorry"', [{"van"}]),
        ("kind:vehicle OR agency:gla", [{":kind:vehicle", ":agency:gla"}]),
        ("van NOT role:victim", [{"van"}]),
        (
            "(van kind:vehicle) OR (agency:gla role:victim)",
            [{"van", ":agency:gla"}, {":kind:vehicle", ":role:victim"}],
        ),
    ],
)
def test_whatever_fits_has_one_of_each(text: str, expected: list[set[str]]) -> None:
    assert needs(text) == expected


def test_a_condition_has_every_word_and_phrase() -> None:
    node = parse('van (dover OR "white lorry") NOT "night bus"').node
    assert node is not None
    said = condition(node, lambda one: one.text if isinstance(one, Word) else side_by_side(one))
    assert said == "(van AND (dover OR  white lorry ) AND NOT ( night bus ))"


@pytest.mark.parametrize(
    ("text", "weight", "terms"),
    [
        ("golden lotus", EXACT, {"golden", "lotus", "+goldenlotus"}),
        ("golden lotus", APART, {"+golden", "+lotus"}),
        # a number is as its beginning may be told
        ("ab12 cde", EXACT, {"ab12", "cde", "ab12cde"}),
    ],
)
def test_words_are_looked_for_written_as_one_and_apart(
    text: str, weight: int, terms: set[str]
) -> None:
    assert {one.low for one in ranges(parse(text)) if one.weight == weight} == terms


def test_who_bears_a_first_name_is_not_among_what_begins_with_it() -> None:
    (longer,) = (one for one in ranges(parse("golden")) if one.weight == BEGINNING)
    assert not longer.low <= joined("goldenlotus") < longer.high
    assert longer.low <= joined("golden12") < longer.high


def test_filters_are_terms_that_no_word_can_be() -> None:
    found = list(filter_ranges({"agency": ("gla", "met"), "grade": ("b3",)}))
    assert found == [
        (
            Range(1001, ":agency:gla", ":agency:gla\x01", 0),
            Range(1001, ":agency:met", ":agency:met\x01", 0),
        ),
        (Range(1002, ":grade:B3", ":grade:B3" + LAST, 0),),
    ]


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("1990", "1990"),
        ("1990-05", "199005"),
        ("1990-05-14", "19900514"),
        ("14/05/1990", "19900514"),
    ],
)
def test_a_date_of_birth_is_found_as_far_as_it_is_known(said: str, begins: str) -> None:
    ((one,),) = filter_ranges({"born": (said,)})
    assert (one.low, one.high) == (f":born:{begins}", f":born:{begins}{LAST}")


@pytest.mark.parametrize("said", ["may", "90", "1990-13", "1990-02-31", "1990-05-14x"])
def test_no_date_of_birth_is_said(said: str) -> None:
    with pytest.raises(QueryError, match="born:1990-05-14"):
        list(filter_ranges({"born": (said,)}))


def test_the_narrowest_days_count_both_ends() -> None:
    days = {"from": ("2009-06-01", "2009-06-10"), "to": ("2009-06-30",)}
    assert list(filter_ranges(days)) == [(Range(1000, ":day:2009-06-10", ":day:2009-07-01", 0),)]
    assert list(filter_ranges({"to": ("2009-12-31",)})) == [
        (Range(1000, ":day:", ":day:2010-01-01", 0),)
    ]


def test_no_date_is_said() -> None:
    with pytest.raises(QueryError, match="is no date"):
        list(filter_ranges({"from": ("yesterday",)}))


def test_a_period_that_ends_before_it_begins_is_said() -> None:
    with pytest.raises(QueryError, match="from:2009-10-01 is after to:2009-09-01"):
        list(filter_ranges({"from": ("2009-10-01",), "to": ("2009-09-01",)}))


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ({"from": ("2009-06-01",), "to": ("2009-06-30",)}, ("2009-06-01", "2009-07-01")),
        ({"from": ("2009-06-01",)}, ("2009-06-01", "infinity")),
        ({"to": ("2009-06-30",)}, ("-infinity", "2009-07-01")),
        ({"to": ("9999-12-31",)}, ("-infinity", "infinity")),
    ],
)
def test_a_period_has_its_first_day_and_the_one_after_its_last(
    given: dict[str, tuple[str, ...]], days: tuple[str, str]
) -> None:
    ((one,),) = filter_ranges(given)
    assert one.days == days


def test_what_is_no_period_has_no_days() -> None:
    assert all(
        one.days is None
        for part in filter_ranges({"grade": ("b3",), "kind": ("x",)})
        for one in part
    )
