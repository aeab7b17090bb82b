"""Search, on a real PostgreSQL: what is found, counted, and shown of it."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import psycopg
import pytest

from repository.access.reader import Reader
from repository.linking.posting import post_all
from repository.linking.stage import link_all
from repository.search.engine import search
from repository.search.language import QueryError
from repository.sequencer import sequence_once
from tests.support.events import NOW
from tests.support.linked import person
from tests.support.readers import session_of
from tests.support.store import store_event


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """1 gla's report · 2 northamptonshire's · 3 its correction · 4 a referral · 5 another text."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        store_event(connection, "intelligence", "gla")
        first = store_event(connection, "intelligence", "northamptonshire")
        later = {"reported_at": NOW + timedelta(hours=1)}
        store_event(
            connection, "intelligence", "northamptonshire", corrects=first, title="Mended", **later
        )
        store_event(
            connection, "referral", "poppy", first_responder="poppy", subjects=[], relations=[]
        )
        store_event(
            connection,
            "intelligence",
            "soca",
            text="The lorry, not the white van, goes to Dover docks.",
            subjects=[],
            relations=[],
            exploitation=[],
        )
        sequence_once(connection)
        link_all(connection)
        yield connection


def positions(connection: psycopg.Connection[Any], query: str, **over: Any) -> list[int]:
    return sorted(one["position"] for one in search(connection, query, **over)["results"])


@pytest.mark.parametrize("query", ["KX56 ABZ", "kx56abz", "KX56", "KX56 OR nothing", '"KX56 ABZ"'])
def test_a_registration_is_found_however_it_is_spaced(
    connection: psycopg.Connection[Any], query: str
) -> None:
    found = search(connection, query)["results"]
    assert {one["agency"] for one in found} == {"gla", "northamptonshire"}
    vehicles = [s for one in found for s in one["subjects"] if s["kind"] == "vehicle"]
    assert {subject["entity"] for subject in vehicles} == {"E1-1"}


@pytest.mark.parametrize(
    "query",
    [
        "kazlauskas jonas",
        "Jonas Kazlauskas",
        "Kazlauskaz Jonas",
        "Казлаускас",
        "jonaskazlauskas",
        "Jonas Kaz",
        "07700 900123",
        "+44 7700 900123",
        "(07700) 900-123",
        "07700 900 123",
        "rang 07700.900.123 OR 07700 900123",
    ],
)
def test_names_and_telephones_in_any_order_spelling_and_script(
    connection: psycopg.Connection[Any], query: str
) -> None:
    assert {1, 3} <= set(positions(connection, query))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("1971-02-28", [1, 3]),
        ("28/02/1971", [1, 3]),
        ("28.2.1971 kazlauskas", [1, 3]),
        ("28 Feb 1971", [1, 3]),
        ("kazlauskas born:1971", [1, 3]),
        ("born:1971-02 agency:gla", [1]),
        ("born:28/02/1971", [1, 3]),
        ("lorry OR born:1971-02-28", [1, 3, 5]),
        ("27/02/1971", []),
        ("born:1972", []),
        ("lorry born:1971", []),
    ],
)
def test_a_person_is_found_by_the_date_of_birth(
    connection: psycopg.Connection[Any], query: str, expected: list[int]
) -> None:
    assert positions(connection, query) == expected


def test_a_date_in_a_text_is_found_however_it_is_written(
    connection: psycopg.Connection[Any],
) -> None:
    with connection.transaction(force_rollback=True):
        store_event(connection, "intelligence", "met", subjects=[], relations=[],
                    text="The tenant said that he was born on 14/05/1990 in Iasi.")  # fmt: skip
        sequence_once(connection)
        link_all(connection)
        for query in ("1990-05-14", "14 May 1990", "tenant 14.05.1990"):
            assert positions(connection, query) == [6], query
        assert positions(connection, "born:1990") == []


