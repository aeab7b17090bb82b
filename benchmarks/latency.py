"""From sending a message to its row being there for a reader, at a steady rate."""

import time
from datetime import UTC, datetime
from itertools import chain
from statistics import quantiles

import psycopg

from benchmarks.corpus import Sealed, sealed_batches
from benchmarks.ingest import processes, ukhtc
from benchmarks.report import Report
from benchmarks.world import World
from intelbus.kafka import make_producer
from intelbus.kafka_sending import send

START_SECONDS = 90.0
PATIENCE = 120.0
POLL = 0.005
NEW = """
SELECT l.position, l.event_id FROM event_log l WHERE l.position > %s ORDER BY l.position
"""


def measure_latency(
    world: World, report: Report, *, seed: int, per_second: int, seconds: int, workers: int
) -> None:
    """Send sealed events at a rate; the clock of each stops when a reader sees its position.

    Sending is timed when the message is handed to the producer, so its linger counts.
    """
    prefix = f"latency{time.time_ns()}."
    topics = world.make_topics(prefix)
    count = per_second * seconds
    events = list(
        chain.from_iterable(sealed_batches(world.keys, topics, seed=seed, count=count + 200))
    )
    warming, events = events[:200], events[200:]
    with (
        world.database("bench_latency") as url,
        psycopg.connect(url, autocommit=True) as connection,
        processes(
            {"ingest": ukhtc("ingest", "--workers", str(workers)), "sequence": ukhtc("sequence")},
            world.environment(prefix, url),
            world.folder / "logs",
        ) as alive,
    ):
        producer = make_producer(world.settings(prefix))
        for one in warming:
            send(producer, one.message)
        producer.flush()
        reader = _Reader(connection)
        deadline = time.perf_counter() + START_SECONDS
        while reader.look() < len(warming):
            alive()
            if time.perf_counter() > deadline:
                raise TimeoutError("ingest did not start")
            time.sleep(POLL)
        sent = _send_steadily(producer, events, per_second, reader)
        producer.flush()
        deadline = time.perf_counter() + PATIENCE
        while reader.look() < len(warming) + len(events):
            alive()
            if time.perf_counter() > deadline:
                raise TimeoutError("not everything became visible")
            time.sleep(POLL)
        producer.close()
    waits = [reader.seen[event_id] - moment for event_id, moment in sent.items()]
    cuts = quantiles(waits, n=100)
    report.add(
        "latency",
        events_per_second=per_second,
        seconds=seconds,
        workers=workers,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        p50_ms=round(cuts[49] * 1000),
        p95_ms=round(cuts[94] * 1000),
        p99_ms=round(cuts[98] * 1000),
    )


class _Reader:
    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self._connection = connection
        self._position = 0
        self.seen: dict[str, float] = {}

    def look(self) -> int:
        """Note what is new; return how many there are by now."""
        rows = self._connection.execute(NEW, [self._position]).fetchall()
        now = time.perf_counter()
        for position, event_id in rows:
            self._position = int(str(position))
            self.seen[str(event_id)] = now
        return self._position


def _send_steadily(
    producer: object, events: list[Sealed], per_second: int, reader: _Reader
) -> dict[str, float]:
    """Send each event when it is due, looking for what has arrived in between."""
    sent: dict[str, float] = {}
    started = time.perf_counter()
    for number, one in enumerate(events):
        due = started + number / per_second
        while (now := time.perf_counter()) < due:
            reader.look()
            time.sleep(min(POLL, max(0.0, due - now)))
        sent[str(one.event["header"]["event_id"])] = time.perf_counter()
        send(producer, one.message)
    return sent
