"""Operations: who took part, what came of each, and what was said of it, in order of time."""

from typing import Any, LiteralString

import psycopg

from intelbus.errors import ContentError
from repository.linking.closure import entity_name
from repository.linking.normalise import squashed
from repository.queries.entity import COUNTED, asked_for, entities_seen, entity_of
from repository.queries.snapshot import snapshot
from repository.queries.timeline import in_time
from repository.statistics.results import operation_outcomes

STEPS: LiteralString = """
SELECT position, kind, agency, occurred_on, reported_on, facts
FROM counted WHERE position = ANY(%s) ORDER BY occurred_on, position
"""
# Whatever names it as a subject, and the record of it that an operation event implies.
NAMING: LiteralString = """
SELECT r.position, r.ordinal, r.kind, r.role, r.label, r.agency FROM record r
WHERE r.position IN (
    SELECT k.position FROM record k WHERE k.position = ANY(%s)
) ORDER BY r.position, r.ordinal
"""


class NoOperationError(ContentError):
    """There is no such operation."""


def operations(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Return a row an operation: what came of it (`operation_outcomes`), its agencies and dates."""
    return operation_outcomes(connection, who=True)


def operation(connection: psycopg.Connection[Any], name: str) -> dict[str, Any]:
    """Return one operation with its events in time and the entities that they name.

    The name is compared without case, spaces and the word "operation". Raises NoOperationError.
    """
    wanted = _key(name)
    with snapshot(connection):
        for row in operations(connection):
            if _key(row["operation"]) == wanted:
                steps = connection.execute(STEPS, (row["positions"],)).fetchall()
                named = connection.execute(NAMING, (row["positions"],)).fetchall()
                entities = entities_seen(connection, [(one[0], one[1]) for one in named])
                break
        else:
            raise NoOperationError(
                f"there is no operation {name!r}", hint="`ukhtc operation list` shows them"
            )
    seen: dict[Any, dict[str, Any]] = {}
    for position, ordinal, kind, role, label, _ in named:
        entity = entities.get((position, ordinal))
        if entity is not None:
            found = seen.setdefault(
                entity,
                {"entity": entity_name(entity), "kind": kind, "label": label,
                 "roles": set(), "events": set()},
            )  # fmt: skip
            found["roles"].add(role)
            found["events"].add(position)
    return {
        **row,
        "events": [_step(one) for one in steps],
        "entities": [
            {
                **seen[one],
                "roles": sorted(seen[one]["roles"]),
                "events": sorted(seen[one]["events"]),
            }
            for one in sorted(seen)
        ],
    }


def operation_timeline(connection: psycopg.Connection[Any], name: str) -> dict[str, Any]:
    """Return an operation's own events, what came of it, and the reports that name it, in time: the
    latest COUNTED that were numbered, if there are `more`. Raises NoOperationError.
    """
    with snapshot(connection):
        found = operation(connection, name)
        positions = set(found["positions"])
        for one in found["entities"]:
            if one["kind"] == "event_reference" and _key(one["label"]) == _key(name):
                asked = asked_for(one["entity"])
                _, records = entity_of(connection, asked, most=COUNTED + 1)
                positions |= {position for position, _ in records}
        latest = sorted(positions, reverse=True)[:COUNTED]
        more = len(positions) > COUNTED
        return {"operation": found["operation"], **in_time(connection, latest, more=more)}


def _key(name: str) -> str:
    return (squashed(name) or "").removeprefix("operation")


def _step(row: tuple[Any, ...]) -> dict[str, Any]:
    position, kind, agency, occurred, reported, facts = row
    told = {key: value for key, value in facts.items() if value not in (None, [], {}, 0)}
    for of_all in ("operation", "operations", "led_by", "partners"):
        told.pop(of_all, None)
    return {
        "position": position,
        "kind": kind,
        "agency": agency,
        "occurred_on": occurred.isoformat(),
        "reported_on": reported.isoformat(),
        **told,
    }
