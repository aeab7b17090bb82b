"""Descriptions of a batch: which are new, what shares a key with them, and what that weighs."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import psycopg

from intelbus.failpoints import failpoint
from repository.linking import store
from repository.linking.candidates import add_keys, asking_who_shares, remove_keys
from repository.linking.closure import CONNECTS, REVIEW_BAR, THRESHOLD
from repository.linking.copying import bigints
from repository.linking.described import unpacked
from repository.linking.index import Ints
from repository.linking.keys import keys_of
from repository.linking.memory import Memory
from repository.linking.nearby import Nearby
from repository.linking.records import NewRecord
from repository.linking.scoring import Floats
from repository.linking.subjects import EXACT, KINDS, Described
from repository.linking.weigher import worth_keeping


@dataclass(slots=True)
class Batch:
    """What a batch brought: new descriptions that can join, and how many pairs were kept.

    `own` is what each description of its records weighs against itself.
    """

    new: set[int] = field(default_factory=set)
    own: dict[int, float] = field(default_factory=dict)
    kept: int = 0


def keys_for(kind: str, text: str) -> set[int]:
    """Return the blocking keys of a stored description; references are exact and need none."""
    return set() if kind in EXACT else keys_of(unpacked(text), KINDS.index(kind))


def describe_batch(
    connection: psycopg.Connection[Any],
    records: Collection[NewRecord],
    memory: Memory,
    nearby: Nearby,
    at: Callable[[str], None] = failpoint,
) -> Batch:
    """Store the descriptions that are new, and every pair that they bring above the floor.

    1 tell new ones from known ones · 2 weigh each against itself, while the store is asked what
    shares a key: what says too little even for a review gets none · 3 find what is worth comparing
    · 4 weigh the pairs, kind by kind · 5 keep them.
    """
    memory.forget_most()
    fresh, known = _fresh(connection, records)
    batch = Batch(own={number: weight for number, (_, _, weight) in known.items()})
    at("linker.told_apart")
    if not fresh:
        return batch
    by_kind: dict[str, list[Described]] = {}
    for one in fresh.values():
        by_kind.setdefault(one.kind, []).append(one)
    keys = {one.number: one.keys for one in fresh.values()}
    with asking_who_shares(connection, keys) as sharing:
        for kind, ones in by_kind.items():
            batch.own.update(memory.add_new(kind, ones))
    rows = ((one.number, one.kind, one.text, batch.own[one.number]) for one in fresh.values())
    with store.writing_descriptions(connection, rows):
        nearby.add_new(batch.own, fresh)
    at("linker.described")
    telling = [number for number in fresh if batch.own[number] >= REVIEW_BAR]
    a, b = add_keys(connection, sharing, telling, memory.weigher.weights.population)
    at("linker.blocked")
    batch.kept = _weigh(connection, fresh, a, b, memory, nearby)
    batch.new = {number for number in fresh if batch.own[number] >= THRESHOLD}
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
        # What several records say is one object, most of the time.
        once = {id(record.described): record.described for record in asked}
        numbers = {one.number for one in once.values()}
        for number, kind, text, own in connection.execute(store.DESCRIBED, (bigints(numbers),)):
            known[number] = (kind, text, own)
        clashing: dict[int, Described] = {}
        for at, one in once.items():
            stored = known.get(one.number)
            first = fresh.get(one.number)
            if stored:
                clash = stored[:2] != (one.kind, one.text)
            else:
                clash = first is not None and (first.kind, first.text) != (one.kind, one.text)
                if not clash:
                    fresh[one.number] = one
            if clash:
                clashing[at] = one._replace(number=one.number + 1)
        asked = [record for record in asked if id(record.described) in clashing] if clashing else []
        for record in asked:
            record.described = clashing[id(record.described)]
    return fresh, known


def _weigh(  # noqa: PLR0917
    connection: psycopg.Connection[Any],
    fresh: Mapping[int, Described],
    a: Ints,
    b: Ints,
    memory: Memory,
    nearby: Nearby,
) -> int:
    """Weigh pairs of which one at least is new, and keep those above the floor; return how many.

    Both sides of a pair are of one kind, which is in the keys that they share.
    """
    kinds = _kinds(fresh, a, b)
    places = {KINDS[kind]: np.flatnonzero(kinds == kind) for kind in np.unique(kinds).tolist()}
    _remember(connection, {kind: (a[at], b[at]) for kind, at in places.items()}, memory)
    kept: list[tuple[Ints, Ints, Floats]] = []
    for kind, chosen in places.items():
        weights = memory.pairs(kind, a[chosen], b[chosen])
        own = partial(memory.own, kind)
        kept.append(worth_keeping(a[chosen], b[chosen], weights, own))
    if not kept:
        return 0
    columns = [np.concatenate(parts) for parts in zip(*kept, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    one, other, weights = (column[order] for column in columns)
    with store.writing_edges(connection, one, other, weights):
        nearby.pairs.add(one, other, weights)
    return len(order)


def _kinds(fresh: Mapping[int, Described], a: Ints, b: Ints) -> Ints:
    """Return which kind (its place in KINDS) each pair is of: that of its new description."""
    order = sorted(fresh)
    numbers = np.array(order, np.int64)
    of_numbers = np.array([KINDS.index(fresh[number].kind) for number in order], np.int64)
    found = np.full(len(a), -1, np.int64)
    for side in (a, b):
        at = np.searchsorted(numbers, side).clip(max=len(numbers) - 1)
        found = np.where(numbers[at] == side, of_numbers[at], found)
    return found


def _remember(
    connection: psycopg.Connection[Any], pairs: Mapping[str, tuple[Ints, Ints]], memory: Memory
) -> None:
    """Read the descriptions of these pairs that are not remembered."""
    unknown = [
        number
        for kind, sides in pairs.items()
        for number in memory.unknown(kind, {n for side in sides for n in side.tolist()})
    ]
    stored: dict[str, list[tuple[int, str, float]]] = {}
    if unknown:
        for number, kind, text, own in connection.execute(store.DESCRIBED, (bigints(unknown),)):
            stored.setdefault(kind, []).append((number, text, own))
    for kind, rows in stored.items():
        memory.add_known(kind, rows)


def forget_unused(
    connection: psycopg.Connection[Any], numbers: Collection[int], nearby: Nearby
) -> set[int]:
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
    nearby.forget(gone)
    for statement in store.FORGET_PAIRS:
        # The other side of each pair has lost it too.
        nearby.forget(number for (number,) in connection.execute(statement, (gone,)))
    for statement in store.FORGET_DESCRIPTIONS:
        connection.execute(statement, (gone,))
    return touched - set(gone)
