"""What readers ask of a large store: every shape of search, and every other answer that has a path.

Each question is asked about many things, drawn from the store by a seed: names that records have,
numbers that events hold, entities, cases. The targets are the project's (docs/benchmarks.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, LiteralString

import psycopg

from repository.access.reader import ROLES, Reader
from repository.exports.recipients import Recipient
from repository.exports.selection import select
from repository.queries import network
from repository.queries.entity import entity_seen, show_entity
from repository.queries.event import events_seen, show_events
from repository.queries.history import event_history
from repository.queries.history import seen_in as versions_seen
from repository.queries.shared_entities import entities_by_agencies
from repository.queries.timeline import seen_in as timeline_seen
from repository.queries.timeline import timeline
from repository.queries.why import seen_in as pair_seen
from repository.queries.why import why_one
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

OFFICER = Reader("o.fficer", "met", "confidential", frozenset(), "law_enforcement")
ANALYST = Reader(
    "a.nalyst", "ukhtc", "secret", frozenset({"analyst", "victim_data"}), "law_enforcement"
)
DIRECTOR = Reader("d.irector", "ukhtc", "top_secret", frozenset(ROLES), "law_enforcement")
# Sees little: neither what handling keeps among law enforcement nor what is above its clearance.
CHARITY = Reader("c.harity", "poppy", "restricted", frozenset(), "non_prosecuting")
READERS = (OFFICER, CHARITY, ANALYST, DIRECTOR)

SEARCH_MS, ENTITY_MS, NETWORK_MS, BULLETIN_MS = 100, 100, 250, 1_000
YEAR = (date(2009, 1, 1), date(2009, 12, 31))
QUARTERS = (
    (date(2009, 1, 1), date(2009, 3, 31)),
    (date(2009, 4, 1), date(2009, 6, 30)),
    (date(2009, 7, 1), date(2009, 9, 30)),
    (date(2009, 10, 1), date(2009, 12, 31)),
)

Connection = psycopg.Connection[Any]
Answer = tuple[Any, list[str]]
"""What was answered, and the ids in it for the audit."""

RECORDS: LiteralString = """
SELECT r.position, r.ordinal, r.entity_position, r.entity_ordinal, r.label FROM record r
WHERE r.position = ANY(%s) AND r.kind = %s AND NOT r.sensitive
"""
REFERENCES: LiteralString = """
SELECT l.position, e.event_id, e.source_reference
FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position = ANY(%s)
"""
WORDINGS: LiteralString = """
SELECT words FROM wording WHERE position = ANY(%s) AND words <> '' ORDER BY position, access_class
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A way of asking: `ask(connection, subject)`, about each of `subjects`; `most_ms` is what 95
    in 100 answers may take at most, where the project says so.
    """

    name: str
    operation: str
    ask: Callable[[Connection, Any], Answer]
    subjects: list[Any]
    most_ms: int | None = None


def questions(connection: Connection, events: int, count: int, seed: int) -> list[Question]:
    """Return every question, each about `count` things of the store, or as many as there are."""
    random = Random(seed)
    things = _Things(connection, random, events, count)
    searches = _searches(things, random)
    entities = things.entities()
    return [
        *(Question(f"search: {name}", "search", _search, asked, SEARCH_MS)
          for name, asked in searches.items()),
        Question("event", "view", _event, things.positions(), ENTITY_MS),
        Question("event's history", "view", _history, things.positions()),
        Question("entity", "view", _entity, entities, ENTITY_MS),
        Question("timeline", "view", _timeline, entities),
        Question("timeline of a search", "search", _found_in_time, searches["a family name"]),
        Question("why two are one", "view", _why, things.pairs()),
        Question("entity list", "view", _shared, [None, "person", "vehicle", "telephone"]),
        Question("network, two hops", "expansion", _network, entities, NETWORK_MS),
        Question("path", "expansion", _path, things.pairs()),
        *(Question(name, "statistic", ask, asked, most) for name, ask, asked, most in STATISTICS),
    ]  # fmt: skip


def _searches(things: "_Things", random: Random) -> Mapping[str, list[str]]:
    names = things.labels("person")
    vehicles = things.labels("vehicle")
    common = ("police", "house", "women", "road", "street")
    filters = (
        "agency:gla", "kind:referral", "role:controller", "marking:restricted", "grade:B3",
        "exploitation:labour", "urgency:priority", "from:2009-06-01 to:2009-06-07",
        "agency:met role:suspect kind:vehicle", "kind:operation from:2009-10-01",
    )  # fmt: skip
    return {
        "a name": names,
        "a misspelt name": [_misspelt(name, random) for name in names],
        "a family name": [name.split()[-1] for name in names],
        "a registration": vehicles,
        "a partial registration": [text.split()[0] for text in vehicles],
        "a telephone": things.labels("telephone"),
        "a reference": things.references(),
        "a phrase": things.phrases(),
        "common words": [f"{random.choice(common)} {random.choice(common)}" for _ in names],
        "a name with filters": [f"{n.split()[-1]} agency:met role:controller" for n in names],
        "Boolean": [
            f"({random.choice(names)}) OR ({random.choice(vehicles)}) NOT tattoo" for _ in names
        ],
        "filters alone": list(filters),
        "nothing found": [f"zzyx{random.randrange(10**6)}" for _ in names],
    }


def _misspelt(name: str, random: Random) -> str:
    at = random.randrange(1, max(2, len(name) - 1))
    return name[: at - 1] + name[at : at + 1] + name[at - 1 : at] + name[at + 1 :]


class _Things:
    """What is asked about: drawn anew for each use, from all over the log."""

    def __init__(self, connection: Connection, random: Random, events: int, count: int) -> None:
        self._connection, self._random = connection, random
        self._events, self._count = events, count

    def positions(self) -> list[str]:
        return [str(at) for at in self._draw(self._count)]

    def labels(self, kind: str) -> list[str]:
        return [label for *_, label in self._records(kind)]

    def entities(self) -> list[str]:
        kinds = ("person", "vehicle", "telephone", "location")
        found = [f"E{row[2]}-{row[3]}" for kind in kinds for row in self._records(kind)]
        self._random.shuffle(found)
        return found[: self._count]

    def pairs(self) -> list[tuple[str, str]]:
        """Half of them of one part of the log, where a way is likely."""
        found = []
        for number in range(min(self._count, 40)):
            at = self._random.randrange(1, self._events)
            reach = 300 if number % 2 else self._events
            near = range(max(1, at - reach), min(self._events, at + reach))
            rows = self._connection.execute(RECORDS, (list(near)[:2000], "person")).fetchall()
            if len(rows) > 1:
                one, other = self._random.sample(rows, 2)
                found.append((f"E{one[2]}-{one[3]}", f"E{other[2]}-{other[3]}"))
        return found

    def references(self) -> list[str]:
        rows = self._connection.execute(REFERENCES, (self._draw(self._count),)).fetchall()
        return [reference for *_, reference in rows]

    def phrases(self) -> list[str]:
        """Two or three words that stand side by side in an event, not all of them short."""
        rows = self._connection.execute(WORDINGS, (self._draw(4 * self._count),)).fetchall()
        texts = [text.split() for (said,) in rows for text in said.split("\n")]
        found = []
        for words in self._random.sample(texts, len(texts)):
            size = self._random.randint(2, 3)
            at = self._random.randrange(max(1, len(words) - size + 1))
            phrase = words[at : at + size]
            if len(phrase) > 1 and any(len(word) > 3 for word in phrase):
                found.append(f'"{" ".join(phrase)}"')
        return found[: self._count]

    def _records(self, kind: str) -> list[tuple[Any, ...]]:
        rows = self._connection.execute(RECORDS, (self._draw(40 * self._count), kind)).fetchall()
        self._random.shuffle(rows)
        return rows[: self._count]

    def _draw(self, count: int) -> list[int]:
        return [self._random.randrange(1, self._events) for _ in range(count)]


def _search(connection: Connection, text: str) -> Answer:
    found = search(connection, text)
    return found, [str(one["position"]) for one in found["results"]]


def _event(connection: Connection, which: str) -> Answer:
    return events_seen(show_events(connection, which))


def _entity(connection: Connection, name: str) -> Answer:
    return entity_seen(show_entity(connection, name))


def _timeline(connection: Connection, name: str) -> Answer:
    return timeline(connection, name), [name]


def _history(connection: Connection, which: str) -> Answer:
    return versions_seen(event_history(connection, which))


def _found_in_time(connection: Connection, text: str) -> Answer:
    return timeline_seen(found_in_time(connection, text))


def _why(connection: Connection, ends: tuple[str, str]) -> Answer:
    return pair_seen(why_one(connection, *ends))


def _shared(connection: Connection, kind: str | None) -> Answer:
    found = entities_by_agencies(connection, 2, kind=kind)
    return found, [one["entity"] for one in found]


def _network(connection: Connection, name: str) -> Answer:
    return network.around(connection, name), [name]


def _path(connection: Connection, ends: tuple[str, str]) -> Answer:
    return network.path(connection, *ends), list(ends)


def _bulletin(connection: Connection, period: tuple[date, date]) -> Answer:
    everything = connection.execute(
        "SELECT current_setting('intelbus.everything', true) = 'on'"
    ).fetchone()
    return nrm_table(connection, *period, everything=bool(everything and everything[0])), []


def _bulletin_as_at(connection: Connection, as_at: datetime) -> Answer:
    return nrm_table(connection, *QUARTERS[1], as_at=as_at), []


# Name, how it is asked, what about, and how long it may take.
STATISTICS: tuple[tuple[str, Callable[[Connection, Any], Answer], list[Any], int | None], ...] = (
    ("bulletin of a quarter", _bulletin, [*QUARTERS], BULLETIN_MS),
    ("bulletin of the year", _bulletin, [YEAR], BULLETIN_MS),
    ("bulletin as at a moment", _bulletin_as_at, [datetime(2010, 1, 1).astimezone()], BULLETIN_MS),
    (
        "events behind a cell",
        lambda c, p: (nrm_events(c, *p, dimension="age", value="child"), []),
        [*QUARTERS],
        None,
    ),
    ("statistics due", lambda c, day: (due_dates(c, day), []), [date(2009, 12, 1)], None),
    ("convictions", lambda c, _: (convictions(c), []), [None], None),
    ("victims who declined", lambda c, p: (victims_who_declined(c, *p), []), [YEAR], None),
    ("missing children", lambda c, p: (missing_children(c, *p), []), [YEAR], None),
    ("intelligence by route", lambda c, p: (by_route(c, *p), []), [*QUARTERS], None),
    ("contribution by agency", lambda c, p: (by_agency(c, *p), []), [*QUARTERS], None),
    ("operations", lambda c, _: (operations(c), []), [None], None),
    ("operation outcomes", lambda c, _: (operation_outcomes(c), []), [None], None),
    ("one operation", lambda c, n: (operation(c, n), []), ["Pentameter 2"], None),
    ("one operation in time", lambda c, n: (operation_timeline(c, n), []), ["Pentameter 2"], None),
    ("threat view", lambda c, p: (threat_view(c, *p), []), [*QUARTERS], None),
    (
        "export of a day's outcomes",
        lambda c, day: (select(c, "outcome", day, day, Recipient("met", "law_enforcement")), []),
        [date(2009, 3, 1) + timedelta(days=n) for n in range(10)],
        None,
    ),
)
