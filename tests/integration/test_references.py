"""A reference that names a victim, on a real PostgreSQL: read and found by whom its victims are."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from repository.access.reader import Reader
from repository.linking.stage import link_all
from repository.queries.entity import show_entity
from repository.queries.event import show_events
from repository.queries.timeline import timeline
from repository.search.engine import search
from repository.sequencer import sequence_once
from tests.support.events import sample_event
from tests.support.readers import session_of
from tests.support.store import store_made

WHOLE, MASKED = "GLA/REV/40 Jonas Kazlauskas", "GLA/REV/40 ███"


@pytest.fixture(scope="module")
def database(database_url: str) -> str:
    """A store of one event: a potential victim, and somebody's van."""
    event = sample_event("intelligence", source_reference=WHOLE, relations=[])
    event["subjects"] = event["subjects"][:2]
    event["subjects"][0]["role"] = "potential_victim"
    with psycopg.connect(database_url, autocommit=True) as connection:
        store_made(connection, "intelligence", event)
        sequence_once(connection)
        link_all(connection)
    return database_url


def references(found: Any) -> set[str]:
    """Return every reference in an answer, at any depth."""
    if isinstance(found, dict):
        own = {found["source_reference"]} if "source_reference" in found else set()
        return own.union(*map(references, found.values()))
    return set().union(*map(references, found)) if isinstance(found, list) else set()


@pytest.mark.parametrize(
    ("roles", "shown", "hits"),
    [((), MASKED, 0), (("victim_data",), WHOLE, 1)],
)
def test_it_is_whole_in_the_event_alone_and_for_readers_of_victims(
    database: str, roles: tuple[str, ...], shown: str, hits: int
) -> None:
    reader = Reader("r", "ukhtc", "secret", frozenset({"analyst", *roles}), "law_enforcement")

    def ask(operation: str, read: Callable[[psycopg.Connection[Any]], Any]) -> Any:
        session = session_of(database, reader)
        return session.answer(operation, {}, lambda c: (read(c), []))

    assert ask("search", lambda c: search(c, "kazlauskas"))["count"] == hits
    assert references(ask("view", lambda c: show_events(c, "1"))) == {shown}
    for operation, read in (
        ("search", lambda c: search(c, "agency:gla")),
        ("view", lambda c: show_entity(c, "E1-1")),
        ("view", lambda c: timeline(c, "E1-1")),
    ):
        assert references(ask(operation, read)) == {MASKED}
