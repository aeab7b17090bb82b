"""Operations: who took part, what came of each, and what was said of it, in order of time."""

from typing import Any, LiteralString

import psycopg

from intelbus.codec import read_event
from intelbus.errors import ContentError
from repository.linking.closure import entity_name
from repository.linking.normalise import squashed
from repository.queries.entity import COUNTED, asked_for, entities_seen, entity_of
from repository.queries.snapshot import snapshot
from repository.queries.timeline import in_time
from repository.statistics.results import operation_outcomes

STEPS: LiteralString = """
SELECT c.position, c.kind, c.agency, c.occurred_on, c.reported_on, c.facts, e.value
FROM counted c JOIN event_log l USING (position)
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE c.position = ANY(%s) ORDER BY c.occurred_on, c.position
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
    with snapshot(connection):
        rows = operation_outcomes(connection)
        positions = [position for row in rows for position in row["positions"]]
        told = {row[0]: row for row in connection.execute(STEPS, (positions,)).fetchall()}
    return [_summed(row, [told[p] for p in row["positions"] if p in told]) for row in rows]


def operation(connection: psycopg.Connection[Any], name: str) -> dict[str, Any]:
    """Return one operation with its events in time and the entities that they name.

    The name is compared without case, spaces and the word "operation". Raises NoOperationError.
    """
    wanted = _key(name)
    with snapshot(connection):
        for row in operation_outcomes(connection):
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
        **_summed(row, steps),
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


def _summed(row: dict[str, Any], steps: list[tuple[Any, ...]]) -> dict[str, Any]:
    led, partners = set(), set()
    for _, kind, agency, _, _, _, value in steps:
        partners.add(agency)
        if kind == "operation":
            event = read_event(bytes(value))
            led.add(event["lead_agency"])
            partners.update(event["partner_agencies"])
    days = [occurred for _, kind, _, occurred, *_ in steps if kind == "operation"]
    return {
        **row,
        "led_by": sorted(led),
        "agencies": sorted(partners | led),
        "from": min(days).isoformat() if days else None,
        "to": max(days).isoformat() if days else None,
    }


def _step(row: tuple[Any, ...]) -> dict[str, Any]:
    position, kind, agency, occurred, reported, facts, _ = row
    told = {key: value for key, value in facts.items() if value not in (None, [], {}, 0)}
    told.pop("operation", None)
    told.pop("operations", None)
    return {
        "position": position,
        "kind": kind,
        "agency": agency,
        "occurred_on": occurred.isoformat(),
        "reported_on": reported.isoformat(),
        **told,
    }
