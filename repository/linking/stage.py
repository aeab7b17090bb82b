"""The linker: from numbered events to records, judgements and entities. It can be replayed."""

import time
from collections.abc import Iterable, Sequence
from threading import Event
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from intelbus.codec import decode_event
from intelbus.failpoints import failpoint
from repository.amendments import Family, Status, standing_of
from repository.database import connect
from repository.linking import candidates as store
from repository.linking.closure import RecordId, closure, merged
from repository.linking.features import score
from repository.linking.records import NewRecord, records_of
from repository.stage_metrics import StageMetrics
from repository.stages import lock_stage, move_cursor, read_cursor, run_stage

STAGE = "linker"
LINKER = "linker"
BATCH = 500

NEXT_EVENTS: LiteralString = """
SELECT l.position, e.agency, e.event_id, e.kind, e.corrects, e.value
FROM event_log l JOIN event e USING (agency, event_id)
WHERE l.position > %s ORDER BY l.position LIMIT %s
"""
VALUES: LiteralString = """
SELECT l.position, e.agency, e.value
FROM event_log l JOIN event e USING (agency, event_id)
WHERE l.position = ANY(%s)
"""
TARGETS: LiteralString = """
SELECT agency, target_event_id FROM amendment WHERE position = ANY(%s)
"""
LINKED: LiteralString = """
SELECT position FROM posting WHERE position = ANY(%(positions)s)
UNION SELECT position FROM record WHERE position = ANY(%(positions)s)
"""
REMOVE: tuple[LiteralString, ...] = (
    "DELETE FROM record_key WHERE position = ANY(%s)",
    "DELETE FROM posting WHERE position = ANY(%s)",
)
REMOVE_JUDGEMENTS: LiteralString = """
DELETE FROM judgement
WHERE judge = 'linker' AND (a_position = ANY(%s) OR b_position = ANY(%s))
"""
FORGET_JUDGEMENTS: LiteralString = """
DELETE FROM judgement WHERE a_position = ANY(%s) OR b_position = ANY(%s)
"""
REMOVE_RECORDS: LiteralString = """
DELETE FROM record WHERE position = ANY(%s) RETURNING entity_position, entity_ordinal
"""
JUDGE: LiteralString = """
INSERT INTO judgement (a_position, a_ordinal, b_position, b_ordinal, judge, verdict, weight,
                       reasons, victim)
VALUES (%s, %s, %s, %s, 'linker', 1, %s, %s, %s)
ON CONFLICT (a_position, a_ordinal, b_position, b_ordinal, judge)
DO UPDATE SET weight = excluded.weight, reasons = excluded.reasons, victim = excluded.victim
"""
MERGE: LiteralString = """
UPDATE record r SET entity_position = m.to_position, entity_ordinal = m.to_ordinal
FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[])
     AS m(position, ordinal, to_position, to_ordinal)
WHERE r.entity_position = m.position AND r.entity_ordinal = m.ordinal
"""
ASSIGN: LiteralString = """
UPDATE record r SET entity_position = m.to_position, entity_ordinal = m.to_ordinal
FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[])
     AS m(position, ordinal, to_position, to_ordinal)
WHERE r.position = m.position AND r.ordinal = m.ordinal
"""
REDIRECT: LiteralString = """
INSERT INTO entity_redirect (position, ordinal, to_position, to_ordinal)
SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[])
ON CONFLICT (position, ordinal)
DO UPDATE SET to_position = excluded.to_position, to_ordinal = excluded.to_ordinal
"""


