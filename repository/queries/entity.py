"""Entities: their members, why each belongs, and which are held by several agencies."""

from collections.abc import Iterable, Set
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from intelbus.errors import ContentError
from repository.linking.candidates import JUDGEMENTS, judgements_of, split
from repository.linking.closure import Judged, RecordId, closure, entity_name, parse_entity
from repository.linking.features import BY_NAME

ENTITY_OF: LiteralString = """
SELECT entity_position, entity_ordinal FROM record WHERE position = %s AND ordinal = %s
"""
REDIRECTED: LiteralString = """
SELECT to_position, to_ordinal FROM entity_redirect WHERE position = %s AND ordinal = %s
"""
MEMBERS: LiteralString = """
SELECT r.position, r.ordinal, r.kind, r.role, r.label, r.victim, r.agency, e.event_id,
       e.kind, e.source_reference, e.grading_scheme, e.source_grade, e.information_grade,
       e.handling, e.reported_at, s.first_position
FROM record r
JOIN event_log l USING (position)
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
LEFT JOIN restatement s ON s.position = r.position
WHERE r.entity_position = %s AND r.entity_ordinal = %s
ORDER BY r.position, r.ordinal
"""
LINKS: LiteralString = """
SELECT j.a_position, j.a_ordinal, j.b_position, j.b_ordinal, j.judge, j.verdict, j.weight,
       j.reasons, j.victim
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN judgement j ON j.a_position = w.position AND j.a_ordinal = w.ordinal
ORDER BY 1, 2, 3, 4, 5
"""
# Records that positive judgements lead to, step by step, from those asked for.
REACHED: LiteralString = """
WITH RECURSIVE reached AS (
    SELECT r.position, r.ordinal
    FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
    JOIN record r USING (position, ordinal)
    UNION
    SELECT n.position, n.ordinal FROM reached, LATERAL (
        SELECT j.b_position, j.b_ordinal FROM judgement j
        WHERE j.a_position = reached.position AND j.a_ordinal = reached.ordinal AND j.verdict > 0
        UNION ALL
        SELECT j.a_position, j.a_ordinal FROM judgement j
        WHERE j.b_position = reached.position AND j.b_ordinal = reached.ordinal AND j.verdict > 0
    ) AS next(position, ordinal) JOIN record n USING (position, ordinal)
)
SELECT position, ordinal FROM reached
"""
BY_AGENCIES: LiteralString = """
SELECT r.entity_position, r.entity_ordinal, min(r.kind), min(r.label),
       array_agg(DISTINCT r.agency ORDER BY r.agency),
       count(DISTINCT r.position) FILTER (WHERE s.position IS NULL), bool_or(r.victim)
FROM record r LEFT JOIN restatement s USING (position)
WHERE %(kind)s::text IS NULL OR r.kind = %(kind)s
GROUP BY 1, 2
HAVING count(DISTINCT r.agency) >= %(least)s
ORDER BY count(DISTINCT r.agency) DESC, 6 DESC, 1, 2
LIMIT %(limit)s
"""


class NoEntityError(ContentError):
    """There is no such entity."""


def resolve(connection: psycopg.Connection[Any], entity: RecordId) -> RecordId:
    """Return the entity that an id leads to now: its own, or that of the record it names.

    Raises NoEntityError.
    """
    seen: set[RecordId] = set()
    while entity not in seen:
        seen.add(entity)
        found = connection.execute(ENTITY_OF, entity).fetchone()
        if found:
            return (found[0], found[1])
        moved = connection.execute(REDIRECTED, entity).fetchone()
        entity = (moved[0], moved[1]) if moved else entity
    raise NoEntityError(
        f"there is no entity {entity_name(entity)}",
        hint="find one with `ukhtc search`; a retracted event leaves its entities",
    )


