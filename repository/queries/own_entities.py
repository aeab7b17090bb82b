"""Entities as a reader's own records, pairs and words make them: the linker's own clustering over
what the connection may see. A hidden record that bridges two visible ones betrays nothing.

Like the linker, it reads of what is described alike one record for all (of people who hang together
with a victim, one an agency), so that a hotel in ten thousand reports costs no more than one in
ten; its records are read when somebody asks for them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    in_doubt,
)
from repository.linking.clustering import COMPONENT
from repository.linking.copying import bigints
from repository.linking.store import split
from repository.queries.own_parts import Parts

Connection = psycopg.Connection[Any]
Alike = tuple[int, str | None]
"""Records of one description that are one entity: those of one agency, or of all."""

# The oldest that may be seen, found from the index's end.
OLDEST: LiteralString = """
SELECT r.position, r.ordinal, w.number, r.kind, r.agency, r.victim, 0, 0
FROM unnest(%s::bigint[]) AS w(number) CROSS JOIN LATERAL (
    SELECT position, ordinal, kind, agency, victim FROM record
    WHERE description = w.number ORDER BY position, ordinal LIMIT 1
) AS r
"""
OLDEST_OF_AGENCIES: LiteralString = """
SELECT DISTINCT ON (r.description, r.agency, r.victim)
       r.position, r.ordinal, r.description, r.kind, r.agency, r.victim, 0, 0
FROM unnest(%s::bigint[]) AS w(number) JOIN record r ON r.description = w.number
ORDER BY r.description, r.agency, r.victim, r.position, r.ordinal
"""
OF_VICTIMS: LiteralString = """
SELECT w.number FROM unnest(%s::bigint[]) AS w(number)
WHERE (SELECT true FROM record r WHERE r.description = w.number AND r.victim LIMIT 1)
"""
NOTHING: tuple[tuple[Any, ...], ...] = (("{}",), ("{}", "{}"))
LAST: RecordId = (2**62, 2**15 - 1)
"""No record comes after it."""
LATEST: LiteralString = """
SELECT w.entity_position, w.entity_ordinal, r.position, r.ordinal
FROM unnest(%(numbers)s::bigint[], %(agencies)s::text[], %(positions)s::bigint[],
            %(ordinals)s::smallint[]) AS w(number, agency, entity_position, entity_ordinal)
CROSS JOIN LATERAL (
    SELECT position, ordinal FROM record
    WHERE description = w.number AND (w.agency IS NULL OR agency = w.agency)
      AND (position, ordinal) < (%(before)s, %(before_ordinal)s)
    ORDER BY position DESC, ordinal DESC LIMIT %(most)s
) AS r
"""


@dataclass(slots=True)
class Own:
    """Entities by the records that were asked about, and how to find the others of each."""

    entity: dict[RecordId, RecordId] = field(default_factory=dict)
    _alike: dict[RecordId, set[Alike]] = field(default_factory=dict)
    _alone: dict[RecordId, dict[RecordId, str]] = field(default_factory=dict)

    def alike(self, entity: RecordId, alike: Alike) -> None:
        """Note that all records described so are of an entity."""
        self._alike.setdefault(entity, set()).add(alike)

    def alone(self, entity: RecordId, record: RecordId, agency: str) -> None:
        """Note that one record, an agency's, is of an entity."""
        self._alone.setdefault(entity, {})[record] = agency

    def agencies(
        self, entity: RecordId, describing: Mapping[int, Collection[str]]
    ) -> frozenset[str]:
        """Return the agencies that report an entity, given those that use each description."""
        found = set(self._alone.get(entity, {}).values())
        for number, agency in self._alike.get(entity, ()):
            found.update(describing[number] if agency is None else (agency,))
        return frozenset(found)

    def add(self, other: "Own") -> None:
        """Take in what was found around other records."""
        self.entity |= other.entity
        for entity, each in other._alike.items():
            self._alike.setdefault(entity, set()).update(each)
        for entity, records in other._alone.items():
            self._alone.setdefault(entity, {}).update(records)

    def records(
        self,
        connection: Connection,
        wanted: Iterable[RecordId],
        *,
        most: int | None = None,
        before: RecordId = LAST,
    ) -> dict[RecordId, list[RecordId]]:
        """Return the records of entities, the latest first: so many of each, or all."""
        asked = list(dict.fromkeys(wanted))
        found = {one: {r for r in self._alone.get(one, ()) if r < before} for one in asked}
        alike = [(*each, *one) for one in asked for each in self._alike.get(one, ())]
        if alike:
            numbers, agencies, positions, ordinals = map(list, zip(*alike, strict=True))
            latest = connection.execute(
                LATEST,
                {
                    "numbers": numbers,
                    "agencies": agencies,
                    "positions": positions,
                    "ordinals": ordinals,
                    "before": before[0],
                    "before_ordinal": before[1],
                    "most": most,
                },
            )
            for ep, eo, position, ordinal in latest.fetchall():
                found[ep, eo].add((position, ordinal))
        return {one: sorted(records, reverse=True)[:most] for one, records in found.items()}


