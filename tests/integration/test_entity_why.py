"""`ukhtc entity why`: why two are or are not one, in bits, as the reader sees them."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.access.audit import Who
from repository.access.reader import Reader
from repository.linking.closure import VICTIM_BAR
from repository.queries.entity import NoEntityError
from repository.queries.why import why_one
from repository.review.decisions import Verdict, decide
from tests.support.notices import TABLES, catch_up, person, tell, vehicle
from tests.support.readers import reads_here, session_of

DAWN = Who("dawn", "ukhtc", "review", "", "", "0" * 256)
BLANK = {"given": None, "family": None, "script": None, "order": "unknown", "kind": "legal"}


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}, review_decision, review_word, audit CASCADE")
        yield connection


def named(
    name: str, day: int | None, *, passport: str | None = None, role: str = "suspect"
) -> dict[str, Any]:
    born = None if day is None else {"year": 1971, "month": 6, "day": day}
    over: dict[str, Any] = {"names": [{"full": name, **BLANK}], "date_of_birth": born}
    return person(passport or "", role, documents=[] if passport is None else [
        {"kind": "passport", "number": passport, "issuer": "LT", "expires": None}
    ], **over)  # fmt: skip


def test_each_feature_adds_up_to_what_a_pair_weighs(connection: psycopg.Connection[Any]) -> None:
    tell(connection, "gla", named("Jonas Kazlauskas", 24, passport="LT1234567"))
    tell(connection, "met", named("Kazlauskas, Jonas", 24, passport="LT1234567"))
    catch_up(connection)
    found = why_one(connection, "R1-0", "R2-0")
    assert (found["one_entity"], found["entities"]) == (True, ["E1-0", "E1-0"])
    assert {reason["feature"] for reason in found["reasons"]} >= {
        "family_name", "given_names", "date_of_birth", "document_number",
    }  # fmt: skip
    said = sum(reason["bits"] for reason in found["reasons"])
    assert found["weight"] == pytest.approx(found["before"] + said + found["adjustment"], abs=0.02)
    assert found["weight"] > 0
    assert "bits" in found["because"][0]


def test_what_keeps_two_apart_is_named(connection: psycopg.Connection[Any]) -> None:
    tell(connection, "gla", named("Jonas Kazlauskas", 24))
    tell(connection, "met", named("Jonas Kazlauskas", None))
    tell(connection, "gmp", named("Jonas Kazlauskas", 24, role="victim"))
    tell(connection, "gmp", vehicle("KX56 ABZ"))
    catch_up(connection)
    name_alone = why_one(connection, "E1-0", "E2-0")
    assert not name_alone["one_entity"]
    assert any("R2-0 says too little" in line for line in name_alone["because"])
    guarded = why_one(connection, "E1-0", "E3-0")
    assert guarded["weight"] < VICTIM_BAR
    assert any("a victim's records" in line for line in guarded["because"])
    other_kind = why_one(connection, "E1-0", "E4-0")
    assert other_kind["because"] == ["things of two kinds are never one"]
    assert "reasons" not in other_kind


def test_documents_that_keep_victims_apart_are_named(connection: psycopg.Connection[Any]) -> None:
    tell(connection, "gla", named("Jonas Kazlauskas", 24, passport="LT1234567", role="victim"))
    tell(connection, "met", named("Jonas Kazlauskas", 24, passport="LT7418529", role="victim"))
    tell(connection, "gmp", named("Jonas Kazlauskas", 24, passport="LT7418529"))
    catch_up(connection)
    two = why_one(connection, "E1-0", "E2-0")
    assert (two["one_entity"], two["records"]) == (False, [1, 2])
    assert any("their documents differ" in line for line in two["because"])


def test_a_persons_word_is_among_the_reasons(connection: psycopg.Connection[Any]) -> None:
    for agency in ("gla", "met"):
        tell(connection, agency, vehicle("KX56 ABZ"))
    catch_up(connection)
    decide(connection, (1, 0), (2, 0), Verdict.NOT_SAME, who=DAWN, because="two plates")
    found = why_one(connection, "R1-0", "R2-0")
    assert not found["one_entity"]
    assert found["because"][0] == "dawn said that they are two"


def test_two_that_share_little_are_one_through_a_third(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", named("Jonas Kazlauskas", 24))
    tell(connection, "met", named("Jonas Kazlauskas", 24, passport="LT1234567"))
    tell(connection, "gmp", named("Jonas Kazlauskas", None, passport="LT1234567"))
    catch_up(connection)
    found = why_one(connection, "R1-0", "R3-0")
    assert found["one_entity"]
    assert found["through"] == ["R1-0", "R2-0", "R3-0"]
    assert found["because"] == ["they are tied through R2-0"]


def test_what_is_hidden_is_as_if_it_were_not_there(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"), handling="5")
    tell(connection, "met", vehicle("KX56 ABZ"))
    catch_up(connection)
    outsider = session_of(
        database_url, Reader("o.fficer", "met", "confidential", frozenset({"analyst"}))
    )
    wrong = []
    for name in ("R1-0", "R9-0"):
        with pytest.raises(NoEntityError) as raised:
            outsider.answer("view", {}, lambda c, name=name: (why_one(c, name, "E2-0"), []))
        wrong.append(str(raised.value).replace("1-0", "N").replace("9-0", "N"))
    assert wrong[0] == wrong[1]


def test_the_command_answers_under_the_readers_rights_and_on_record(
    connection: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for agency in ("gla", "met"):
        tell(connection, agency, vehicle("KX56 ABZ"))
    catch_up(connection)
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, connection)
    shown = CliRunner().invoke(assemble(), ["entity", "why", "R1-0", "R2-0"])
    assert shown.exit_code == 0, shown.output
    assert "are one" in shown.stdout
    assert "vehicle_registration" in shown.stdout
    as_json = CliRunner().invoke(assemble(), ["entity", "why", "R1-0", "R2-0", "--json"])
    assert json.loads(as_json.stdout)["pair"] == ["R1-0", "R2-0"]
    assert CliRunner().invoke(assemble(), ["entity", "why", "E1-0", "E1-0"]).exit_code == 1
    rows = connection.execute(
        "SELECT asked, outcome, ids FROM audit WHERE operation = 'view' ORDER BY 1"
    ).fetchall()
    assert [row[1] for row in rows].count("answered") == 2
    assert ["E1-0", "1", "2"] in [row[2] for row in rows]
