"""The linker: from numbered events to records, weighed pairs and entities. It can be replayed."""

import time
from collections.abc import Iterable, Sequence
from threading import Event
from typing import Any, LiteralString

import psycopg

from intelbus.codec import decode_event
from intelbus.failpoints import failpoint
from repository.amendments import Family, Status, standing_of
from repository.database import connect
from repository.linking import store
from repository.linking.closure import RecordId
from repository.linking.describing import describe_batch, forget_unused
from repository.linking.records import EventTerms, NewRecord, records_of
from repository.linking.renewing import Renewal, renew
from repository.linking.weigher import Weigher
from repository.stage_metrics import StageMetrics
from repository.stages import lock_stage, move_cursor, read_cursor, run_stage

STAGE = "linker"
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
FORGET_WORDS: LiteralString = """
DELETE FROM judgement WHERE a_position = ANY(%s) OR b_position = ANY(%s)
"""
REMOVE_RECORDS: LiteralString = """
DELETE FROM record WHERE position = ANY(%s) RETURNING position, ordinal, description
"""
DESCRIPTIONS_OF_ENTITIES: LiteralString = """
SELECT DISTINCT r.description FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r ON r.entity_position = w.position AND r.entity_ordinal = w.ordinal
"""


def link_once(
    connection: psycopg.Connection[Any],
    *,
    batch: int = BATCH,
    metrics: StageMetrics | None = None,
    weigher: Weigher | None = None,
) -> int:
    """Link up to `batch` events in one transaction; return how many.

    1 lock, then read the cursor · 2 read events by position · 3 decide which versions stand as of
    the batch's last position · 4 take out records of versions that do not · 5 describe the
    subjects of those that do, and weigh new descriptions against what shares a key · 6 renew the
    entities that are concerned, and write records and postings · 7 move the cursor, commit. Killed
    anywhere, the whole batch is done again.
    """
    started = time.perf_counter()
    weigher = weigher or Weigher()
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
        renewal = _remove(connection, gone)
        failpoint("linker.removed")
        records, texts = _read(connection, events, current)
        renewal.records = records
        renewal.dirty |= (described := describe_batch(connection, records, weigher)).new
        failpoint("linker.judged")
        renew(connection, renewal)
        failpoint("linker.renewed")
        store.write_postings(connection, records, texts)
        failpoint("linker.written")
        move_cursor(connection, STAGE, last)
        failpoint("linker.moved")
    failpoint("linker.committed")
    if metrics:
        row = connection.execute("SELECT coalesce(max(position), 0) FROM event_log").fetchone()
        connection.commit()
        seconds = time.perf_counter() - started
        metrics.batch(len(events), position=last, seconds=seconds)
        lag = int(row[0]) - last if row else 0
        metrics.linked(records=len(records), judgements=described.kept, lag=lag)
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


def _remove(connection: psycopg.Connection[Any], positions: list[int]) -> Renewal:
    """Take these events' records out; return what is to be renewed for that."""
    renewal = Renewal()
    if not positions:
        return renewal
    gone = set(positions)
    for word, one, other in store.words_of_people(connection):
        if word.a[0] in gone or word.b[0] in gone:
            renewal.dirty |= {number for number in (one, other) if number is not None}
    connection.execute("DELETE FROM posting WHERE position = ANY(%s)", (positions,))
    rows = connection.execute(REMOVE_RECORDS, (positions,)).fetchall()
    renewal.removed = {(position, ordinal) for position, ordinal, _ in rows}
    numbers = {description for *_, description in rows}
    renewal.dirty |= numbers | forget_unused(connection, numbers)
    return renewal


def _read(
    connection: psycopg.Connection[Any], events: Sequence[Any], current: list[int]
) -> tuple[list[NewRecord], list[tuple[int, EventTerms]]]:
    """Return the records of those versions that stand and are not written yet, and their texts."""
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
    return records, texts


def recompute(connection: psycopg.Connection[Any], entities: Iterable[RecordId]) -> None:
    """Compute these entities again, after a person's word on a record of theirs."""
    rows = connection.execute(DESCRIPTIONS_OF_ENTITIES, store.split(entities))
    renew(connection, Renewal(dirty={number for (number,) in rows}))


def forget(connection: psycopg.Connection[Any], positions: list[int]) -> int:
    """Take out all that was derived from events that were erased, the words of people too; return
    how many records. The caller holds this stage's lock.
    """
    renewal = _remove(connection, positions)
    connection.execute(FORGET_WORDS, (positions, positions))
    renew(connection, renewal)
    return len(renewal.removed)


def empty(connection: psycopg.Connection[Any]) -> None:
    """Forget what the linker has derived; the words of people stay. The next run replays."""
    with connection.transaction():
        lock_stage(connection, STAGE)
        connection.execute(
            "TRUNCATE record, description, link_key, stop_key, edge, posting, entity_redirect"
        )
        connection.execute("DELETE FROM stage_cursor WHERE stage = %s", (STAGE,))


def run_linker(
    database: str,
    stop: Event,
    *,
    metrics: StageMetrics | None = None,
    ready: Event | None = None,
) -> None:
    """Link events as they are numbered, until `stop` is set."""
    weigher = Weigher()
    run_stage(
        lambda: connect(database),
        lambda connection: link_once(connection, metrics=metrics, weigher=weigher),
        stop,
        name=STAGE,
        ready=ready,
    )


def link_all(connection: psycopg.Connection[Any], *, batch: int = BATCH) -> int:
    """Link everything numbered so far; return how many events."""
    weigher = Weigher()
    total = 0
    while done := link_once(connection, batch=batch, weigher=weigher):
        total += done
    return total
