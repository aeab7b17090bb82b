"""People in the store: corrections, victims across agencies, and what waits for a person."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from repository.linking.closure import JOINS_AT, VICTIM_BAR
from repository.linking.stage import empty, link_all, recompute
from repository.sequencer import sequence_once
from tests.integration.test_linking import TABLES
from tests.support.events import NOW
from tests.support.linked import Subject, person, report

BORN = (1984, 5, 17)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}")
        yield connection


def catch_up(connection: psycopg.Connection[Any]) -> None:
    while sequence_once(connection):
        pass
    link_all(connection)


def entities(connection: psycopg.Connection[Any]) -> dict[int, int]:
    """Return the position of each event's first record, and that of its entity."""
    return dict(
        connection.execute("SELECT position, entity_position FROM record WHERE ordinal = 0")
    )


def waiting(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT a_position, b_position, victim FROM review_candidate ORDER BY 1, 2"
    ).fetchall()


def correct(connection: psycopg.Connection[Any], first: UUID, subject: Subject) -> None:
    report(
        connection,
        "met",
        subject,
        corrects=first,
        reported_at=NOW + timedelta(hours=1),
        source_reference="corrected",
    )


def word(connection: psycopg.Connection[Any], a: int, b: int, verdict: int) -> None:
    connection.execute(
        "INSERT INTO judgement (a_position, a_ordinal, b_position, b_ordinal, judge, verdict,"
        " weight, reasons, victim) VALUES (%s, 0, %s, 0, 'analyst', %s, 100, '[]', false)",
        (a, b, verdict),
    )
    recompute(connection, {(a, 0), (b, 0)})


def weights(connection: psycopg.Connection[Any]) -> list[float]:
    return [weight for (weight,) in connection.execute("SELECT weight FROM edge ORDER BY 1")]


def descriptions(connection: psycopg.Connection[Any]) -> set[int]:
    return {number for (number,) in connection.execute("SELECT number FROM description")}


def test_a_correction_is_decided_again_by_what_it_says_now(
    connection: psycopg.Connection[Any],
) -> None:
    first = report(connection, "met", person("Ilinca", "Dobre", BORN, passport="00771234"))
    report(connection, "gmp", person("Ilinca", "Dobra", BORN, passport="00771234"))
    catch_up(connection)
    assert entities(connection) == {1: 1, 2: 1}
    before = descriptions(connection)
    correct(connection, first, person("Maria", "Stan", (1951, 11, 2), passport="99918877"))
    catch_up(connection)
    assert entities(connection) == {2: 2, 3: 3}
    assert weights(connection) == [], "the pair of what is said no more is gone"
    keys = {number for (number,) in connection.execute("SELECT description FROM link_key")}
    assert keys == descriptions(connection), "nothing stays in the index of what is said no more"
    assert len(before - keys) == 1
    redirected = connection.execute("SELECT position, to_position FROM entity_redirect").fetchall()
    assert redirected == [(1, 2)]


def test_a_correction_can_bring_together_what_its_first_wording_kept_apart(
    connection: psycopg.Connection[Any],
) -> None:
    first = report(connection, "met", person("Maria", "Stan", (1951, 11, 2), passport="99918877"))
    report(connection, "gmp", person("Ilinca", "Dobra", BORN, passport="00771234"))
    catch_up(connection)
    assert entities(connection) == {1: 1, 2: 2}
    correct(connection, first, person("Ilinca", "Dobre", BORN, passport="00771234"))
    catch_up(connection)
    assert entities(connection) == {2: 2, 3: 2}
    replayed = entities(connection), weights(connection)
    empty(connection)
    link_all(connection)
    assert (entities(connection), weights(connection)) == replayed


def test_a_word_on_a_corrected_record_binds_no_more_and_others_do(
    connection: psycopg.Connection[Any],
) -> None:
    same = person("Ilinca", "Dobre", BORN, passport="00771234")
    first = report(connection, "met", same)
    report(connection, "gmp", same)
    report(connection, "gla", same)
    catch_up(connection)
    word(connection, 1, 2, -1)
    word(connection, 2, 3, 1)
    assert entities(connection)[2] == entities(connection)[3] != entities(connection)[1]
    correct(connection, first, person("Ilinca", "Dobre", BORN, passport="00771234"))
    catch_up(connection)
    assert len(set(entities(connection).values())) == 1, "nothing was said of the new wording"
    stored = "SELECT a_description IS NULL, b_description IS NULL FROM judgement ORDER BY 1"
    assert connection.execute(stored).fetchall() == [(False, False), (True, False)]
    replayed = entities(connection)
    empty(connection)
    link_all(connection)
    assert entities(connection) == replayed


def test_a_victim_is_joined_at_the_higher_bar_or_by_a_person(
    connection: psycopg.Connection[Any],
) -> None:
    for agency, given in (("met", "Ilinca"), ("gmp", "Ilinka"), ("met", "Ilinka")):
        report(connection, agency, person(given, "Dobre", BORN, role="potential_victim"))
    catch_up(connection)
    between = connection.execute(
        "SELECT e.weight FROM edge e"
        " JOIN record a ON a.position = 1 AND a.description IN (e.a, e.b)"
        " JOIN record b ON b.position = 2 AND b.description IN (e.a, e.b)"
    ).fetchall()
    ((weight,),) = between
    assert JOINS_AT["person"] <= weight < VICTIM_BAR, "the pair lies between the two bars"
    found = entities(connection)
    assert len(set(found.values())) == 3, "neither another agency's nor its own"
    assert any(victim for _, _, victim in waiting(connection)), "it waits for a person"
    word(connection, 1, 2, 1)
    assert len(set(entities(connection).values())) == 1
    assert waiting(connection) == []


