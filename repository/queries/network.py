"""Networks as the connection's reader sees them: around an entity, between two, in groups.

Plain SQL over tables on the caller's connection, a few set-based queries a step, each bounded; what
a reader may not see is no part of an entity, a tie or a count.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, LiteralString

import psycopg

from repository.access.context import context_of
from repository.linking.closure import RecordId, entity_name
from repository.linking.store import split
from repository.networks.hubs import CROWD, FOLLOWED
from repository.networks.network import (
    Network,
    Node,
    Pair,
    Tie,
    communities,
    shortest,
    shown,
    strongest,
)
from repository.queries.corroboration import corroborations
from repository.queries.entity import asked_for, entity_of
from repository.queries.latest import latest_events
from repository.queries.own_entities import Own, own_entities

FOLLOWED_A_STEP = 25
"""Entities followed from one step to the next: the strongest tied."""
EVENTS_A_STEP = 150
"""Reports read from one step to the next, the latest: beyond, an answer is `partial`."""
SHOWN = 120
"""Entities in an answer."""
LONGEST_PATH = 6
LOOKED_AT = 3_000
"""Entities looked at for a path before it is said that there is none."""
RECENT = 20_000
"""Events in which groups are looked for, the latest."""
_MOST_REPORTS = max(row.reports for row in FOLLOWED.values()) + 1

NAMED_IN: LiteralString = """
SELECT r.position, r.ordinal, r.kind, r.role, r.label, r.victim, r.agency,
       r.entity_position, r.entity_ordinal
FROM unnest(%s::bigint[]) AS w(position) JOIN record r USING (position)
"""
STATED: LiteralString = """
SELECT position, from_ordinal, to_ordinal, kind FROM stated_relation WHERE position = ANY(%s)
"""
# One more than makes any kind a hub is enough to know that it is one.
RECORDS_OF: LiteralString = """
SELECT w.position, w.ordinal, r.position, r.ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
CROSS JOIN LATERAL (
    SELECT r.position, r.ordinal FROM record r
    WHERE r.entity_position = w.position AND r.entity_ordinal = w.ordinal
    ORDER BY r.position DESC, r.ordinal DESC LIMIT %s
) r
"""


class Explorer:
    """What is known of a network so far, and how to know more of it. Lives for one answer."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._unlimited = context_of(connection).unlimited
        self._own = Own()
        self._entity: dict[RecordId, RecordId] = {}
        # The latest of each entity: of what was begun with or is followed, as many as are read.
        self._records: dict[RecordId, set[RecordId]] = {}
        self.network = Network()
        self.partial = False

    def begin(self, name: str) -> RecordId:
        """Return the entity that a name leads to. Raises NoEntityError."""
        entity, records = entity_of(self._connection, asked_for(name), most=EVENTS_A_STEP + 1)
        self._records[entity] = set(records)
        self._entity.update(dict.fromkeys(self._records[entity], entity))
        return entity

    def expand(self, entities: Iterable[RecordId]) -> set[RecordId]:
        """Tie these entities to all that their reports name beside them; return what is new.

        The latest EVENTS_A_STEP reports, if there are more.
        """
        followed = set(entities)
        self._know_records(followed - self._records.keys())
        positions = {p for entity in followed for p, _ in self._records[entity]}
        self.partial |= len(positions) > EVENTS_A_STEP
        return self.read(sorted(positions, reverse=True)[:EVENTS_A_STEP], followed)

    def read(self, positions: list[int], followed: set[RecordId] | None = None) -> set[RecordId]:
        """Add what these events tie (only to `followed`, if given); return new entities."""
        before = set(self.network.nodes)
        rows = self._connection.execute(NAMED_IN, (positions,)).fetchall()
        self._know_entities(rows)
        by_event: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            if (row[0], row[1]) in self._entity:
                by_event.setdefault(row[0], []).append(row)
        stated: dict[int, dict[tuple[int, int], list[str]]] = {}
        for position, one, other, kind in self._connection.execute(STATED, (positions,)):
            stated.setdefault(position, {}).setdefault((one, other), []).append(kind)
        for position, named in by_event.items():
            for row in named:
                self._note(row)
            if len(named) <= CROWD:
                self._tie(position, named, stated.get(position, {}), followed)
        self._count(set(self.network.nodes) - before)
        return set(self.network.nodes) - before

    def _note(self, row: tuple[Any, ...]) -> None:
        position, ordinal, kind, _, label, victim, agency, *_ = row
        entity = self._entity[position, ordinal]
        node = self.network.nodes.get(entity)
        if node is None:
            node = self.network.nodes[entity] = Node(entity, kind, label, victim)
        node.label = min(node.label, label)
        node.victim = node.victim or victim
        node.agencies.add(agency)

    def _tie(
        self,
        position: int,
        named: list[tuple[Any, ...]],
        stated: dict[tuple[int, int], list[str]],
        followed: set[RecordId] | None,
    ) -> None:
        for i, one in enumerate(named):
            for other in named[i + 1 :]:
                pair = (self._entity[position, one[1]], self._entity[position, other[1]])
                if pair[0] == pair[1] or (followed is not None and followed.isdisjoint(pair)):
                    continue
                along = [(kind, True) for kind in stated.get((one[1], other[1]), ())]
                back = [(kind, False) for kind in stated.get((other[1], one[1]), ())]
                tie = Tie(position, (one[3], other[3]), (*along, *back), len(named))
                self.network.add(tie, *pair)

    def _know_entities(self, rows: list[tuple[Any, ...]]) -> None:
        if self._unlimited:
            self._entity.update({(row[0], row[1]): (row[7], row[8]) for row in rows})
            return
        unknown = [(row[0], row[1]) for row in rows if (row[0], row[1]) not in self._entity]
        if unknown:
            found = own_entities(self._connection, unknown)
            self._own.add(found)
            self._entity.update(found.entity)

    def _know_records(self, entities: set[RecordId]) -> None:
        if not entities:
            return
        if not self._unlimited:
            found = self._own.records(self._connection, entities, most=_MOST_REPORTS)
            self._records.update((entity, set(records)) for entity, records in found.items())
            return
        self._records.update((entity, set()) for entity in entities)
        wanted = (*split(entities), _MOST_REPORTS)
        for ep, eo, position, ordinal in self._connection.execute(RECORDS_OF, wanted):
            self._records[ep, eo].add((position, ordinal))

    def _count(self, entities: set[RecordId]) -> None:
        """Note in how many reports these are, up to what makes any kind a hub."""
        self._know_records(entities - self._records.keys())
        for entity in entities:
            reports = len({position for position, _ in self._records[entity]})
            self.network.nodes[entity].reports = reports


