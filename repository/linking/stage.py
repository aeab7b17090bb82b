"""The linker: from numbered events to records, weighed pairs and entities. It can be replayed."""

import time
from collections.abc import Callable, Iterable, Mapping
from threading import Event
from typing import Any, LiteralString

import psycopg
import structlog

from intelbus.collecting import collect_seldom
from intelbus.failpoints import failpoint
from repository.amendments import Status
from repository.linking import store
from repository.linking.ahead import (
    COLLECTED_AFTER,
    Ahead,
    Process,
    Reader,
    Records,
    prepare,
)
from repository.linking.closure import RecordId
from repository.linking.describing import describe_batch, forget_unused
from repository.linking.in_force import (
    NUMBER_IN_FORCE,
    adopt_shipped,
    in_force,
    put_in_force,
)
from repository.linking.memory import Memory
from repository.linking.nearby import Nearby
from repository.linking.posting import post_all
from repository.linking.records import NewRecord
from repository.linking.renewing import Renewal, renew
from repository.linking.versions import (
    Told,
    next_events,
    says,
    standing,
    still_told,
    to_write,
)
from repository.stage_metrics import StageMetrics
from repository.stages import (
    forget_cursor,
    lock_stage,
    move_cursor,
    nothing_new,
    read_cursor,
    run_stage,
    touch_cursor,
    until_idle,
    waiting,
)

STAGE = "linker"
BATCH = 2_000
"""Events at most: of what waits, as many are linked at once, since each component is then read and
clustered once for all of them."""

LINKED: LiteralString = "SELECT DISTINCT position FROM record WHERE position = ANY(%s::bigint[])"
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

    def __init__(self, reader: Reader | None = None) -> None:
        self.ahead = Ahead(reader)
        self.nearby = Nearby()
        self.told: list[Told] = []
        """The events that are prepared, or being prepared, without their values."""
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
    records · 7 move the cursor, commit. Killed anywhere, the whole batch is done
    again. `at` is told of each step that has been done.
    """
    if nothing_new(connection, STAGE):
        return 0
    started = time.perf_counter()
    with connection.transaction():
        lock_stage(connection, STAGE)
        nearby = linker.nearby
        transaction = nearby.begin(connection, STAGE)
        cursor = read_cursor(connection, STAGE)
        at("linker.locked")
        events, prepared = _next(connection, linker, cursor, batch)
        if not events:
            nearby.end(transaction)
            return 0
        at("linker.read")
        last = events[-1].position
        status = standing(connection, events, cursor)
        gone = [p for p, found in status.items() if found is not Status.CURRENT]
        current = [p for p, found in status.items() if found is Status.CURRENT]
        at("linker.decided")
        renewal = _remove(connection, gone, nearby)
        at("linker.removed")
        renewal.records = _records(to_write(connection, events, current, LINKED), prepared)
        memory = linker.memory(connection)
        described = describe_batch(connection, renewal.records, memory, nearby, at)
        renewal.dirty |= described.new
        renewal.own = described.own
        at("linker.judged")
        renew(connection, renewal, nearby)
        at("linker.renewed")
        move_cursor(connection, STAGE, last)
        at("linker.moved")
    nearby.end(transaction)
    at("linker.committed")
    if metrics:
        metrics.batch(len(events), position=last, seconds=time.perf_counter() - started)
        lag = waiting(connection, last)
        metrics.linked(records=len(renewal.records), judgements=described.kept, lag=lag)
    return len(events)


def _next(
    connection: psycopg.Connection[Any], linker: Linker, cursor: int, batch: int
) -> tuple[list[Told], dict[int, Records]]:
    """Return the next events, and what is prepared of them; have those after them prepared.

    Those that were read ahead are not read again where nobody else has been the linker since. Who
    amends one of them since then does so at a later position than all that were read.
    """
    ahead, known = linker.ahead, linker.told
    if known and linker.nearby.unchanged and len(known) <= batch:
        rows = still_told(connection, known)
        rows += next_events(connection, known[-1].position, 2 * batch - len(known))
    else:
        rows = next_events(connection, cursor, 2 * batch, (ahead.first, ahead.last))
    prepared = ahead.take()
    events, after = rows[:batch], rows[batch:]
    ahead.start([(e.position, e.agency, e.value) for e in after if says(e) and e.value])
    # All of these, or of a batch smaller than the one before some would be neither known nor read.
    whole = all(e.value is not None for e in after)
    linker.told = [e._replace(value=None) for e in after] if whole else []
    return events, prepared


def _records(told: Iterable[Told], prepared: Mapping[int, Records]) -> list[NewRecord]:
    """Return the records of these events, as prepared or made now."""
    return [
        record
        for e in told
        for record in (prepare(e.position, e.agency, e.value) if e.value else prepared[e.position])
    ]


def _remove(connection: psycopg.Connection[Any], positions: list[int], nearby: Nearby) -> Renewal:
    """Take these events' records out; return what is to be renewed for that."""
    renewal = Renewal()
    if not positions:
        return renewal
    for _, one, other in store.words_of(connection, positions):
        renewal.dirty |= {number for number in (one, other) if number is not None}
    store.undescribe_words(connection, positions)
    rows = connection.execute(REMOVE_RECORDS, (positions,)).fetchall()
    renewal.removed = {(position, ordinal) for position, ordinal, _ in rows}
    numbers = {description for *_, description in rows}
    nearby.forget_records(numbers)
    renewal.dirty |= numbers | forget_unused(connection, numbers, nearby)
    return renewal


