"""One entity's events in time: when what they tell of happened, and when they were reported."""

from typing import Any, LiteralString

import psycopg

from repository.queries.entity import show_entity

# What happened at no stated time stands where it was reported.
IN_TIME: LiteralString = """
SELECT l.position, e.event_id, e.agency, e.kind, e.source_reference, e.occurred_from,
       e.occurred_to, e.reported_at
FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position = ANY(%s)
ORDER BY coalesce(e.occurred_from, e.reported_at), e.reported_at, l.position
"""


def timeline(connection: psycopg.Connection[Any], name: str) -> dict[str, Any]:
    """Return `entity` and its `entries`, one an event, with the entity's role and label in it.

    `occurred_from` and `occurred_to` enclose a time that is not known better. Raises
    NoEntityError.
    """
    entity = show_entity(connection, name)
    members: dict[int, list[dict[str, Any]]] = {}
    for member in entity["members"]:
        members.setdefault(member["position"], []).append(member)
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
            "as": [{"role": one["role"], "label": one["label"]} for one in members[position]],
        }
        for position, event_id, agency, kind, reference, occurred_from, occurred_to, reported_at
        in connection.execute(IN_TIME, (list(members),))
    ]  # fmt: skip
    return {"entity": entity["entity"], "entries": entries}


def _text(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
