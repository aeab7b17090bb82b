"""Sanitised versions on a real PostgreSQL: who may not see the whole sees one, and no tie."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from repository.access.reader import Reader
from repository.linking.stage import link_all
from repository.migrate import migrate
from repository.queries.event import NoEventError, show_events
from repository.sanitising.rules import NotSanitisedError
from repository.sanitising.versions import say
from repository.search.engine import search
from repository.sequencer import sequence_once
from tests.support.events import sample_event
from tests.support.interface import bearer_for, client_of, make_reader, serving
from tests.support.readers import DIRECTOR, session_of
from tests.support.store import store_event, store_made

GLA = Reader("g", "gla", "secret", frozenset({"victim_data"}), "law_enforcement")
MET = Reader("m", "met", "restricted", frozenset(), "law_enforcement")
FULL, OPEN = 1, 2
NOTHING: dict[str, Any] = {"provenance": [], "subjects": [], "relations": []}


@pytest.fixture(scope="module")
def owner(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """1 gla's alone, on a victim · 2 the same for all, without her · 3 to 9 that will not do."""
    migrate(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        full = sample_event("intelligence", originator="gla", handling="4", marking="confidential")
        full["subjects"][0]["role"] = "victim"
        store_made(connection, "intelligence", full)
        for agency, over in (
            ("gla", {"text": "Sheds are guarded at night."}),
            ("gla", {"text": "Jonas Kazlauskas is kept there."}),
            ("gla", {"provenance": sample_event("intelligence")["provenance"]}),
            ("gla", {"subjects": full["subjects"], "relations": full["relations"]}),
            ("gla", {"handling": "4", "marking": "confidential"}),
            ("gla", {"marking": "secret"}),
            ("soca", {}),
        ):
            store_event(connection, "intelligence", agency, **NOTHING | over)
        store_event(connection, "operation", "gla", subjects=[], relations=[])
        while sequence_once(connection):
            pass
        link_all(connection)
        yield connection


@pytest.fixture(autouse=True)
def untied(owner: psycopg.Connection[Any]) -> None:
    owner.execute("TRUNCATE sanitised_version")


def tie(url: str, reader: Reader, position: int = OPEN, full: int = FULL) -> None:
    session_of(url, reader).answer(
        "link",
        {},
        lambda c: (say(c, reader, position, full), ()),  # type: ignore[func-returns-value]
    )


def shown(url: str, reader: Reader, position: int) -> Any:
    (event,) = session_of(url, reader).answer(
        "view", {}, lambda c: (show_events(c, str(position)), ())
    )
    return event


@pytest.mark.parametrize("reader", [GLA, DIRECTOR])
def test_who_may_see_both_sees_the_tie_and_nobody_else(
    owner: psycopg.Connection[Any], database_url: str, reader: Reader
) -> None:
    before = shown(database_url, MET, OPEN)
    tie(database_url, reader)
    assert shown(database_url, reader, FULL)["versions"] == {"sanitised": [OPEN], "full": None}
    assert shown(database_url, reader, OPEN)["versions"] == {"sanitised": [], "full": FULL}
    assert shown(database_url, MET, OPEN) == before
    assert before["versions"] == {"sanitised": [], "full": None}
    with pytest.raises(NoEventError):
        shown(database_url, MET, FULL)
    found = session_of(database_url, MET).answer(
        "search", {}, lambda c: (search(c, "guarded sheds night"), ())
    )
    assert [one["position"] for one in found["results"]] == [OPEN]
    with pytest.raises(NotSanitisedError, match="already"):
        tie(database_url, reader)


@pytest.mark.parametrize(
    ("position", "why"),
    [
        (1, "of itself"), (3, "names a victim"), (4, "comes from"), (5, "who a victim"),
        (6, "reaches nobody"), (7, "closely held"), (8, "another originator"),
        (9, "another kind"), (99, "no such"),
    ],
)  # fmt: skip
def test_what_tells_too_much_or_reaches_nobody_is_no_sanitised_version(
    owner: psycopg.Connection[Any], database_url: str, position: int, why: str
) -> None:
    with pytest.raises(NotSanitisedError, match=why):
        tie(database_url, DIRECTOR, position)


def test_nobody_else_says_so_not_even_to_the_database(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    """For who may not see the full one, it and what is not there answer alike."""
    told = []
    for full in (FULL, 99):
        with pytest.raises(NotSanitisedError) as caught:
            tie(database_url, MET, OPEN, full)
        told.append(str(caught.value))
    assert told[0] == told[1]
    forged = "INSERT INTO sanitised_version (position, full_position, said_by) VALUES (2, %s, 'm')"
    for reader, full in ((MET, FULL), (MET, 3), (Reader("m", "ukhtc", "secret"), 8)):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session_of(database_url, reader).answer(
                "link", {}, lambda c, f=full: (c.execute(forged, (f,)), ())
            )


def test_http_says_the_same(
    owner: psycopg.Connection[Any], database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    make_reader(owner, "g.gla", organisation="gla", clearance="secret", roles=("victim_data",))
    with (
        serving(database_url, tmp_path_factory.mktemp("serve")) as interface,
        client_of(interface.url, bearer_for(owner, "g.gla")) as client,
    ):
        assert client.put("/v1/events/3/sanitised", json={"of": FULL}).status_code == 403
        assert client.put(f"/v1/events/{OPEN}/sanitised", json={"of": FULL}).status_code == 204
        (event,) = client.get(f"/v1/events/{FULL}").json()["events"]
        assert event["versions"] == {"sanitised": [OPEN], "full": None}
