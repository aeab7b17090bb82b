"""Hostile content read back through everything that reads: command line, HTTP, exports, logs.

Some payloads here; `make injections` takes all 5,000 (INTELBUS_PAYLOADS).
"""

import csv
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import httpx2
import networkx
import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.linking.stage import link_all
from repository.search.language import QueryError
from repository.search.snippets import strings
from repository.sequencer import sequence_once
from repository.spreadsheets import DANGEROUS
from repository.statistics.stage import count_all
from tests.support.events import sample_event
from tests.support.interface import Interface, bearer_for, client_of, make_reader
from tests.support.payloads import Payload, payloads
from tests.support.readers import reads_here
from tests.support.store import store_made

COUNT = int(os.environ.get("INTELBUS_PAYLOADS", "240"))
AN_EVENT, A_PERSON = 10, 20
"""Payloads in an event, and events about a person."""
PERIOD = {"from": "2009-01-01", "to": "2009-12-31"}
ROLES = ("analyst", "victim_data", "source_data", "originator_only", "exporter", "supervisor")
# What steers a terminal: C0 but the line feed, DEL, C1, and what turns the direction of writing.
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
FIELDS = ("kind", "role", "agency", "grade", "marking")
TABLES = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
COUNTS = """
SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM event_log), (SELECT count(*) FROM record)
"""
HEADERS = {
    "cache-control", "content-disposition", "content-length", "content-security-policy",
    "content-type", "cross-origin-resource-policy", "date", "etag", "intelbus-export-id",
    "intelbus-left-out", "link", "referrer-policy", "vary", "x-content-type-options",
    "x-frame-options",
}  # fmt: skip


def hostile(kind: str, some: Sequence[Payload], who: int) -> dict[str, Any]:
    """Return an event with a payload in every text of it that an agency writes freely; of one
    person at one address and of another, by `who` it is about.
    """
    texts = [one.text for one in some] + ["plain"] * (AN_EVENT - len(some))
    event = sample_event(kind, originator="gla")
    event["header"] |= {"event_id": uuid4(), "handling_conditions": texts[0]}
    event["header"]["source_reference"] = texts[1]
    if kind == "intelligence":
        event["title"], event["text"] = texts[2], texts[3]
    else:
        event["operation_name"] = texts[2]
        event["text"] = texts[3] if "text" in event else None
    person, vehicle, place, telephone = event["subjects"]
    name = person["details"]["person"]["names"][0]
    name["full"], name["given"], name["family"] = texts[4:7]
    person["details"]["person"]["documents"][0]["number"] = f"{who:08}"
    place["details"]["location"]["house"] = str(who)
    vehicle["details"]["vehicle"]["registration"] = texts[7]
    place["details"]["location"]["town"] = texts[8]
    telephone["text"] = texts[9]
    if event.get("text", "") is None:
        del event["text"]
    return event


@pytest.fixture(scope="module")
def chosen() -> list[Payload]:
    return payloads(COUNT)


