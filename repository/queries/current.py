"""The versions that stand: what events say now, after corrections and retractions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from intelbus.reading import read_event
from repository.amendments import Status, standing_of

OF_KIND: LiteralString = """
SELECT l.position, e.agency, e.corrects IS NOT NULL, r.position IS NOT NULL, e.value
FROM event e JOIN event_log l USING (agency, event_id) LEFT JOIN restatement r USING (position)
WHERE e.kind = %s ORDER BY l.position
"""
AMENDED: LiteralString = """
SELECT DISTINCT agency, target_event_id FROM amendment WHERE target_kind = %s
"""


@dataclass(frozen=True, slots=True)
class Current:
    """A version that stands; `restates` when its originator had said the same before."""

    position: int
    agency: str
    restates: bool
    event: Mapping[str, Any]


def current_events(connection: psycopg.Connection[Any], kind: str) -> Iterator[Current]:
    """Yield the versions of a kind that stand, by position. Call it inside a snapshot."""
    amended = set(connection.execute(AMENDED, (kind,)).fetchall())
    standing = standing_of(connection, sorted(amended))
    for position, agency, corrects, restates, value in connection.execute(OF_KIND, (kind,)):
        default = Status.WAITING if corrects else Status.CURRENT
        if standing.get(position, default) is Status.CURRENT:
            yield Current(position, agency, restates, read_event(bytes(value)))
