"""What officers decide over HTTP: pairs, splits and notices, one officer at a time, on record."""

from collections.abc import Iterator
from typing import Any

import httpx2
import psycopg
import pytest

from tests.support.interface import Interface, bearer_for, client_of, make_reader
from tests.support.looks import last_look
from tests.support.notices import catch_up, person, tell, told
from tests.support.registries import keep_agencies

OFFICER = ("analyst", "victim_data", "originator_only")


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """1 gla's victim · 2 met's suspect with the same passport · 3 and 4 the same again."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, roles in (("dawn", OFFICER), ("noor", OFFICER), ("analyst", ("analyst",))):
            make_reader(connection, name, clearance="top_secret", roles=roles)
        for passport in ("00120001", "00340002"):
            tell(connection, "gla", person(passport, role="victim"))
            tell(connection, "met", person(passport))
        catch_up(connection)
        yield connection


@pytest.fixture
def dawn(interface: Interface, connection: psycopg.Connection[Any]) -> Iterator[httpx2.Client]:
    with client_of(interface.url, bearer_for(connection, "dawn")) as client:
        yield client


@pytest.fixture
def noor(interface: Interface, connection: psycopg.Connection[Any]) -> Iterator[httpx2.Client]:
    with client_of(interface.url, bearer_for(connection, "noor")) as client:
        yield client


def test_pairs_are_judged_once_undone_and_split(
    dawn: httpx2.Client, noor: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    first = dawn.get("/v1/review", params={"limit": "1"}).json()
    second = dawn.get("/v1/review", params={"limit": "1", "cursor": first["next"]}).json()
    pairs = {one["pair"] for page in (first, second) for one in page["pairs"]}
    assert (pairs, second["next"]) == ({"R1-0:R2-0", "R3-0:R4-0"}, None)
    reader, operation, asked, outcome, ids = last_look(connection)
    assert (reader, operation, outcome) == ("dawn", "view", "answered")
    assert asked == {"review": 1, "offset": 1}
    assert ids == sorted({one["entity"] for p in second["pairs"] for one in p["records"]})

    said = {"pair": "R1-0:R2-0", "verdict": "not same", "because": "another date of birth"}
    made = dawn.post("/v1/review/decisions", json=said)
    assert (made.status_code, made.json()["entities"]) == (201, ["E1-0", "E2-0"])
    again = noor.post("/v1/review/decisions", json=said | {"verdict": "same"})
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    assert "dawn has said: not the same" in again.json()["detail"]
    assert last_look(connection)[:2] == ("noor", "link")
    assert last_look(connection)[3] == "refused"
    number = made.json()["decision"]
    undone = noor.post(
        f"/v1/review/decisions/{number}/undo", json={"because": "the same after all"}
    )
    assert (undone.status_code, undone.json()["entities"]) == (201, ["E1-0"])
    parted = dawn.post("/v1/entities/E1-0/split", json={"records": ["R2-0"], "because": "sisters"})
    assert (parted.status_code, parted.json()["entities"]) == (201, ["E2-0"])
    steps = dawn.get("/v1/entities/E1-0/history").json()["steps"]
    assert [(one["what"], one["by"]) for one in steps if "decision" in one] == [
        ("pair", "dawn"), ("undo", "noor"), ("split", "dawn"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("/v1/review/decisions", {"pair": "R1-0:R99-0", "verdict": "same"}, 404),
        ("/v1/review/decisions", {"pair": "R1-0", "verdict": "same"}, 422),
        ("/v1/review/decisions", {"pair": "R1-0:R2-0", "verdict": "perhaps"}, 422),
        ("/v1/review/decisions/999/undo", {}, 404),
        ("/v1/entities/E1²-0/split", {"records": ["R99-0"]}, 404),
        ("/v1/entities/E1-99999/split", {"records": ["R99-0"]}, 404),
        ("/v1/entities/E1-0/split", {"records": ["R1-0\x00"]}, 422),
        ("/v1/entities/E99-0/split", {"records": ["R99-0"]}, 404),
        ("/v1/entities/E3-0/split", {"records": ["R1-0"]}, 404),
        ("/v1/notices/999/decision", {"given": False}, 404),
    ],
)
def test_what_cannot_be_decided_is_refused_and_on_record(
    dawn: httpx2.Client,
    connection: psycopg.Connection[Any],
    path: str,
    said: dict[str, Any],
    status: int,
) -> None:
    answer = dawn.post(path, json={"because": "x", **said})
    assert answer.status_code == status, answer.text
    if status != 422:
        assert last_look(connection)[3] == "nothing"
    for nothing in (" ", "\x00", "x\x00"):
        assert dawn.post(path, json={**said, "because": nothing}).status_code == 422


def test_a_notice_about_a_victim_is_decided_on_by_an_officer_once(
    dawn: httpx2.Client, noor: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    held = dawn.get("/v1/notices", params={"status": "held"}).json()
    number = held["notices"][0]["notice"]
    assert held["notices"][0]["meaning"]
    assert dawn.get("/v1/notices", params={"status": "held", "agency": "kent"}).json() == {
        "notices": [], "next": None,
    }  # fmt: skip
    page = dawn.get("/v1/notices", params={"status": "held", "limit": "1"}).json()
    assert (len(page["notices"]), bool(page["next"])) == (1, len(held["notices"]) > 1)
    waiting = dawn.get("/v1/notices/waiting").json()["waiting"]
    by_entity = [number for one in waiting for number in one["notices"]]
    assert sorted(by_entity) == [one["notice"] for one in held["notices"]]
    given = dawn.post(f"/v1/notices/{number}/decision", json={"given": True, "because": "x"})
    assert (given.status_code, "trust registry" in given.text) == (503, True)
    said = {"given": False, "because": "the refuge would be found"}
    assert dawn.post(f"/v1/notices/{number}/decision", json=said).status_code == 204
    again = noor.post(f"/v1/notices/{number}/decision", json=said)
    assert (again.status_code, "dawn decided" in again.text) == (409, True)
    shown = dawn.get(f"/v1/notices/{number}").json()
    assert (shown["status"], shown["decisions"][0]["by"]) == ("dismissed", "dawn")
    assert dawn.get("/v1/notices/999").status_code == 404
    every = {**said, "notices": by_entity}
    assert dawn.post("/v1/notices/decisions", json=every).status_code == 409, "all or none"
    others = [one for one in by_entity if one != number]
    assert (
        dawn.post("/v1/notices/decisions", json={**said, "notices": others[1:]}).status_code == 204
    )
    (left,) = dawn.get("/v1/notices/waiting").json()["waiting"]
    assert left["notices"] == others[:1]


def test_a_notice_that_an_officer_gives_goes_out(
    interface: Interface, dawn: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    """The agency is told to call the centre: who holds the same, it is not told."""
    keep_agencies(connection, interface.home, {"gla": "police", "met": "police"})
    (held,) = dawn.get("/v1/notices", params={"status": "held", "limit": "1"}).json()["notices"]
    address = f"/v1/notices/{held['notice']}"
    said = {"given": True, "because": "both look for the same child"}
    assert dawn.post(f"{address}/decision", json=said).status_code == 204
    assert last_look(connection)[:2] == ("dawn", "notice")
    assert dawn.get(address).json()["status"] == "sent"
    assert [row[0:2] for row in told(connection)] == [(held["receiver"], "ukhtc")]


def test_who_is_no_officer_learns_nothing(
    interface: Interface, connection: psycopg.Connection[Any]
) -> None:
    paths = ("/v1/review", "/v1/notices", "/v1/notices/1", "/v1/notices/999", "/v1/notices/waiting",
             "/v1/entities/E1-0/history", "/v1/entities/E99-0/history")  # fmt: skip
    acts = {
        "/v1/review/decisions": {"pair": "R1-0:R2-0", "verdict": "same"},
        "/v1/review/decisions/1/undo": {},
        "/v1/entities/E1-0/split": {"records": ["R1-0"]},
        "/v1/notices/1/decision": {"given": True},
        "/v1/notices/decisions": {"given": True, "notices": [1, 2]},
    }
    with client_of(interface.url, bearer_for(connection, "analyst")) as analyst:
        answers = {analyst.get(path).text for path in paths}
        answers |= {analyst.post(path, json={**said, "because": "x"}).text
                 for path, said in acts.items()}  # fmt: skip
    assert len(answers) == 1, answers
    assert '"status":403' in answers.pop()
    assert last_look(connection)[:2] == ("analyst", "notice")
    assert last_look(connection)[3] == "refused"
