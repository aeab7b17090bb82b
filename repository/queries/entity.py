"""Entities: their members, why each belongs, and which are held by several agencies."""

from collections.abc import Iterable
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from intelbus.errors import ContentError
from repository.access.context import context_of
from repository.linking.closure import RecordId, entity_name, parse_entity, record_name
from repository.linking.store import split
from repository.queries.contradictions import side_by_side
from repository.queries.corroboration import entity_corroboration
from repository.queries.links import links_between
from repository.queries.own_entities import LAST, own_entities

ENTITY_OF: LiteralString = """
SELECT entity_position, entity_ordinal FROM record WHERE position = %s AND ordinal = %s
"""
REDIRECTED: LiteralString = """
SELECT to_position, to_ordinal FROM entity_redirect WHERE position = %s AND ordinal = %s
"""
MEMBERS: LiteralString = """
SELECT r.position, r.ordinal, r.kind, r.role, r.label, r.victim, r.agency, e.event_id,
       e.kind, l.source_reference, e.grading_scheme, e.source_grade, e.information_grade,
       e.handling, e.reported_at, s.first_position
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal)
JOIN event_log l USING (position)
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
LEFT JOIN restatement s ON s.position = r.position
ORDER BY r.position, r.ordinal
"""
DESCRIBED: LiteralString = """
SELECT r.position, r.ordinal, d.said
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal) JOIN description d ON d.number = r.description
"""
OF_ENTITY: LiteralString = """
SELECT position, ordinal FROM record
WHERE entity_position = %(p)s AND entity_ordinal = %(o)s AND (position, ordinal) < (%(bp)s, %(bo)s)
ORDER BY position DESC, ordinal DESC LIMIT %(most)s
"""
STORED: LiteralString = """
SELECT r.position, r.ordinal, r.entity_position, r.entity_ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal)
"""

SHOWN = 100
"""Records of an entity that are shown at once."""
COUNTED = 1_000
"""Records are counted exactly up to here; beyond, only that there are more."""


class NoEntityError(ContentError):
    """There is no such entity."""


def entity_of(
    connection: psycopg.Connection[Any],
    asked: RecordId,
    *,
    most: int | None = None,
    before: RecordId = LAST,
) -> tuple[RecordId, list[RecordId]]:
    """Return the entity that an id leads to now, as the connection's reader sees it (its own, or
    that of the record it names), and its records before one, the latest first: so many, or all.

    Raises NoEntityError.
    """
    if not context_of(connection).unlimited:
        own = own_entities(connection, [asked])
        if asked not in own.entity:
            raise no_entity(asked)
        entity = own.entity[asked]
        return entity, own.records(connection, [entity], most=most, before=before)[entity]
    entity = resolve(connection, asked)
    wanted = {"p": entity[0], "o": entity[1], "bp": before[0], "bo": before[1], "most": most}
    return entity, connection.execute(OF_ENTITY, wanted).fetchall()


def resolve(connection: psycopg.Connection[Any], entity: RecordId) -> RecordId:
    """Return the stored entity that an id leads to, for who may see every record.

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
    raise no_entity(entity)


def asked_for(name: str) -> RecordId:
    """Return the id in an entity's name, for example `E120-3`. Raises NoEntityError."""
    asked = parse_entity(name)
    if asked is None:
        raise NoEntityError(f"{name!r} is no entity's id", hint="an id looks like E120-3")
    return asked


def no_entity(entity: RecordId) -> NoEntityError:
    """Return the error for what is not there, or not for this reader."""
    return NoEntityError(
        f"there is no entity {entity_name(entity)}",
        hint="find one with `ukhtc search`; a retracted event leaves its entities",
    )


