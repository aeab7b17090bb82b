"""The end of a record: reviews fall due and are suspended; an erasure reaches everything."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from intelbus.errors import ContentError, RefusedError
from repository.exports.disclosures import OfKind, export, recalls
from repository.exports.recipients import Recipient
from repository.linking.stage import empty as empty_links
from repository.linking.stage import link_all
from repository.queries.event import NoEventError, show_events
from repository.queries.shared_entities import entities_by_agencies
from repository.retention.erasure import apply, erase, listed
from repository.retention.schedule import due, keep, reasons_to_keep
from repository.search.engine import search
from repository.sequencer import sequence_once
from repository.statistics.stage import count_all
from repository.statistics.stage import empty as empty_counts
from tests.support.events import NOW
from tests.support.servers import fresh_database
from tests.support.store import store_event

WORDS: dict[str, Any] = {"by": "officer", "authority": "COURT/1", "because": "by order",
                         "now": datetime(2016, 1, 1, tzinfo=UTC)}  # fmt: skip
TO: dict[str, Any] = {"recipient": Recipient("europol", "law_enforcement"), "purpose": "OP/ADJECT",
                      "exported_by": "tester", "form": "csv",
                      "of": OfKind("intelligence", date(2009, 1, 1),
                                   date(2009, 12, 31))}  # fmt: skip


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url) as connection:
        yield connection
        connection.rollback()


def settle(connection: psycopg.Connection[Any]) -> None:
    sequence_once(connection)
    link_all(connection)
    count_all(connection)


def operation(step: str, **over: Any) -> dict[str, Any]:
    return {"operation_name": "Ruby", "step": step, **over}


def named_in(connection: psycopg.Connection[Any], words: str) -> list[str]:
    """Return every text column of every table that holds the words."""
    columns = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'bytea', 'ARRAY')"
    ).fetchall()
    found = []
    for name, column, kind in columns:
        text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
        row = connection.execute(
            f'SELECT count(*) FROM "{name}" WHERE {text} ILIKE %s', (f"%{words}%",)
        ).fetchone()
        if row and row[0]:
            found.append(f"{name}.{column}")
    return found


def test_reviews_fall_due_after_six_years_and_a_live_operation_suspends(
    connection: psycopg.Connection[Any],
) -> None:
    reference = [
        {
            "local_id": "o",
            "role": "operation",
            "text": None,
            "details": {
                "event_reference": {"kind": "operation", "reference": "Ruby", "originator": None}
            },
        }
    ]
    store_event(connection, "intelligence", title="alone")
    store_event(connection, "intelligence", subjects=reference, relations=[], title="of Ruby")
    store_event(connection, "operation", **operation("launched"))
    settle(connection)
    six = date(NOW.year + 6, NOW.month, NOW.day)
    assert due(connection, six - timedelta(days=1)) == []
    assert [one["position"] for one in due(connection, six)] == [1]
    everything = due(connection, six, suspended=True)
    assert {one["position"]: one["suspended_by"] for one in everything} == {
        1: None, 2: "Ruby", 3: "Ruby"}  # fmt: skip
    with pytest.raises(RefusedError, match="reason"):
        keep(connection, 1, until=date(2020, 1, 1), because=" ", by="officer", now=WORDS["now"])
    keep(connection, 1, until=date(2020, 1, 1), because="still", by="officer", now=WORDS["now"])
    assert due(connection, six) == []
    assert [one["position"] for one in due(connection, date(2020, 1, 1))] == [1]
    # An erasure is not refused for that, and says so.
    kept = {"position": 1, "suspended_by": None, "keep_until": "2020-01-01", "because": "still"}
    lives = {"position": 2, "suspended_by": "Ruby", "keep_until": None, "because": None}
    assert reasons_to_keep(connection, [1, 2], date(2019, 12, 31)) == [kept, lives]
    assert reasons_to_keep(connection, [1], date(2020, 1, 1)) == []
    when = WORDS | {"now": datetime(2019, 12, 31, tzinfo=UTC), "dry_run": True}
    assert erase(connection, "1", **when)["reasons_to_keep"] == [kept]
    store_event(connection, "operation", **operation("closed"))
    settle(connection)
    assert [one["position"] for one in due(connection, six)] == [2, 3, 4]


def test_an_erasure_reaches_versions_links_search_statistics_and_exports(
    connection: psycopg.Connection[Any],
) -> None:
    first = store_event(connection, "intelligence", "gla", title="Zzyzx yard")
    store_event(connection, "intelligence", "gla", title="Zzyzx yard again", corrects=first)
    store_event(connection, "intelligence", "gla", title="Zzyzx yard")  # said again
    other = store_event(connection, "intelligence", "met", title="elsewhere")
    settle(connection)
    made = export(connection, **TO)
    shared = entities_by_agencies(connection)
    assert shared
    assert search(connection, "zzyzx")["count"] == 2
    assert recalls(connection) == []

    assert set(named_in(connection, "zzyzx")) >= {"event.value", "posting.term"}
    planned = erase(connection, str(first), **WORDS, dry_run=True)
    assert len(planned["events"]) == 3
    assert search(connection, "zzyzx")["count"] == 2
    report = erase(connection, str(first), **WORDS)
    assert [one["position"] for one in report["events"]] == [1, 2, 3]
    assert report["rows_removed"]["event"] == 3
    assert [one["export_id"] for one in report["still_held"]["exports"]] == [made["export_id"]]

    def forgotten() -> None:
        assert named_in(connection, "zzyzx") == []
        assert entities_by_agencies(connection) == []
        assert search(connection, "zzyzx")["count"] == 0
        for which in (str(first), "2"):
            with pytest.raises(NoEventError):
                show_events(connection, which)
        assert show_events(connection, str(other))[0]["status"] == "current"
        assert [one["positions"] for one in recalls(connection)] == [[2, 3]]

    forgotten()
    with pytest.raises(RefusedError, match="already"):
        erase(connection, str(first), **WORDS)
    # A replay of what is derived finds nothing to bring back, and the log keeps its numbers.
    empty_links(connection)
    empty_counts(connection)
    store_event(connection, "intelligence", "gla", title="later", corrects=first)
    settle(connection)
    forgotten()
    assert connection.execute("SELECT max(position), count(*) FROM event_log").fetchone() == (5, 5)


def test_a_case_loses_an_erased_step(connection: psycopg.Connection[Any]) -> None:
    store_event(connection, "referral", nrm_reference="NRM/1")
    settle(connection)
    assert connection.execute("SELECT count(*) FROM nrm_case").fetchone() == (1,)
    erase(connection, "1", **WORDS)
    assert connection.execute("SELECT count(*) FROM nrm_case").fetchone() == (0,)


def test_a_store_built_anew_erases_what_comes(
    connection: psycopg.Connection[Any], servers: Any, template: str
) -> None:
    event_id = store_event(connection, "intelligence", title="Zzyzx yard")
    settle(connection)
    erase(connection, str(event_id), **WORDS)
    lines = [json.dumps(one) for one in listed(connection)]
    with fresh_database(servers.database_url, template) as url, psycopg.connect(url) as anew:
        assert apply(anew, lines) == (0, 1)
        store_event(anew, "intelligence", title="Zzyzx yard", event_id=event_id)
        store_event(anew, "intelligence", title="another")
        settle(anew)
        assert named_in(anew, "zzyzx") == []
        assert search(anew, "another")["count"] == 1
        assert [one["pending"] for one in listed(anew)] == [False]
        # And given late, it erases what is there.
        late = store_event(anew, "intelligence", title="Zzyzx later")
        settle(anew)
        assert search(anew, "zzyzx")["count"] == 1
        line = json.dumps({**json.loads(lines[0]), "event_id": str(late)})
        assert apply(anew, [line]) == (1, 0)
        assert named_in(anew, "zzyzx") == []
        with pytest.raises(ContentError, match="line 1"):
            apply(anew, ["{}"])
