"""The linker in a store that is filled already: its rate, what each step takes, and how late it is.

The store is filled by the linker itself, from a stream in which three events in ten are the first
of a new ring: most descriptions are new, as with real reports, and none of the work is left out.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from statistics import quantiles
from typing import Any, LiteralString

import psutil
import psycopg

from benchmarks.direct import Store
from benchmarks.ingest import LINKED, processes, ukhtc
from benchmarks.report import Report
from benchmarks.timing import PATIENCE
from benchmarks.world import World
from intelbus.collecting import collect_seldom
from producers.generator.stream import endless
from producers.generator.told import Told
from repository.database import connect
from repository.linking.ahead import COLLECTED_AFTER, Process
from repository.linking.posting import post_all, post_once
from repository.linking.stage import Linker, catch_up, link_once
from repository.sequencer import sequence_once

RENEWAL = 0.3
CHUNK = 2_000
POLL = 0.005
# Before its lateness is measured: a linker is started once and works for weeks.
WARMING = 3_000
ENTITIES: LiteralString = (
    "SELECT count(*) FROM record"
    " WHERE position = entity_position AND ordinal = entity_ordinal AND position > %s"
)
RECORDS: LiteralString = "SELECT count(*) FROM record WHERE position > %s"
STORED: LiteralString = "SELECT count(*) FROM event"
HELD: LiteralString = (
    "SELECT (SELECT count(*) FROM event_log), (SELECT count(*) FROM record),"
    " (SELECT count(*) FROM description), (SELECT count(*) FROM link_key),"
    " (SELECT count(*) FROM stop_key), (SELECT count(*) FROM edge)"
)
DEALT_WITH: LiteralString = (
    "SELECT min(position) FROM stage_cursor WHERE stage IN ('linker', 'terms')"
)
BACKEND: LiteralString = "SELECT pid FROM pg_stat_activity WHERE application_name = 'link'"


@dataclass(slots=True)
class _Filling:
    """A store under way: what is told next, and where it goes."""

    told: Iterator[Told]
    store: Store
    connection: psycopg.Connection[Any]

    def number(self, count: int) -> None:
        """Store and number about so many more events."""
        for start in range(0, count, CHUNK):
            self.store.add(islice(self.told, min(CHUNK, count - start)))
        while sequence_once(self.connection):
            pass


def measure_linking(
    world: World, report: Report, *, seed: int, entities: tuple[int, ...], events: int
) -> None:
    """Fill a store to each number of entities in turn, and measure the linker over the next events,
    on a copy: with `--keep` a run that was ended is gone on with, and a filled store used again.

    Rate, processor time and memory are those of a `ukhtc link` process; the steps are timed in this
    process, over as many events again.
    """
    collect_seldom(COLLECTED_AFTER)
    smaller = "template1"
    for wanted in entities:
        name = f"bench_linking_{seed}_{wanted}"
        with connect(world.kept_database(name, smaller)) as connection:
            _fill(_filling(connection, seed), wanted, report)
            names = ("events", "records", "descriptions", "keys", "stopped_keys", "pairs")
            held = connection.execute(HELD).fetchall()[0]
            report.add("linking_store", entities=wanted, **dict(zip(names, held, strict=True)))
        smaller = name
        with world.copy(name, "bench_linking") as url, connect(url) as connection:
            filling = _filling(connection, seed)
            _rate(world, url, filling, report, wanted, events)
            _latency(world, url, filling, report, wanted)
            _steps(filling, report, wanted, events)


def _filling(connection: psycopg.Connection[Any], seed: int) -> _Filling:
    """Return a store with what is to be told after what it holds."""
    told, store = endless(seed, renewal=RENEWAL), Store(connection)
    store.pass_over(told, connection.execute(STORED).fetchall()[0][0])
    return _Filling(told, store, connection)


def _fill(filling: _Filling, wanted: int, report: Report) -> None:
    """Fill a store up, from where an earlier run was ended."""
    started, linked, found, seen = time.perf_counter(), 0, 0, 0
    linker = Linker()
    while True:
        linked += catch_up(filling.connection, linker, batch=CHUNK)
        post_all(filling.connection)
        (more,) = filling.connection.execute(ENTITIES, (seen,)).fetchall()[0]
        # An entity once named keeps its oldest record but for merges, which are few: no recount.
        found, seen = found + more, filling.store.stored
        if found >= wanted:
            break
        filling.number(CHUNK)
    filling.connection.execute("VACUUM ANALYZE")
    filling.connection.execute("CHECKPOINT")
    seconds = time.perf_counter() - started
    report.add("linking_fill", entities=found, events=linked, seconds=round(seconds))


def _rate(  # noqa: PLR0917
    world: World, url: str, filling: _Filling, report: Report, entities: int, events: int
) -> None:
    """Report the rate of one `ukhtc link` over the second half of the next events, and over the
    first, in which it reads what it keeps: a linker is started once and works for weeks.
    """
    connection = filling.connection
    before = filling.store.stored
    filling.number(events)
    count = filling.store.stored - before
    with _linking(world, url) as alive:
        readings: list[tuple[float, int, float, float, int]] = []
        while True:
            done = int(connection.execute(LINKED).fetchall()[0][0])
            if done > before and (not readings or done > readings[-1][1]):
                worker, backend = _worker(), _backend(connection)
                now, resident = time.perf_counter(), worker.memory_info().rss
                readings.append((now, done, _seconds(worker), _seconds(backend), resident))
            if done >= before + count:
                break
            alive()
            time.sleep(POLL)
    (records,) = connection.execute(RECORDS, (before,)).fetchall()[0]
    first, last = readings[0], readings[-1]
    # Of events that fit into two batches there is no half: all of them count.
    half = next((one for one in readings[1:-1] if one[1] >= before + count / 2), first)
    at_first = None if half is first else (half[1] - first[1]) / (half[0] - first[0])
    done, seconds = last[1] - half[1], last[0] - half[0]
    report.add(
        "linking_rate",
        entities=entities,
        events=done,
        events_per_second=round(done / seconds),
        records_per_second=round(records / count * done / seconds),
        events_per_second_at_first=at_first and round(at_first),
        worker_us=round((last[2] - half[2]) / done * 1e6),
        database_us=round((last[3] - half[3]) / done * 1e6),
        resident_mb=[round(one[4] / 1e6) for one in (first, half, last)],
    )


def _steps(filling: _Filling, report: Report, entities: int, events: int) -> None:
    """Report the processor time of each step, µs an event: of this process and of its backend."""
    filling.number(events)
    backend = psutil.Process(filling.connection.info.backend_pid)
    own: dict[str, float] = defaultdict(float)
    theirs: dict[str, float] = defaultdict(float)
    marks = [0.0, 0.0]

    def mark(step: str) -> None:
        now = [time.process_time(), _seconds(backend)]
        if step != "started":
            name = step.partition(".")[2]
            own[name] += now[0] - marks[0]
            theirs[name] += now[1] - marks[1]
        marks[:] = now

    linker = Linker(Process())
    stages: tuple[tuple[str, Callable[[], int]], ...] = (
        ("linking", lambda: link_once(filling.connection, linker, at=mark)),
        ("terms", lambda: post_once(filling.connection, at=mark)),
    )
    for stage, once in stages:
        total = 0
        own.clear()
        theirs.clear()
        mark("started")
        while done := once():
            total += done
            mark("started")
        for name, found in (("worker", own), ("database", theirs)):
            steps = {step: round(seconds / total * 1e6) for step, seconds in found.items()}
            report.add(f"{stage}_steps_{name}", entities=entities, **steps)


def _latency(
    world: World,
    url: str,
    filling: _Filling,
    report: Report,
    entities: int,
    *,
    per_second: int = 150,
    seconds: int = 30,
) -> None:
    """Report how long after it was stored an event is linked, at a steady rate.

    `ukhtc sequence`, `ukhtc link` and `ukhtc index` run; the clock starts when an event's
    transaction has been committed and stops when the linker's cursor has been seen past it.
    """
    connection, stored = filling.connection, filling.store
    due_at: list[tuple[int, float]] = []
    waits: list[float] = []

    def look() -> None:
        done = int(connection.execute(LINKED).fetchall()[0][0])
        now = time.perf_counter()
        while due_at and due_at[0][0] <= done:
            waits.append(now - due_at.pop(0)[1])

    with _linking(world, url, sequencing=True) as alive:
        _warm(filling, alive)
        waits.clear()
        started, events = time.perf_counter(), 0
        while events < per_second * seconds:
            now = time.perf_counter()
            behind = int((now - started) * per_second) - events
            if behind > 0:
                added = stored.add(islice(filling.told, behind))
                committed = time.perf_counter()
                due_at += [(position, committed) for position, _ in added]
                events += behind
            look()
            time.sleep(POLL)
        while due_at:
            look()
            alive()
            if time.perf_counter() - started > PATIENCE:
                raise TimeoutError(f"{len(due_at)} events were not linked")
            time.sleep(POLL)
    cuts = quantiles(waits, n=100)
    report.add(
        "linking_latency",
        entities=entities,
        events_per_second=per_second,
        events=len(waits),
        p50_ms=round(cuts[49] * 1000),
        p99_ms=round(cuts[98] * 1000),
        most_ms=round(max(waits) * 1000),
    )


def _warm(filling: _Filling, alive: Callable[[], None]) -> None:
    """Wait until all three programs have dealt with so many events as fill what a linker keeps."""
    filling.store.add(islice(filling.told, WARMING))
    started = time.perf_counter()
    while int(filling.connection.execute(DEALT_WITH).fetchall()[0][0]) < filling.store.stored:
        alive()
        if time.perf_counter() - started > PATIENCE:
            raise TimeoutError("the linker or the index did not start")
        time.sleep(POLL)


def _linking(world: World, url: str, *, sequencing: bool = False) -> Any:
    commands = {"link": ["env", "PGAPPNAME=link", *ukhtc("link")]}
    if sequencing:
        commands |= {"sequence": ukhtc("sequence"), "index": ukhtc("index")}
    return processes(commands, world.environment("linking.", url), world.folder / "logs")


def _worker() -> psutil.Process:
    """Return the process of `ukhtc link`."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # another's child that has ended
            if process.cmdline()[-1:] == ["link"]:
                return process
    raise RuntimeError("there is no linker")


def _backend(connection: psycopg.Connection[Any]) -> psutil.Process:
    """Return the database's process that serves the linker."""
    return psutil.Process(connection.execute(BACKEND).fetchall()[0][0])


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
