"""Why two entities, or two records, are or are not one, as the connection's reader sees them."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import psycopg

from repository.linking import store
from repository.linking.closure import (
    ABSENT_OF,
    CONNECTS,
    GUARDED,
    JOINS_AT,
    THRESHOLD,
    VICTIM_BAR,
    RecordId,
    Seen,
    entity_name,
    guards,
    parse_entity,
    record_name,
)
from repository.linking.clustering import MOST
from repository.linking.described import unpacked
from repository.linking.documents import differ, documents_of
from repository.linking.in_force import in_force
from repository.queries.entity import NoEntityError, entities_seen, entity_of, no_entity
from repository.queries.links import reasons_of, said_among, stored_of

FURTHEST = 20
"""A way through an entity longer than this is not told."""


class _Known:
    """The records of both sides, what they say, and what their descriptions weigh."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        sides: tuple[Sequence[RecordId], Sequence[RecordId]],
    ) -> None:
        rows = connection.execute(store.THESE, store.split({*sides[0], *sides[1]})).fetchall()
        self.by_id = {one.record: one for one, _ in map(store.seen_of, rows)}
        self.sides = tuple(
            [self.by_id[record] for record in sorted(side) if record in self.by_id]
            for side in sides
        )
        numbers = {one.description for one in self.by_id.values()}
        self.stored = stored_of(connection, numbers)
        self.edges = store.edges_among(connection, numbers)

    def weight(self, one: Seen, other: Seen) -> float | None:
        """Return what a pair weighs; None when it was not compared, or less than the floor."""
        if one.description == other.description:
            return self.stored[one.description][2]
        return self.edges.get(one.description, {}).get(other.description)

    def documents(self, one: Seen) -> frozenset[str]:
        """Return the documents that a record says somebody has."""
        return documents_of(unpacked(self.stored[one.description][1]))

    def pairs(self) -> list[tuple[float | None, Seen, Seen]]:
        """Return the pairs between both sides."""
        return [
            (self.weight(one, other), one, other)
            for one, other in product(*self.sides)
            if one.record != other.record
        ]

    def through(self, one: RecordId, other: RecordId) -> list[RecordId]:
        """Return the records that tie two of one entity together by the strongest pairs."""
        import networkx as nx

        graph = nx.Graph()
        members = sorted(self.by_id)
        for at, a in enumerate(members):
            for b in members[at + 1 :]:
                weight = self.weight(self.by_id[a], self.by_id[b])
                if weight is not None and weight >= CONNECTS:
                    graph.add_edge(a, b, weight=weight)
        if one not in graph or other not in graph or not nx.has_path(graph, one, other):
            return []
        return list(nx.shortest_path(nx.maximum_spanning_tree(graph), one, other))


def why_one(connection: psycopg.Connection[Any], a: str, b: str) -> dict[str, Any]:
    """Return why two entities (`E120-3`) or records (`R120-3`) are or are not one.

    The heaviest pair of records between them is explained feature by feature, in bits; then what
    all pairs weigh in the mean, what people said, and `because`: what decided. Raises
    NoEntityError, the same for what is hidden as for what is not there.
    """
    sides, entities = [], []
    for name in (a, b):
        entity, records = _asked(connection, name)
        entities.append(entity)
        sides.append(records)
    one_entity = entities[0] == entities[1]
    if one_entity and not _is_record(a) and not _is_record(b):
        raise NoEntityError(
            f"{a} and {b} are one entity, {entity_name(entities[0])}",
            hint=f"`ukhtc entity show {entity_name(entities[0])}` says why each record belongs",
        )
    known = _Known(connection, (sides[0], sides[1]))
    said = said_among(connection, {key: one.victim for key, one in known.by_id.items()})
    said = [word for word in said if _between(word["records"], known)]
    kinds = [side[0].kind for side in known.sides]
    found: dict[str, Any] = {
        "asked": [a, b],
        "entities": [entity_name(entity) for entity in entities],
        "kinds": kinds,
        "one_entity": one_entity,
        "records": [len(side) for side in known.sides],
        "said": said,
    }
    pairs = known.pairs()
    if kinds[0] != kinds[1] or not pairs:
        because = "things of two kinds are never one" if pairs else "it is one record"
        return {**found, "because": [because]}
    weight, one, other = max(
        pairs, key=lambda pair: (pair[0] is not None, pair[0] or 0.0, pair[1].record)
    )
    weigher = in_force(connection).weigher
    reasons = reasons_of(weigher, known.stored, one.description, other.description)
    absent = ABSENT_OF.get(kinds[0], THRESHOLD)
    mean = sum(absent if bits is None else min(bits, MOST) for bits, _, _ in pairs) / len(pairs)
    found |= {
        "pair": [record_name(one.record), record_name(other.record)],
        "compared": weight is not None,
        **reasons,
        "joins_at": JOINS_AT.get(kinds[0], THRESHOLD),
        "mean": round(mean, 2),
        "pairs": len(pairs),
        "pairs_compared": sum(bits is not None for bits, _, _ in pairs),
    }
    if one_entity:
        through = _way(connection, entities[0], one.record, other.record)
        return {**found, "through": through, "because": _why_one(found, through)}
    return {**found, "because": _why_two(found, known, pairs)}


