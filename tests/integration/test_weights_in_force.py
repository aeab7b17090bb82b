"""Weights: adopted into the database, in force with the next replay, told of with every link."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.linking.in_force import adopt, in_force
from repository.linking.stage import STAGE, empty, link_all
from repository.linking.weights import WeightsError, shipped
from repository.queries.why import why_one
from repository.sequencer import sequence_once
from repository.stages import lock_stage
from tests.integration.test_linking import TABLES
from tests.support.linked import person, report

BORN = (1984, 5, 17)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}, linking_weights")
        for agency in ("met", "gmp"):
            report(connection, agency, person("Ilinca", "Dobre", BORN))
        report(connection, "gla", person("Ilinka", "Dobre", BORN))
        while sequence_once(connection):
            pass
        yield connection


def trained(common: float) -> str:
    """Return the shipped weights with a name as common as training may have found it."""
    document = json.loads(shipped())
    document["provenance"] = {"trained": "on invented records"}
    document["frequencies"] = {
        feature: {"known": 1000.0, "values": {value: common}}
        for feature, value in (("family_name", "dobre"), ("given_names", "ilinca"))
    }
    return json.dumps(document)


def weight(connection: psycopg.Connection[Any]) -> float:
    ((found,),) = connection.execute("SELECT weight FROM edge").fetchall()
    return float(found)


def told(connection: psycopg.Connection[Any]) -> float:
    return float(why_one(connection, "R1-0", "R3-0")["weight"])


def take(connection: psycopg.Connection[Any], document: str) -> bool:
    with connection.transaction():
        lock_stage(connection, STAGE)
        return adopt(connection, document, by="a.clerk")


def test_the_shipped_weights_are_in_force_and_on_record_from_the_first_batch(
    connection: psycopg.Connection[Any],
) -> None:
    link_all(connection)
    rows = connection.execute(
        "SELECT adopted_by, document, in_force_from IS NOT NULL FROM linking_weights"
    ).fetchall()
    assert rows == [("shipped", shipped(), True)]
    assert told(connection) == pytest.approx(weight(connection), abs=0.01)


def test_adopted_weights_wait_for_a_replay_and_are_then_what_links_are_explained_by(
    connection: psycopg.Connection[Any],
) -> None:
    link_all(connection)
    before = weight(connection)
    assert not take(connection, trained(common=20.0)), "something is linked already"
    report(connection, "hmrc", person("Ilinca", "Dobre", BORN))
    while sequence_once(connection):
        pass
    link_all(connection)
    assert (weight(connection), in_force(connection).superseded) == (before, True)
    assert told(connection) == pytest.approx(before, abs=0.01)
    empty(connection)
    link_all(connection)
    assert not in_force(connection).superseded
    assert weight(connection) < before - 0.5, "a common name says less"
    assert told(connection) == pytest.approx(weight(connection), abs=0.01)


def test_two_linkers_go_by_the_weights_of_the_last_replay(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    take(connection, trained(common=20.0))
    link_all(connection)
    expected = weight(connection)
    with psycopg.connect(database_url, autocommit=True) as other:
        empty(other)
        link_all(other)
        assert weight(other) == expected


def test_the_command_adopts_a_file_and_refuses_what_is_none(
    connection: psycopg.Connection[Any],
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    link_all(connection)
    file = tmp_path / "weights.json"
    file.write_text(trained(common=5.0), encoding="utf-8")
    done = CliRunner().invoke(assemble(), ["linking", "adopt", str(file)])
    assert done.exit_code == 0, done.output
    assert "ukhtc linking replay" in done.output
    assert in_force(connection).superseded
    with pytest.raises(WeightsError):
        take(connection, "{}")
