"""The relays stage: from numbered events to who repeats whom. It can be replayed."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from threading import Event
from typing import Any, LiteralString

import psycopg

from intelbus.failpoints import failpoint
from intelbus.reading import read_event
from repository.relays import store
from repository.relays.evidence import CITED, Likeness, Verdict, compare, same_matter
from repository.relays.telling import Telling, telling_of
from repository.stage_metrics import StageMetrics
from repository.stages import (
    forget_cursor,
    lock_stage,
    move_cursor,
    nothing_new,
    read_cursor,
    run_stage,
    until_idle,
    waiting,
)

STAGE = "relays"
BATCH = 500

Found = tuple[tuple[int, int], Likeness]
"""(relaying, relayed) and the evidence."""

UNTOLD = frozenset({"retraction", "erased"})

# Row by row from the log: a planner that thinks the join small would join and sort all events.
NEXT_EVENTS: LiteralString = """
SELECT l.position, e.kind, e.value
FROM (SELECT position, agency, event_id FROM event_log
      WHERE position > %s ORDER BY position LIMIT %s) AS l
CROSS JOIN LATERAL (
    SELECT kind, value FROM event WHERE agency = l.agency AND event_id = l.event_id OFFSET 0
) AS e
ORDER BY l.position
"""
TABLES: LiteralString = (
    "telling, citation, relay, stated_relation, passage, passage_band, telling_subject, formula"
)


def relay_once(
    connection: psycopg.Connection[Any], *, batch: int = BATCH, metrics: StageMetrics | None = None
) -> int:
    """Deal with up to `batch` events in one transaction; return how many.

    1 lock, then read the cursor · 2 read events by position · 3 write what they tell, and find what
    may be alike · 4 take out sentences that have become formulas, and what rested on them ·
    5 compare · 6 tie citations to what they cite · 7 move the cursor, commit. Nothing here asks
    which versions stand, so that a correction changes no row (`repository/relays/tables.py`).
    """
    if nothing_new(connection, STAGE):
        return 0
    started = time.perf_counter()
    with connection.transaction():
        lock_stage(connection, STAGE)
        cursor = read_cursor(connection, STAGE)
        failpoint("relays.locked")
        events = connection.execute(NEXT_EVENTS, (cursor, batch)).fetchall()
        if not events:
            return 0
        last = int(events[-1][0])
        told = [
            telling_of(position, kind, read_event(bytes(value)))
            for position, kind, value in events
            if kind not in UNTOLD
        ]
        failpoint("relays.read")
        formulas = store.known_formulas(connection, told)
        told = [
            replace(one, passages=tuple(p for p in one.passages if p.digest not in formulas))
            for one in told
        ]
        pairs = store.write(connection, told)
        failpoint("relays.written")
        pairs |= {(min(p), max(p)) for p in store.drop_new_formulas(connection, told)}
        failpoint("relays.weeded")
        found = [*_compared(connection, pairs), *_cited(connection, told)]
        store.write_relays(connection, found)
        failpoint("relays.compared")
        move_cursor(connection, STAGE, last)
        failpoint("relays.moved")
    failpoint("relays.committed")
    if metrics:
        metrics.batch(len(events), position=last, seconds=time.perf_counter() - started)
        metrics.relayed(found=len(found), lag=waiting(connection, last))
    return len(events)


def _compared(
    connection: psycopg.Connection[Any], pairs: Iterable[tuple[int, int]]
) -> Iterator[Found]:
    """Yield what the wording of each pair shows, the later-reported first."""
    asked = set(pairs)
    tellings = store.read_tellings(connection, {side for pair in asked for side in pair})
    for one, other in ((tellings[a], tellings[b]) for a, b in asked):
        if (one.agency, one.root_event_id) == (other.agency, other.root_event_id):
            continue
        alike = compare(one.passages, other.passages, subjects=same_matter(one, other))
        if alike is not None:
            first, later = sorted((one, other), key=_when)
            yield (later.position, first.position), alike


def _when(telling: Telling) -> Any:
    """Order by when a version was reported; equal moments by what no order of arrival changes."""
    return (telling.reported_at, telling.agency, telling.event_id)


def _cited(connection: psycopg.Connection[Any], told: Iterable[Telling]) -> Iterator[Found]:
    for pair in store.cited(connection, [one.position for one in told]):
        yield pair, Likeness(CITED, Verdict.RELAY, 1.0, {})


def forget(connection: psycopg.Connection[Any], positions: list[int]) -> int:
    """Take out all that was derived of events that were erased; return how many rows.

    The caller holds this stage's lock.
    """
    return sum(
        connection.execute(statement, {"positions": positions}).rowcount
        for statement in store.FORGET
    )


def empty(connection: psycopg.Connection[Any]) -> None:
    """Forget what was found; the next run replays the log."""
    with connection.transaction():
        lock_stage(connection, STAGE)
        connection.execute(f"TRUNCATE {TABLES}")
        forget_cursor(connection, STAGE)


def relay_all(connection: psycopg.Connection[Any], *, batch: int = BATCH) -> int:
    """Deal with everything numbered so far; return how many events."""
    return until_idle(lambda: relay_once(connection, batch=batch))


def run_relays(
    database: str,
    stop: Event,
    *,
    metrics: StageMetrics | None = None,
    ready: Event | None = None,
) -> None:
    """Find relays as events are numbered, until `stop` is set."""
    run_stage(
        database,
        lambda connection: relay_once(connection, metrics=metrics),
        stop,
        name=STAGE,
        ready=ready,
    )