def around(connection: psycopg.Connection[Any], name: str, *, hops: int = 2) -> dict[str, Any]:
    """Return the network around an entity, the strongest ties first. Raises NoEntityError.

    Hubs are shown and not followed, nor are more than FOLLOWED_A_STEP entities a step; `partial`
    says that they had more reports than EVENTS_A_STEP, of which the latest were read.
    """
    explorer = Explorer(connection)
    start = explorer.begin(name)
    _walk(explorer, start, hops)
    network = explorer.network.within(strongest(explorer.network, start, SHOWN))
    return {
        "entity": entity_name(start),
        "hops": hops,
        "found": len(explorer.network.nodes),
        "partial": explorer.partial,
        **shown(network, _origins(connection, network)),
    }


def _walk(explorer: Explorer, start: RecordId, hops: int) -> None:
    followed, frontier = {start}, [start]
    for _ in range(hops):
        new = explorer.expand(frontier)
        network = explorer.network
        near = strongest(network.within({*new, *followed}), start, FOLLOWED_A_STEP + len(followed))
        frontier = [e for e in near if e not in followed and not network.nodes[e].hub]
        frontier = frontier[:FOLLOWED_A_STEP]
        followed.update(frontier)
        if not frontier:
            break


def _origins(connection: psycopg.Connection[Any], network: Network) -> dict[Pair, int]:
    found = corroborations(connection, network.ties)
    return {pair: one.independent for pair, one in found.items()}


def path(connection: psycopg.Connection[Any], one: str, other: str) -> dict[str, Any]:
    """Return the shortest way between two entities, with the events behind each step; no `nodes`
    when there is none within LONGEST_PATH steps and LOOKED_AT entities. Raises NoEntityError.
    """
    explorer = Explorer(connection)
    sides = [explorer.begin(one), explorer.begin(other)]
    reached = [{sides[0]}, {sides[1]}]
    frontiers = [[sides[0]], [sides[1]]]
    if sides[0] == sides[1]:
        explorer.expand(frontiers[0])
    for _ in range(LONGEST_PATH):
        if not reached[0].isdisjoint(reached[1]):
            break
        side = min((0, 1), key=lambda n: (not frontiers[n], len(frontiers[n])))
        if not frontiers[side] or len(explorer.network.nodes) > LOOKED_AT:
            break
        explorer.expand(frontiers[side])
        near = {n for entity in frontiers[side] for n in explorer.network.near.get(entity, ())}
        new = near - reached[side]
        reached[side] |= new
        frontiers[side] = sorted(n for n in new if not explorer.network.nodes[n].hub)
    way = shortest(explorer.network, *sides)
    answer = {"from": entity_name(sides[0]), "to": entity_name(sides[1])}
    if way is None:
        return answer | {"steps": None, "looked_at": len(explorer.network.nodes)}
    steps = {(min(pair), max(pair)) for pair in pairwise(way)}
    network = explorer.network.within(way)
    network.ties = {pair: ties for pair, ties in network.ties.items() if pair in steps}
    return answer | {
        "steps": [entity_name(entity) for entity in way],
        **shown(network, _origins(connection, network)),
    }


def groups(
    connection: psycopg.Connection[Any],
    *,
    around_entity: str | None = None,
    limit: int = 20,
    recent: int = RECENT,
) -> dict[str, Any]:
    """Return groups that a person may look at: in so many of the latest events, or around an
    entity. Raises NoEntityError.
    """
    explorer = Explorer(connection)
    if around_entity is not None:
        _walk(explorer, explorer.begin(around_entity), 3)
    else:
        explorer.read(latest_events(connection, recent))
    found = communities(explorer.network)
    return {
        "suggestion": "groups by their ties alone: other groups are as possible, none is a fact",
        "groups": [
            {
                "entities": [
                    {"entity": entity_name(one), "kind": node.kind, "label": node.label}
                    for one, node in ((one, explorer.network.nodes[one]) for one in group)
                ],
                "agencies": sorted(
                    {a for one in group for a in explorer.network.nodes[one].agencies}
                ),
                "ties": len(explorer.network.within(group).ties),
            }
            for group in found[:limit]
        ],
        "found": len(found),
    }
