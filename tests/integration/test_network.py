"""Networks and operations on a real PostgreSQL, as different readers see them."""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from producers.generator.stream import year_2009
from repository.access.reader import Reader
from repository.database import make_engine
from repository.linking.stage import link_all
from repository.networks.hubs import FOLLOWED
from repository.queries.network import around, groups, path
from repository.relays.stage import relay_all
from repository.sequencer import sequence_once
from repository.statistics.operations import NoOperationError, operation, operations
from repository.statistics.stage import count_all
from tests.support.readers import reads_here, session_of
from tests.support.store import store_event
from tests.support.told import store_told

TABLES = (
    "event, event_queue, event_log, first_statement, restatement, amendment, stage_cursor, record,"
    " description, link_key, stop_key, edge, parting, judgement, entity_redirect, posting, wording,"
    " telling, citation, relay, passage,"
    " passage_band, telling_subject, formula, stated_relation"
)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}")
        yield connection


def settle(connection: psycopg.Connection[Any]) -> None:
    while sequence_once(connection):
        pass
    link_all(connection)
    relay_all(connection)


def phone(number: int) -> dict[str, Any]:
    return {"telephone": {"number": f"+4477009{number:05}", "imei": None, "imsi": None}}


def van(number: int) -> dict[str, Any]:
    empty = dict.fromkeys(("country", "vin", "make", "model", "colour"))
    return {"vehicle": {"registration": f"AB{number:02} CDE", **empty}}


def told(
    connection: psycopg.Connection[Any],
    agency: str,
    *things: dict[str, Any],
    relations: tuple[tuple[int, int, str], ...] = (),
    **over: Any,
) -> None:
    subjects = [
        {"local_id": f"s{n}", "role": "other", "details": details, "text": None}
        for n, details in enumerate(things)
    ]
    stated = [
        {"from_id": f"s{a}", "to_id": f"s{b}", "kind": kind, "text": None}
        for a, b, kind in relations
    ]
    over = {"text": f"{agency} saw it.", "provenance": []} | over
    store_event(connection, "intelligence", agency, subjects=subjects, relations=stated, **over)


def test_each_edge_has_its_events_roles_relations_and_origins(
    connection: psycopg.Connection[Any],
) -> None:
    told(connection, "met", phone(1), van(1), relations=((0, 1, "uses"),))
    told(connection, "gla", van(1), phone(1))
    told(connection, "gla", van(1), phone(2))
    settle(connection)
    found = around(connection, "E1-0", hops=2)
    assert [node["entity"] for node in found["nodes"]] == ["E1-0", "E1-1", "E3-1"]
    first, second = found["edges"]
    assert (first["between"], first["origins"], first["stated"]) == (["E1-0", "E1-1"], 2, ["uses"])
    assert [event["position"] for event in first["events"]] == [1, 2]
    assert first["events"][0]["stated"] == [{"kind": "uses", "from": "E1-0", "to": "E1-1"}]
    assert (second["between"], second["origins"]) == (["E1-1", "E3-1"], 1)
    assert len(around(connection, "E1-0", hops=1)["nodes"]) == 2


def test_a_shared_hotel_or_a_common_operation_connects_nobody(
    connection: psycopg.Connection[Any],
) -> None:
    for n in range(FOLLOWED["vehicle"].reports + 1):
        told(connection, "met", phone(n), van(99))
    settle(connection)
    found = around(connection, "E1-0", hops=3)
    assert [(node["entity"], node["hub"]) for node in found["nodes"]] == [
        ("E1-0", False),
        ("E1-1", True),
    ]
    assert path(connection, "E1-0", "E2-0")["steps"] is None
    assert groups(connection)["groups"] == []


def test_a_path_shows_the_events_behind_each_step(connection: psycopg.Connection[Any]) -> None:
    told(connection, "met", phone(1), van(1))
    told(connection, "gla", van(1), phone(2))
    told(connection, "soca", phone(2), van(3))
    told(connection, "soca", phone(7), van(8))
    settle(connection)
    found = path(connection, "E1-0", "E3-1")
    assert found["steps"] == ["E1-0", "E1-1", "E2-1", "E3-1"]
    assert sorted(e["position"] for edge in found["edges"] for e in edge["events"]) == [1, 2, 3]
    assert path(connection, "E1-0", "E4-1")["steps"] is None
    assert path(connection, "E1-0", "E1-0")["steps"] == ["E1-0"]


