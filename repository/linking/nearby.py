"""What the linker keeps of the store from batch to batch: pairs and records of descriptions that it
looked at lately.

A component that grew is looked at again and again, and nearly all of it is as it was. What is kept
is what the database would answer: the linker says what it changes, and `begin` forgets all of it
when somebody else was the linker in between, as the stage's cursor tells.
"""

from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any, LiteralString

import psycopg

from repository.linking import store
from repository.linking.closure import GUARDED, THRESHOLD, VICTIM_BAR, RecordId, Seen
from repository.linking.clustering import COMPONENT, MOST, Edges, components, with_ties
from repository.linking.copying import bigints
from repository.linking.documents import FIELD, documents_of
from repository.linking.foregone import Foregone
from repository.linking.pairs import Pairs
from repository.linking.records import NewRecord
from repository.linking.subjects import Described

DESCRIPTIONS = 40_000
"""So many are kept, about 2 kB each; then it starts anew."""
FOREGONE = 100_000
"""Of so many more the entity is kept, about 200 bytes each; then these start anew."""
BYTES_OF_PAIRS = 100_000_000
"""That many are kept: of a million entities a description of a common name has hundreds."""

# Whoever changes what is kept here writes the cursor: the transaction that did so last is told.
WRITTEN_BY: LiteralString = "SELECT xmin::text FROM stage_cursor WHERE stage = %s"
OURS: LiteralString = "SELECT pg_current_xact_id()::xid::text"

Row = tuple[Seen, RecordId]
"""A record, and the entity that it has."""