def own_entities(
    connection: Connection,
    records: Iterable[RecordId],
    *,
    component: int = COMPONENT,
    within: Parts | None = None,
) -> Own:
    """Return the entities of records as the connection's reader sees them. Records that it may not
    see, and that are not there, are left out alike. `component`: of more, a component is parted.
    Where it is known already what the records hang together with, `within` says so.
    """
    begun = _seen(connection, store.THESE, *split(records))
    if not begun:
        return Own()
    described = {one.description for one in begun}
    together = within.of(described) if within else Parts(connection, described, component)
    pool, words, edges = together.pool, together.words, together.edges()
    own, kinds, documents = store.own_of(connection, pool)
    people = {number for number, kind in kinds.items() if kind in GUARDED}
    spoken_of = {number for sides in words.values() for number in sides}
    judged = {side for word in words for side in (word.a, word.b)}
    weak = {number for number in pool if own[number] < THRESHOLD}
    many = pool - weak - spoken_of
    guarded = many & people & _beside_victims(connection, people, edges, words)
    alike = _seen(connection, OLDEST_OF_AGENCIES, bigints(guarded))
    alike += _seen(connection, OLDEST, bigints(many - guarded))
    single = _seen(connection, store.EACH, bigints((pool & spoken_of) - weak))
    if weak and judged:
        these = _seen(connection, store.THESE, *split(judged))
        single += [one for one in these if one.description in weak]
    doubtful = in_doubt([*alike, *single], together.parts, edges, documents).intersection(many)
    if doubtful:
        alike = [one for one in alike if one.description not in doubtful]
        single += _seen(connection, store.EACH, bigints(doubtful))
    found = entities(
        [*alike, *single],
        own,
        edges,
        sorted(words, key=lambda one: (one.a, one.b, one.same)),
        documents=documents,
        parts=together.parts,
    )
    return _told(begun, alike, single, found)


def _seen(connection: Connection, statement: LiteralString, *wanted: Any) -> list[Seen]:
    if wanted in NOTHING:
        return []
    rows = connection.execute(statement, wanted).fetchall()
    return [seen for seen, _ in map(store.seen_of, rows)]


def _beside_victims(
    connection: Connection,
    people: set[int],
    edges: Mapping[int, Mapping[int, float]],
    words: Mapping[Judged, tuple[int, int]],
) -> set[int]:
    """Return the descriptions that victims' records have, and all that hang together with them:
    there alone it matters which agencies describe somebody.
    """
    found: set[int] = set()
    rows = connection.execute(OF_VICTIMS, (bigints(people),)) if people else ()
    new = {number for (number,) in rows}
    while new:
        found |= new
        beside = {b for a in new for b, bits in edges.get(a, {}).items() if bits >= CONNECTS}
        said = {n for sides in words.values() if not new.isdisjoint(sides) for n in sides}
        new = (beside | said) - found
    return found


def _told(
    begun: Sequence[Seen],
    alike: Sequence[Seen],
    single: Sequence[Seen],
    found: Mapping[RecordId, RecordId],
) -> Own:
    own = Own()
    of_agency: dict[int, dict[str, RecordId]] = {}
    for one in alike:
        of_agency.setdefault(one.description, {})[one.agency] = found[one.record]
    for number, by_agency in of_agency.items():
        into = set(by_agency.values())
        if len(into) == 1:
            own.alike(into.pop(), (number, None))
            continue
        for agency, entity in by_agency.items():
            own.alike(entity, (number, agency))
    for one in single:
        own.alone(found[one.record], one.record, one.agency)
    for one in begun:
        if one.record in found:
            entity = found[one.record]
        elif by_agency := of_agency.get(one.description, {}):
            # of things one record stands for all agencies
            entity = by_agency.get(one.agency) or next(iter(by_agency.values()))
        else:  # it says too little to be anything but itself
            entity = one.record
            own.alone(entity, entity, one.agency)
        own.entity[one.record] = entity
    return own
