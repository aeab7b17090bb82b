"""Every path by which something of a store can be asked for, and what is answered on each."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from intelbus.errors import IntelbusError
from repository.access.looks import DAYS, looks_between, sample
from repository.access.reader import Reader
from repository.access.session import Session
from repository.database import connect
from repository.exports.disclosures import recalls
from repository.exports.listing import exports
from repository.exports.recipients import Recipient
from repository.exports.reviews import due as exports_due
from repository.exports.selection import Exported, Watermark, select, select_found, select_network
from repository.exports.writers import WRITERS
from repository.glass.book import requests
from repository.queries import network
from repository.queries.entity import show_entity
from repository.queries.event import handling_of, show_events
from repository.queries.history import event_history
from repository.queries.processing import processing_between
from repository.queries.seen import who_has_seen
from repository.queries.shared_entities import entities_by_agencies
from repository.queries.streams import receipt_states, stream_states
from repository.queries.timeline import timeline
from repository.queries.why import why_one
from repository.saved.alerts import digest
from repository.search.engine import search
from repository.search.timeline import found_in_time
from repository.statistics.caseload import due_dates
from repository.statistics.contribution import by_agency, by_route
from repository.statistics.convictions import convictions
from repository.statistics.nrm import nrm_events, nrm_table
from repository.statistics.operations import operation, operation_timeline, operations
from repository.statistics.results import (
    missing_children,
    operation_outcomes,
    victims_who_declined,
)
from repository.statistics.threats import threat_view
from tests.support.events import NOW
from tests.support.looks import LOOKED, Look, forget
from tests.support.readers import PURPOSE
from tests.support.worlds import (
    AGENCIES,
    KINDS,
    PEOPLE,
    PERIOD,
    Glass,
    Said,
    without_hidden,
)

FIRST, LATER = datetime(2009, 1, 1, tzinfo=UTC), NOW + timedelta(days=400)
EEA = Recipient("Europol", "eea", "secret")
MARK = Watermark("an export", "somebody", NOW, "a recipient", "a purpose")

Path = Callable[[psycopg.Connection[Any]], Any]


@dataclass(frozen=True, slots=True)
class World:
    """A store: where it is, what was said in it, and who has looked."""

    url: str
    said: list[Said]
    looks: list[Look]


def paths(said: list[Said], reader: Reader, about: list[Said]) -> Mapping[str, Path]:
    """Return every path by which something of the store can be asked for, those to one thing for
    each of the events `about`.

    The `reader` is whoever asks.
    """
    found: dict[str, Path] = {
        "list all": lambda c: search(c, "from:2009-01-01", limit=1000),
        "entity list": lambda c: entities_by_agencies(c, 2, limit=1000),
        "entity list of vehicles": lambda c: entities_by_agencies(c, 1, kind="vehicle"),
        "entity list of the latest": lambda c: entities_by_agencies(c, 1, limit=9, latest=12),
        "bulletin": lambda c: nrm_table(c, *PERIOD),
        "bulletin as at": lambda c: nrm_table(c, *PERIOD, as_at=NOW + timedelta(days=1)),
        "convictions": convictions,
        "due": lambda c: due_dates(c, date(2009, 12, 1)),
        "declined": lambda c: victims_who_declined(c, *PERIOD),
        "missing children": lambda c: missing_children(c, *PERIOD),
        "routes": lambda c: by_route(c, *PERIOD),
        "contribution": lambda c: by_agency(c, *PERIOD, expected=AGENCIES),
        "operations": operation_outcomes,
        "operations, told": operations,
        "threats": lambda c: threat_view(c, *PERIOD, by="nationality"),
        "exports": exports,
        "exports to recall": recalls,
        "exports due": lambda c: exports_due(c, LATER),
        "operation": lambda c: operation(c, "invented"),
        "operation in time": lambda c: operation_timeline(c, "invented"),
        "groups": network.groups,
        "streams": lambda c: [asdict(one) for one in stream_states(c)],
        "receipts": receipt_states,
        "alerts": digest,
        "glass": lambda c: requests(c, reader, now=datetime.now(UTC)),
        "audit": lambda c: looks_between(c, FIRST, LOOKED),
        "audit sample": lambda c: sample(c, FIRST, one_in=2)[0],
        "audit days": lambda c: c.execute(DAYS, {"since": FIRST, "until": LOOKED}).fetchall(),
        "audit of processing": lambda c: processing_between(c, FIRST, LOOKED),
    }
    for kind in sorted(set(KINDS)):
        for party in ("law_enforcement", "non_prosecuting"):
            found[f"export {kind} to {party}"] = lambda c, k=kind, p=party: _exported(c, k, p)
    for value in ("positive", "negative"):
        cell = {"dimension": "reasonable_grounds", "value": value}
        found[f"cell {value}"] = lambda c, cell=cell: nrm_events(c, *PERIOD, **cell)
    words = (
        *(f"person{who}" for who in range(PEOPLE)), *(f"word{n}" for n in range(7)),
        *(f"KX{n:02} ABZ" for n in range(8)), "REF", "invented OR word1", '"person1 invented"',
        '"house and person1"', '"the house" NOT "person1 going"', "nrm NOT word3", "0770",
        "NRM/2009/0003", "handling", "withheld",
        "kind:vehicle", "role:victim", "role:controller", "agency:gla", "marking:secret",
        "grade:b31", "exploitation:labour person1", "person1 nobodyatall", "gather", "poppy",
        "invanted", "handlin", "withheldd person1", "born:1971", "1971-02-28",
        "role:victim OR agency:gla", "kind:vehicle NOT role:victim", "word1 -marking:secret",
        "(role:victim kind:person) OR (word2 from:2009-06-01)",
    )  # fmt: skip
    for word in words:
        found[f"search {word}"] = lambda c, w=word: search(c, w, limit=1000)
        found[f"timeline of {word}"] = lambda c, w=word: found_in_time(c, w)
    for word in ("person1", "word1 OR word2", "kind:vehicle", "agency:gla"):
        found[f"export of {word}"] = lambda c, w=word: _left(select_found(c, w, None, EEA))
    for one in about:
        text = f"unique{said.index(one):04}"
        found[f"search {text}"] = lambda c, t=text: search(c, t)
        found[f"event {one.position}"] = lambda c, p=one.position: show_events(c, str(p))
        found[f"event {one.event_id}"] = lambda c, e=one.event_id: show_events(c, str(e))
        found[f"history {one.position}"] = lambda c, p=one.position: event_history(c, str(p))
        found[f"history {one.event_id}"] = lambda c, e=one.event_id: event_history(c, str(e))
        found[f"codes {one.position}"] = lambda c, p=one.position: handling_of(c, str(p))
        found[f"exports of {one.position}"] = lambda c, p=one.position: exports(c, event=str(p))
        found[f"who saw {one.position}"] = lambda c, p=one.position: who_has_seen(c, str(p))
        for ordinal in range(6):
            entity = f"E{one.position}-{ordinal}"
            found[f"entity {entity}"] = lambda c, e=entity: show_entity(c, e)
            found[f"network {entity}"] = lambda c, e=entity: network.around(c, e)
            found[f"export of network {entity}"] = lambda c, e=entity: _left(
                select_network(c, e, 2, EEA)
            )
            found[f"groups {entity}"] = lambda c, e=entity: network.groups(c, around_entity=e)
            found[f"path {entity}"] = lambda c, e=entity: network.path(c, e, "E1-0")
            found[f"timeline {entity}"] = lambda c, e=entity: timeline(c, e)
            found[f"why {entity}"] = lambda c, e=entity: why_one(c, e, "E1-0")
            found[f"who saw {entity}"] = lambda c, e=entity: who_has_seen(c, e)
        for a, b in ((0, 1), (0, 2)):
            pair = (f"R{one.position}-{a}", f"E{one.position - 1}-{b}")
            found[f"why {' '.join(pair)}"] = lambda c, p=pair: why_one(c, *p)
    return found


def _exported(connection: psycopg.Connection[Any], kind: str, party: str) -> Any:
    return _left(select(connection, kind, *PERIOD, Recipient(party, party, "top_secret")))


def _left(selected: tuple[list[Exported], int]) -> Any:
    chosen, left_out = selected
    files = {form: WRITERS[form](chosen, MARK).decode() for form in ("csv", "graphml", "htcds")}
    return [one.position for one in chosen], left_out, files


def answers(
    connection: psycopg.Connection[Any], reader: Reader, asked: Mapping[str, Path]
) -> dict[str, str]:
    """Return what a reader is answered on each path, as bytes would leave; errors too."""
    found: dict[str, str] = {}

    def read(inside: psycopg.Connection[Any]) -> tuple[None, tuple[()]]:
        for name, path in asked.items():
            try:
                with inside.transaction():
                    answer = path(inside)
            except IntelbusError as error:
                answer = [type(error).__name__, str(error), error.hint]
            found[name] = json.dumps(answer, default=str, ensure_ascii=False, sort_keys=True)
        return None, ()

    # All in one session's transaction: hundreds of answers cost hundreds of contexts otherwise.
    Session(lambda: nullcontext(connection), reader, PURPOSE).answer("view", {}, read)
    return found


@contextmanager
def undone(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection to a store, in a transaction that is undone afterwards, as in a twin:
    nobody's asking is part of what others are answered.
    """
    with connect(url) as connection, connection.transaction(force_rollback=True):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield connection


def differing(
    world: World,
    copy_url: str,
    about: list[Said],
    reader: Reader,
    glass: Glass,
) -> dict[str, tuple[str, str]]:
    """Return what a reader is answered otherwise in the store than in its twin, by path."""
    asked = paths(world.said, reader, about)

    def in_store() -> dict[str, str]:
        with undone(world.url) as store:
            return answers(store, reader, asked)

    with ThreadPoolExecutor(1) as beside:  # a database each, so both may be asked at once
        store = beside.submit(in_store)
        with without_hidden(copy_url, world.said, reader, glass) as twin:
            forget(twin, world.looks, reader)
            there = answers(twin, reader, asked)
        here = store.result()
    return {name: (here[name], there[name]) for name in asked if here[name] != there[name]}