@pytest.fixture(scope="module")
def connection(database_url: str, chosen: list[Payload]) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_reader(connection, "reader", roles=ROLES)
        with connection.transaction():
            for number, at in enumerate(range(0, COUNT, AN_EVENT)):
                kind = "operation" if number % 5 == 4 else "intelligence"
                some = chosen[at : at + AN_EVENT]
                store_made(connection, kind, hostile(kind, some, number // A_PERSON))
        sequence_once(connection)
        link_all(connection)
        count_all(connection)
        yield connection


@pytest.fixture
def client(interface: Interface, connection: psycopg.Connection[Any]) -> Iterator[httpx2.Client]:
    with client_of(interface.url, bearer_for(connection, "reader")) as client:
        yield client


def positions(connection: psycopg.Connection[Any]) -> list[int]:
    return [row[0] for row in connection.execute("SELECT position FROM event_log ORDER BY 1")]


def harmless(answer: httpx2.Response) -> httpx2.Response:
    """Check that no header came from content, and that no browser runs what came."""
    assert set(answer.headers) <= HEADERS, answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not answer.headers["content-type"].startswith("text/html")
    return answer


def test_over_http_content_comes_back_as_it_was_written_and_does_nothing(
    client: httpx2.Client,
    connection: psycopg.Connection[Any],
    chosen: list[Payload],
    interface: Interface,
) -> None:
    found: set[str] = set()
    entities: set[str] = set()
    for position in positions(connection):
        (event,) = harmless(client.get(f"/v1/events/{position}")).json()["events"]
        found |= set(strings(event))
        entities |= {subject["entity"] for subject in event["subjects"]}
    assert {one.text for one in chosen} <= found
    for entity in sorted(entities)[:: max(1, len(entities) // 200)]:
        for kind in ("entities", "timeline"):
            assert harmless(client.get(f"/v1/{kind}/{entity}")).status_code == 200
    for path in ("/v1/operations", "/v1/entities?agencies=1", "/v1/audit?limit=100"):
        assert harmless(client.get(path)).status_code == 200
    _log_is_whole(interface, chosen)


def test_a_payload_asked_for_is_a_question_and_nothing_else(
    client: httpx2.Client,
    connection: psycopg.Connection[Any],
    chosen: list[Payload],
    interface: Interface,
) -> None:
    before = connection.execute(TABLES).fetchone(), connection.execute(COUNTS).fetchone()
    for number, one in enumerate(chosen):
        answer = harmless(client.get("/v1/search", params={"q": one.text, "limit": 1}))
        assert answer.status_code in (200, 400), (one, answer.text)
        if number % 10 == 0:
            for path in ("/v1/events/", "/v1/entities/"):
                address = path + httpx2.URL(params={"x": one.text[:40]}).query.decode()[2:]
                assert harmless(client.get(address)).status_code in (400, 404, 422), one
    for at in range(0, len(chosen), len(FIELDS)):
        filters = dict(zip(FIELDS, (one.text for one in chosen[at:]), strict=False))
        # One that is refused keeps none of the others from being asked.
        if not _filtered(client, filters):
            for field, text in filters.items():
                _filtered(client, {field: text})
    after = connection.execute(TABLES).fetchone(), connection.execute(COUNTS).fetchone()
    assert before == after
    _log_is_whole(interface, chosen)


def _filtered(client: httpx2.Client, filters: Mapping[str, str]) -> bool:
    """Ask with filters; return whether they were all understood."""
    asked = {"q": "jonas", **filters, "limit": "1"}
    answer = harmless(client.get("/v1/search", params=asked))
    assert answer.status_code in (200, 400, 422), (filters, answer.text)
    return answer.status_code == 200


def _log_is_whole(interface: Interface, chosen: list[Payload]) -> None:
    """Check that every line is ours, and none of them holds what anybody wrote."""
    events = {line["event"] for line in interface.log()}
    assert events <= {"serving", "request"}
    text = interface.log_file.read_text("utf-8")
    assert not [one for one in chosen if one.text.strip() in text]


@pytest.mark.parametrize("form", ["csv", "graphml", "htcds", "stix"])
def test_exports_are_read_back_as_text(
    client: httpx2.Client, chosen: list[Payload], form: str
) -> None:
    asked = {"form": form, **PERIOD, "recipient": "Europol", "party": "eea",
             "outside": "partner", "purpose": "OP/7"}  # fmt: skip
    for kind in ("intelligence", "operation"):
        made = harmless(client.post("/v1/exports", json=asked | {"kind": kind}))
        assert made.status_code == 201, made.text
        if form in ("csv", "htcds"):
            rows = list(csv.reader(StringIO(made.text, newline="")))
            assert len({len(row) for row in rows}) == 1
            for cell in (cell for row in rows for cell in row):
                assert not cell.lstrip(" \u00a0\u200b\ufeff").startswith(DANGEROUS), cell
        elif form == "graphml":
            graph = networkx.read_graphml(BytesIO(made.content))
            assert graph.number_of_nodes() > 0
            assert b"<!ENTITY" not in made.content
        else:
            assert made.json()["type"] == "bundle"


def test_bulletins_hold_no_formula_and_no_script(client: httpx2.Client) -> None:
    for form in ("csv", "ods", "svg"):
        answer = harmless(client.get("/v1/statistics/nrm", params=PERIOD | {"format": form}))
        assert answer.status_code == 200
        if form == "ods":
            content = ZipFile(BytesIO(answer.content)).read("content.xml")
            assert b"table:formula" not in content
        assert b"<script" not in answer.content


def test_a_terminal_shows_it_and_is_not_steered(
    connection: psycopg.Connection[Any],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    chosen: list[Payload],
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, connection)
    runner, app = CliRunner(), assemble()

    def shown(*words: str) -> str:
        done = runner.invoke(app, words, catch_exceptions=False)
        assert done.exit_code in (0, 1), done.output
        steering = STEERING.search(done.stdout)
        assert steering is None, (words, steering, done.stdout[:2000])
        return done.stdout

    every = positions(connection)
    for position in every:
        shown("event", "show", str(position))
        told = json.loads(shown("event", "show", str(position), "--json"))
        for subject in told["subjects"][:2]:
            shown("entity", "show", subject["entity"])
            shown("timeline", "entity", subject["entity"])
    for one in chosen[:: max(1, COUNT // 100)]:
        if not one.text.startswith("-"):
            with suppress(QueryError):
                shown("search", one.text)
    for operation in json.loads(shown("operation", "list", "--limit", "10000", "--json")):
        shown("operation", "show", "--", operation["operation"])
        shown("timeline", "operation", "--", operation["operation"])
    shown("timeline", "search", "jonas")
    shown("entity", "list", "--agencies", "1")
    shown("statistics", "operations")
    shown("statistics", "operations", "--json")
