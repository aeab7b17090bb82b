"""The linker: from numbered events to records, weighed pairs and entities. It can be replayed."""

import time
from collections.abc import Callable, Iterable, Sequence
from threading import Event
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
import structlog

from intelbus.failpoints import failpoint
from repository.access.classes import class_of, numbers_of
from repository.amendments import Family, Status, standing_of
from repository.database import connect
from repository.linking import store
from repository.linking.ahead import Ahead, Prepared, prepare_all
from repository.linking.closure import RecordId
from repository.linking.copying import bigints
from repository.linking.describing import describe_batch, forget_unused
from repository.linking.in_force import (
    NUMBER_IN_FORCE,
    adopt_shipped,
    in_force,
    put_in_force,
)
from repository.linking.memory import Memory
from repository.linking.records import EventTerms, NewRecord
from repository.linking.renewing import Renewal, renew
from repository.stage_metrics import StageMetrics
from repository.stages import lock_stage, move_cursor, read_cursor, run_stage

STAGE = "linker"
BATCH = 500
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
EARLIER: LiteralString = """
SELECT l.position, e.agency, e.event_id, e.kind, e.corrects, l.audience, true, e.value
FROM event_log l JOIN event e USING (agency, event_id)
WHERE l.position = ANY(%s::bigint[])
"""
TARGETS: LiteralString = """
SELECT agency, target_event_id FROM amendment WHERE position > %s AND position <= %s
"""
LINKED: LiteralString = """
SELECT position FROM posting WHERE position = ANY(%(positions)s::bigint[])
UNION SELECT position FROM record WHERE position = ANY(%(positions)s::bigint[])
"""
FORGET_WORDS: LiteralString = """
DELETE FROM judgement WHERE a_position = ANY(%s) OR b_position = ANY(%s)
"""
FORGET_SAID: LiteralString = (
    "UPDATE judgement SET a_description = NULL, b_description = NULL"
    " WHERE a_description IS NOT NULL OR b_description IS NOT NULL"
)
REMOVE_RECORDS: LiteralString = """
DELETE FROM record WHERE position = ANY(%s) RETURNING position, ordinal, description
"""
DESCRIPTIONS_OF_ENTITIES: LiteralString = """
SELECT DISTINCT r.description FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r ON r.entity_position = w.position AND r.entity_ordinal = w.ordinal
"""


class Linker:
    """One linker: what it weighs by, what it remembers, and what it has read ahead."""

    def __init__(self) -> None:
        self.ahead = Ahead()
        self._weights: int | None = None
        self._memory: Memory | None = None

    def memory(self, connection: psycopg.Connection[Any]) -> Memory:
        """Return what is remembered of the weights in force; nothing, when others are."""
        (number,) = connection.execute(NUMBER_IN_FORCE).fetchall()[0]
        if self._memory is None or number != self._weights:
            adopt_shipped(connection)
            weights = in_force(connection)
            self._memory, self._weights = Memory(weights.weigher), weights.number
            if weights.superseded:
                structlog.get_logger().warning(
                    "weights", stage=STAGE, hint="others were adopted: `ukhtc linking replay`"
                )
        return self._memory


class _Told(NamedTuple):
    """A row of NEXT_EVENTS or EARLIER."""

    position: int
    agency: str
    event_id: UUID
    kind: str
    corrects: UUID | None
    audience: int
    amended: bool
    value: bytes | None


def link_once(
    connection: psycopg.Connection[Any],
    linker: Linker,
    *,
    batch: int = BATCH,
    metrics: StageMetrics | None = None,
    at: Callable[[str], None] = failpoint,
) -> int:
    """Link up to `batch` events in one transaction; return how many.

    1 lock, then read the cursor · 2 read events by position, the next batch's too, which is
    prepared meanwhile · 3 decide which versions stand as of the batch's last position · 4 take out
    records of versions that do not · 5 describe the subjects of those that do, and weigh new
    descriptions against what shares a key · 6 renew the entities that are concerned, and write
    records and postings · 7 move the cursor, commit. Killed anywhere, the whole batch is done
    again. `at` is told of each step that has been done.
    """
    started = time.perf_counter()
    with connection.transaction():
        lock_stage(connection, STAGE)
        cursor = read_cursor(connection, STAGE)
        at("linker.locked")
        events, prepared = _next(connection, linker.ahead, cursor, batch)
        if not events:
            return 0
        at("linker.read")
        last = events[-1].position
        standing = _standing(connection, events, cursor)
        gone = [p for p, status in standing.items() if status is not Status.CURRENT]
        current = [p for p, status in standing.items() if status is Status.CURRENT]
        at("linker.decided")
        renewal = _remove(connection, gone)
        at("linker.removed")
        told = _told(connection, events, current, prepared)
        renewal.records = [r for one in told for r in prepared[one.position].records]
        described = describe_batch(connection, renewal.records, linker.memory(connection), at)
        renewal.dirty |= described.new
        renewal.own = described.own
        at("linker.judged")
        renew(connection, renewal)
        at("linker.renewed")
        _post(connection, renewal.records, told, prepared)
        at("linker.written")
        move_cursor(connection, STAGE, last)
        at("linker.moved")
    at("linker.committed")
    if metrics:
        row = connection.execute("SELECT coalesce(max(position), 0) FROM event_log").fetchone()
        seconds = time.perf_counter() - started
        metrics.batch(len(events), position=last, seconds=seconds)
        lag = int(row[0]) - last if row else 0
        metrics.linked(records=len(renewal.records), judgements=described.kept, lag=lag)
    return len(events)


