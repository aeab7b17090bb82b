"""Descriptions of a batch: which are new, what shares a key with them, and what that weighs."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from repository.linking import store
from repository.linking.candidates import add_keys, remove_keys
from repository.linking.closure import CONNECTS, REVIEW_BAR, THRESHOLD
from repository.linking.index import Ints
from repository.linking.keys import keys_of
from repository.linking.records import NewRecord
from repository.linking.subjects import EXACT, KINDS, Described
from repository.linking.weigher import Weigher, described, worth_keeping


@dataclass(slots=True)
class Batch:
    """What a batch brought: descriptions that are new, and how many pairs were kept."""

    new: set[int] = field(default_factory=set)
    kept: int = 0


def keys_for(kind: str, text: str) -> set[int]:
    """Return the blocking keys of a stored description; references are exact and need none."""
    return set() if kind in EXACT else keys_of(described(text), KINDS.index(kind))


def describe_batch(
    connection: psycopg.Connection[Any], records: Collection[NewRecord], weigher: Weigher
) -> Batch:
    """Store the descriptions that are new, and every pair that they bring above the floor.

    1 tell new ones from known ones · 2 weigh each against itself: what says too little even for a
    review gets no keys · 3 find what shares a key · 4 weigh the pairs, kind by kind · 5 keep them.
    """
    batch = Batch()
    fresh, known = _fresh(connection, records)
    if not fresh:
        return batch
    own = {number: weight for number, (_, _, weight) in known.items()}
    by_kind: dict[str, list[Described]] = {}
    for one in fresh.values():
        by_kind.setdefault(one.kind, []).append(one)
    for kind, ones in by_kind.items():
        weights = weigher.own(kind, [one.description for one in ones])
        own.update(zip((one.number for one in ones), weights, strict=True))
    store.write_descriptions(
        connection, ((one.number, one.kind, one.text, own[one.number]) for one in fresh.values())
    )
    keys = {
        one.number: keys_of(one.description, KINDS.index(one.kind))
        for one in fresh.values()
        if one.kind not in EXACT and own[one.number] >= REVIEW_BAR
    }
    a, b = add_keys(connection, keys, weigher.weights.population)
    texts = {one.number: (one.kind, one.text) for one in fresh.values()}
    older = {*a.tolist(), *b.tolist()} - texts.keys()
    for number, kind, text, weight in connection.execute(store.DESCRIBED, (list(older),)):
        texts[number] = (kind, text)
        own[number] = weight
    edges = list(_edges(a, b, texts, own, weigher))
    store.write_edges(connection, edges)
    batch.new = {number for number in fresh if own[number] >= THRESHOLD}
    batch.kept = len(edges)
    return batch


def _fresh(
    connection: psycopg.Connection[Any], records: Collection[NewRecord]
) -> tuple[dict[int, Described], dict[int, tuple[str, str, float]]]:
    """Return the new descriptions and the stored ones of these records, by number.

    Two contents with one number are told apart here: the later takes the next free one.
    """
    fresh: dict[int, Described] = {}
    known: dict[int, tuple[str, str, float]] = {}
    asked = list(records)
    while asked:
        numbers = list({record.described.number for record in asked})
        for number, kind, text, own in connection.execute(store.DESCRIBED, (numbers,)):
            known[number] = (kind, text, own)
        clashing = []
        for record in asked:
            one = record.described
            stored = known.get(one.number)
            first = fresh.get(one.number)
            if stored:
                clash = stored[:2] != (one.kind, one.text)
            else:
                clash = first is not None and (first.kind, first.text) != (one.kind, one.text)
                if not clash:
                    fresh[one.number] = one
            if clash:
                record.described = replace(one, number=one.number + 1)
                clashing.append(record)
        asked = clashing
    return fresh, known


def _edges(
    a: Ints,
    b: Ints,
    texts: Mapping[int, tuple[str, str]],
    own: Mapping[int, float],
    weigher: Weigher,
) -> Iterable[tuple[int, int, float]]:
    places: dict[str, list[int]] = {}
    for at, number in enumerate(a.tolist()):
        places.setdefault(texts[number][0], []).append(at)
    for kind, chosen in places.items():
        one, other = a[chosen], b[chosen]
        found = {number: described(texts[number][1]) for number in {*one.tolist(), *other.tolist()}}
        yield from worth_keeping(one, other, weigher.pairs(kind, found, one, other), own)


def forget_unused(connection: psycopg.Connection[Any], numbers: Collection[int]) -> set[int]:
    """Take out those of these descriptions that no record has any more; return what they joined."""
    touched = {
        number
        for (number,) in connection.execute(
            store.NEIGHBOURS, {"numbers": list(numbers), "bar": CONNECTS}
        )
    }
    unused = connection.execute(store.UNUSED, (list(numbers),)).fetchall()
    remove_keys(connection, {number: keys_for(kind, text) for number, kind, text in unused})
    gone = [number for number, _, _ in unused]
    for statement in store.FORGET_DESCRIPTIONS:
        connection.execute(statement, (gone,))
    return touched - set(gone)
