"""What analysts read, from a real PostgreSQL."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.linking.stage import link_all
from repository.queries.accounts import accounts, with_kafka
from repository.queries.entity import NoEntityError, show_entity
from repository.queries.event import NoEventError, show_events
from repository.queries.shared_entities import entities_by_agencies
from repository.sequencer import sequence_once
from repository.statistics.nrm import nrm_table
from repository.statistics.stage import count_all
from tests.support.events import NOW
from tests.support.readers import reads_here
from tests.support.store import store_event


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """1 gla's report · 2 the same of northamptonshire · 3 a correction of it · 4 a restatement."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        store_event(connection, "intelligence", "gla")
        first = store_event(connection, "intelligence", "northamptonshire")
        store_event(
            connection,
            "intelligence",
            "northamptonshire",
            corrects=first,
            title="Corrected",
            reported_at=NOW + timedelta(hours=1),
        )
        store_event(connection, "intelligence", "gla")
        store_event(connection, "nil-return", "met")
        for number, decision in enumerate(["positive", "negative"]):
            case: dict[str, Any] = {"nrm_reference": f"NRM/2009/{number:04}", "subjects": []}
            case["relations"] = []
            store_event(connection, "referral", "poppy", first_responder="poppy", **case)
            grounds = {"step": "reasonable_grounds", "decision": decision}
            store_event(
                connection, "referral", "ukhtc", step_on=date(2009, 10, 3), **grounds, **case
            )
            store_event(connection, "referral", "poppy", first_responder="poppy", **case)
        sequence_once(connection)
        link_all(connection)
        count_all(connection)
        yield connection


def test_an_entity_says_why_each_record_belongs(connection: psycopg.Connection[Any]) -> None:
    found = show_entity(connection, "E1-0")
    assert found["agencies"] == ["gla", "northamptonshire"]
    assert [one["position"] for one in found["members"]] == [1, 3, 4]
    assert [one["restates"] for one in found["members"]] == [None, None, 1]
    assert {why["feature"] for link in found["links"] for why in link["why"]} >= {
        "document_number",
        "family_name",
        "given_names",
        "date_of_birth",
    }
    for link in found["links"]:
        bits = sum(why["bits"] for why in link["why"])
        assert link["weight"] == pytest.approx(link["before"] + bits + link["adjustment"], abs=0.02)
    assert show_entity(connection, "R3-0")["entity"] == "E1-0"
    with pytest.raises(NoEntityError):
        show_entity(connection, "E999-0")


def test_entities_of_several_agencies_count_no_restatement(
    connection: psycopg.Connection[Any],
) -> None:
    found = entities_by_agencies(connection, 2, kind="person")
    assert [(one["label"], one["agencies"], one["events"]) for one in found] == [
        ("Jonas Kazlauskas", ["gla", "northamptonshire"], 2)
    ]


def test_an_event_shows_how_it_stands(connection: psycopg.Connection[Any]) -> None:
    shown = [show_events(connection, str(position))[0] for position in (1, 2, 3, 4)]
    assert [one["status"] for one in shown] == ["current", "corrected", "current", "current"]
    assert [one["restates"] for one in shown] == [None, None, None, 1]
    assert shown[1]["amended_by"][0]["event_id"] == shown[2]["event_id"]
    assert shown[2]["event"]["title"] == "Corrected"
    assert shown[2]["subjects"][0]["entity"] == "E1-0"
    with pytest.raises(NoEventError):
        show_events(connection, "999")


def test_nrm_counts_cases_and_no_case_twice(connection: psycopg.Connection[Any]) -> None:
    found = nrm_table(connection, date(2009, 4, 1), date(2009, 12, 31))
    assert (found["referrals"], found["first_responder"]) == (2, {"Poppy": 2})
    assert found["reasonable_grounds"]["positive"] == 1
    assert found["reasonable_grounds"]["negative"] == 1


def test_accounts_balance_and_say_when_they_do_not(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute("INSERT INTO topic (topic_no, name) VALUES (1, 't.v1')")
        stored = connection.execute("SELECT count(*) FROM event").fetchone()
        assert stored is not None
        connection.execute(
            "INSERT INTO ingest_cursor (topic_no, partition, cluster_id, topic_id, first_offset,"
            " next_offset) VALUES (1, 0, 'c', 't', 0, %s)",
            stored,
        )
        found = accounts(connection)
        assert found["balanced"]
        assert found["agencies"]["gla"]["restatement"] == 1
        end = stored[0] + 5
        assert with_kafka(found, {("t.v1", 0): (0, end)})["partitions"][0]["lag"] == 5
        assert not with_kafka(found, {("t.v1", 0): (0, end - 6)})["balanced"]
        assert not with_kafka(found, {})["balanced"]
        connection.execute("UPDATE ingest_cursor SET next_offset = next_offset + 1")
        assert not accounts(connection)["balanced"]


@pytest.mark.parametrize(
    "words",
    [
        ["search", "KX56 ABZ"],
        ["event", "show", "3"],
        ["entity", "show", "E1-0"],
        ["entity", "list"],
        ["statistics", "nrm", "--from", "2009-04-01", "--to", "2009-12-31"],
    ],
)
def test_commands_print_tables_and_json(
    connection: psycopg.Connection[Any],
    database_url: str,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, connection)
    shown = CliRunner().invoke(assemble(), words, catch_exceptions=False)
    assert shown.exit_code == 0
    in_json = CliRunner().invoke(assemble(), [*words, "--json"], catch_exceptions=False)
    assert json.loads(in_json.stdout)


@pytest.mark.parametrize(
    ("words", "listed", "several"),
    [
        (["search", "from:2001-01-01"], lambda found: found["results"], 4),
        (["entity", "list", "--agencies", "1"], lambda found: found, 1),
        (["retention", "due", "--by", "2090-01-01"], lambda found: found, 4),
    ],
)
def test_lists_that_cut_say_how_the_next_page_is_asked_for(
    connection: psycopg.Connection[Any],
    database_url: str,
    words: list[str],
    listed: Callable[[Any], list[Any]],
    several: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Page by page it is the same as at once; of JSON nothing but data is on standard output."""
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, connection)

    def run(*more: str) -> tuple[str, str]:
        done = CliRunner().invoke(assemble(), [*words, *more], catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout, done.stderr

    def page(number: int, *more: str) -> tuple[str, str]:
        return run("--limit", str(several), "--page", str(number), *more)

    whole = listed(json.loads(run("--limit", "1000", "--json")[0]))
    pages = -(-len(whole) // several)
    assert pages > 1
    shown = []
    for number in range(1, pages + 1):
        out, err = page(number, "--json")
        shown += listed(json.loads(out))
        assert (f"--page {number + 1} " in err) is (number < pages)
    assert shown == whole
    assert "--page 2 shows the next page" in page(1)[0]
    assert "--page" not in page(pages)[0]
    if words[0] == "search":
        assert "is beyond the last" in page(99)[0]
