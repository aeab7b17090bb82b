"""What has become of an event: its versions, how each was graded, what each changed."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.access.reader import Reader
from repository.linking.stage import link_all
from repository.queries.event import NoEventError
from repository.queries.history import event_history
from repository.sequencer import sequence_once
from repository.statistics.stage import count_all
from tests.support.events import NOW
from tests.support.readers import reads_here, session_of
from tests.support.store import store_event

MET = Reader("m.et", "met", "secret", frozenset({"victim_data"}), "law_enforcement")


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """1 gla's report · 2 it is corrected · 3 and graded for gla alone · 4 and retracted · 5 met's
    report · 6 it is graded anew.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        first = store_event(connection, "intelligence", "gla")
        later = [NOW + timedelta(hours=hour) for hour in range(1, 6)]
        for at, over in (
            (later[0], {"title": "Corrected"}),
            (later[1], {"title": "Corrected", "handling": "4"}),
        ):
            store_event(connection, "intelligence", "gla", corrects=first, reported_at=at, **over)
        store_event(connection, "retraction", "gla", target_event_id=first,
                    target_kind="intelligence", reported_at=later[2], handling="4")  # fmt: skip
        other = store_event(connection, "intelligence", "met")
        store_event(connection, "intelligence", "met", corrects=other, reported_at=later[3],
                    information_grade="2", source_grade="A")  # fmt: skip
        sequence_once(connection)
        link_all(connection)
        count_all(connection)
        yield connection


def test_each_version_says_what_it_changed_and_how_it_stands(
    connection: psycopg.Connection[Any],
) -> None:
    (found,) = event_history(connection, "3")
    assert (found["agency"], [one["position"] for one in found["versions"]]) == (
        "gla",
        [1, 2, 3, 4],
    )
    first, corrected, regraded, retracted = found["versions"]
    assert {one["status"] for one in (first, corrected, regraded)} == {"retracted"}
    assert first["changed"] == []
    assert [one["field"] for one in corrected["changed"]] == ["title"]
    assert (corrected["regraded"], regraded["regraded"]) == (False, True)
    assert {"field": "handling", "before": "1", "after": "4"} in regraded["changed"]
    assert (retracted["kind"], retracted["status"]) == ("retraction", None)
    assert retracted["because"]
    for which in ("1", "2", "4", first["event_id"], retracted["event_id"]):
        assert event_history(connection, which) == [found], which
    (graded,) = event_history(connection, "5")
    assert [one["status"] for one in graded["versions"]] == ["corrected", "current"]
    assert graded["versions"][1]["regraded"]
    assert graded["versions"][1]["grade"]["code"] == "A21"


def test_what_was_graded_for_its_originator_alone_has_no_history_for_others(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    for which in ("1", "2", "3", "4", "99"):
        with pytest.raises(NoEventError) as refused:
            session_of(database_url, MET).answer(
                "view", {}, lambda c, which=which: (event_history(c, which), ())
            )
        assert f"there is no event {which}" in str(refused.value)


def test_the_command_line_shows_histories_and_timelines(
    connection: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, connection)
    runner, app = CliRunner(), assemble()

    def shown(*words: str) -> str:
        done = runner.invoke(app, words, catch_exceptions=False, env={"COLUMNS": "200"})
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "source_grade" in shown("event", "history", "6")
    told = json.loads(shown("event", "history", "6", "--json"))
    assert [one["position"] for one in told["versions"]] == [5, 6]
    text = shown("timeline", "entity", "E6-0")
    assert "6 intelligence" in text
    assert "12, NN16 0AA" in text
    for words in (["search", "kazlauskas"], ["entity", "E6-0"]):
        told = json.loads(shown("timeline", *words, "--json"))
        assert [one["position"] for one in told["entries"]] == [6]
        assert told["entries"][0]["grade"]["code"] == "A21"
