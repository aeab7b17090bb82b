"""Versions: the next numbered events, and which versions of what was told stand by then.

Each stage that derives something of single events reads them so, by a cursor of its own.
"""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from repository.amendments import Family, Status, standing_of
from repository.linking.copying import bigints

RETRACTION, ERASED = "retraction", "erased"

# Those that are prepared are not read again. Whoever asks knows which positions those are. Row by
# row from the log, since a planner that thinks the join small would join and sort all events.
NEXT_EVENTS: LiteralString = """
SELECT l.position, e.agency, e.event_id, e.kind, e.corrects, l.audience,
       (SELECT true FROM amendment a
        WHERE a.agency = l.agency AND a.target_event_id = l.event_id LIMIT 1) IS NOT NULL,
       CASE WHEN l.position < %(first)s OR l.position > %(last)s THEN e.value END
FROM (SELECT position, agency, event_id, audience FROM event_log
      WHERE position > %(cursor)s ORDER BY position LIMIT %(limit)s) AS l
CROSS JOIN LATERAL (
    SELECT agency, event_id, kind, corrects, value FROM event
    WHERE agency = l.agency AND event_id = l.event_id OFFSET 0
) AS e
ORDER BY l.position
"""
ERASED_SINCE: LiteralString = (
    "SELECT position FROM event_log WHERE position BETWEEN %s AND %s AND kind = 'erased'"
)
EARLIER: LiteralString = """
SELECT l.position, e.agency, e.event_id, e.kind, e.corrects, l.audience, true, e.value
FROM event_log l JOIN event e USING (agency, event_id)
WHERE l.position = ANY(%s::bigint[])
"""
TARGETS: LiteralString = """
SELECT agency, target_event_id FROM amendment WHERE position > %s AND position <= %s
"""


class Told(NamedTuple):
    """An event as the log and the store have it; `value` is left out where it is known."""

    position: int
    agency: str
    event_id: UUID
    kind: str
    corrects: UUID | None
    audience: int
    amended: bool
    value: bytes | None


def next_events(
    connection: psycopg.Connection[Any],
    cursor: int,
    limit: int,
    known: tuple[int, int] = (0, 0),
) -> list[Told]:
    """Return the next events by position; those from `known[0]` to `known[1]` without value."""
    wanted = {"cursor": cursor, "limit": limit, "first": known[0], "last": known[1]}
    found = connection.cursor(binary=True).execute(NEXT_EVENTS, wanted)
    return [Told(*row) for row in found]


def still_told(connection: psycopg.Connection[Any], known: Sequence[Told]) -> list[Told]:
    """Return events that were read before, in order of position, as they are now: what one says
    changes only when it is erased, as the log then says too.
    """
    between = (known[0].position, known[-1].position)
    erased = {position for (position,) in connection.execute(ERASED_SINCE, between)}
    return [e._replace(kind=ERASED) if e.position in erased else e for e in known]


def earlier(connection: psycopg.Connection[Any], positions: Iterable[int]) -> list[Told]:
    """Return the events at these positions."""
    found = connection.cursor(binary=True).execute(EARLIER, (bigints(positions),))
    return [Told(*row) for row in found]


def says(event: Told) -> bool:
    """Whether an event may have records: neither one that takes others back, nor an erased one."""
    return event.kind not in {RETRACTION, ERASED}


def standing(
    connection: psycopg.Connection[Any], events: Sequence[Told], cursor: int
) -> dict[int, Status]:
    """Return the status of each version that this batch brings or changes."""
    last = events[-1].position
    # A correction that others name as their first version is asked for under its own id too.
    families: set[Family] = {
        family
        for e in events
        if says(e) and (e.amended or e.corrects)
        for family in ((e.agency, e.corrects or e.event_id), (e.agency, e.event_id))
    }
    families.update(connection.execute(TARGETS, (cursor, last)).fetchall())
    found = standing_of(connection, sorted(families), last) if families else {}
    for e in events:
        if says(e) and not e.amended and not e.corrects:
            found.setdefault(e.position, Status.CURRENT)
    return found


def to_write(
    connection: psycopg.Connection[Any],
    events: Sequence[Told],
    current: Iterable[int],
    there: LiteralString,
) -> list[Told]:
    """Return the versions that stand and of which nothing is written yet, by position.

    `there` asks at which of some positions something is written.
    """
    told = {e.position: e for e in events}
    wanted = set(current)
    if elsewhere := wanted - told.keys():
        rows = connection.execute(there, (bigints(elsewhere),)).fetchall()
        missing = elsewhere - {position for (position,) in rows}
        told |= {e.position: e for e in earlier(connection, missing)}
    return [told[position] for position in sorted(wanted & told.keys())]
