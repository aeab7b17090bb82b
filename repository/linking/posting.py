"""The terms stage: from numbered events to the terms and the wordings by which search finds them.

It goes its own way beside the linker: neither waits for the other. It can be replayed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any, LiteralString

import psycopg

from intelbus.failpoints import failpoint
from intelbus.reading import read_event
from repository.access.classes import class_of, numbers_of
from repository.access.masking import Mask
from repository.access.policy import VICTIM
from repository.amendments import Status
from repository.linking.copying import bigints, copy_in, escaped
from repository.linking.terms import Terms, roles_in, terms_of
from repository.linking.versions import Told, next_events, standing, to_write
from repository.linking.wording import wordings_of
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

STAGE = "terms"
BATCH = 1_000

POSTED: LiteralString = "SELECT DISTINCT position FROM posting WHERE position = ANY(%s::bigint[])"
REMOVE: LiteralString = "DELETE FROM posting WHERE position = ANY(%s::bigint[])"
UNWORD: LiteralString = "DELETE FROM wording WHERE position = ANY(%s::bigint[])"
# What lists show of an event names no victim: whoever may see its victims reads it in the event.
NAME: LiteralString = "UPDATE event_log SET source_reference = %s WHERE position = %s"
POST: LiteralString = "COPY posting (term, position, ordinal, access_class) FROM STDIN"
WORD: LiteralString = "COPY wording (position, access_class, words, roles) FROM STDIN"


def post_once(
    connection: psycopg.Connection[Any],
    *,
    batch: int = BATCH,
    metrics: StageMetrics | None = None,
    at: Callable[[str], None] = failpoint,
) -> int:
    """Write the terms of up to `batch` events in one transaction; return how many events.

    1 lock, then read the cursor · 2 read events by position · 3 decide which versions stand as of
    the batch's last position · 4 take out the terms of those that do not · 5 write the terms of
    those that do · 6 move the cursor, commit. Killed anywhere, the whole batch is done again. `at`
    is told of each step that has been done.
    """
    if nothing_new(connection, STAGE):
        return 0
    started = time.perf_counter()
    with connection.transaction():
        lock_stage(connection, STAGE)
        cursor = read_cursor(connection, STAGE)
        at("terms.locked")
        events = next_events(connection, cursor, batch)
        if not events:
            return 0
        at("terms.read")
        last = events[-1].position
        status = standing(connection, events, cursor)
        gone = [p for p, found in status.items() if found is not Status.CURRENT]
        current = [p for p, found in status.items() if found is Status.CURRENT]
        if gone:
            forget(connection, gone)
        at("terms.removed")
        _write(connection, to_write(connection, events, current, POSTED))
        at("terms.written")
        move_cursor(connection, STAGE, last)
        at("terms.moved")
    at("terms.committed")
    if metrics:
        metrics.batch(len(events), position=last, seconds=time.perf_counter() - started)
        metrics.lag.set(waiting(connection, last))
    return len(events)


def _write(connection: psycopg.Connection[Any], told: Sequence[Told]) -> None:
    """Copy the terms and the wordings of these events in, each for whom it is
    (`access/classes.py`), and mask references that name a victim.
    """
    numbers = numbers_of(connection, {e.agency for e in told})
    classes = {e.position: class_of(numbers[e.agency], e.audience) for e in told}
    said, worded, references = {}, [], []
    for one in told:
        if one.value:
            event = read_event(one.value)
            mask = Mask(event)
            reference = event["header"]["source_reference"]
            if mask(reference) != reference:
                references.append((mask(reference), one.position))
            said[one.position] = terms_of(one.kind, one.agency, event, mask)
            shown, more = wordings_of(one.kind, event, mask)
            for words, victim in ((shown, 0), (more, VICTIM)):
                roles = roles_in(said[one.position], sensitive=bool(victim))
                if words or roles:
                    access_class = classes[one.position] | victim
                    row = (one.position, access_class, escaped(words), roles)
                    worded.append("\t".join(map(str, row)) + "\n")
    copy_in(connection, POST, rows_of(said, classes))
    copy_in(connection, WORD, "".join(worded))
    if references:
        with connection.cursor() as cursor:
            cursor.executemany(NAME, references)


def rows_of(said: Mapping[int, Sequence[Terms]], classes: Mapping[int, int]) -> str:
    """Return the rows of postings, of events by position, as COPY's text: in the order of the
    terms, so that those of one part of the index come together.
    """
    rows: list[str] = []
    for position, found in said.items():
        for one in found:
            access_class = classes[position] | (VICTIM if one.sensitive else 0)
            after = f"\t{position}\t{one.ordinal}\t{access_class}\n"
            rows.extend([escaped(term) + after for term in one.words])
    rows.sort()
    return "".join(rows)


def forget(connection: psycopg.Connection[Any], positions: Sequence[int]) -> int:
    """Take out the terms and the wordings of events; return how many terms. The caller holds this
    stage's lock.
    """
    connection.execute(UNWORD, (bigints(positions),))
    return connection.execute(REMOVE, (bigints(positions),)).rowcount


def empty(connection: psycopg.Connection[Any]) -> None:
    """Forget all terms. The next run writes them anew."""
    with connection.transaction():
        lock_stage(connection, STAGE)
        connection.execute("TRUNCATE posting, wording")
        forget_cursor(connection, STAGE)


def run_posting(
    database: str,
    stop: Event,
    *,
    metrics: StageMetrics | None = None,
    ready: Event | None = None,
) -> None:
    """Write the terms of events as they are numbered, until `stop` is set."""
    run_stage(
        database,
        lambda connection: post_once(connection, metrics=metrics),
        stop,
        name=STAGE,
        ready=ready,
    )


def post_all(connection: psycopg.Connection[Any], *, batch: int = BATCH) -> int:
    """Write the terms of everything numbered so far; return of how many events."""
    return until_idle(lambda: post_once(connection, batch=batch))