def show_entity(
    connection: psycopg.Connection[Any], name: str, *, before: str | None = None
) -> dict[str, Any]:
    """Return an entity with its members, what they say side by side (`sides`), why each belongs,
    and how many independent origins stand behind it.

    The latest SHOWN records are its members here, or those before the record `before`; `earlier` is
    what to ask for next, `records` how many there are, counted to COUNTED, beyond which there are
    `more`. Raises NoEntityError.
    """
    asked = asked_for(name)
    entity, counted = entity_of(connection, asked, most=COUNTED + 1)
    records = counted
    if before is not None:
        _, records = entity_of(connection, asked, most=SHOWN + 1, before=_before(before))
        if not records:
            raise NoEntityError(f"{entity_name(entity)} has no record before {before}")
    page = sorted(records[:SHOWN])
    members = [
        {
            "record": record_name((position, ordinal)),
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
            MEMBERS, split(page)
        )
    ]  # fmt: skip
    inside = {(member["position"], member["ordinal"]): member["victim"] for member in members}
    links = links_between(connection, inside)
    return {
        "entity": entity_name(entity),
        "asked": entity_name(asked),
        "kind": members[0]["kind"],
        "records": min(len(counted), COUNTED),
        "more": len(counted) > COUNTED,
        "earlier": record_name(page[0]) if len(records) > SHOWN else None,
        "labels": sorted({member["label"] for member in members}),
        "agencies": sorted({member["agency"] for member in members}),
        "victim": any(member["victim"] for member in members),
        "members": members,
        "sides": side_by_side(members, _described(connection, page)),
        "links": links,
        "corroboration": entity_corroboration(connection, members),
    }


def _before(name: str) -> RecordId:
    record = parse_entity(name)
    if record is None:
        raise NoEntityError(f"{name!r} is no record's id", hint="`earlier` of the page before")
    return record


def positions_of(connection: psycopg.Connection[Any], name: str) -> tuple[RecordId, list[int]]:
    """Return the entity that an id leads to, and the events of all its records.

    Raises NoEntityError.
    """
    asked = asked_for(name)
    entity, records = entity_of(connection, asked)
    return entity, sorted({position for position, _ in records})


def _described(connection: psycopg.Connection[Any], records: list[RecordId]) -> dict[str, str]:
    """Return what each record's description says, as it is stored, by the record's id."""
    rows = connection.execute(DESCRIBED, split(records))
    return {record_name((position, ordinal)): said for position, ordinal, said in rows}


def entity_seen(found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return an entity as shown, and the ids in it: what a session puts on record."""
    positions = sorted({member["position"] for member in found["members"]})
    return found, [found["entity"], *map(str, positions)]


def grade(
    scheme: str, source: str | None, information: str | None, handling: str | None
) -> dict[str, str | None]:
    """Return a grade with its scheme: letters and numbers swap roles between schemes."""
    return {"scheme": scheme, "code": f"{source or ''}{information or ''}{handling or ''}" or None}


def entities_seen(
    connection: psycopg.Connection[Any], records: Iterable[RecordId]
) -> dict[RecordId, RecordId]:
    """Return the entities of `records` as the connection's reader sees them. Records that it may
    not see, and that are not there, are left out alike.
    """
    records = list(records)
    if context_of(connection).unlimited:
        rows = connection.execute(STORED, split(records))
        return {(position, ordinal): (ep, eo) for position, ordinal, ep, eo in rows}
    return own_entities(connection, records).entity


def entities_of_event(
    connection: psycopg.Connection[Any], agency: str, event_id: UUID
) -> list[dict[str, Any]]:
    """Return the records of one event with the entity of each."""
    rows = connection.execute(
        "SELECT r.position, r.ordinal, r.kind, r.role, r.label"
        " FROM record r JOIN event_log l USING (position)"
        " WHERE l.agency = %s AND l.event_id = %s ORDER BY r.ordinal",
        (agency, event_id),
    ).fetchall()
    entity = entities_seen(connection, [(position, ordinal) for position, ordinal, *_ in rows])
    return [
        {
            "record": record_name((position, ordinal)),
            "kind": kind,
            "role": role,
            "label": label,
            "entity": entity_name(entity[position, ordinal]),
        }
        for position, ordinal, kind, role, label in rows
    ]
