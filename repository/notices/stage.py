"""The notices stage: from linked records to who is told of whom. It can be replayed.

What was told is kept apart from what is derived, so a replay looks at everything again and tells
nothing twice.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from threading import Event
from typing import Any, LiteralString

import psycopg
import structlog

from intelbus.failpoints import failpoint
from intelbus.reading import read_event
from intelbus.trust import TrustRegistry
from repository.amendments import Family, Status, standing_of
from repository.linking.closure import RecordId
from repository.linking.store import split
from repository.notices.book import Decided, settle
from repository.notices.holdings import holdings_of, source_of
from repository.notices.telling import unname
from repository.stage_metrics import StageMetrics
from repository.stages import (
    forget_cursor,
    lock_stage,
    move_cursor,
    read_cursor,
    run_stage,
    until_idle,
)

STAGE = "notices"
BATCH = 500
LOOKED_AT = 5000
"""Entities looked at in one transaction, at most."""

Trust = Callable[[psycopg.Connection[Any]], TrustRegistry | None]

# How far the linker has come; and how far both it and, where it runs, the stage that finds relays.
BEFORE: LiteralString = """
SELECT coalesce(max(position) FILTER (WHERE stage = 'linker'), 0), coalesce(min(position), 0)
FROM stage_cursor WHERE stage IN ('linker', 'relays')
"""
NOTHING_TO_DO: LiteralString = """
SELECT coalesce(min(position) FILTER (WHERE stage <> 'notices'), 0)
           <= coalesce(max(position) FILTER (WHERE stage = 'notices'), 0)
   AND NOT EXISTS (SELECT FROM notice_recheck)
FROM stage_cursor WHERE stage IN ('linker', 'relays', 'notices')
"""
# Row by row from the log: a planner that thinks the join small would join and sort all events.
NEXT_EVENTS: LiteralString = """
SELECT l.position, e.agency, e.event_id, e.kind, e.corrects
FROM (SELECT position, agency, event_id FROM event_log
      WHERE position > %s AND position <= %s ORDER BY position LIMIT %s) AS l
CROSS JOIN LATERAL (
    SELECT agency, event_id, kind, corrects FROM event
    WHERE agency = l.agency AND event_id = l.event_id OFFSET 0
) AS e
ORDER BY l.position
"""
TARGETS: LiteralString = """
SELECT agency, target_event_id FROM amendment WHERE position = ANY(%s)
"""
UNWRITTEN: LiteralString = """
SELECT l.position, e.agency, e.kind, e.value
FROM unnest(%s::bigint[]) AS w(position)
JOIN event_log l USING (position) JOIN event e USING (agency, event_id)
WHERE NOT EXISTS (SELECT FROM held_event h WHERE h.position = w.position)
  AND e.kind <> 'erased'
ORDER BY l.position
"""
FORGET: LiteralString = """
DELETE FROM holding WHERE position = ANY(%s) RETURNING entity_position, entity_ordinal
"""
FORGET_SOURCES: LiteralString = "DELETE FROM held_event WHERE position = ANY(%s)"
FORGET_WATCHES: LiteralString = """
DELETE FROM watch_step WHERE position = ANY(%s) RETURNING agency, reference
"""
# A watch that is lifted concerns the entities of all its records.
WATCHED: LiteralString = """
SELECT DISTINCT r.entity_position, r.entity_ordinal
FROM unnest(%s::text[], %s::text[]) AS w(agency, reference)
JOIN watch_step s USING (agency, reference) JOIN record r ON r.position = s.position
"""
ENTITIES_AT: LiteralString = """
SELECT DISTINCT entity_position, entity_ordinal FROM record WHERE position = ANY(%s)
"""
REMEMBER: LiteralString = """
INSERT INTO notice_recheck (entity_position, entity_ordinal)
SELECT * FROM unnest(%s::bigint[], %s::smallint[]) ON CONFLICT DO NOTHING
"""
REMEMBER_TOLD: LiteralString = """
INSERT INTO notice_recheck (entity_position, entity_ordinal)
SELECT DISTINCT entity_position, entity_ordinal FROM notice ON CONFLICT DO NOTHING
"""
TAKE_REMEMBERED: LiteralString = """
DELETE FROM notice_recheck n USING (
    SELECT entity_position, entity_ordinal FROM notice_recheck ORDER BY 1, 2 LIMIT %s
) t
WHERE n.entity_position = t.entity_position AND n.entity_ordinal = t.entity_ordinal
RETURNING n.entity_position, n.entity_ordinal
"""


def decide_once(
    connection: psycopg.Connection[Any],
    trust: Trust,
    *,
    batch: int = BATCH,
    metrics: StageMetrics | None = None,
) -> int:
    """Decide on the notices of up to `batch` linked events in one transaction; return how many.

    1 lock, then read the cursors · 2 read events that are linked, and whose relays are known ·
    3 forget versions that no longer stand, note those that do, and remember the entities touched ·
    4 once all that is linked is noted, look at remembered entities: the links of a half-noted one
    would seem to be gone · 5 write what is decided, and the messages, into the outbox · 6 move the
    cursor, commit. Killed anywhere, the whole batch is done again. Without a trust registry nothing
    is decided.
    """
    started = time.perf_counter()
    registry = trust(connection)
    if registry is None or connection.execute(NOTHING_TO_DO).fetchone() == (True,):
        return 0
    decided: Decided = Counter()
    looked: list[RecordId] = []
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        lock_stage(connection, STAGE)
        cursor = read_cursor(connection, STAGE)
        linked, known = connection.execute(BEFORE).fetchone() or (0, 0)
        failpoint("notices.locked")
        events = connection.execute(NEXT_EVENTS, (cursor, min(linked, known), batch)).fetchall()
        last = int(events[-1][0]) if events else cursor
        failpoint("notices.read")
        _remember(connection, _note(connection, events, linked))
        failpoint("notices.noted")
        if last >= linked:
            looked = connection.execute(TAKE_REMEMBERED, (LOOKED_AT,)).fetchall()
            decided = settle(connection, looked, registry, as_of=last)
        failpoint("notices.decided")
        if events:
            move_cursor(connection, STAGE, last)
        failpoint("notices.moved")
    failpoint("notices.committed")
    if metrics and (events or looked):
        metrics.noticed(decided)
        metrics.batch(len(events), position=last, seconds=time.perf_counter() - started)
        metrics.lag.set(linked - last)
    return len(events) or len(looked)


def _remember(connection: psycopg.Connection[Any], entities: Iterable[RecordId]) -> None:
    connection.execute(REMEMBER, split(sorted(entities)))


def _note(connection: psycopg.Connection[Any], events: Sequence[Any], linked: int) -> set[RecordId]:
    """Bring the stage's own tables to what stands; return the entities that this concerns."""
    if not events:
        return set()
    positions = [row[0] for row in events]
    families: set[Family] = set(connection.execute(TARGETS, (positions,)).fetchall())
    for _, agency, event_id, kind, corrects in events:
        if kind != "retraction":
            families.add((agency, event_id))
            if corrects is not None:
                families.add((agency, corrects))
    standing = standing_of(connection, sorted(families), linked)
    gone = [p for p, status in standing.items() if status is not Status.CURRENT]
    current = [p for p, status in standing.items() if status is Status.CURRENT]
    touched: set[RecordId] = set(connection.execute(FORGET, (gone,)).fetchall())
    connection.execute(FORGET_SOURCES, (gone,))
    watches = set(connection.execute(FORGET_WATCHES, (gone,)).fetchall())
    watches |= _write(connection, current)
    touched.update(connection.execute(ENTITIES_AT, (current,)).fetchall())
    agencies, references = [w[0] for w in watches], [w[1] for w in watches]
    touched.update(connection.execute(WATCHED, (agencies, references)).fetchall())
    return touched


