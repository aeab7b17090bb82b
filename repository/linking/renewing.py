"""Renewing entities: the components that a batch touches, clustered anew and written."""

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import psycopg

from repository.linking import store
from repository.linking.closure import (
    GUARDED,
    THRESHOLD,
    Judged,
    RecordId,
    Seen,
    entities,
    in_doubt,
)
from repository.linking.clustering import Edges, tied
from repository.linking.copying import bigints
from repository.linking.foregone import foregone
from repository.linking.nearby import Nearby
from repository.linking.records import NewRecord


@dataclass(slots=True)
class Renewal:
    """What a batch changes: descriptions whose entities are to be looked at, and records.

    `own` is what each description of the new records weighs against itself.
    """

    dirty: set[int] = field(default_factory=set)
    removed: set[RecordId] = field(default_factory=set)
    records: list[NewRecord] = field(default_factory=list)
    own: Mapping[int, float] = field(default_factory=dict)


def renew(connection: psycopg.Connection[Any], renewal: Renewal, nearby: Nearby) -> None:
    """Bring the entities up to date and write the new records, each with its entity.

    1 take what people said · 2 put aside new records that say only what a stored one says ·
    3 follow pairs and words to whole parts · 4 read their records · 5 cluster, while the records
    that are in no part are written · 6 write the others and what has changed, and lead on the ids
    that are no more.
    """
    new = {(r.position, r.ordinal): r for r in renewal.records}
    said = _Said(connection, new)
    said.ask({*renewal.dirty, *renewal.own})
    repeated = _repeated(connection, renewal, said.spoken_of, nearby)
    dirty = renewal.dirty | {
        r.described.number
        for key, r in new.items()
        if key not in repeated
        and (renewal.own[r.described.number] >= THRESHOLD or r.described.number in said.spoken_of)
    }
    parts = nearby.parts(connection, dirty, said.ties())
    pool = _all_in(parts)
    while said.ask(pool):
        # Words lead on, to what else is in the same parts then.
        dirty |= said.tied(pool)
        parts = nearby.parts(connection, dirty, said.ties())
        pool = _all_in(parts)
    nearby.keep_bars(connection, parts)
    judged = {side for word in said.words for side in (word.a, word.b)}
    loaded = _Loaded(connection, pool, said.spoken_of, nearby)
    seen = {one.record: (one, entity) for one, entity in loaded.rows(judged)}
    fresh = {
        key: Seen(key, r.described.number, r.kind, r.agency, r.victim)
        for key, r in new.items()
        if r.described.number in pool and (nearby.strong(r.described.number) or key in judged)
    }
    each = [part for at_bar in parts.values() for part in at_bar]
    pairs = nearby.pairs.within(each)
    known = [*(one for one, _ in seen.values()), *fresh.values()]
    doubtful = in_doubt(known, each, pairs, nearby.documents)
    if doubtful:
        seen |= {one.record: (one, entity) for one, entity in loaded.each_of(doubtful)}
        known = [*(one for one, _ in seen.values()), *fresh.values()]
    # No entity that is found now is theirs, so nothing that is written before they are matters.
    entity = {key: repeated.get(key, key) for key in new if key not in fresh}
    with store.writing_records(connection, [new[key] for key in entity], entity):
        found = entities(
            known,
            nearby.own,
            pairs,
            sorted(said.words, key=lambda word: (word.a, word.b, word.same)),
            documents=nearby.documents,
            doubtful=doubtful,
            parts=each,
        )
    moved = _assign(connection, loaded, seen, found)
    _lead_on(connection, renewal.removed, seen, found)
    entity |= {key: found[key] for key in fresh}
    with store.writing_records(connection, [new[key] for key in fresh], entity):
        nearby.forget_records(moved)
        nearby.add_records((r, entity[key]) for key, r in new.items())
        sure = foregone(each, known, found, nearby.own, said.spoken_of, doubtful)
        nearby.keep_foregone(each, sure)
    said.describe()


def _all_in(parts: Mapping[int, Iterable[Iterable[int]]]) -> set[int]:
    return {number for each in parts.values() for part in each for number in part}


def _repeated(
    connection: psycopg.Connection[Any],
    renewal: Renewal,
    spoken_of: Collection[int],
    nearby: Nearby,
) -> dict[RecordId, RecordId]:
    """Return the entities of new records that tell nothing new: of things that were described so
    before, of people whom the same agency described so before, as victims if they are victims now,
    and of those whose entity is foregone.

    A description that the batch concerns otherwise, or that a person spoke of, is looked at anew;
    and a victim's that may fit two people, of which each record is by itself.
    """
    found: dict[RecordId, RecordId] = {}
    asked: dict[RecordId, tuple[int, str | None, bool]] = {}
    for r in renewal.records:
        number, guarded = r.described.number, r.kind in GUARDED
        if (
            renewal.own[number] >= THRESHOLD
            and number not in renewal.dirty
            and number not in spoken_of
        ):
            victim = guarded and r.victim
            entity = nearby.foregone(number, victim=victim)
            if entity:
                found[r.position, r.ordinal] = entity
            else:
                asked[r.position, r.ordinal] = number, r.agency if guarded else None, victim
    victims = {number for number, _, victim in asked.values() if victim}
    two = nearby.near_documents(connection, victims) if victims else ()
    asked = {record: one for record, one in asked.items() if not (one[2] and one[0] in two)}
    if asked:
        numbers, agencies, of_victims = zip(*set(asked.values()), strict=True)
        wanted = (bigints(numbers), list(agencies), list(of_victims))
        rows = connection.execute(store.SAME_SAID, wanted)
        known = {(number, agency, victim): (p, o) for number, agency, victim, p, o in rows}
        found |= {record: known[said] for record, said in asked.items() if said in known}
    # A version that stands again may be older than all that stands, and then names the entity.
    return {record: entity for record, entity in found.items() if entity <= record}