def link_once(
    connection: psycopg.Connection[Any], *, batch: int = BATCH, metrics: StageMetrics | None = None
) -> int:
    """Link up to `batch` events in one transaction; return how many.

    1 lock, then read the cursor · 2 read events by position · 3 decide which versions stand as of
    the batch's last position · 4 take out records of versions that do not · 5 write records, keys
    and postings · 6 find and weigh candidates · 7 renew the entities touched · 8 move the cursor,
    commit. Killed anywhere, the whole batch is done again.
    """
    started = time.perf_counter()
    with connection.transaction():
        lock_stage(connection, STAGE)
        cursor = read_cursor(connection, STAGE)
        failpoint("linker.locked")
        events = connection.execute(NEXT_EVENTS, (cursor, batch)).fetchall()
        if not events:
            return 0
        failpoint("linker.read")
        last = int(events[-1][0])
        standing = _standing(connection, events, last)
        gone = [p for p, status in standing.items() if status is not Status.CURRENT]
        current = [p for p, status in standing.items() if status is Status.CURRENT]
        failpoint("linker.decided")
        touched = _remove(connection, gone)
        failpoint("linker.removed")
        records = _write(connection, events, current)
        failpoint("linker.written")
        judged = _judge(connection, records)
        failpoint("linker.judged")
        _renew(connection, judged, touched)
        failpoint("linker.renewed")
        move_cursor(connection, STAGE, last)
        failpoint("linker.moved")
    failpoint("linker.committed")
    if metrics:
        row = connection.execute("SELECT coalesce(max(position), 0) FROM event_log").fetchone()
        connection.commit()
        seconds = time.perf_counter() - started
        metrics.batch(len(events), position=last, seconds=seconds)
        lag = int(row[0]) - last if row else 0
        metrics.linked(records=len(records), judgements=len(judged), lag=lag)
    return len(events)


def _standing(
    connection: psycopg.Connection[Any], events: Sequence[Any], last: int
) -> dict[int, Status]:
    """Return the status of each version that this batch brings or changes."""
    families: set[Family] = {
        (agency, corrects or event_id)
        for _, agency, event_id, kind, corrects, _ in events
        if kind != "retraction"
    }
    positions = [row[0] for row in events]
    families.update(connection.execute(TARGETS, (positions,)).fetchall())
    # A correction that others name as their first version is asked for under its own id too.
    families.update((row[1], row[2]) for row in events if row[4] is not None)
    return standing_of(connection, sorted(families), last)


def _remove(connection: psycopg.Connection[Any], positions: list[int]) -> set[RecordId]:
    """Take these events' records out; return the entities that have lost some."""
    if not positions:
        return set()
    for statement in REMOVE:
        connection.execute(statement, (positions,))
    connection.execute(REMOVE_JUDGEMENTS, (positions, positions))
    return set(connection.execute(REMOVE_RECORDS, (positions,)).fetchall())


def _write(
    connection: psycopg.Connection[Any], events: Sequence[Any], current: list[int]
) -> list[NewRecord]:
    """Write the records of those versions that stand and are not written yet."""
    values = {row[0]: (row[1], row[5]) for row in events}
    elsewhere = [position for position in current if position not in values]
    for position, agency, value in connection.execute(VALUES, (elsewhere,)):
        values[position] = (agency, value)
    written = {position for (position,) in connection.execute(LINKED, {"positions": current})}
    records: list[NewRecord] = []
    texts = []
    for position in sorted(set(current) - written):
        agency, value = values[position]
        found, terms = records_of(position, agency, decode_event(bytes(value)).event)
        records += found
        texts.append((position, terms))
    store.write_records(connection, records, texts)
    return records


def _judge(
    connection: psycopg.Connection[Any], records: Sequence[NewRecord]
) -> list[tuple[RecordId, RecordId]]:
    """Weigh the candidates of new records; store and return the pairs judged the same."""
    positions = sorted({record.position for record in records if record.keys})
    pairs = store.candidates(connection, positions) if positions else {}
    sides = {side for pair in pairs for side in pair}
    known = {
        (position, ordinal): (agency, victim)
        for position, ordinal, agency, victim, *_ in connection.execute(
            store.RECORDS, store.split(sides)
        )
    }
    rows = []
    joined = []
    for (a, b), agreeing in pairs.items():
        (agency_a, victim_a), (agency_b, victim_b) = known[a], known[b]
        victim = victim_a or victim_b
        result = score(agreeing, guarded=victim and agency_a != agency_b)
        if result.joins:
            reasons = Jsonb([dict(reason) for reason in result.reasons])
            rows.append((*a, *b, result.weight, reasons, victim))
            joined.append((a, b))
    with connection.cursor() as cursor:
        cursor.executemany(JUDGE, rows)
    return joined


