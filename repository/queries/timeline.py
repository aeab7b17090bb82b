"""Events in time: when what they tell of happened, where, who reported it and how it is graded."""

from collections.abc import Collection, Mapping
from typing import Any, LiteralString

import psycopg

from repository.linking.closure import entity_name
from repository.linking.store import split
from repository.queries.entity import COUNTED, asked_for, entity_of, grade

NAMED: LiteralString = """
SELECT position, role, label
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal)
ORDER BY position, ordinal
"""
# What happened at no stated time stands where it was reported.
IN_TIME: LiteralString = """
SELECT l.position, e.event_id, e.agency, e.kind, l.source_reference, e.occurred_from,
       e.occurred_to, e.reported_at, e.grading_scheme, e.source_grade, e.information_grade,
       e.handling, e.marking
FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position = ANY(%s)
ORDER BY coalesce(e.occurred_from, e.reported_at), e.reported_at, l.position
"""
# A place that shelters somebody is no record that a reader without victims' data may see.
PLACES: LiteralString = """
SELECT position, label FROM record WHERE position = ANY(%s) AND kind = 'location'
ORDER BY position, ordinal
"""
STEPS: LiteralString = """
SELECT position, coalesce(facts ->> 'step', facts ->> 'result') FROM counted
WHERE position = ANY(%s)
"""
CASE_STEPS: LiteralString = """
SELECT position, concat_ws(' ', step, decision) FROM nrm_step WHERE position = ANY(%s)
"""
RESTATED: LiteralString = """
SELECT position, first_position FROM restatement WHERE position = ANY(%s)
"""
Roles = Mapping[int, list[dict[str, str]]]


def timeline(connection: psycopg.Connection[Any], name: str) -> dict[str, Any]:
    """Return `entity` and its events in time, each with the entity's role and label in it: the
    latest COUNTED that were reported, if there are `more`. Raises NoEntityError.
    """
    entity, records = entity_of(connection, asked_for(name), most=COUNTED + 1)
    roles: dict[int, list[dict[str, str]]] = {}
    for position, role, label in connection.execute(NAMED, split(records[:COUNTED])):
        roles.setdefault(position, []).append({"role": role, "label": label})
    more = len(records) > COUNTED
    return {"entity": entity_name(entity), **in_time(connection, roles, roles, more=more)}


def in_time(
    connection: psycopg.Connection[Any],
    positions: Collection[int],
    roles: Roles | None = None,
    *,
    more: bool = False,
) -> dict[str, Any]:
    """Return events as `entries` in the order in which they happened, the `agencies` they are of,
    and whether there are `more` than these.

    `occurred_from` and `occurred_to` enclose a time that is not known better; both are null where
    no time was stated. `what` is the step or the result that an event of a sort with steps tells
    of, `as` what `roles` holds of it.
    """
    asked = (list(positions),)
    places: dict[int, list[str]] = {}
    for position, label in connection.execute(PLACES, asked):
        places.setdefault(position, []).append(label)
    told = dict(connection.execute(STEPS, asked).fetchall())
    told |= dict(connection.execute(CASE_STEPS, asked).fetchall())
    restated = dict(connection.execute(RESTATED, asked).fetchall())
    entries = [
        {
            "position": position,
            "event_id": str(event_id),
            "agency": agency,
            "kind": kind,
            "what": told.get(position) or None,
            "source_reference": reference,
            "occurred_from": _text(occurred_from),
            "occurred_to": _text(occurred_to),
            "reported_at": reported_at.isoformat(),
            "places": list(dict.fromkeys(places.get(position, ()))),
            "grade": grade(scheme, source, information, handling),
            "marking": marking,
            "restates": restated.get(position),
            "as": (roles or {}).get(position, []),
        }
        for position, event_id, agency, kind, reference, occurred_from, occurred_to, reported_at,
        scheme, source, information, handling, marking in connection.execute(IN_TIME, asked)
    ]  # fmt: skip
    agencies = sorted({one["agency"] for one in entries})
    return {"more": more, "agencies": agencies, "entries": entries}


def seen_in(found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a timeline, and the ids in it: what a session puts on record."""
    own = [found["entity"]] if "entity" in found else []
    return found, [*own, *(str(one["position"]) for one in found["entries"])]


def _text(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
