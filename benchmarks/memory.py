"""What a worker keeps in memory as events go by, and what an event takes on disk."""

import time
from pathlib import Path

import psutil
import psycopg

from benchmarks.ingest import COMMITTED, processes, ukhtc
from benchmarks.prefill import Filled
from benchmarks.report import Report
from benchmarks.timing import PATIENCE
from benchmarks.world import World

SIZES = """
SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = 'public'
"""


def measure_memory(world: World, filled: Filled, report: Report, *, step: int) -> None:
    """Ingest everything with one worker; report its resident memory every `step` events, in MB."""
    commands = {"ingest": ukhtc("ingest", "--workers", "1"), "sequence": ukhtc("sequence")}
    with (
        world.database("bench_memory") as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        readings: list[float] = []
        started = time.perf_counter()
        with processes(commands, world.environment(filled.prefix, url), world.folder / "logs") as (
            alive
        ):
            while True:
                done = int(connection.execute(COMMITTED).fetchall()[0][0])
                if done >= step * (len(readings) + 1):
                    readings.append(_worker_megabytes())
                if done >= filled.events:
                    break
                alive()
                if time.perf_counter() - started > 10 * PATIENCE:
                    raise TimeoutError(f"{done} of {filled.events}")
                time.sleep(0.1)
        stored = int(connection.execute(SIZES).fetchall()[0][0])
    report.add(
        "memory",
        events=filled.events,
        step=step,
        resident_mb=readings,
        last_over_first=round(readings[-1] / readings[0], 3),
        stored_bytes_an_event=stored // filled.events,
        value_bytes_an_event=filled.value_bytes,
        header_bytes_an_event=filled.header_bytes,
        kafka_bytes_an_event=_kafka_bytes(world, filled) // filled.events,
    )


def _worker_megabytes() -> float:
    """Return the resident memory of the largest process under ours that runs Python's spawn."""
    sizes = []
    for process in psutil.Process().children(recursive=True):
        try:
            if "spawn_main" in " ".join(process.cmdline()):
                sizes.append(process.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return round(max(sizes) / 1e6, 1)


def _kafka_bytes(world: World, filled: Filled) -> int:
    """Return the bytes of the log segments of the sealed topics."""
    data = world.folder / "servers" / "kafka" / "data"
    names = {f"{topic}" for topic in world.topics(filled.prefix).events}
    return sum(
        log.stat().st_size
        for folder in data.iterdir()
        if _topic(folder) in names
        for log in folder.glob("*.log")
    )


def _topic(folder: Path) -> str:
    return folder.name.rpartition("-")[0]
