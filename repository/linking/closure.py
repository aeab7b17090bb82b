"""Entities as closures: pure code on judgements and the records that may be seen.

An entity's id is its oldest record's (position, ordinal): it stays when entities merge into it,
means the same after a replay, and of a reader's view it tells nothing that the view does not hold.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

RecordId = tuple[int, int]
"""(position, ordinal)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Two records are (`same`) or are not one thing; a before b."""

    a: RecordId
    b: RecordId
    same: bool
    weight: float = 0.0


def closure(visible: Set[RecordId], judgements: Iterable[Judged]) -> dict[RecordId, RecordId]:
    """Return the entity of every visible record, from judgements between visible records alone.

    Negative judgements are sticky: nothing joins what would put such a pair into one entity.
    Positive ones are taken by weight, heaviest first, then by record, so that neither the order of
    arrival nor that of the rows changes the result.
    """
    inside = [one for one in judgements if one.a in visible and one.b in visible]
    apart: dict[RecordId, set[RecordId]] = {}
    for one in inside:
        if not one.same:
            apart.setdefault(one.a, set()).add(one.b)
            apart.setdefault(one.b, set()).add(one.a)
    parent = {record: record for record in visible}

    def root(record: RecordId) -> RecordId:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for one in sorted((j for j in inside if j.same), key=lambda j: (-j.weight, j.a, j.b)):
        low, high = sorted((root(one.a), root(one.b)))
        if low == high:
            continue
        if high in {root(other) for other in apart.get(low, ())}:
            continue
        parent[high] = low
        if high in apart:
            moved = apart.pop(high)
            apart.setdefault(low, set()).update(moved)
            for other in moved:
                apart[root(other)].add(low)
    return {record: root(record) for record in visible}


def merged(entities: Iterable[tuple[RecordId, RecordId]]) -> Mapping[RecordId, RecordId]:
    """Return, for pairs of entities judged one, each entity that gives way and to which."""
    pairs = [Judged(min(pair), max(pair), True) for pair in entities]
    everything = {entity for pair in pairs for entity in (pair.a, pair.b)}
    found = closure(everything, pairs)
    return {entity: into for entity, into in found.items() if entity != into}


def entity_name(entity: RecordId) -> str:
    """Return an entity's id as people read it, for example `E120-3`."""
    return f"E{entity[0]}-{entity[1]}"


def parse_entity(name: str) -> RecordId | None:
    """Return the (position, ordinal) in an entity's or a record's id; None when it is neither."""
    position, _, ordinal = name.strip().lstrip("EeRr").partition("-")
    return (int(position), int(ordinal)) if position.isdigit() and ordinal.isdigit() else None
