"""Renewing entities: the components that a batch touches, clustered anew and written."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from repository.linking import store
from repository.linking.closure import (
    CONNECTS,
    GUARDED,
    THRESHOLD,
    Judged,
    RecordId,
    Seen,
    entities,
)
from repository.linking.records import NewRecord


@dataclass(slots=True)
class Renewal:
    """What a batch changes: descriptions whose entities are to be looked at, and records."""

    dirty: set[int] = field(default_factory=set)
    removed: set[RecordId] = field(default_factory=set)
    records: list[NewRecord] = field(default_factory=list)


def renew(connection: psycopg.Connection[Any], renewal: Renewal) -> None:
    """Bring the entities up to date and write the new records, each with its entity.

    1 take what people said · 2 follow pairs and words to whole components · 3 read their records ·
    4 cluster · 5 write what has changed, and lead on the ids that are no more. A record that says
    too little to join, and one more record of a thing that nothing new is known of, need none of
    this.
    """
    new = {(r.position, r.ordinal): r for r in renewal.records}
    words = _words(connection, new)
    judged = {side for word, _, _ in words for side in (word.a, word.b)}
    spoken_of = {number for _, a, b in words for number in (a, b)}
    dirty = renewal.dirty | {
        r.described.number
        for r in new.values()
        if r.kind in GUARDED or r.described.number in spoken_of
    }
    pool = connected(connection, dirty, words) if dirty else set()
    loaded = _Loaded(connection, pool, spoken_of)
    seen = {one.record: (one, entity) for one, entity in loaded.rows(judged)}
    fresh = {
        key: Seen(key, r.described.number, r.kind, r.agency, r.victim)
        for key, r in new.items()
        if r.described.number in pool and (loaded.strong(r.described.number) or key in judged)
    }
    found = entities(
        [*(one for one, _ in seen.values()), *fresh.values()],
        loaded.own,
        store.edges_among(connection, pool),
        [word for word, _, _ in words],
    )
    _assign(connection, loaded, seen, found)
    _lead_on(connection, renewal.removed, seen, found)
    _write(connection, renewal.records, found)


def _words(
    connection: psycopg.Connection[Any], new: dict[RecordId, NewRecord]
) -> list[tuple[Judged, int, int]]:
    """Return people's words on stored and new records, with the descriptions of both."""
    found = []
    for word, one, other in store.words_of_people(connection):
        a = new[word.a].described.number if word.a in new else one
        b = new[word.b].described.number if word.b in new else other
        if a is not None and b is not None:
            found.append((word, a, b))
    return found


def connected(
    connection: psycopg.Connection[Any],
    numbers: Iterable[int],
    words: Collection[tuple[Judged, int, int]],
    statement: LiteralString = store.CONNECTED,
) -> set[int]:
    """Return the descriptions that pairs and people's words connect with these."""
    pool: set[int] = set()
    asked = set(numbers)
    while asked:
        wanted = {"numbers": list(asked), "bar": CONNECTS}
        pool |= {number for (number,) in connection.execute(statement, wanted)}
        asked = {
            number
            for word, a, b in words
            if word.same and (a in pool) != (b in pool)
            for number in (a, b)
        } - pool
    return pool


class _Loaded:
    """The stored records of a pool of descriptions, as clustering needs them."""

    def __init__(
        self, connection: psycopg.Connection[Any], pool: set[int], spoken_of: set[int]
    ) -> None:
        self._connection = connection
        self.own: dict[int, float] = {}
        self.each: list[int] = []
        self.oldest: list[int] = []
        self._weak: list[int] = []
        for number, kind, _, own in connection.execute(store.DESCRIBED, (list(pool),)):
            self.own[number] = own
            if own < THRESHOLD:
                self._weak.append(number)
            elif kind in GUARDED or number in spoken_of:
                self.each.append(number)
            else:
                self.oldest.append(number)
        self._single = set(self.each)

    def strong(self, number: int) -> bool:
        """Whether a description says enough to join."""
        return self.own[number] >= THRESHOLD

    def single(self, number: int) -> bool:
        """Whether each record of a description has been read, and not one for all."""
        return number in self._single or not self.strong(number)

    def rows(self, judged: Collection[RecordId]) -> Iterable[tuple[Seen, RecordId]]:
        """Yield records with the entity that they have; of weak descriptions those judged."""
        for statement, numbers in ((store.EACH, self.each), (store.OLDEST, self.oldest)):
            if numbers:
                for row in self._connection.execute(statement, (numbers,)):
                    yield store.seen_of(row)
        if self._weak and judged:
            weak = set(self._weak)
            for row in self._connection.execute(store.THESE, store.split(judged)):
                if row[2] in weak:
                    yield store.seen_of(row)


def _assign(
    connection: psycopg.Connection[Any],
    loaded: _Loaded,
    seen: dict[RecordId, tuple[Seen, RecordId]],
    found: dict[RecordId, RecordId],
) -> None:
    """Write the entities that have changed."""
    changed = [(one, was) for one, was in seen.values() if found[one.record] != was]
    each = [one.record for one, _ in changed if loaded.single(one.description)]
    if each:
        into = store.split(found[record] for record in each)
        connection.execute(store.ASSIGN, (*store.split(each), *into))
    oldest = [(one, was) for one, was in changed if not loaded.single(one.description)]
    if oldest:
        into = store.split(found[one.record] for one, _ in oldest)
        numbers = [one.description for one, _ in oldest]
        were = store.split(was for _, was in oldest)
        connection.execute(store.ASSIGN_OLDEST, (numbers, *were, *into))


def _lead_on(
    connection: psycopg.Connection[Any],
    removed: Collection[RecordId],
    seen: dict[RecordId, tuple[Seen, RecordId]],
    found: dict[RecordId, RecordId],
) -> None:
    """Let an id whose record is gone lead to what its oldest remaining record belongs to now."""
    lost: dict[RecordId, RecordId] = {}
    for record in sorted(seen):
        was = seen[record][1]
        if was in removed:
            lost.setdefault(was, found[record])
    if lost:
        connection.execute(store.REDIRECT, (*store.split(lost), *store.split(lost.values())))


def _write(
    connection: psycopg.Connection[Any],
    records: Sequence[NewRecord],
    found: dict[RecordId, RecordId],
) -> None:
    """Write the new records: those not clustered join what has their description, if it says
    enough, or begin an entity.
    """
    rest = [r for r in records if (r.position, r.ordinal) not in found]
    numbers = list({r.described.number for r in rest})
    entity_of: dict[int, RecordId] = {}
    strong = {
        number
        for number, _, _, own in connection.execute(store.DESCRIBED, (numbers,))
        if own >= THRESHOLD
    }
    if strong:
        for number, position, ordinal in connection.execute(
            store.ENTITY_OF_DESCRIPTION, (list(strong),)
        ):
            entity_of[number] = (position, ordinal)
    assigned = dict(found)
    for r in rest:
        own = (r.position, r.ordinal)
        assigned[own] = entity_of.get(r.described.number, own)
    store.write_records(connection, records, assigned)
