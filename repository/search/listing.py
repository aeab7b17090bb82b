"""What lists show of events that were found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from repository.search.finding import Found

LISTED: LiteralString = """
SELECT position, event_id, source_reference, reported_at FROM event_log WHERE position = ANY(%s)
"""


def listed(connection: psycopg.Connection[Any], found: Sequence[Found]) -> list[dict[str, Any]]:
    """Return events found as lists show them, in the order given."""
    rows = connection.execute(LISTED, ([one.position for one in found],))
    told = {position: rest for position, *rest in rows}
    return [line(one, *told[one.position]) for one in found]


def line(
    found: Found, event_id: UUID, source_reference: str, reported_at: datetime
) -> dict[str, Any]:
    """Return one event as lists show it."""
    return {
        "position": found.position,
        "event_id": str(event_id),
        "agency": found.agency,
        "kind": found.kind,
        "marking": found.marking,
        "source_reference": source_reference,
        "reported_at": reported_at.isoformat(),
    }
