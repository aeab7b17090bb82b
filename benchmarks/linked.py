"""What linking costs: processor time an event of the three processes that link, by step, over a
fixed world that is kept, and a digest of all that they stored.

    python -m benchmarks.linked FOLDER [--events 30000] [--profile FILE]

The stream is that of ingest's own measurement, from an empty store. Two versions of the code are
compared by turns over one folder: what they stored must have one digest.
"""

import argparse
import cProfile
import sys
import time
from collections import defaultdict
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg

from benchmarks.direct import Store
from benchmarks.report import Report, machine
from benchmarks.world import SERVER, World, open_world
from intelbus.collecting import collect_seldom
from producers.generator.stream import endless
from repository.database import connect
from repository.linking.ahead import COLLECTED_AFTER, Process
from repository.linking.stage import Linker, link_once
from repository.sequencer import sequence_once

CHUNK = 2_000
STORED: LiteralString = "SELECT count(*) FROM event"
# In one order, whatever the tables' own is.
LEFT: tuple[LiteralString, ...] = (
    "SELECT r::text FROM record r ORDER BY position, ordinal",
    "SELECT d::text FROM description d ORDER BY number",
    "SELECT k::text FROM link_key k ORDER BY key, description",
    "SELECT s::text FROM stop_key s ORDER BY key",
    "SELECT e::text FROM edge e ORDER BY a, b",
    "SELECT p::text FROM parting p ORDER BY description",
    "SELECT r::text FROM entity_redirect r ORDER BY position, ordinal",
)


def kept_events(world: World, seed: int, events: int) -> str:
    """Return the name of a kept database of so many events, stored and numbered."""
    name = f"linked_{seed}_{events}"
    with connect(world.kept_database(name)) as connection:
        told, store = endless(seed), Store(connection)
        store.pass_over(told, connection.execute(STORED).fetchall()[0][0])
        while store.stored < events:
            store.add([next(told) for _ in range(min(CHUNK, events - store.stored))])
            while sequence_once(connection):
                pass
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    return name


def measure_linked(
    connection: psycopg.Connection[Any], report: Report, profile: Path | None
) -> None:
    """Link all that is numbered, and report what it cost, µs an event, and what it left."""
    reader = Process()
    reader.start([])  # the time that it takes to start is not counted
    reader.take()
    processes = {
        "database": psutil.Process(connection.info.backend_pid),
        "preparing": psutil.Process(reader.process.pid),
    }
    steps: dict[str, dict[str, float]] = {"linker": defaultdict(float), "database": {}}
    marks = [0.0, 0.0]

    def mark(step: str) -> None:
        now = [time.process_time(), _seconds(processes["database"])]
        for at, name in enumerate(("linker", "database")):
            steps[name][step] = steps[name].get(step, 0.0) + now[at] - marks[at]
        marks[:] = now

    before = {name: _seconds(one) for name, one in processes.items()}
    linker, count, started = Linker(reader), 0, time.perf_counter()
    own = time.process_time()
    profiler = cProfile.Profile() if profile else None
    with profiler or nullcontext():
        marks[:] = [own, before["database"]]
        while done := link_once(connection, linker, at=mark):
            count += done
    costs = {"linker": time.process_time() - own}
    costs |= {name: _seconds(one) - before[name] for name, one in processes.items()}
    report.add(
        "linked",
        events=count,
        seconds=round(time.perf_counter() - started, 1),
        together_us=round(sum(costs.values()) / count * 1e6),
        **{f"{name}_us": round(cost / count * 1e6) for name, cost in costs.items()},
        left=digest(connection),
    )
    for name, found in steps.items():
        each = {step: round(spent / count * 1e6) for step, spent in found.items()}
        report.add(f"linked_steps_{name}", **each)
    if profiler:
        profiler.dump_stats(str(profile))


def digest(connection: psycopg.Connection[Any]) -> str:
    """Return what tells all that a linker stored from anything else."""
    found = sha256()
    for statement in LEFT:
        with connection.transaction(), connection.cursor("left") as cursor:
            cursor.itersize = 10_000
            for (row,) in cursor.execute(statement):
                found.update(row.encode() + b"\n")
        found.update(b"\0")
    return found.hexdigest()[:16]


def _seconds(process: psutil.Process) -> float:
    """Return the processor time of all threads, to the nanosecond: the table of processes counts in
    hundredths of a second, which a batch of one process is made of few of.
    """
    threads = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(one.read_text().split()[0]) for one in threads) / 1e9


def main() -> int:
    """Measure once; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where servers and events are kept")
    parser.add_argument("--events", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=2009)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--profile", type=Path, help="write a profile of the linker's process")
    asked = parser.parse_args()
    collect_seldom(COLLECTED_AFTER)
    report = Report(sys.stdout)
    report.add("machine", **machine())
    world = open_world(asked.folder, settings=SERVER)
    name = kept_events(world, asked.seed, asked.events)
    for _ in range(asked.rounds):
        with world.copy(name, "bench_linked") as url, connect(url) as connection:
            measure_linked(connection, report, asked.profile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