def recompute(connection: psycopg.Connection[Any], entities: Iterable[RecordId]) -> None:
    """Compute these entities again, after a person's word on a record of theirs."""
    rows = connection.execute(DESCRIPTIONS_OF_ENTITIES, store.split(entities))
    renew(connection, Renewal(dirty={number for (number,) in rows}), Nearby())
    touch_cursor(connection, STAGE)


def forget(connection: psycopg.Connection[Any], positions: list[int]) -> int:
    """Take out all that was derived from events that were erased, the words of people too; return
    how many records. The caller holds this stage's lock.
    """
    nearby = Nearby()
    renewal = _remove(connection, positions, nearby)
    connection.execute(FORGET_WORDS, (positions, positions))
    renew(connection, renewal, nearby)
    touch_cursor(connection, STAGE)
    return len(renewal.removed)


def empty(connection: psycopg.Connection[Any]) -> None:
    """Forget what the linker has derived; the words of people stay. The next run replays, by the
    weights that were adopted last.
    """
    with connection.transaction():
        lock_stage(connection, STAGE)
        connection.execute(
            "TRUNCATE record, description, link_key, stop_key, edge, parting, entity_redirect"
        )
        connection.execute(FORGET_SAID)
        put_in_force(connection)
        forget_cursor(connection, STAGE)


def run_linker(
    database: str,
    stop: Event,
    *,
    metrics: StageMetrics | None = None,
    ready: Event | None = None,
) -> None:
    """Link events as they are numbered, until `stop` is set."""
    collect_seldom(COLLECTED_AFTER)
    linker = Linker(Process())
    run_stage(
        database,
        lambda connection: link_once(connection, linker, metrics=metrics),
        stop,
        name=STAGE,
        ready=ready,
    )


def catch_up(connection: psycopg.Connection[Any], linker: Linker, *, batch: int = BATCH) -> int:
    """Link everything numbered so far; return how many events."""
    return until_idle(lambda: link_once(connection, linker, batch=batch))


def link_all(
    connection: psycopg.Connection[Any], linker: Linker | None = None, *, batch: int = BATCH
) -> int:
    """Link everything numbered so far, by a linker of its own if none is given, and write the terms
    by which it is found; return how many events were linked.
    """
    total = catch_up(connection, linker or Linker(), batch=batch)
    post_all(connection, batch=batch)
    return total