def test_a_date_of_birth_of_a_victim_finds_nobody_for_who_may_not_see_victims(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    reader = Reader("o", "met", "secret", frozenset(), "law_enforcement")
    officer = Reader("v", "met", "secret", frozenset({"victim_data"}), "law_enforcement")
    subject = person("Ona", "Invented", (1990, 5, 14), role="victim")
    event = store_event(connection, "intelligence", "gla", subjects=[subject], relations=[])
    sequence_once(connection)
    link_all(connection)
    try:
        for query, expected in (
            ("1990-05-14", (False, True)),
            ("born:1990", (False, True)),
            ("kind:intelligence NOT born:1990", (True, False)),
        ):
            seen = [
                session_of(database_url, one).answer(
                    "search", {}, lambda c, q=query: (positions(c, q), ())
                )
                for one in (reader, officer)
            ]
            assert (6 in seen[0], 6 in seen[1]) == expected, query
    finally:
        store_event(connection, "retraction", "gla", target_event_id=event,
                    target_kind="intelligence")  # fmt: skip
        sequence_once(connection)
        link_all(connection)


def test_near_spellings_are_found_where_nobody_has_written_the_word_so(
    connection: psycopg.Connection[Any],
) -> None:
    names = (("Ana", "Ionescu"), ("Gheorghe", "Popa"), ("Parvati", "Rao"), ("George", "Smith"))
    with connection.transaction(force_rollback=True):
        for given, family in names:
            store_event(connection, "intelligence", "met", text=f"{family} was seen.",
                        subjects=[person(given, family, None)], relations=[])  # fmt: skip
        sequence_once(connection)
        link_all(connection)

        def found(query: str) -> tuple[list[str], list[str]]:
            made = search(connection, query)
            return [one["subjects"][0]["label"] for one in made["results"]], made["spellings"]

        assert found("Yonescu") == (["Ana Ionescu"], ["ionescu"])
        assert found("Pervati") == (["Parvati Rao"], ["parvati"])
        assert found("Gheorge") == (["Gheorghe Popa", "George Smith"], ["george", "gheorghe"])
        assert found("Gheorge Popa")[0] == ["Gheorghe Popa"]
        assert found("Ionescu") == (["Ana Ionescu"], [])
        assert found("Smith NOT Gheorge") == (["George Smith"], [])
        (one,) = search(connection, "yonescu")["results"]
        marked = [s["text"][a:b] for s in one["snippets"] for a, b in s["marks"]]
        assert set(marked) == {"Ionescu"}


def test_no_other_number_is_found_by_the_parts_of_one(connection: psycopg.Connection[Any]) -> None:
    assert not positions(connection, "07700 900 129")


def test_an_operation_is_found_where_its_name_stands_alone(
    connection: psycopg.Connection[Any],
) -> None:
    assert positions(connection, "operation dover") == positions(connection, "dover") != []
    assert not search(connection, "operation dover")["relaxed"]


def test_a_version_that_no_longer_stands_is_not_found(connection: psycopg.Connection[Any]) -> None:
    assert positions(connection, "kazlauskas agency:northamptonshire") == [3]
    assert positions(connection, "mended") == [3]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"white van"', [5]),
        ('"van white"', []),
        ('lorry NOT "white van"', []),
        ("lorry NOT kazlauskas", [5]),
        ("kind:referral", [4]),
        ("kind:vehicle agency:gla", [1]),
        ("lorry OR kind:referral", [4, 5]),
        ("kind:referral OR agency:gla", [1, 4]),
        ("kind:referral OR agency:gla OR agency:soca NOT kind:vehicle", [1, 4, 5]),
        ("(kind:referral OR agency:gla) AND kind:vehicle", [1]),
        ("kind:intelligence NOT kind:vehicle", [5]),
        ("kind:intelligence -kind:vehicle -agency:soca", []),
        ("kind:intelligence AND kind:vehicle", [1, 3]),
        ("kind:referral kind:vehicle", [1, 3, 4]),
        ("kazlauskas NOT agency:gla", [3]),
        ("lorry OR (kazlauskas agency:gla)", [1, 5]),
        ("agency:soca OR from:2090-01-01", [5]),
        ("agency:soca OR agency:gla NOT from:2001-01-01", [5]),
        ("(agency:soca to:2090-01-01) OR (agency:gla from:2090-01-01)", [5]),
        ("kind:intelligence (grade:Z OR marking:secret)", []),
        ("agency:soca from:2001-01-01", [5]),
        ("agency:soca from:2090-01-01", []),
        ("exploitation:labour agency:gla", [1]),
        ("agency:gla grade:Z", []),
    ],
)
def test_boolean_phrases_and_filters(
    connection: psycopg.Connection[Any], query: str, expected: list[int]
) -> None:
    assert positions(connection, query) == expected


ATOMS = ("kind:vehicle", "kind:referral", "agency:gla", "agency:soca", "role:controller", "lorry",
         "from:2090-01-01", "to:2090-01-01", "exploitation:labour", "grade:b")  # fmt: skip