def seen_in(found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the answer, and the ids in it: what a session puts on record."""
    records = [*found.get("pair", ()), *found.get("through", ())]
    positions = {name.lstrip("R").partition("-")[0] for name in records}
    return found, [*dict.fromkeys(found["entities"]), *sorted(positions, key=int)]


def _asked(connection: psycopg.Connection[Any], name: str) -> tuple[RecordId, list[RecordId]]:
    asked = parse_entity(name)
    if asked is None:
        raise NoEntityError(
            f"{name!r} is no id", hint="an entity's looks like E120-3, a record's like R120-3"
        )
    if not _is_record(name):
        return entity_of(connection, asked)
    entity = entities_seen(connection, [asked]).get(asked)
    if entity is None:
        raise no_entity(asked)
    return entity, [asked]


def _is_record(name: str) -> bool:
    return name.strip().upper().startswith("R")


def _between(records: Sequence[str], known: _Known) -> bool:
    one, other = (parse_entity(name) for name in records)
    first, second = ({each.record for each in side} for side in known.sides)
    return (one in first and other in second) or (one in second and other in first)


def _way(
    connection: psycopg.Connection[Any], entity: RecordId, one: RecordId, other: RecordId
) -> list[str]:
    """Return the strongest way between two records of one entity, if it is not the pair itself."""
    _, members = entity_of(connection, entity)
    way = _Known(connection, (members, [])).through(one, other)
    return [record_name(record) for record in way] if 2 < len(way) <= FURTHEST else []


def _why_one(found: Mapping[str, Any], through: Sequence[str]) -> list[str]:
    because = [f"{word['judge']} said that they are one" for word in found["said"] if word["same"]]
    if found["weight"] >= CONNECTS:
        because.append(f"the pair weighs {found['weight']:g} bits")
    elif through:
        because.append(f"they are tied through {', '.join(through[1:-1])}")
    return because or ["all pairs between them and the entity's other records weigh enough"]


def _why_two(
    found: Mapping[str, Any],
    known: _Known,
    pairs: Sequence[tuple[float | None, Seen, Seen]],
) -> list[str]:
    because = [
        f"{word['judge']} said that they are two" for word in found["said"] if not word["same"]
    ]
    for side in known.sides:
        own = max(known.stored[one.description][2] for one in side)
        if own < THRESHOLD:
            names = ", ".join(record_name(one.record) for one in side[:3])
            because.append(f"{names} says too little to be told from others: {own:g} bits at most")
    guarded = [
        (one, other)
        for weight, one, other in pairs
        if one.kind in GUARDED and guards(one, other) and (weight is None or weight < VICTIM_BAR)
    ]
    if guarded:
        because.append(
            "a victim's records join another victim's or another agency's from"
            f" {VICTIM_BAR:g} bits, or by a person"
        )
    if any(
        one.kind in GUARDED
        and guards(one, other)
        and differ(known.documents(one), known.documents(other))
        for _, one, other in pairs
    ):
        because.append(
            "their documents differ: whether a victim's records are one all the same, a person says"
        )
    if not found["compared"]:
        because.append("they were never compared, or weigh less than is kept: no key is shared")
    elif found["mean"] < found["joins_at"]:
        because.append(
            f"the mean of all {found['pairs']} pairs is {found['mean']:g} bits,"
            f" {found['joins_at']:g} join"
        )
    return because or ["others fit one of them as well, or are held apart from it"]