def show_entity(connection: psycopg.Connection[Any], name: str) -> dict[str, Any]:
    """Return an entity with its members and every judgement between them. Raises NoEntityError."""
    asked = parse_entity(name)
    if asked is None:
        raise NoEntityError(f"{name!r} is no entity's id", hint="an id looks like E120-3")
    entity = resolve(connection, asked)
    members = [
        {
            "record": f"R{position}-{ordinal}",
            "position": position,
            "ordinal": ordinal,
            "kind": kind,
            "role": role,
            "label": label,
            "victim": victim,
            "agency": agency,
            "event_id": str(event_id),
            "event_kind": event_kind,
            "source_reference": reference,
            "grade": grade(scheme, source, information, handling),
            "reported_at": reported_at.isoformat(),
            "restates": first,
        }
        for position, ordinal, kind, role, label, victim, agency, event_id, event_kind, reference,
        scheme, source, information, handling, reported_at, first in connection.execute(
            MEMBERS, entity
        )
    ]  # fmt: skip
    inside = {(member["position"], member["ordinal"]) for member in members}
    links = [
        {
            "records": [f"R{ap}-{ao}", f"R{bp}-{bo}"],
            "judge": judge,
            "same": verdict > 0,
            "weight": weight,
            "victim": victim,
            "why": [{**reason, "meaning": _meaning(reason["feature"])} for reason in reasons],
        }
        for ap, ao, bp, bo, judge, verdict, weight, reasons, victim in connection.execute(
            LINKS, split(inside)
        )
        if (bp, bo) in inside
    ]
    return {
        "entity": entity_name(entity),
        "asked": entity_name(asked),
        "kind": members[0]["kind"],
        "labels": sorted({member["label"] for member in members}),
        "agencies": sorted({member["agency"] for member in members}),
        "victim": any(member["victim"] for member in members),
        "members": members,
        "links": links,
    }


def grade(
    scheme: str, source: str | None, information: str | None, handling: str | None
) -> dict[str, str | None]:
    """Return a grade with its scheme: letters and numbers swap roles between schemes."""
    return {"scheme": scheme, "code": f"{source or ''}{information or ''}{handling or ''}" or None}


def _meaning(feature: str) -> str:
    return BY_NAME[feature].meaning if feature in BY_NAME else ""


def entities_by_agencies(
    connection: psycopg.Connection[Any],
    min_agencies: int = 2,
    *,
    kind: str | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Return the entities that at least `min_agencies` agencies report, most agencies first.

    `events` counts events without restatements.
    """
    wanted = {"least": min_agencies, "kind": kind, "limit": limit}
    return [
        {
            "entity": entity_name((position, ordinal)),
            "kind": of_kind,
            "label": label,
            "agencies": agencies,
            "events": events,
            "victim": victim,
        }
        for position, ordinal, of_kind, label, agencies, events, victim in connection.execute(
            BY_AGENCIES, wanted
        )
    ]


def entities_for(
    connection: psycopg.Connection[Any], visible: Set[int], records: Set[RecordId]
) -> dict[RecordId, RecordId]:
    """Return the entities of `records` as a reader sees them who sees the positions `visible`.

    The seam of access: the closure runs over visible records and the judgements between them
    alone, so a hidden record that bridges two visible ones betrays nothing.
    """
    seen = {record for record in records if record[0] in visible}
    judgements = [
        Judged((ap, ao), (bp, bo), verdict > 0, weight)
        for ap, ao, bp, bo, verdict, weight in connection.execute(JUDGEMENTS, split(seen))
    ]
    return closure(seen, judgements)


def entities_seen(
    connection: psycopg.Connection[Any], records: Iterable[RecordId]
) -> dict[RecordId, RecordId]:
    """Return the entities of `records` as the connection's reader sees them.

    The closure runs over the records and judgements that the connection may see, beginning with
    these: a hidden record that bridges two visible ones betrays nothing. Records that it may not
    see, and that are not there, are left out alike.
    """
    records = list(records)
    reached = set(connection.execute(REACHED, split(records)).fetchall())
    found = closure(reached, judgements_of(connection, reached))
    return {record: found[record] for record in records if record in found}


def entities_of_event(
    connection: psycopg.Connection[Any], agency: str, event_id: UUID
) -> list[dict[str, Any]]:
    """Return the records of one event with the entity of each."""
    rows = connection.execute(
        "SELECT r.position, r.ordinal, r.kind, r.role, r.label, r.entity_position,"
        " r.entity_ordinal FROM record r JOIN event_log l USING (position)"
        " WHERE l.agency = %s AND l.event_id = %s ORDER BY r.ordinal",
        (agency, event_id),
    )
    return [
        {
            "record": f"R{position}-{ordinal}",
            "kind": kind,
            "role": role,
            "label": label,
            "entity": entity_name((ep, eo)),
        }
        for position, ordinal, kind, role, label, ep, eo in rows
    ]
