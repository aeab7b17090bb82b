"""Stages: what reads the log by position, each with its own cursor, transaction and loop."""

import signal
import time
from collections.abc import Callable
from threading import Event
from typing import Any, LiteralString

import psycopg
import structlog

from intelbus.errors import UnavailableError
from repository.database import connect

# One lock a stage: whoever holds it is the stage until its transaction ends.
LOCKS = {
    "sequencer": 0x1B05_0001,
    "linker": 0x1B05_0002,
    "notices": 0x1B05_0003,
    "relays": 0x1B05_0004,
    "terms": 0x1B05_0005,
    "statistics": 0x1B05_0010,
    "audit": 0x1B05_0020,
}

CLAIM_CURSOR: LiteralString = """
INSERT INTO stage_cursor (stage, position) VALUES (%s, 0)
ON CONFLICT (stage) DO UPDATE SET position = stage_cursor.position RETURNING position
"""

NOTHING_NEW: LiteralString = """
SELECT coalesce((SELECT max(position) FROM event_log), 0)
    <= coalesce((SELECT position FROM stage_cursor WHERE stage = %s), 0)
"""


def lock_stage(connection: psycopg.Connection[Any], stage: str) -> None:
    """Wait to be the one that does `stage`, until this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCKS[stage],))


def nothing_new(connection: psycopg.Connection[Any], stage: str) -> bool:
    """Return whether a stage has dealt with all that is numbered.

    To be asked before its transaction, which writes, and is written to disk, whatever it finds.
    """
    return connection.execute(NOTHING_NEW, (stage,)).fetchone() == (True,)


def read_cursor(connection: psycopg.Connection[Any], stage: str) -> int:
    """Return the last position that a stage has dealt with; 0 before its first."""
    row = connection.execute(CLAIM_CURSOR, (stage,)).fetchone()
    return int(row[0]) if row else 0


def move_cursor(connection: psycopg.Connection[Any], stage: str, position: int) -> None:
    """Say that a stage has dealt with everything up to `position`."""
    connection.execute("UPDATE stage_cursor SET position = %s WHERE stage = %s", (position, stage))


def touch_cursor(connection: psycopg.Connection[Any], stage: str) -> None:
    """Say that somebody else has changed what a stage derived: it forgets what it remembers."""
    connection.execute("UPDATE stage_cursor SET position = position WHERE stage = %s", (stage,))


def forget_cursor(connection: psycopg.Connection[Any], stage: str) -> None:
    """Let a stage begin at the first event again."""
    connection.execute("DELETE FROM stage_cursor WHERE stage = %s", (stage,))


def waiting(connection: psycopg.Connection[Any], position: int) -> int:
    """Return how many numbered events come after `position`."""
    row = connection.execute("SELECT coalesce(max(position), 0) FROM event_log").fetchone()
    return int(row[0]) - position if row else 0


def until_idle(once: Callable[[], int]) -> int:
    """Call `once` until it did nothing; return how much it did in all."""
    total = 0
    while done := once():
        total += done
    return total


def run_stage(
    database: str,
    once: Callable[[psycopg.Connection[Any]], int],
    stop: Event,
    *,
    name: str,
    ready: Event | None = None,
    idle_wait: float = 0.1,
    retry_wait: float = 1.0,
) -> None:
    """Call `once` until `stop` is set; when it did nothing, wait `idle_wait` seconds.

    A database that cannot be reached is tried again after `retry_wait` seconds, for ever; any
    other error ends the stage, since going on would leave a hole. `ready` is set while the
    database answers.
    """
    log = structlog.get_logger().bind(stage=name)
    ready = ready or Event()
    connection: psycopg.Connection[Any] | None = None
    while not stop.is_set():
        try:
            if connection is None or connection.closed:
                connection = connect(database)
            started = time.perf_counter()
            done = once(connection)
            ready.set()
            if done:
                log.debug("batch", events=done, seconds=round(time.perf_counter() - started, 4))
            else:
                stop.wait(idle_wait)
        except (UnavailableError, psycopg.OperationalError) as error:
            ready.clear()
            log.warning("database", error=str(error).splitlines()[0])
            if connection is not None:
                connection.close()
            connection = None
            stop.wait(retry_wait)
    if connection is not None:
        connection.close()


def until_signalled() -> Event:
    """Return an event that SIGTERM or SIGINT sets: the batch under way is finished first."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