def _renew(
    connection: psycopg.Connection[Any],
    judged: Sequence[tuple[RecordId, RecordId]],
    shrunk: set[RecordId],
) -> None:
    """Bring entities up to date: merge in passing, or recompute those that need it whole."""
    sides = {side for pair in judged for side in pair}
    entity = {
        (position, ordinal): (ep, eo)
        for position, ordinal, _, _, ep, eo in connection.execute(store.RECORDS, store.split(sides))
    }
    pairs = [(entity[a], entity[b]) for a, b in judged if entity[a] != entity[b]]
    delicate = shrunk | set(connection.execute(store.JUDGED_BY_PEOPLE).fetchall())
    merges = merged(pairs)
    groups: dict[RecordId, set[RecordId]] = {}
    for one in {side for pair in pairs for side in pair} | shrunk:
        groups.setdefault(merges.get(one, one), set()).add(one)
    whole = {one for group in groups.values() if group & delicate for one in group}
    simple = {one: into for one, into in merges.items() if one not in whole}
    if simple:
        connection.execute(MERGE, (*store.split(simple), *store.split(simple.values())))
    if whole:
        recompute(connection, whole)


def recompute(connection: psycopg.Connection[Any], entities: Iterable[RecordId]) -> None:
    """Compute these entities again from all their judgements, and redirect ids that are no more."""
    asked = set(entities)
    before = {
        (position, ordinal): (ep, eo)
        for position, ordinal, ep, eo in connection.execute(store.MEMBERS, store.split(asked))
    }
    after = closure(before.keys(), store.judgements_of(connection, before))
    changed = {record: into for record, into in after.items() if before[record] != into}
    if changed:
        connection.execute(ASSIGN, (*store.split(changed), *store.split(changed.values())))
    # An id whose record is gone leads to what its oldest remaining record now belongs to.
    lost: dict[RecordId, RecordId] = {}
    for record in sorted(before):
        if before[record] not in after:
            lost.setdefault(before[record], after[record])
    if lost:
        connection.execute(REDIRECT, (*store.split(lost), *store.split(lost.values())))


def forget(connection: psycopg.Connection[Any], positions: list[int]) -> int:
    """Take out all that was derived from events that were erased, the words of people too; return
    how many records. The caller holds this stage's lock.
    """
    found = connection.execute("SELECT count(*) FROM record WHERE position = ANY(%s)", (positions,))
    row = found.fetchone()
    touched = _remove(connection, positions)
    connection.execute(FORGET_JUDGEMENTS, (positions, positions))
    _renew(connection, [], touched)
    return int(row[0]) if row else 0


def empty(connection: psycopg.Connection[Any]) -> None:
    """Forget what the linker has derived; the words of people stay. The next run replays."""
    with connection.transaction():
        lock_stage(connection, STAGE)
        connection.execute("TRUNCATE record, record_key, posting, entity_redirect")
        connection.execute("DELETE FROM judgement WHERE judge = %s", (LINKER,))
        connection.execute("DELETE FROM stage_cursor WHERE stage = %s", (STAGE,))


def run_linker(
    database: str,
    stop: Event,
    *,
    metrics: StageMetrics | None = None,
    ready: Event | None = None,
) -> None:
    """Link events as they are numbered, until `stop` is set."""
    run_stage(
        lambda: connect(database),
        lambda connection: link_once(connection, metrics=metrics),
        stop,
        name=STAGE,
        ready=ready,
    )


def link_all(connection: psycopg.Connection[Any], *, batch: int = BATCH) -> int:
    """Link everything numbered so far; return how many events."""
    total = 0
    while done := link_once(connection, batch=batch):
        total += done
    return total
