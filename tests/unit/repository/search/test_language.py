"""Queries: what can be asked, and what is said when it cannot be understood."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.search.language import (
    All,
    Any,
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
    ("text", "complaint"),
    [
        ("(van", "not closed"),
        ("van)", "never opened"),
        ("van OR", "nothing on one side"),
        ("van NOT", "nothing after it"),
        ("NOT van", "only says what must not"),
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