class _Said:
    """What people said of records of the descriptions that have been asked about."""

    def __init__(
        self, connection: psycopg.Connection[Any], new: Mapping[RecordId, NewRecord]
    ) -> None:
        self._connection, self._new = connection, new
        self.words: dict[Judged, tuple[int, int]] = {}
        self.spoken_of: set[int] = set()
        self._asked: set[int] = set()
        # Of a replay, and of what came back: words whose records are written by this batch.
        self._waiting = store.describe_words(connection)
        self._take(self._waiting)

    def ask(self, numbers: Set[int]) -> bool:
        """Take the words on records with these descriptions too; return whether any are new."""
        known = len(self.words)
        self._take(store.words_about(self._connection, numbers - self._asked))
        self._asked |= numbers
        return len(self.words) > known

    def ties(self) -> Edges:
        """Return what people said is one, by the descriptions."""
        return tied(sides for word, sides in self.words.items() if word.same)

    def tied(self, pool: set[int]) -> set[int]:
        """Return the descriptions that somebody said are one with some of a pool."""
        return {
            number
            for word, sides in self.words.items()
            if word.same and not pool.isdisjoint(sides)
            for number in sides
        }

    def describe(self) -> None:
        """See that words hold the descriptions of records that have been written meanwhile."""
        if self._waiting:
            store.describe_words(self._connection)

    def _take(self, words: Iterable[store.Word]) -> None:
        for word, one, other in words:
            a = self._new[word.a].described.number if word.a in self._new else one
            b = self._new[word.b].described.number if word.b in self._new else other
            if a is not None and b is not None:
                self.words[word] = (a, b)
                self.spoken_of |= {a, b}


class _Loaded:
    """The stored records of a pool of descriptions, as clustering needs them."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        pool: Collection[int],
        spoken_of: Collection[int],
        nearby: Nearby,
    ) -> None:
        self._connection, self._nearby = connection, nearby
        self._each: set[int] = set()
        self._weak: set[int] = set()
        self._oldest: list[int] = []
        nearby.know(connection, pool)
        for number in pool:
            if number not in nearby.own:
                # Its last record has been taken out.
                continue
            if not nearby.strong(number):
                self._weak.add(number)
            elif number in spoken_of:
                self._each.add(number)
            else:
                self._oldest.append(number)

    def single(self, number: int) -> bool:
        """Whether each record of a description has been read, and not one for many."""
        return number in self._each or number in self._weak

    def of_agencies(self, number: int) -> bool:
        """Whether one record of a description has been read for each agency."""
        return self._nearby.guarded(number)

    def each_of(self, numbers: Collection[int]) -> Iterable[tuple[Seen, RecordId]]:
        """Yield all records of some of the descriptions, with the entities that they have."""
        numbers = set(numbers).difference(self._each, self._weak)
        self._each |= numbers
        for row in self._connection.execute(store.EACH, (bigints(numbers),)):
            yield store.seen_of(row)

    def rows(self, judged: Collection[RecordId]) -> Iterable[tuple[Seen, RecordId]]:
        """Yield records with the entity that they have; of weak descriptions those judged."""
        yield from self._nearby.records(self._connection, self._oldest)
        if self._each:
            for row in self._connection.execute(store.EACH, (bigints(self._each),)):
                yield store.seen_of(row)
        if self._weak and judged:
            for row in self._connection.execute(store.THESE, store.split(judged)):
                if row[2] in self._weak:
                    yield store.seen_of(row)


def _assign(
    connection: psycopg.Connection[Any],
    loaded: _Loaded,
    seen: dict[RecordId, tuple[Seen, RecordId]],
    found: dict[RecordId, RecordId],
) -> set[int]:
    """Write the entities that have changed; return the descriptions of their records."""
    moved: set[int] = set()
    each: list[tuple[RecordId, RecordId]] = []
    agencies: dict[tuple[int, str, RecordId], RecordId] = {}
    oldest: dict[tuple[int, RecordId], RecordId] = {}
    for one, was in seen.values():
        now = found[one.record]
        if now == was:
            continue
        moved.add(one.description)
        if loaded.single(one.description):
            each.append((one.record, now))
        elif loaded.of_agencies(one.description):
            agencies[one.description, one.agency, was] = now
        else:
            oldest[one.description, was] = now
    if each:
        records, into = zip(*each, strict=True)
        connection.execute(store.ASSIGN, (*store.split(records), *store.split(into)))
    if agencies:
        numbers, names, were = zip(*agencies, strict=True)
        connection.execute(
            store.ASSIGN_AGENCY,
            (
                bigints(numbers),
                list(names),
                *store.split(were),
                *store.split(agencies.values()),
            ),
        )
    if oldest:
        numbers, were = zip(*oldest, strict=True)
        connection.execute(
            store.ASSIGN_OLDEST,
            (bigints(numbers), *store.split(were), *store.split(oldest.values())),
        )
    return moved


def _lead_on(
    connection: psycopg.Connection[Any],
    removed: Collection[RecordId],
    seen: dict[RecordId, tuple[Seen, RecordId]],
    found: dict[RecordId, RecordId],
) -> None:
    """Let an id whose record is gone lead to what its oldest remaining record belongs to now."""
    lost: dict[RecordId, RecordId] = {}
    for record in sorted(record for record, (_, was) in seen.items() if was in removed):
        lost.setdefault(seen[record][1], found[record])
    if lost:
        connection.execute(store.REDIRECT, (*store.split(lost), *store.split(lost.values())))