def test_a_hidden_report_ties_nothing(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    told(connection, "met", phone(1), van(1))
    told(connection, "soca", van(1), phone(2), handling="4", relations=((0, 1, "uses"),))
    told(connection, "met", phone(2), van(3))
    settle(connection)
    reader = Reader("o.fficer", "met", "confidential", frozenset(), "law_enforcement")

    def read(own: psycopg.Connection[Any]) -> tuple[Any, tuple[()]]:
        return (around(own, "E1-0", hops=3), path(own, "E1-0", "E3-1")["steps"]), ()

    seen, way = session_of(database_url, reader).answer("expansion", {}, read)
    assert way is None
    assert [node["entity"] for node in seen["nodes"]] == ["E1-0", "E1-1"]
    assert [node["reports"] for node in seen["nodes"]] == [1, 1]
    everything, way = session_of(database_url).answer("expansion", {}, read)
    assert way == ["E1-0", "E1-1", "E2-1", "E3-1"]
    assert len(everything["nodes"]) == 4


def test_a_corrected_relation_is_gone(connection: psycopg.Connection[Any]) -> None:
    told(connection, "met", phone(1), van(1), relations=((0, 1, "uses"),))
    row = connection.execute("SELECT event_id FROM event").fetchone()
    assert row is not None
    told(connection, "met", phone(1), van(2), corrects=row[0])
    settle(connection)
    (edge,) = around(connection, "E2-0")["edges"]
    assert (edge["between"], edge["stated"]) == (["E2-0", "E2-1"], [])


@pytest.fixture(scope="module")
def year(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}, counted, nrm_step, nrm_case")
        store_told(connection, year_2009(2009))
        settle(connection)
        count_all(connection)
        yield connection


def test_operations_say_who_took_part_and_what_came_of_them(
    year: psycopg.Connection[Any],
) -> None:
    listed = {one["operation"]: one for one in operations(year)}
    assert listed["Ruby"]["arrests"] == 8
    assert {"northamptonshire", "gla", "kettering-council"} <= set(listed["Ruby"]["agencies"])
    found = operation(year, "operation RUBY")
    assert (found["arrests"], found["led_by"]) == (8, ["northamptonshire"])
    days = [one["occurred_on"] for one in found["events"]]
    assert days == sorted(days)
    assert {one["step"] for one in found["events"] if one["kind"] == "operation"} >= {"arrest"}
    assert any(one["kind"] == "person" for one in found["entities"])
    assert operation(year, "Adject")["sentence_months"] == 378
    with pytest.raises(NoOperationError):
        operation(year, "Nobody")


def test_migrating_says_who_took_part_in_what_was_counted_before(
    year: psycopg.Connection[Any], database_url: str
) -> None:
    before = operations(year)
    year.execute(
        "UPDATE counted SET facts = facts - '{led_by,partners}'::text[] WHERE kind = 'operation'"
    )
    migration = importlib.import_module("repository.migrations.versions.0041_narrow_postings")
    with make_engine(database_url).begin() as connection:
        migration.say_who_took_part(connection)
    assert operations(year) == before


def test_the_command_line_shows_networks(
    year: psycopg.Connection[Any],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, year)
    runner, app = CliRunner(), assemble()
    start = year.execute(
        "SELECT format('E%s-%s', entity_position, entity_ordinal) FROM record"
        " WHERE kind = 'vehicle' GROUP BY entity_position, entity_ordinal"
        " ORDER BY count(*) DESC, 1 LIMIT 1"
    ).fetchone()
    assert start is not None
    done = runner.invoke(app, ["network", "show", start[0], "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert len(found["nodes"]) > 3
    other = found["nodes"][-1]["entity"]
    apart = year.execute(
        "SELECT format('E%s-%s', entity_position, entity_ordinal) FROM record JOIN"
        " (SELECT position, count(*) AS beside FROM record GROUP BY 1) AS told USING (position)"
        " GROUP BY entity_position, entity_ordinal HAVING max(beside) = 1 ORDER BY 1 LIMIT 1"
    ).fetchone()
    assert apart is not None
    for more in ((), ("--json",)):
        done = runner.invoke(app, ["network", "path", start[0], apart[0], *more])
        assert done.exit_code == 1, done.output
    for command in (
        ["network", "path", start[0], other],
        ["network", "groups"],
        ["network", "groups", "--around", start[0]],
        ["operation", "list"],
        ["operation", "show", "Ruby"],
    ):
        done = runner.invoke(app, command)
        assert done.exit_code == 0, (command, done.output)
        assert done.output.strip()
    assert json.loads(runner.invoke(app, ["network", "groups", "--json"]).output)["groups"]


def test_operations_come_by_pages(
    year: psycopg.Connection[Any],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Page by page it is the same as at once, and of each page the audit keeps what was shown."""
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, year)
    looked = "SELECT asked, ids FROM audit ORDER BY audit_no DESC LIMIT 1"
    words, several = ["operation", "list", "--json", "--limit"], 4

    def page(number: int) -> tuple[list[dict[str, Any]], str]:
        done = CliRunner().invoke(assemble(), [*words, str(several), "--page", str(number)])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout), done.stderr

    whole = operations(year)
    pages = -(-len(whole) // several)
    assert pages > 1
    shown = []
    for number in range(1, pages + 1):
        rows, said = page(number)
        shown += rows
        assert (f"--page {number + 1} " in said) is (number < pages)
        row = year.execute(looked).fetchone()
        assert row is not None
        assert row[0].get("offset", 0) == (number - 1) * several
        assert row[1] == [str(position) for one in rows for position in one["positions"]]
    assert shown == whole
    assert page(pages + 1)[0] == []