def test_victims_whose_passports_differ_wait_for_a_person_and_so_does_who_fits_both(
    connection: psycopg.Connection[Any],
) -> None:
    """However they come, at once or one by one, and as a replay has it."""
    told = [("met", "771234501"), ("gmp", "904857660"), ("soca", None), ("met", None)]
    for agency, passport in told:
        report(
            connection,
            agency,
            person("Ilinca Maria", "Dobre", BORN, passport=passport, role="potential_victim"),
        )
        catch_up(connection)
    own = connection.execute("SELECT min(own) FROM description").fetchall()
    assert own[0][0] >= VICTIM_BAR, "their weights alone would join them"
    found = entities(connection)
    assert found == {1: 1, 2: 2, 3: 3, 4: 4}
    assert {(1, 2, True), (1, 3, True), (2, 3, True)} <= set(waiting(connection))
    for batch in (1, 100):
        empty(connection)
        link_all(connection, batch=batch)
        assert entities(connection) == found
    word(connection, 1, 3, 1)
    assert entities(connection) == {1: 1, 2: 2, 3: 1, 4: 4}
    word(connection, 1, 2, 1)
    assert set(entities(connection).values()) == {1}, "who has both passports is one"


def test_who_fits_two_is_by_itself_in_each_record_even_of_one_agency(
    connection: psycopg.Connection[Any],
) -> None:
    """Whenever the second passport comes, as a replay has it, and until it is taken back."""

    def tell(agency: str, passport: str | None, **over: Any) -> UUID:
        victim = person("Ilinca Maria", "Dobre", BORN, passport=passport, role="potential_victim")
        told = report(connection, agency, victim, **over)
        catch_up(connection)
        return told

    for agency, passport in (("gmp", "771234501"), ("soca", None), ("soca", None), ("gla", None)):
        tell(agency, passport)
    assert set(entities(connection).values()) == {1}
    second = tell("met", "904857660")
    alone = {n: n for n in range(1, 6)}
    assert entities(connection) == alone
    for n in (6, 7):
        tell("soca", None, source_reference=f"again {n}")
        assert entities(connection) == alone | {k: k for k in range(6, n + 1)}
    found = entities(connection)
    for batch in (1, 3, 100):
        empty(connection)
        link_all(connection, batch=batch)
        assert entities(connection) == found
    word(connection, 1, 3, 1)
    assert entities(connection) == found | {3: 1}
    correct(connection, second, person("Maria", "Stan", (1951, 11, 2), passport="99918877"))
    catch_up(connection)
    found = entities(connection)
    assert set(found) == {1, 2, 3, 4, 6, 7, 8}
    assert {found[n] for n in (1, 2, 3, 4, 6, 7)} == {1}
    assert found[8] == 8


def test_the_same_two_who_are_no_victims_are_joined_at_the_usual_bar(
    connection: psycopg.Connection[Any],
) -> None:
    report(connection, "met", person("Ilinca", "Dobre", BORN))
    report(connection, "gmp", person("Ilinka", "Dobre", BORN))
    catch_up(connection)
    assert entities(connection) == {1: 1, 2: 1}
    assert waiting(connection) == []


def test_a_later_victim_record_of_the_same_words_takes_the_guard_with_it(
    connection: psycopg.Connection[Any],
) -> None:
    """Known words from a known agency change nothing, unless they are of a victim now."""
    for agency in ("met", "gmp", "met", "gmp"):
        report(connection, agency, person("Lan", "Nguyen", BORN))
    catch_up(connection)
    assert set(entities(connection).values()) == {1}
    (own,) = connection.execute("SELECT own FROM description").fetchall()[0]
    report(connection, "gmp", person("Lan", "Nguyen", BORN, role="potential_victim"))
    catch_up(connection)
    found = entities(connection)
    joined = own >= VICTIM_BAR
    assert (found[1] == found[3] == 1, found[2] == found[4] == found[5]) == (True, True)
    assert (found[1] == found[2]) == joined
    assert [victim for _, _, victim in waiting(connection)] == ([] if joined else [True])
    replayed = found
    empty(connection)
    link_all(connection)
    assert entities(connection) == replayed


def test_what_is_likely_and_not_enough_waits_and_what_is_said_waits_no_more(
    connection: psycopg.Connection[Any],
) -> None:
    report(connection, "met", person("Ilinca", "Dobre", BORN))
    report(connection, "gmp", person("Ilinca", "Dobre", (1984, None, None)))
    catch_up(connection)
    assert entities(connection) == {1: 1, 2: 2}
    assert waiting(connection) == [(1, 2, False)]
    word(connection, 1, 2, -1)
    assert waiting(connection) == []
    assert entities(connection) == {1: 1, 2: 2}
