"""Queries: what can be asked, and what is said when it cannot be understood."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.search.language import (
    All,
    Any,
    Filters,
    Not,
    Phrase,
    QueryError,
    Word,
    denies,
    parse,
    phrases_of,
)
from repository.search.matching import ranges


def shape(text: str) -> object:
    """Return the query's tree with words for nodes."""

    def of(node: object) -> object:
        match node:
            case Word(_, text):
                return text
            case Phrase(words):
                return " ".join(word.text for word in words)
            case Filters(given):
                return " ".join(f"{name}:{'|'.join(values)}" for name, values in given)
            case Not(one):
                return ("not", of(one))
            case All(parts):
                return ("all", *map(of, parts))
            case Any(parts):
                return ("any", *map(of, parts))
        return None

    return of(parse(text).node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("van", "van"),
        ("white van", ("all", "white", "van")),
        ('"white van" dover', ("all", "white van", "dover")),
        ("van OR lorry", ("any", "van", "lorry")),
        ("a b OR c", ("any", ("all", "a", "b"), "c")),
        ("a AND (b OR c)", ("all", "a", ("any", "b", "c"))),
        ("van NOT white", ("all", "van", ("not", "white"))),
        ("van -white", ("all", "van", ("not", "white"))),
        ("O'Brien", "obrien"),
        ("Jean-Paul", ("all", "jean", "paul")),
        ("Ионеску", "ionesku"),
        ("kind:vehicle", None),
        ("van kind:vehicle", "van"),
        ("and or", ("all", "and", "or")),
        ("ionescu 1990-05-14", ("all", "ionescu", "19900514")),
        ("14/05/1990", "19900514"),
        ("born 14 May 1990", ("all", "born", "19900514")),
        ('"14 may 1990"', "14 may 1990"),
        ("31/02/1990", ("all", "31", "02", "1990")),
        ("x NOT from:2009-06-30", ("all", "x", ("not", "from:2009-06-30"))),
        ("van kind:vehicle NOT role:victim", ("all", "van", ("not", "role:victim"))),
        ("kind:vehicle OR agency:gla", ("any", "kind:vehicle", "agency:gla")),
        ("van OR bus kind:vehicle", ("any", "van", ("all", "bus", "kind:vehicle"))),
        (
            "x (from:2009-06-01 a to:2009-06-30)",
            ("all", "x", ("all", "a", "from:2009-06-01 to:2009-06-30")),
        ),
        ("kind:a x (kind:b kind:c OR y)", ("all", "x", ("any", "kind:b|c", "y"))),
        ("kind:a AND x AND kind:b", ("all", "x", "kind:b")),
        ("(kind:a) x", "x"),
        ("(kind:a OR x)", ("any", "kind:a", "x")),
    ],
)
def test_a_query_is_read_so(text: str, expected: object) -> None:
    assert shape(text) == expected


def test_filters_are_kept_apart() -> None:
    query = parse('ionescu kind:person agency:gla agency:met role:"potential_victim"')
    assert query.filters == {
        "kind": ("person",),
        "agency": ("gla", "met"),
        "role": ("potential_victim",),
    }


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("kind:a van kind:b", {"kind": ("a", "b")}),
        ("kind:a AND van AND kind:b", {"kind": ("a",)}),
        ("(kind:a) van", {"kind": ("a",)}),
        ("kind:a OR van", {}),
        ("van NOT kind:a", {}),
        ("kind:a NOT van", {"kind": ("a",)}),
    ],
)
def test_those_filters_hold_of_all_that_stand_in_no_or_and_no_not(
    text: str, filters: dict[str, tuple[str, ...]]
) -> None:
    assert parse(text).filters == filters


def test_beside_a_filter_a_query_may_say_only_what_must_not_be_there() -> None:
    assert parse("kind:vehicle NOT van").node == Not(Word(0, "van"))
    assert parse("NOT van", beside=True).node == Not(Word(0, "van"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("(van", "not closed"),
        ("van)", "never opened"),
        ("van OR", "nothing on one side"),
        ("van NOT", "nothing after it"),
        ("NOT van", "only says what must not"),
        ("NOT role:victim", "only says what must not"),
        ("van OR NOT role:victim", "only says what must not"),
        ("kind:vehicle NOT", "nothing after it"),
        ("kind:vehicle OR", "nothing on one side"),
        (" ".join(["kind:vehicle"] * 33), "more than 32 filters"),
        ("agancy:gla", "no filter"),
        (" ".join(map(str, range(40))), "more than 32 words"),
        ("(" * 50 + "a" + ")" * 50, "nested too deeply"),
    ],
)
def test_what_cannot_be_understood_is_said(text: str, complaint: str) -> None:
    with pytest.raises(QueryError, match=complaint):
        parse(text)


def test_words_side_by_side_are_tried_as_one() -> None:
    lows = {one.low for one in ranges(parse("AB12 CDE"))}
    assert "ab12cde" in lows
    assert "447700900123" in {one.low for one in ranges(parse("07700 900123"))}
    assert "abcdef" not in {one.low for one in ranges(parse("abc OR def"))}


def test_phrases_are_known_wherever_they_stand_and_so_is_what_must_be_absent() -> None:
    node = parse('van ("white van" OR dover) NOT "red van"').node
    assert node is not None
    assert [[word.text for word in one.words] for one in phrases_of(node)] == [
        ["white", "van"],
        ["red", "van"],
    ]
    assert denies(node)
    assert not denies(parse('van ("white van" OR dover)').node or node)


@given(st.text(max_size=80))
def test_any_text_is_a_query_or_a_clear_error(text: str) -> None:
    with contextlib.suppress(QueryError):
        query = parse(text)
        assert [word.number for word in query.words()] == list(range(len(query.words())))
        assert all(one.low < one.high for one in ranges(query))
