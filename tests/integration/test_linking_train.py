"""`ukhtc linking train` from the store: an officer, on the audit, and adopted by a replay."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.access.reader import Reader
from repository.linking.in_force import in_force
from repository.linking.stage import link_all
from repository.sequencer import sequence_once
from tests.support.linked import person, report
from tests.support.notices import TABLES
from tests.support.readers import reads_here

FAMILIES = ("Dobre", "Ilie", "Kazlauskas", "Okafor", "Pham", "Quispe", "Shrestha", "Toma")


@pytest.fixture
def connection(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}, linking_weights, audit CASCADE")
        yield connection


def tell_of_many(connection: psycopg.Connection[Any]) -> None:
    for at, family in enumerate(FAMILIES):
        born, passport = (1971 + at, 5, 1 + at), f"0077{at}1{7 - at}4"
        # What says the same is one description, and teaches nothing.
        report(connection, "met", person("Ana", family, born))
        report(connection, "gmp", person("Ana", family, born, passport=passport))
        report(connection, "gla", person("Ana", family, None, passport=passport))
    while sequence_once(connection):
        pass
    link_all(connection)


def test_an_officer_trains_on_the_store_and_a_replay_adopts_it(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tell_of_many(connection)
    reads_here(monkeypatch, connection)
    out = tmp_path / "weights.json"
    done = CliRunner().invoke(assemble(), ["linking", "train", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    provenance = json.loads(done.stdout)["provenance"]
    assert (provenance["kind"], provenance["records"]) == ("person", 24)
    assert provenance["learnt_from"] == {"store": "up to position 24", "by": "d.irector"}
    # Eight people of that name, each counted once; a family that only one of them has is not told.
    frequencies = json.loads(out.read_text(encoding="utf-8"))["frequencies"]
    assert frequencies["given_names"]["values"] == {"ana": 8.0}
    assert frequencies["family_name"]["values"] == {}
    rows = connection.execute("SELECT operation, asked, outcome, reader FROM audit").fetchall()
    assert rows == [("view", {"linking": "train"}, "answered", "d.irector")]
    adopted = CliRunner().invoke(assemble(), ["linking", "replay", "--weights", str(out)])
    assert adopted.exit_code == 0, adopted.output
    assert in_force(connection).weigher.weights.population == 24.0


def test_nobody_else_trains_on_the_store(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tell_of_many(connection)
    reads_here(monkeypatch, connection, Reader("o.ther", "ukhtc", "secret", frozenset({"analyst"})))
    out = tmp_path / "weights.json"
    done = CliRunner().invoke(assemble(), ["linking", "train", "--out", str(out)])
    assert done.exit_code != 0
    assert not out.exists()


def test_repeats_alone_teach_nothing_and_the_file_says_so(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for agency in ("met", "gmp", "gla"):
        report(connection, agency, person("Ana", "Dobre", (1971, 5, 1)))
    sequence_once(connection)
    link_all(connection)
    reads_here(monkeypatch, connection)
    out = tmp_path / "weights.json"
    done = CliRunner().invoke(assemble(), ["linking", "train", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    provenance = json.loads(done.stdout)["provenance"]
    assert provenance["method"].startswith("nothing learnt")
    assert (provenance["records"], provenance["pairs"]) == (1, 0)
    assert json.loads(out.read_text(encoding="utf-8"))["frequencies"] == {}


def test_a_store_without_records_teaches_nothing(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reads_here(monkeypatch, connection)
    done = CliRunner().invoke(assemble(), ["linking", "train", "--out", str(tmp_path / "w.json")])
    assert done.exit_code == 1
