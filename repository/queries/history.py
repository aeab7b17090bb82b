"""What has become of an event: its versions, how each was graded, and what each changed."""

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg

from intelbus.reading import read_event
from intelbus.source_form import to_source
from repository.access.context import context_of, victims_shown_at
from repository.access.redaction import redacted
from repository.amendments import Family, standing_of
from repository.queries.differences import differences
from repository.queries.entity import grade
from repository.queries.event import events_of

ROOT: LiteralString = """
SELECT target_event_id FROM amendment WHERE agency = %s AND amending_event_id = %s
"""
# The first version, then what amends it, in the order that decides which stands (amendments.py).
VERSIONS: LiteralString = """
WITH family AS (
    SELECT %(first)s::uuid AS event_id
    UNION SELECT amending_event_id FROM amendment
    WHERE agency = %(agency)s AND target_event_id = %(first)s
)
SELECT l.position, e.event_id, e.kind, e.value, e.reported_at, e.received_at, e.grading_scheme,
       e.source_grade, e.information_grade, e.handling, e.marking
FROM family f JOIN event_log l ON l.agency = %(agency)s AND l.event_id = f.event_id
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE e.kind <> 'erased'
ORDER BY e.event_id <> %(first)s, e.reported_at, e.event_id
"""
GRADES = ("grading_scheme", "source_grade", "information_grade", "handling", "marking")
"""What an originator grades anew by a correction."""


def event_history(connection: psycopg.Connection[Any], which: str) -> list[dict[str, Any]]:
    """Return the versions of an event, given by its id or the position of any of them, the first
    one first (one history for each agency that has used the id): how each stands and is graded, and
    what it says otherwise than the version before it, `regraded` if that is a grade, a code or a
    marking. Raises NoEventError.
    """
    families = dict.fromkeys(
        _family(connection, agency, event_id) for agency, event_id in events_of(connection, which)
    )
    return [_history(connection, family) for family in families]


def seen_in(found: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return histories, and the ids in them: what a session puts on record."""
    return found, [str(one["position"]) for each in found for one in each["versions"]]


def _family(connection: psycopg.Connection[Any], agency: str, event_id: Any) -> Family:
    row = connection.execute(ROOT, (agency, event_id)).fetchone()
    return agency, row[0] if row else event_id


def _history(connection: psycopg.Connection[Any], family: Family) -> dict[str, Any]:
    agency, first = family
    context, shown = context_of(connection), victims_shown_at(connection)
    standing = standing_of(connection, [family])
    versions: list[dict[str, Any]] = []
    before: Mapping[str, Any] | None = None
    for (position, event_id, kind, value, reported_at, received_at, scheme, source, information,
         handling, marking) in connection.execute(
        VERSIONS, {"agency": agency, "first": first}
    ).fetchall():  # fmt: skip
        event = to_source(
            kind,
            redacted(
                kind,
                read_event(bytes(value)),
                victims=context.victims or position in shown,
                sources=context.sources,
            ),
        )
        retracts = kind == "retraction"
        changed = differences(before, event) if before is not None and not retracts else []
        versions.append(
            {
                "position": position,
                "event_id": str(event_id),
                "kind": kind,
                "status": standing[position].value if position in standing else None,
                "reported_at": reported_at.isoformat(),
                "received_at": received_at.isoformat(),
                "grade": grade(scheme, source, information, handling),
                "marking": marking,
                "because": [event[name] for name in ("reason", "text") if event.get(name)]
                if retracts
                else [],
                "regraded": any(one["field"] in GRADES for one in changed),
                "changed": changed,
            }
        )
        before = before if retracts else event
    return {"agency": agency, "event_id": str(first), "versions": versions}