class Nearby:
    """Pairs, weights and records by their description's number."""

    def __init__(self, most: int = DESCRIPTIONS, component: int = COMPONENT) -> None:
        self._most = most
        self._component = component
        self._written_by: str | None = None
        self.unchanged = False
        """Whether nobody else has been the linker since its last transaction."""
        self.own: dict[int, float] = {}
        """What each weighs against itself."""
        self.documents: dict[int, frozenset[str]] = {}
        """The documents of those who are said to have any."""
        self.pairs = Pairs()
        """All pairs of a description that are kept in the store."""
        self._kind: dict[int, str] = {}
        # The bar at which the component of each is parted.
        self._bar: dict[int, int] = {}
        # Of descriptions that nobody spoke of: of things the oldest record of each entity, of
        # those who are guarded that of each agency too, as a victim and otherwise. By what it
        # stands for.
        self._rows: dict[int, dict[tuple[object, ...], Row]] = {}
        self._foregone: dict[int, Foregone] = {}

    def begin(self, connection: psycopg.Connection[Any], stage: str) -> str:
        """Forget all that may have changed; return what to hand to `end` after the commit.

        The caller holds the stage's lock and has not written its cursor yet.
        """
        row = connection.execute(WRITTEN_BY, (stage,)).fetchone()
        self.unchanged = row is not None and row[0] == self._written_by
        if not self.unchanged or self._is_full():
            self._forget_all()
        # What is foregone stays so when the rest is forgotten for want of room.
        if not self.unchanged or len(self._foregone) > FOREGONE:
            self._foregone.clear()
        # Nothing is known until the transaction has been committed.
        self._written_by = None
        ours = connection.execute(OURS).fetchone()
        return str(ours[0]) if ours else ""

    def end(self, transaction: str) -> None:
        """Say that the transaction has been committed, or changed nothing but the cursor."""
        self._written_by = transaction

    def add_new(self, own: Mapping[int, float], described: Mapping[int, Described]) -> None:
        """Keep new descriptions, which no pair and no stored record has yet."""
        for number, one in described.items():
            self._kind[number], self.own[number], self._bar[number] = one.kind, own[number], 0
            # Most say nothing of documents, and are not read again for it.
            if one.kind in GUARDED and FIELD in one.text:
                self.documents[number] = documents_of(one.description)
            self._rows[number] = {}
            self.pairs.begin(number)

    def forget(self, numbers: Iterable[int]) -> None:
        """Forget descriptions, whose pairs were taken out."""
        for number in numbers:
            for kept in (*self._kept(), self._foregone):
                kept.pop(number, None)
            self.pairs.forget(number)

    def forget_records(self, numbers: Iterable[int]) -> None:
        """Forget the records with these descriptions: some were taken out or moved."""
        for number in numbers:
            self._rows.pop(number, None)

    def add_records(self, records: Iterable[tuple[NewRecord, RecordId]]) -> None:
        """Keep records that have been written, each with its entity, where those with its
        description are kept and none that is older stands for it too.
        """
        for r, entity in records:
            number = r.described.number
            kept = self._rows.get(number)
            if kept is None or not self.strong(number):
                continue
            guarded = r.kind in GUARDED
            stands_for = (entity, r.agency, r.victim) if guarded else (entity,)
            known = kept.get(stands_for)
            record = (r.position, r.ordinal)
            if known is None or record < known[0].record:
                kept[stands_for] = (Seen(record, number, r.kind, r.agency, r.victim), entity)

    def foregone(self, number: int, *, victim: bool) -> RecordId | None:
        """Return the entity that another record of a description has, where that is known and
        changes nothing else; `victim`: the record is of one.
        """
        known = self._foregone.get(number)
        return known.entity if known and (known.victims or not victim) else None

    def keep_foregone(self, parts: Iterable[Iterable[int]], known: Mapping[int, Foregone]) -> None:
        """Keep what is foregone in parts that have been clustered."""
        for part in parts:
            for number in part:
                self._foregone.pop(number, None)
        self._foregone.update(known)

    def parts(
        self, connection: psycopg.Connection[Any], numbers: Iterable[int], ties: Edges
    ) -> dict[int, list[list[int]]]:
        """Return the parts that descriptions are in now and those they have left, by their bars.

        What `components` makes of all descriptions, it makes of these: a component of too many is
        parted at a bar one bit higher. The bar of each description is kept, so that the rest of
        its component is not looked at. It only rises: what is taken out does not lower it. `ties`
        are what people said is one, and hold at every bar.
        """
        found: dict[int, list[list[int]]] = {}
        left, bar = set(numbers), 0
        while left:
            self.know(connection, left)
            begun = {number for number in left if self._bar.get(number, 0) <= bar}
            reached, larger = self._reach(connection, begun, bar, ties)
            left -= begun
            edges = with_ties(self.pairs.connecting, ties)
            for part in components(reached, edges, bar, len(reached)):
                if bar < MOST and (len(part) > self._component or not larger.isdisjoint(part)):
                    left.update(part)
                else:
                    found.setdefault(bar, []).append(part)
            bar += 1
        return found

    def keep_bars(
        self, connection: psycopg.Connection[Any], parts: Mapping[int, Iterable[Iterable[int]]]
    ) -> None:
        """Write the bars of these parts, where they have risen."""
        risen = {
            number: bar
            for bar, each in parts.items()
            for part in each
            for number in part
            if number in self._bar and self._bar[number] < bar
        }
        if risen:
            connection.execute(store.PARTED, (bigints(risen), list(risen.values())))
            self._bar.update(risen)

    def _reach(
        self, connection: psycopg.Connection[Any], numbers: Set[int], bar: int, ties: Edges
    ) -> tuple[set[int], set[int]]:
        """Return what pairs of at least `bar` connect with these, step by step, but for what is
        parted at a higher bar; and all that is beside such.
        """
        found, larger = set(numbers), set()
        frontier = found
        while frontier:
            self._know_pairs(connection, frontier)
            edges = with_ties(self.pairs.connecting, ties)
            beside = {
                number: [other for other, weight in edges[number].items() if weight >= bar]
                for number in frontier
            }
            self.know(connection, {other for others in beside.values() for other in others})
            frontier = set()
            for number, others in beside.items():
                for other in others:
                    if other in found:
                        continue
                    if self._bar.get(other, 0) > bar:
                        larger.add(number)
                    else:
                        frontier.add(other)
            found |= frontier
        return found, larger

    def know(self, connection: psycopg.Connection[Any], numbers: Iterable[int]) -> None:
        """See that the kinds and weights of these descriptions are known."""
        unknown = [number for number in numbers if number not in self.own]
        if unknown:
            rows = connection.execute(store.OWN_PARTED, (bigints(unknown),))
            for number, kind, own, documents, bar in rows:
                self._kind[number], self.own[number], self._bar[number] = kind, own, bar
                if documents:
                    self.documents[number] = frozenset(documents)

    def strong(self, number: int) -> bool:
        """Whether a known description says enough to join."""
        return self.own[number] >= THRESHOLD

    def guarded(self, number: int) -> bool:
        """Whether one record of a known description stands for those of one agency alone."""
        return self._kind[number] in GUARDED

    def near_documents(
        self, connection: psycopg.Connection[Any], numbers: Collection[int]
    ) -> set[int]:
        """Return those of these descriptions, stored before, that may fit two people by documents:
        pairs of the victims' bar tie them to several.
        """
        self._know_pairs(connection, numbers)
        sure = {
            number: [
                other
                for other, weight in self.pairs.connecting[number].items()
                if weight >= VICTIM_BAR
            ]
            for number in numbers
        }
        self.know(connection, {other for others in sure.values() for other in others})
        return {
            number
            for number, others in sure.items()
            if len({self.documents[other] for other in others if other in self.documents}) > 1
        }

    def records(self, connection: psycopg.Connection[Any], numbers: Collection[int]) -> list[Row]:
        """Return the records that stand for those with these known, strong descriptions."""
        unknown = [number for number in numbers if number not in self._rows]
        for statement, guarded in ((store.OLDEST_OF_AGENCIES, True), (store.OLDEST, False)):
            asked = [number for number in unknown if self.guarded(number) is guarded]
            self._rows.update((number, {}) for number in asked)
            if asked:
                for row in connection.execute(statement, (bigints(asked),)):
                    seen, entity = store.seen_of(row)
                    said_by = (seen.agency, seen.victim) if guarded else ()
                    self._rows[seen.description][entity, *said_by] = (seen, entity)
        return [row for number in numbers for row in self._rows[number].values()]

    def _know_pairs(self, connection: psycopg.Connection[Any], numbers: Iterable[int]) -> None:
        unknown = [number for number in numbers if number not in self.pairs]
        if unknown:
            self.pairs.know(unknown, store.pairs_of(connection, unknown))

    def _forget_all(self) -> None:
        self.pairs.clear()
        for kept in self._kept():
            kept.clear()

    def _kept(self) -> tuple[dict[int, Any], ...]:
        return self.own, self.documents, self._kind, self._bar, self._rows

    def _is_full(self) -> bool:
        return len(self.pairs) > self._most or self.pairs.bytes > BYTES_OF_PAIRS
