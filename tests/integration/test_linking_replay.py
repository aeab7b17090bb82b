"""`ukhtc linking replay`: rebuilt beside what is there, compared, put in place, on record."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.access.audit import Who
from repository.linking.closure import RecordId
from repository.linking.in_force import in_force
from repository.linking.weights import WeightsError, shipped
from repository.queries.entity import resolve
from repository.replayed_linking import LOCK, ReplayError, replay
from repository.review.decisions import Verdict, decide
from tests.support.notices import TABLES, catch_up, person, tell, vehicle

WHO = Who("operator", "ukhtc", "replay", "", "", "0" * 256)
FIRST, SECOND, THIRD, FOURTH = (1, 0), (2, 0), (3, 0), (4, 0)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            f"TRUNCATE {TABLES}, linking_weights, review_decision, review_word, audit CASCADE"
        )
        for agency, mark in (("gla", "KX56 ABZ"), ("met", "KX56 ABZ"), ("gmp", "LT04 AAA")):
            tell(connection, agency, vehicle(mark))
        tell(connection, "gla", person("LT1234567"))
        catch_up(connection)
        yield connection


def entities(connection: psycopg.Connection[Any]) -> dict[RecordId, RecordId]:
    rows = connection.execute(
        "SELECT position, ordinal, entity_position, entity_ordinal FROM record"
    )
    return {(position, ordinal): (ep, eo) for position, ordinal, ep, eo in rows}


def tables(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    return {
        table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
        for table in ("record", "description", "link_key", "edge", "stage_cursor")
    }


def test_a_replay_of_what_is_right_changes_nothing(connection: psycopg.Connection[Any]) -> None:
    before = tables(connection)
    found = replay(connection, apply=True, who=WHO, batch=2)
    assert (found.events, found.records, found.entities_before) == (4, 4, 3)
    assert found.differences.changes == ()
    assert tables(connection) == before
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'linking_replay'"
    assert connection.execute(schemas).fetchone() == (0,)


def test_what_was_wrong_is_told_and_then_put_right(connection: psycopg.Connection[Any]) -> None:
    right = entities(connection)
    connection.execute("UPDATE record SET entity_position = 2 WHERE position = 2")
    connection.execute("UPDATE record SET entity_position = 1 WHERE position = 3")
    told = replay(connection, apply=False, who=WHO)
    (change,) = told.differences.changes
    assert (change.what, change.before, change.after) == (
        "regrouped",
        (FIRST, SECOND),
        (FIRST, THIRD),
    )
    assert told.kinds[FIRST] == "vehicle"
    assert not told.in_place
    assert entities(connection)[SECOND] == SECOND
    assert replay(connection, apply=True, who=WHO).in_place
    assert entities(connection) == right
    audited = connection.execute("SELECT operation, asked FROM audit").fetchall()
    assert audited == [("link", {"replay": {"events": 4, "changes": 1}})]
    looked = connection.execute("SELECT count(*) FROM notice_recheck").fetchone()
    assert looked == (3,)


def test_peoples_words_stay_in_force(connection: psycopg.Connection[Any]) -> None:
    decide(connection, FIRST, SECOND, Verdict.NOT_SAME, who=WHO, because="two plates")
    decide(connection, FIRST, THIRD, Verdict.SAME, who=WHO, because="one van")
    found = replay(connection, apply=True, who=WHO)
    assert (found.words, found.words_broken, found.differences.changes) == (2, (), ())
    assert entities(connection) == {FIRST: FIRST, SECOND: SECOND, THIRD: FIRST, FOURTH: FOURTH}


def test_other_weights_are_tried_before_they_count(connection: psycopg.Connection[Any]) -> None:
    document = json.loads(shipped())
    document["provenance"] = {"kind": "person"}
    document["population"] = 1000.0
    other = json.dumps(document)
    before = in_force(connection).number
    replay(connection, apply=False, who=WHO, weights=other)
    assert in_force(connection).number == before
    replay(connection, apply=True, who=WHO, weights=other)
    assert in_force(connection).weigher.weights.population == 1000.0
    # What one thing has is weighed as before: persons alone were trained.
    assert replay(connection, apply=False, who=WHO).differences.changes == ()
    with pytest.raises(WeightsError, match="of kind thing"):
        replay(connection, apply=True, who=WHO, weights=other.replace('"person"', '"thing"'))


def test_two_replays_at_once_are_one(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        with pytest.raises(ReplayError):
            replay(connection, apply=False, who=WHO)
        other.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
    assert replay(connection, apply=False, who=WHO).events == 4


def test_an_id_that_leads_on_goes_on_leading(connection: psycopg.Connection[Any]) -> None:
    connection.execute("INSERT INTO entity_redirect VALUES (99, 0, 2, 0)")
    replay(connection, apply=True, who=WHO)
    assert resolve(connection, (99, 0)) == FIRST


def test_the_command_says_how_the_result_differs(
    connection: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.execute("UPDATE record SET entity_position = 2 WHERE position = 2")
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    asked = ["linking", "replay", "--dry-run", "--json"]
    done = CliRunner().invoke(assemble(), asked)
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["joined"], report["unchanged"], report["in_place"]) == (1, 2, False)
    assert report["changes"][0]["before"] == ["E1-0", "E2-0"]
    shown = CliRunner().invoke(assemble(), ["linking", "replay"])
    assert shown.exit_code == 0, shown.output
    assert "put in place" in shown.stdout
    assert entities(connection)[SECOND] == FIRST
