"""Reading the entities that a batch touches, whole, as the pure matching wants them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, LiteralString

import psycopg

from repository.linking.closure import Judged, RecordId
from repository.linking.store import edges_among, own_of, split, words_about
from repository.notices import policy
from repository.notices.evidence import Evidence
from repository.notices.matching import Member, Watching
from repository.notices.relays import Spoken, origins
from repository.notices.sheltered import sheltered
from repository.notices.shelters import BESIDE_SHELTER

# Where records have gone whose last known entity is among these.
MOVED: LiteralString = """
SELECT DISTINCT r.entity_position, r.entity_ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS t(position, ordinal)
JOIN holding h ON h.entity_position = t.position AND h.entity_ordinal = t.ordinal
JOIN record r ON r.position = h.position AND r.ordinal = h.ordinal
"""
# Entities of several agencies, and those that something was decided about before.
CONCERNED: LiteralString = """
SELECT t.position, t.ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS t(position, ordinal)
JOIN record r ON r.entity_position = t.position AND r.entity_ordinal = t.ordinal
WHERE r.kind <> 'event_reference'
GROUP BY t.position, t.ordinal HAVING count(DISTINCT r.agency) > 1
UNION
SELECT t.position, t.ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS t(position, ordinal)
JOIN record r ON r.entity_position = t.position AND r.entity_ordinal = t.ordinal
JOIN notice n ON n.entity_position = r.position AND n.entity_ordinal = r.ordinal
"""
MEMBERS: LiteralString = """
SELECT r.entity_position, r.entity_ordinal, r.position, r.ordinal, r.agency, h.protects,
       h.commonplace, e.grading_scheme, e.handling, e.urgency, e.received_at,
       s.names, s.upstream, s.told_by, e.kind, w.reference, w.step, w.expires_on,
       r.description, r.kind, r.victim
FROM unnest(%s::bigint[], %s::smallint[]) AS t(position, ordinal)
JOIN record r ON r.entity_position = t.position AND r.entity_ordinal = t.ordinal
JOIN holding h ON h.position = r.position AND h.ordinal = r.ordinal
JOIN held_event s ON s.position = r.position
JOIN event_log l ON l.position = r.position
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
LEFT JOIN watch_step w ON w.position = r.position
ORDER BY r.position, r.ordinal
"""
REMEMBER: LiteralString = """
UPDATE holding h SET entity_position = r.entity_position, entity_ordinal = r.entity_ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS t(position, ordinal)
JOIN record r ON r.entity_position = t.position AND r.entity_ordinal = t.ordinal
WHERE h.position = r.position AND h.ordinal = r.ordinal
  AND (h.entity_position, h.entity_ordinal) <> (r.entity_position, r.entity_ordinal)
