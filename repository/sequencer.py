"""The sequencer: gives committed events their dense positions, one sequencer at a time."""

import time
from threading import Event
from typing import Any, LiteralString

import psycopg

from intelbus.failpoints import failpoint
from intelbus.keys import SigningKey
from repository.access.chain import chain_once
from repository.access.watch import AuditWatch
from repository.amendments import record_amendments
from repository.regrading import restrict_amended
from repository.retention.emptied import empty_pending
from repository.stage_metrics import StageMetrics
from repository.stages import lock_stage, run_stage, until_idle

BATCH = 2000

# Only committed rows of the queue are seen, so a number is never given to what may still vanish,
# and never held back for what commits late. A restatement is tied to the first statement of the
# same content, which is an earlier one of this very batch or stands in `first_statement`: both are
# accepted, and no statistic counts the later one. A correction that returns to an earlier wording
# is a version of its event and no restatement. Nothing here scans a table that grows. A row of the
# queue is a range of offsets, and is taken whole. Within a partition time never goes back (`due`):
# a stream is numbered in its order although the broker's clock was put back.
NUMBER: LiteralString = """
WITH waiting AS (
    SELECT ctid AS row, sum(events) OVER (
               ORDER BY received_at, topic_no, partition, first_offset) - events AS before
    FROM (SELECT ctid, * FROM event_queue
          ORDER BY received_at, topic_no, partition, first_offset LIMIT %(batch)s) AS oldest
), taken AS (
    DELETE FROM event_queue
    WHERE ctid = ANY (ARRAY(SELECT row FROM waiting WHERE before < %(batch)s))
    RETURNING topic_no, partition, offsets, events
), numbered AS MATERIALIZED (
    SELECT agency, event_id, content_digest, amends, grading_scheme, handling, marking, kind,
           source_reference, reported_at,
           %(last)s + row_number() OVER (ORDER BY due, topic_no, partition, "offset") AS position
    FROM (
        SELECT e.*, max(e.received_at) OVER (
                   PARTITION BY e.topic_no, e.partition ORDER BY e."offset") AS due
        FROM taken t CROSS JOIN LATERAL unnest(t.offsets) AS run CROSS JOIN LATERAL (
            SELECT agency, event_id, content_digest, received_at, topic_no, partition, "offset",
                   grading_scheme, handling, marking, kind, source_reference, reported_at,
                   corrects IS NOT NULL OR kind = 'retraction' AS amends
            FROM event
            WHERE topic_no = t.topic_no AND partition = t.partition
              AND "offset" >= lower(run) AND "offset" < upper(run) OFFSET 0
        ) AS e
    ) AS found
), logged AS (
    INSERT INTO event_log (position, agency, event_id, audience, kind, marking, source_reference,
                           reported_at)
    SELECT position, agency, event_id, event_audience(grading_scheme, handling, marking), kind,
           marking, source_reference, reported_at
    FROM numbered
), told AS MATERIALIZED (
    SELECT agency, content_digest, position,
           min(position) OVER (PARTITION BY agency, content_digest) AS first_here,
           (SELECT f.position FROM first_statement f
            WHERE f.agency = n.agency AND f.content_digest = n.content_digest) AS first_before
    FROM numbered n WHERE NOT amends
), first AS (
    INSERT INTO first_statement (agency, content_digest, position)
    SELECT agency, content_digest, position FROM told
    WHERE first_before IS NULL AND position = first_here
), restated AS (
    INSERT INTO restatement (position, first_position)
    SELECT position, coalesce(first_before, first_here) FROM told
    WHERE coalesce(first_before, first_here) < position
    RETURNING position
)
SELECT (SELECT coalesce(sum(events), 0)::bigint FROM taken),
       (SELECT count(*) FROM numbered), (SELECT count(*) FROM restated),
       ARRAY(SELECT position FROM numbered WHERE amends)
"""


ANY_WAITING: LiteralString = "SELECT EXISTS (SELECT FROM event_queue)"
WAITING: LiteralString = "SELECT coalesce(sum(events), 0)::bigint FROM event_queue"


def sequence_once(
    connection: psycopg.Connection[Any], *, batch: int = BATCH, metrics: StageMetrics | None = None
) -> int:
    """Number `batch` queued events, to the next full row, in one transaction; return how many.

    Where nothing waits, that is all that is asked. Else 1 lock, so that no two number at once ·
    2 read the last position, after the lock · 3 move from queue to log, and tie restatements to
    their first · 4 note amendments, let nobody read what they replace who may not read them, and
    empty what another store's list has erased · 5 commit.
    """
    started = time.perf_counter()
    if connection.execute(ANY_WAITING).fetchone() == (False,):
        if metrics:
            metrics.lag.set(0)
        return 0
    with connection.transaction():
        lock_stage(connection, "sequencer")
        failpoint("sequencer.locked")
        row = connection.execute("SELECT coalesce(max(position), 0) FROM event_log").fetchone()
        last = int(row[0]) if row else 0
        failpoint("sequencer.read")
        done = connection.execute(NUMBER, {"batch": batch, "last": last}).fetchone()
        queued, moved, restated, amending = done or (0, 0, 0, [])
        if moved != queued:
            raise RuntimeError(f"{queued} events were queued and {moved} are stored")
        if moved:
            failpoint("sequencer.moved")
            amended = record_amendments(connection, amending)
            restrict_amended(connection, last)
            failpoint("sequencer.tied")
            empty_pending(connection)
        left = connection.execute(WAITING).fetchone() if metrics else None
        waiting = int(left[0]) if left else 0
    if moved:
        failpoint("sequencer.committed")
    if metrics:
        metrics.lag.set(waiting)
    if moved and metrics:
        metrics.batch(moved, position=last + moved, seconds=time.perf_counter() - started)
        metrics.sequenced(restatements=restated, amendments=amended)
    return int(moved)


def sequence_all(connection: psycopg.Connection[Any], *, key: SigningKey | None = None) -> int:
    """Number everything committed so far, and chain the audit; return how many events."""
    total = until_idle(lambda: sequence_once(connection))
    until_idle(lambda: chain_once(connection, key=key))
    return total


def run_sequencer(
    database: str,
    stop: Event,
    *,
    metrics: StageMetrics | None = None,
    ready: Event | None = None,
    key: SigningKey | None = None,
) -> None:
    """Number events as they are committed, and chain the audit, until `stop` is set.

    `key` is the centre's: it signs where the chain has got to.
    """
    watch = AuditWatch(metrics) if metrics else None

    def once(connection: psycopg.Connection[Any]) -> int:
        done = sequence_once(connection, metrics=metrics) + chain_once(connection, key=key)
        if watch:
            watch.look(connection)
        return done

    run_stage(
        database,
        once,
        stop,
        name="sequencer",
        ready=ready,
    )
