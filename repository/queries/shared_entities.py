"""Which entities several agencies report, among what was told lately."""

from dataclasses import asdict, dataclass
from typing import Any, LiteralString

import psycopg

from repository.access.context import context_of
from repository.linking.closure import CONNECTS, THRESHOLD, RecordId, entity_name
from repository.linking.store import split
from repository.queries.latest import latest_events
from repository.queries.own_entities import own_entities

LATEST = 2_000
"""Events, the latest accepted that the reader may see, whose entities are listed."""

STORED_ENTITIES: LiteralString = """
SELECT DISTINCT r.entity_position, r.entity_ordinal
FROM unnest(%(at)s::bigint[]) AS w(position) JOIN record r USING (position)
WHERE %(kind)s::text IS NULL OR r.kind = %(kind)s
"""
BY_AGENCIES: LiteralString = """
SELECT r.entity_position, r.entity_ordinal, min(r.kind), min(r.label),
       array_agg(DISTINCT r.agency ORDER BY r.agency),
       count(DISTINCT r.position) FILTER (WHERE s.position IS NULL), bool_or(r.victim)
FROM unnest(%(positions)s::bigint[], %(ordinals)s::smallint[]) AS w(position, ordinal)
JOIN record r ON r.entity_position = w.position AND r.entity_ordinal = w.ordinal
LEFT JOIN restatement s ON s.position = r.position
GROUP BY 1, 2
HAVING count(DISTINCT r.agency) >= %(least)s
ORDER BY count(DISTINCT r.agency) DESC, 6 DESC, 1, 2
LIMIT %(limit)s
"""
# One record an agency of whatever could be an entity of several: described alike by two of them, or
# joined with another description; and all that is described as what people spoke of. Queries for
# one row and never `EXISTS`, which the planner might answer by hashing all records.
ACROSS_AGENCIES: LiteralString = """
WITH here AS MATERIALIZED (
    SELECT r.position, r.ordinal, r.description, r.agency
    FROM unnest(%(at)s::bigint[]) AS w(position) JOIN record r USING (position)
    WHERE %(kind)s::text IS NULL OR r.kind = %(kind)s
), told AS (
    SELECT DISTINCT ON (description, agency) * FROM here
)
SELECT t.position, t.ordinal FROM told t JOIN description d ON d.number = t.description
WHERE d.own >= %(bar)s AND coalesce(
    (SELECT true FROM record o
     WHERE o.description = t.description AND o.agency <> t.agency LIMIT 1),
    (SELECT true FROM edge e
     WHERE e.a = t.description AND e.weight >= %(connects)s LIMIT 1),
    (SELECT true FROM edge e
     WHERE e.b = t.description AND e.weight >= %(connects)s LIMIT 1))
UNION ALL
SELECT h.position, h.ordinal FROM here h WHERE coalesce(
    (SELECT true FROM judgement j
     WHERE j.a_description = h.description AND j.judge <> 'linker' LIMIT 1),
    (SELECT true FROM judgement j
     WHERE j.b_description = h.description AND j.judge <> 'linker' LIMIT 1))
"""
SAID_OF: LiteralString = """
SELECT r.position, r.ordinal, r.kind, r.label, r.agency, r.victim, s.position IS NOT NULL
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal) LEFT JOIN restatement s ON s.position = r.position
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """An entity that several agencies report; `events` are counted without restatements."""

    entity: RecordId
    kind: str
    label: str
    agencies: list[str]
    events: int
    victim: bool


def entities_by_agencies(
    connection: psycopg.Connection[Any],
    min_agencies: int = 2,
    *,
    kind: str | None = None,
    limit: int = 50,
    latest: int = LATEST,
) -> list[dict[str, Any]]:
    """Return the entities that at least `min_agencies` agencies report, most agencies first: those
    named in the `latest` events that the connection may see, with all that is reported of them.

    `events` counts events without restatements. What one agency alone reports is listed only for
    who may see every record.
    """
    at = latest_events(connection, latest)
    if not context_of(connection).unlimited:
        found = _seen_by_agencies(connection, min_agencies, kind, at)[:limit]
    else:
        stored = connection.execute(STORED_ENTITIES, {"at": at, "kind": kind}).fetchall()
        positions, ordinals = split(stored)
        wanted = {
            "positions": positions,
            "ordinals": ordinals,
            "least": min_agencies,
            "limit": limit,
        }
        found = [
            Shared((position, ordinal), *rest)
            for position, ordinal, *rest in connection.execute(BY_AGENCIES, wanted)
        ]
    return [{**asdict(one), "entity": entity_name(one.entity)} for one in found]


def _seen_by_agencies(
    connection: psycopg.Connection[Any], least: int, kind: str | None, at: list[int]
) -> list[Shared]:
    """Return the same from the records that the connection may see, and nothing stored."""
    wanted = {"kind": kind, "bar": THRESHOLD, "connects": CONNECTS, "at": at}
    own = own_entities(connection, connection.execute(ACROSS_AGENCIES, wanted).fetchall())
    records = own.records(connection, own.entity.values())
    into = {record: entity for entity, each in records.items() for record in each}
    members: dict[RecordId, list[tuple[Any, ...]]] = {}
    for row in connection.execute(SAID_OF, split(into)):
        members.setdefault(into[row[0], row[1]], []).append(row)
    found = []
    for entity, rows in members.items():
        agencies = sorted({row[4] for row in rows})
        if len(agencies) >= least:
            events = {row[0] for row in rows if not row[6]}
            label, victim = min(row[3] for row in rows), any(row[5] for row in rows)
            found.append(Shared(entity, rows[0][2], label, agencies, len(events), victim))
    return sorted(found, key=lambda one: (-len(one.agencies), -one.events, one.entity))