"""
# What was found to repeat an earlier report, by its wording or its provenance.
RELAYED: LiteralString = """
SELECT position, of_position FROM relay WHERE position = ANY(%s) AND verdict = 1
"""
# The last step of each watch, by the order in which they came.
LAST_STEPS: LiteralString = """
SELECT DISTINCT ON (s.agency, s.reference) s.agency, s.reference, s.step, s.position
FROM unnest(%s::text[], %s::text[]) AS w(agency, reference)
JOIN watch_step s USING (agency, reference)
ORDER BY s.agency, s.reference, s.position DESC
"""


@dataclass(slots=True)
class Entity:
    """An entity as the stage has read it: its records, and what is known between them."""

    members: list[Member] = field(default_factory=list)
    evidence: Evidence = field(default_factory=lambda: Evidence({}, {}))


def moved(connection: psycopg.Connection[Any], ids: Iterable[RecordId]) -> set[RecordId]:
    """Return the entities that records are in now which were last seen in these."""
    return set(connection.execute(MOVED, split(ids)).fetchall())


def read_entities(
    connection: psycopg.Connection[Any], ids: Iterable[RecordId]
) -> dict[RecordId, Entity]:
    """Return those of the entities that several agencies hold, or that were decided on before."""
    ids = list(ids)
    connection.execute(REMEMBER, split(ids))
    columns = split(ids)
    wanted = sorted(connection.execute(CONCERNED, (*columns, *columns)).fetchall())
    rows = connection.execute(MEMBERS, split(wanted)).fetchall()
    last = _last_steps(connection, rows)
    spoken = _spoken(connection, rows)
    entities: dict[RecordId, Entity] = {one: Entity() for one in wanted}
    entity_of: dict[RecordId, RecordId] = {}
    first_said = origins(spoken)
    for row in rows:
        member = _member(row, last, first_said)
        entity_of[row[2], row[3]] = (row[0], row[1])
        if member is not None:
            entities[row[0], row[1]].members.append(member)
    numbers = {int(row[18]) for row in rows}
    own, _, documents = own_of(connection, numbers)
    edges = edges_among(connection, numbers)
    words: dict[RecordId, list[Judged]] = {}
    for word, _, _ in words_about(connection, numbers):
        if word.a in entity_of and entity_of[word.a] == entity_of.get(word.b):
            words.setdefault(entity_of[word.a], []).append(word)
    for name, entity in entities.items():
        entity.evidence = Evidence(own, edges, words.get(name, ()), documents)
    _protect(connection, entities)
    return entities


def _protect(connection: psycopg.Connection[Any], entities: Mapping[RecordId, Entity]) -> None:
    """Mark records that lead to a shelter by what other reports say, in entities that may be told
    of as far as their own reports go.
    """
    free = [name for name, entity in entities.items() if _may_be_told(entity)]
    beside = sheltered(connection, free) if free else set()
    for name in free:
        entities[name].members = [
            replace(one, protects=BESIDE_SHELTER) if one.record in beside else one
            for one in entities[name].members
        ]


def _may_be_told(entity: Entity) -> bool:
    return not any(one.protects or one.commonplace for one in entity.members)


def _spoken(connection: psycopg.Connection[Any], rows: Iterable[Any]) -> list[Spoken]:
    """Return what each event is called and relays, by its own word and as the wording shows."""
    said = {row[2]: (set(row[11]), set(row[12])) for row in rows}
    for position, original in connection.execute(RELAYED, (list(said),)):
        said[position][1].add(f"position:{original}")
    return [
        Spoken(position, frozenset({*names, f"position:{position}"}), frozenset(upstream))
        for position, (names, upstream) in said.items()
    ]


def _last_steps(
    connection: psycopg.Connection[Any], rows: Iterable[Any]
) -> dict[tuple[str, str], tuple[str, int]]:
    wanted = sorted({(row[4], row[15]) for row in rows if row[15] is not None})
    columns = ([agency for agency, _ in wanted], [reference for _, reference in wanted])
    return {
        (agency, reference): (step, position)
        for agency, reference, step, position in connection.execute(LAST_STEPS, columns)
    }


def _member(
    row: Any,
    last: Mapping[tuple[str, str], tuple[str, int]],
    first_said: Mapping[int, frozenset[str]],
) -> Member | None:
    """Return a record as a member; None for one that neither holds nor waits for anything."""
    (_, _, position, ordinal, agency, protects, commonplace, scheme, code, urgency, received_at,
     _, _, told_by, kind, reference, placed, expires_on, description, subject,
     victim) = row  # fmt: skip
    watching = None
    if kind == "watch":
        if placed != "placed":
            return None
        step, at = last[agency, reference]
        watching = Watching(reference, None if step == "placed" else at, expires_on)
    return Member(
        record=(position, ordinal),
        agency=agency,
        received_on=received_at.date(),
        handling=policy.handling(scheme, code),
        urgency=urgency,
        origins=first_said[position],
        told_by=frozenset(told_by),
        protects=protects,
        commonplace=commonplace,
        watching=watching,
        description=description,
        kind=subject,
        victim=victim,
    )
