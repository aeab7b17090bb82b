"""Corrections and retractions: which version of an event stands, whatever arrived first.

An event's versions are the first one and the corrections that name it. Both the amendment and its
target are of one agency; a correction is of the target's kind. A retraction wins over every
correction; a correction wins over the first version; among corrections the latest by
(reported_at, event id). A correction whose first version is not stored waits: it stands for
nothing yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from intelbus.reading import read_event

Family = tuple[str, UUID]
"""An agency and the event id of a first version."""


class Status(StrEnum):
    """How one version of an event stands."""

    CURRENT = "current"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Version:
    """A stored first version."""

    event_id: UUID
    kind: str
    position: int
    is_correction: bool = False


@dataclass(frozen=True, slots=True)
class Amendment:
    """A correction or a retraction of `target_event_id`, by the target's agency."""

    event_id: UUID
    target_kind: str
    retracts: bool
    reported_at: datetime
    position: int


def standing(first: Version | None, amendments: Iterable[Amendment]) -> dict[int, Status]:
    """Return the status of every version of one family, by position, retractions left out.

    The result depends on the set alone, never on its order. At most one version is current.
    """
    known = list(amendments)
    corrections = [one for one in known if not one.retracts]
    if first is None or first.is_correction:
        return {one.position: Status.WAITING for one in corrections}
    fitting = [one for one in known if one.target_kind == first.kind]
    misfits = {one.position: Status.WAITING for one in corrections if one not in fitting}
    versions = [one for one in fitting if not one.retracts]
    positions = [first.position, *(one.position for one in versions)]
    if any(one.retracts for one in fitting):
        return misfits | dict.fromkeys(positions, Status.RETRACTED)
    latest = max(versions, key=lambda one: (one.reported_at, one.event_id), default=None)
    current = latest.position if latest else first.position
    return misfits | {
        position: Status.CURRENT if position == current else Status.CORRECTED
        for position in positions
    }


# The sequencer calls this for the positions that it has just given, in its own transaction.
NEW_AMENDMENTS: LiteralString = """
SELECT l.position, e.agency, e.event_id, e.kind, e.corrects, e.reported_at,
       CASE WHEN e.kind = 'retraction' THEN e.value END
FROM event_log l JOIN event e USING (agency, event_id)
WHERE l.position = ANY(%s)
"""


def record_amendments(connection: psycopg.Connection[Any], positions: Sequence[int]) -> int:
    """Note the amendments that stand at these positions; return how many there are."""
    if not positions:
        return 0
    rows = []
    for position, agency, event_id, kind, corrects, reported_at, value in connection.execute(
        NEW_AMENDMENTS, (list(positions),)
    ).fetchall():
        if kind == "retraction":
            event = read_event(bytes(value))
            target, target_kind = event["target_event_id"], event["target_kind"]
            what = "retraction"
        else:
            target, target_kind, what = corrects, kind, "correction"
        rows.append((agency, event_id, target, target_kind, what, reported_at, position))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO amendment (agency, amending_event_id, target_event_id, target_kind, kind,"
            " reported_at, position) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            rows,
        )
    return len(rows)


FAMILY_AMENDMENTS: LiteralString = """
SELECT a.agency, a.target_event_id, a.amending_event_id, a.target_kind, a.kind = 'retraction',
       a.reported_at, a.position
FROM unnest(%s::text[], %s::uuid[]) AS f(agency, event_id)
JOIN amendment a ON a.agency = f.agency AND a.target_event_id = f.event_id
WHERE a.position <= %s
"""
FAMILY_FIRSTS: LiteralString = """
SELECT l.agency, l.event_id, e.kind, l.position, e.corrects IS NOT NULL
FROM unnest(%s::text[], %s::uuid[]) AS f(agency, event_id)
JOIN event_log l ON l.agency = f.agency AND l.event_id = f.event_id
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position <= %s AND e.kind NOT IN ('retraction', 'erased')
"""
EVERYTHING = 2**62


def standing_of(
    connection: psycopg.Connection[Any], families: Sequence[Family], up_to: int = EVERYTHING
) -> dict[int, Status]:
    """Return the status of every version of the families, as of position `up_to`."""
    wanted = ([agency for agency, _ in families], [event_id for _, event_id in families], up_to)
    amendments: dict[Family, list[Amendment]] = {family: [] for family in families}
    for agency, target, *rest in connection.execute(FAMILY_AMENDMENTS, wanted):
        amendments[(agency, target)].append(Amendment(*rest))
    firsts = {
        (agency, event_id): Version(event_id, *rest)
        for agency, event_id, *rest in connection.execute(FAMILY_FIRSTS, wanted)
    }
    statuses: dict[int, Status] = {}
    for family in families:
        for position, status in standing(firsts.get(family), amendments[family]).items():
            # A correction of a correction is asked for under both: its own target decides.
            if status is not Status.WAITING or position not in statuses:
                statuses[position] = status
    for family in families:
        first = firsts.get(family)
        if first is not None and first.is_correction:
            statuses.setdefault(first.position, Status.WAITING)
    return statuses
