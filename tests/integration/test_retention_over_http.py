"""Reviews and erasures over HTTP: by who keeps records, an erasure by two, each on record."""

from collections.abc import Iterator
from typing import Any

import httpx2
import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.linking.stage import link_all
from repository.sequencer import sequence_once
from repository.statistics.stage import count_all
from tests.support.interface import PURPOSE, Interface, bearer_for, client_of, make_reader
from tests.support.looks import last_look
from tests.support.store import store_event

KEEPER = ("retention", "victim_data", "originator_only")
LATER = "2016-01-01"


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """1 to 4: reports of which 2 is gla's alone."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, roles in (
            ("kim", KEEPER),
            ("lee", KEEPER),
            ("officer", ("analyst", "victim_data", "originator_only")),
            ("blind", ("retention", "victim_data")),
        ):
            make_reader(connection, name, clearance="top_secret", roles=roles)
        for number in range(4):
            hidden = {"handling": "4"} if number == 1 else {}
            store_event(connection, "intelligence", "gla", title=f"Report {number}", **hidden)
        sequence_once(connection)
        link_all(connection)
        count_all(connection)
        yield connection


@pytest.fixture
def kim(interface: Interface, connection: psycopg.Connection[Any]) -> Iterator[httpx2.Client]:
    with client_of(interface.url, bearer_for(connection, "kim")) as client:
        yield client


@pytest.fixture
def lee(interface: Interface, connection: psycopg.Connection[Any]) -> Iterator[httpx2.Client]:
    with client_of(interface.url, bearer_for(connection, "lee")) as client:
        yield client


def test_reviews_fall_due_by_pages_and_are_put_off(
    kim: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    assert {one["months"] for one in kim.get("/v1/retention/rules").json()["rules"]} >= {24, 72}
    assert kim.get("/v1/retention/due", params={"by": "2010-01-01"}).json()["reviews"] == []
    positions, address = [], f"/v1/retention/due?by={LATER}&limit=3"
    while address:
        answer = kim.get(address)
        page = answer.json()["reviews"]
        positions += [one["position"] for one in page]
        assert last_look(connection)[4] == [str(one["position"]) for one in page]
        address = answer.links["next"]["url"] if "next" in answer.links else ""
    assert positions == [1, 2, 3, 4]
    kept = {"until": "2999-01-01", "because": "a trial goes on"}
    assert kim.post("/v1/retention/4/keep", json=kept).status_code == 204
    assert last_look(connection)[:2] == ("kim", "administration")
    assert last_look(connection)[3:] == ("answered", ["4"])
    due = kim.get("/v1/retention/due", params={"by": LATER}).json()["reviews"]
    assert [one["position"] for one in due] == [1, 2, 3]
    for path, said, status, outcome in (
        ("/v1/retention/999/keep", kept, 404, "nothing"),
        ("/v1/retention/3/keep", kept | {"until": "2001-01-01"}, 422, "refused"),
    ):
        assert kim.post(path, json=said).status_code == status
        assert last_look(connection)[3] == outcome


def test_an_erasure_takes_two(
    kim: httpx2.Client, lee: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    said = {"event": "2", "authority": "COURT/7", "because": "by order of the court"}
    made = kim.post("/v1/erasures/requests", json=said)
    assert made.status_code == 201, made.text
    number, report = made.json()["request"], made.json()["report"]
    assert ([one["position"] for one in report["events"]], report["dry_run"]) == ([2], True)
    assert last_look(connection)[1:2] + last_look(connection)[3:] == ("erasure", "answered", ["2"])
    assert kim.get("/v1/retention/due", params={"by": LATER}).json()["reviews"][1]["position"] == 2

    address = f"/v1/erasures/requests/{number}/decision"
    yes = {"granted": True, "because": "I have read the order"}
    own = kim.post(address, json=yes)
    assert (own.status_code, last_look(connection)[3]) == (403, "refused")
    (waits,) = lee.get("/v1/erasures/requests").json()["requests"]
    assert (waits["state"], waits["asked_by"], waits["position"]) == ("waits", "kim", 2)
    done = lee.post(address, json=yes)
    assert done.status_code == 200, done.text
    assert done.json()["report"]["dry_run"] is False
    assert last_look(connection)[:2] == ("lee", "erasure")
    assert last_look(connection)[4] == ["2"]
    assert connection.execute("SELECT kind FROM event_log WHERE position = 2").fetchone() == (
        "erased",
    )
    assert lee.post(address, json=yes).status_code == 409
    assert lee.post("/v1/erasures/requests", json=said).status_code == 409
    (erased,) = lee.get("/v1/erasures").json()["erasures"]
    assert (erased["erased_by"], erased["authority"]) == ("kim, lee", "COURT/7")
    assert (waits["request"], "erased") == (
        number, lee.get("/v1/erasures/requests").json()["requests"][0]["state"],
    )  # fmt: skip


def test_what_another_refuses_stays(
    kim: httpx2.Client, lee: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    said = {"event": "3", "authority": "a letter", "because": "asked by the subject"}
    kept = {"until": "2999-01-01", "because": "a trial goes on"}
    assert kim.post("/v1/retention/3/keep", json=kept).status_code == 204
    made = lee.post("/v1/erasures/requests", json=said).json()
    number = made["request"]
    (waits, *_) = kim.get("/v1/erasures/requests").json()["requests"]
    assert [waits["reason_to_keep"]] == made["report"]["reasons_to_keep"] == [
        {"position": 3, "suspended_by": None, "keep_until": "2999-01-01",
         "because": "a trial goes on"}
    ]  # fmt: skip
    address = f"/v1/erasures/requests/{number}/decision"
    no = {"granted": False, "because": "the case is before the court"}
    assert kim.post(address, json=no).json() == {"report": None}
    assert kim.post(address, json=no | {"granted": True}).status_code == 409
    assert connection.execute("SELECT kind FROM event_log WHERE position = 3").fetchone() == (
        "intelligence",
    )
    missing = kim.post("/v1/erasures/requests/999/decision", json=no)
    assert (missing.status_code, last_look(connection)[3]) == (404, "nothing")
    for event in ("999", "yesterday"):
        assert kim.post("/v1/erasures/requests", json=said | {"event": event}).status_code == 404


@pytest.mark.parametrize("name", ["officer", "blind"])
def test_who_keeps_no_records_or_may_not_see_all_does_none_of_it(
    interface: Interface, connection: psycopg.Connection[Any], name: str
) -> None:
    with client_of(interface.url, bearer_for(connection, name)) as client:
        answers = [
            client.get("/v1/retention/due"),
            client.get("/v1/erasures"),
            client.get("/v1/erasures/requests"),
            client.post("/v1/retention/1/keep", json={"until": "2999-01-01", "because": "x"}),
            client.post("/v1/erasures/requests",
                        json={"event": "1", "authority": "x", "because": "x"}),
            client.post("/v1/erasures/requests/1/decision",
                        json={"granted": True, "because": "x"}),
        ]  # fmt: skip
    assert {one.status_code for one in answers} == {403}
    assert len({one.text for one in answers}) == 1
    assert (last_look(connection)[0], last_look(connection)[3]) == (name, "refused")


def test_the_command_line_does_the_same(
    connection: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    monkeypatch.setenv("INTELBUS_PURPOSE", PURPOSE)

    def run(reader: str, *words: str) -> Any:
        monkeypatch.setenv("INTELBUS_READER", reader)
        return CliRunner().invoke(assemble(), ["erasures", *words])

    why = ("--authority", "COURT/8", "--because", "by order")
    assert "would be erased" in run("kim", "ask", "4", *why).stdout
    (number,) = connection.execute("SELECT max(request_no) FROM erasure_request").fetchone() or ()
    assert run("kim", "grant", str(number), "--because", "x", "--yes").exception is not None
    assert "waits" in run("lee", "requests").stdout
    done = run("lee", "grant", str(number), "--because", "read the order", "--yes")
    assert (done.exit_code, "would be" in done.stdout) == (0, False), done.output
    assert connection.execute("SELECT kind FROM event_log WHERE position = 4").fetchone() == (
        "erased",
    )
