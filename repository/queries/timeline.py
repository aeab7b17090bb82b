"""One entity's events in time: when what they tell of happened, and when they were reported."""

from typing import Any, LiteralString

import psycopg

from repository.linking.closure import entity_name
from repository.linking.store import split
from repository.queries.entity import COUNTED, asked_for, entity_of

NAMED: LiteralString = """
SELECT position, role, label
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal)
ORDER BY position, ordinal
"""
# What happened at no stated time stands where it was reported.
IN_TIME: LiteralString = """
SELECT l.position, e.event_id, e.agency, e.kind, e.source_reference, e.occurred_from,
       e.occurred_to, e.reported_at
FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position = ANY(%s)
ORDER BY coalesce(e.occurred_from, e.reported_at), e.reported_at, l.position
"""


def timeline(connection: psycopg.Connection[Any], name: str) -> dict[str, Any]:
    """Return `entity` and its `entries`, one an event, with the entity's role and label in it: the
    latest COUNTED that were reported, if there are `more`.

    `occurred_from` and `occurred_to` enclose a time that is not known better. Raises
    NoEntityError.
    """
    entity, records = entity_of(connection, asked_for(name), most=COUNTED + 1)
    members: dict[int, list[dict[str, str]]] = {}
    for position, role, label in connection.execute(NAMED, split(records[:COUNTED])):
        members.setdefault(position, []).append({"role": role, "label": label})
    entries = [
        {
            "position": position,
            "event_id": str(event_id),
            "agency": agency,
            "kind": kind,
            "source_reference": reference,
            "occurred_from": _text(occurred_from),
            "occurred_to": _text(occurred_to),
            "reported_at": reported_at.isoformat(),
            "as": members[position],
        }
        for position, event_id, agency, kind, reference, occurred_from, occurred_to, reported_at
        in connection.execute(IN_TIME, (list(members),))
    ]  # fmt: skip
    return {"entity": entity_name(entity), "more": len(records) > COUNTED, "entries": entries}


def _text(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