def _next(
    connection: psycopg.Connection[Any], ahead: Ahead, cursor: int, batch: int
) -> tuple[list[_Told], dict[int, Prepared]]:
    """Return the next events, and what is prepared of them; have those after them prepared."""
    wanted = {"cursor": cursor, "first": ahead.first, "last": ahead.last, "limit": 2 * batch}
    found = connection.cursor(binary=True).execute(NEXT_EVENTS, wanted)
    rows = [_Told(*row) for row in found]
    prepared = ahead.take()
    events, after = rows[:batch], rows[batch:]
    ahead.start([(e.position, e.agency, e.kind, e.value) for e in after if _says(e) and e.value])
    return events, prepared


def _says(event: _Told) -> bool:
    """Whether an event may have records: neither one that takes others back, nor an erased one."""
    return event.kind not in {RETRACTION, ERASED}


def _standing(
    connection: psycopg.Connection[Any], events: Sequence[_Told], cursor: int
) -> dict[int, Status]:
    """Return the status of each version that this batch brings or changes."""
    last = events[-1].position
    # A correction that others name as their first version is asked for under its own id too.
    families: set[Family] = {
        family
        for e in events
        if _says(e) and (e.amended or e.corrects)
        for family in ((e.agency, e.corrects or e.event_id), (e.agency, e.event_id))
    }
    families.update(connection.execute(TARGETS, (cursor, last)).fetchall())
    standing = standing_of(connection, sorted(families), last) if families else {}
    for e in events:
        if _says(e) and not e.amended and not e.corrects:
            standing.setdefault(e.position, Status.CURRENT)
    return standing


def _told(
    connection: psycopg.Connection[Any],
    events: Sequence[_Told],
    current: Iterable[int],
    prepared: dict[int, Prepared],
) -> list[_Told]:
    """Return the versions that stand and are not written yet, and see that they are prepared."""
    told = {e.position: e for e in events}
    standing = set(current)
    if elsewhere := standing - told.keys():
        rows = connection.execute(LINKED, {"positions": bigints(elsewhere)}).fetchall()
        missing = elsewhere - {position for (position,) in rows}
        found = connection.cursor(binary=True).execute(EARLIER, (bigints(missing),))
        told |= {e.position: e for e in map(_Told._make, found)}
    wanted = [told[position] for position in sorted(standing & told.keys())]
    prepared |= prepare_all(
        (e.position, e.agency, e.kind, e.value)
        for e in wanted
        if e.position not in prepared and e.value is not None
    )
    return wanted


def _post(
    connection: psycopg.Connection[Any],
    records: Sequence[NewRecord],
    told: Sequence[_Told],
    prepared: dict[int, Prepared],
) -> None:
    """Write the search terms of events and of their records."""
    numbers = numbers_of(connection, {e.agency for e in told})
    classes = {e.position: class_of(numbers[e.agency], e.audience) for e in told}
    texts: list[tuple[int, EventTerms]] = [(e.position, prepared[e.position].terms) for e in told]
    store.write_postings(connection, records, texts, classes)


def _remove(connection: psycopg.Connection[Any], positions: list[int]) -> Renewal:
    """Take these events' records out; return what is to be renewed for that."""
    renewal = Renewal()
    if not positions:
        return renewal
    for _, one, other in store.words_of(connection, positions):
        renewal.dirty |= {number for number in (one, other) if number is not None}
    store.undescribe_words(connection, positions)
    connection.execute("DELETE FROM posting WHERE position = ANY(%s)", (positions,))
    rows = connection.execute(REMOVE_RECORDS, (positions,)).fetchall()
    renewal.removed = {(position, ordinal) for position, ordinal, _ in rows}
    numbers = {description for *_, description in rows}
    renewal.dirty |= numbers | forget_unused(connection, numbers)
    return renewal


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
    """Forget what the linker has derived; the words of people stay. The next run replays, by the
    weights that were adopted last.
    """
    with connection.transaction():
        lock_stage(connection, STAGE)
        connection.execute(
            "TRUNCATE record, description, link_key, stop_key, edge, posting, entity_redirect"
        )
        connection.execute(FORGET_SAID)
        put_in_force(connection)
        connection.execute("DELETE FROM stage_cursor WHERE stage = %s", (STAGE,))


def run_linker(
    database: str,
    stop: Event,
    *,
    metrics: StageMetrics | None = None,
    ready: Event | None = None,
) -> None:
    """Link events as they are numbered, until `stop` is set."""
    linker = Linker()
    run_stage(
        lambda: connect(database),
        lambda connection: link_once(connection, linker, metrics=metrics),
        stop,
        name=STAGE,
        ready=ready,
    )


def link_all(
    connection: psycopg.Connection[Any], linker: Linker | None = None, *, batch: int = BATCH
) -> int:
    """Link everything numbered so far, by a linker of its own if none is given; return how many
    events.
    """
    linker = linker or Linker()
    total = 0
    while done := link_once(connection, linker, batch=batch):
        total += done
    return total