def test_whatever_is_asked_is_what_its_parts_find_put_together(
    connection: psycopg.Connection[Any],
) -> None:
    """AND, OR and NOT of words and filters are those of sets."""
    alone = {atom: set(positions(connection, atom)) for atom in ATOMS}
    every = set().union(*alone.values())
    random, asked = Random(2009), 0

    def made(depth: int) -> tuple[str, set[int]]:
        way = random.choice(("atom", "AND", "OR", "NOT") if depth else ("atom",))
        if way == "atom":
            atom = random.choice(ATOMS)
            return atom, alone[atom]
        (one, of_one), (other, of_other) = made(depth - 1), made(depth - 1)
        if way == "NOT":
            return f"({one}) AND NOT ({other})", of_one - of_other
        both = of_one & of_other if way == "AND" else of_one | of_other
        return f"({one}) {way} ({other})", both

    while asked < 80:
        query, expected = made(3)
        try:
            found = set(positions(connection, query))
        except QueryError as error:
            assert "only says what must not" in str(error) or "more than 32" in str(error)  # noqa: PT017
            continue
        asked += 1
        assert found == expected & every, query


def test_filters_beside_a_query_let_it_say_what_must_not_be_there(
    connection: psycopg.Connection[Any],
) -> None:
    beside = {"kind": ["intelligence"]}
    assert positions(connection, "NOT agency:soca", filters=beside) == [1, 3]
    assert positions(connection, "NOT kazlauskas", filters=beside) == [5]


def test_some_of_the_words_do_when_nothing_has_all(connection: psycopg.Connection[Any]) -> None:
    found = search(connection, "lorry zebra")
    assert found["relaxed"]
    assert [one["position"] for one in found["results"]] == [5]
    assert not search(connection, "lorry dover")["relaxed"]


def test_results_are_counted_and_show_what_matched(connection: psycopg.Connection[Any]) -> None:
    found = search(connection, "kazlauskas")
    assert (found["count"], found["more"]) == (len(found["results"]), False)
    assert found["facets"]["agency"]["gla"] == 1
    assert found["facets"]["kind"]["intelligence"] == 2
    one = next(one for one in found["results"] if one["position"] == 1)
    assert one["words"] == {"asked": 1, "found": 1}
    shown = [s["text"][a:b] for s in one["snippets"] for a, b in s["marks"]]
    assert shown
    assert set(shown) == {"Kazlauskas"}


def test_why_there_is_no_entity_is_said(connection: psycopg.Connection[Any]) -> None:
    """A subject did not match; or the linker has not come to the event. No other has none."""
    found = search(connection, "kazlauskas agency:gla")["results"]
    assert [one["linked"] for one in found] == [True]
    assert {(s["matched"], s["entity"] is None) for s in found[0]["subjects"]} == {
        (True, False), (False, True),
    }  # fmt: skip
    (without,) = search(connection, "lorry")["results"]
    assert (without["linked"], without["subjects"]) == (True, [])
    with connection.transaction(force_rollback=True):
        store_event(connection, "intelligence", "met", text="A zebra was seen.")
        sequence_once(connection)
        post_all(connection)
        (unlinked,) = search(connection, "zebra")["results"]
    assert (unlinked["linked"], unlinked["subjects"]) == (False, [])


def test_pages_follow_one_another(connection: psycopg.Connection[Any]) -> None:
    whole = [one["position"] for one in search(connection, "kazlauskas OR lorry")["results"]]
    paged = [
        one["position"]
        for at in range(len(whole))
        for one in search(connection, "kazlauskas OR lorry", limit=1, offset=at)["results"]
    ]
    assert paged == whole


@pytest.mark.parametrize(
    "query",
    ["", "  ", "from:yesterday", "x:1", "NOT kind:vehicle", "van OR kind:vehikle", "a -to:no"],
)
def test_what_cannot_be_asked_is_said(connection: psycopg.Connection[Any], query: str) -> None:
    with pytest.raises(QueryError):
        search(connection, query)


def test_a_query_is_never_a_statement(connection: psycopg.Connection[Any]) -> None:
    for query in ("'; DROP TABLE event; --", "zz\x00qq", 'agency:"\'; DROP TABLE event"'):
        assert search(connection, query)["count"] == 0
    assert positions(connection, "kind:referral") == [4]
