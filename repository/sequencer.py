"""The sequencer: gives committed events their dense positions, one sequencer at a time."""

import time
from threading import Event
from typing import Any, LiteralString

import psycopg

from intelbus.failpoints import failpoint
from repository.amendments import record_amendments
from repository.database import connect
from repository.restatements import record_restatements
from repository.stage_metrics import StageMetrics
from repository.stages import lock_stage, run_stage

BATCH = 2000

# Only committed rows of the queue are seen, so a number is never given to what may still vanish,
# and never held back for what commits late.
NUMBER: LiteralString = """
WITH taken AS (
    SELECT q.agency, q.event_id,
           row_number() OVER (ORDER BY e.received_at, e.topic_no, e.partition, e."offset") AS n
    FROM event_queue q JOIN event e USING (agency, event_id)
    ORDER BY n LIMIT %(batch)s
), emptied AS (
    DELETE FROM event_queue q USING taken t
    WHERE q.agency = t.agency AND q.event_id = t.event_id
)
INSERT INTO event_log (position, agency, event_id)
SELECT %(last)s + n, agency, event_id FROM taken
"""


def sequence_once(
    connection: psycopg.Connection[Any], *, batch: int = BATCH, metrics: StageMetrics | None = None
) -> int:
    """Number up to `batch` queued events in one transaction; return how many.

    1 lock, so that no two number at once · 2 read the last position, after the lock · 3 move from
    queue to log · 4 tie restatements to their first, note amendments · 5 commit.
    """
    started = time.perf_counter()
    with connection.transaction():
        lock_stage(connection, "sequencer")
        failpoint("sequencer.locked")
        row = connection.execute("SELECT coalesce(max(position), 0) FROM event_log").fetchone()
        last = int(row[0]) if row else 0
        failpoint("sequencer.read")
        moved = connection.execute(NUMBER, {"batch": batch, "last": last}).rowcount
        if moved:
            failpoint("sequencer.moved")
            restated = record_restatements(connection, last)
            amended = record_amendments(connection, last)
            failpoint("sequencer.tied")
        left = (
            connection.execute("SELECT count(*) FROM event_queue").fetchone() if metrics else None
        )
        waiting = int(left[0]) if left else 0
    if moved:
        failpoint("sequencer.committed")
    if metrics:
        metrics.lag.set(waiting)
    if moved and metrics:
        metrics.batch(moved, position=last + moved, seconds=time.perf_counter() - started)
        metrics.sequenced(restatements=restated, amendments=amended)
    return moved


def run_sequencer(
    database: str,
    stop: Event,
    *,
    metrics: StageMetrics | None = None,
    ready: Event | None = None,
) -> None:
    """Number events as they are committed, until `stop` is set."""
    run_stage(
        lambda: connect(database),
        lambda connection: sequence_once(connection, metrics=metrics),
        stop,
        name="sequencer",
        ready=ready,
    )