def _write(connection: psycopg.Connection[Any], positions: list[int]) -> set[tuple[str, str]]:
    """Write what notices need of events that are new; return the watches that they are steps of."""
    holdings, sources, watches = [], [], []
    for position, agency, kind, value in connection.execute(UNWRITTEN, (positions,)).fetchall():
        event = read_event(bytes(value))
        for one in holdings_of(kind, event):
            own = (position, one.ordinal)
            holdings.append((*own, one.local_id, one.protects, one.commonplace, *own))
        source = source_of(event)
        sources.append((position, *map(sorted, (source.names, source.upstream, source.told_by))))
        if kind == "watch":
            step = (event["watch_reference"], event["step"], event["expires_on"])
            watches.append((position, agency, *step))
    _copy(connection, "COPY holding (position, ordinal, local_id, protects, commonplace,"
          " entity_position, entity_ordinal) FROM STDIN", holdings)  # fmt: skip
    _copy(connection, "COPY held_event (position, names, upstream, told_by) FROM STDIN", sources)
    _copy(connection, "COPY watch_step (position, agency, reference, step, expires_on)"
          " FROM STDIN", watches)  # fmt: skip
    return {(agency, reference) for _, agency, reference, *_ in watches}


def _copy(
    connection: psycopg.Connection[Any], statement: LiteralString, rows: Iterable[Sequence[Any]]
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def forget(connection: psycopg.Connection[Any], positions: list[int]) -> int:
    """Take out what was derived from events that were erased; return how many records.

    What they were told of is taken back at the next run, and names them no more. The caller holds
    this stage's lock.
    """
    touched = connection.execute(FORGET, (positions,)).fetchall()
    connection.execute(FORGET_SOURCES, (positions,))
    connection.execute(FORGET_WATCHES, (positions,))
    _remember(connection, set(touched))
    unname(connection, positions)
    return len(touched)


def recheck_everything(connection: psycopg.Connection[Any]) -> None:
    """Forget what the stage derived, so that the next run looks at everything again.

    What was told, held and decided stays; what it was about is remembered.
    """
    with connection.transaction():
        lock_stage(connection, STAGE)
        connection.execute("TRUNCATE holding, held_event, watch_step")
        connection.execute(REMEMBER_TOLD)
        forget_cursor(connection, STAGE)


def decide_all(connection: psycopg.Connection[Any], trust: Trust, *, batch: int = BATCH) -> int:
    """Decide on everything linked so far; return how many events."""
    return until_idle(lambda: decide_once(connection, trust, batch=batch))


def run_notices(
    database: str,
    trust: Trust,
    stop: Event,
    *,
    metrics: StageMetrics | None = None,
    ready: Event | None = None,
) -> None:
    """Decide on notices as events are linked, until `stop` is set."""
    log = structlog.get_logger().bind(stage=STAGE)
    told = False

    def once(connection: psycopg.Connection[Any]) -> int:
        nonlocal told
        registry = trust(connection)
        if registry is None and not told:
            log.warning("no_trust_registry", hint="run `ukhtc authority publish`")
        told = registry is None
        return decide_once(connection, lambda _: registry, metrics=metrics)

    run_stage(database, once, stop, name=STAGE, ready=ready)
