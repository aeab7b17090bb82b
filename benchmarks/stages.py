"""Where an event's microseconds go: by process while ingest runs, and by stage inside a worker."""

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any, LiteralString

import psutil
import psycopg
from kafka.consumer.fetcher import ConsumerRecord
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

from benchmarks.corpus import sealed_batches
from benchmarks.ingest import COMMITTED, SEQUENCED, processes, ukhtc
from benchmarks.prefill import Filled
from benchmarks.report import Report
from benchmarks.timing import PATIENCE
from benchmarks.world import World
from consumers.ingest.event_rows import copied
from consumers.ingest.events import event_of, sort_events
from consumers.ingest.judgement import Judge
from consumers.ingest.store import Stored, stream_changes
from deploy.local.folder import DataFolder
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.processes import running_with
from intelbus.collecting import collect_seldom
from intelbus.kafka import POLL_LIMIT
from intelbus.kafka_reading import to_received
from intelbus.topics import Topics
from intelbus.trust_files import load_registry

ROUNDS = 5
SAMPLE = 4_000
WORKERS = 2
BACKENDS: LiteralString = "SELECT pid, application_name FROM pg_stat_activity WHERE pid IS NOT NULL"
WRITTEN: LiteralString = "SELECT wal_bytes::float, wal_records::float FROM pg_stat_wal"


def measure_profile(world: World, filled: Filled, report: Report) -> None:
    """Report processor time, µs an event, of each process of a run and of each stage of a worker.

    The stages run in this process, one after another, over polls like a worker's.
    """
    report.add("stages_of_a_worker", **_stages(world, filled.seed))
    report.add("processes", ingest_workers=WORKERS, **_processes(world, filled))


def _stages(world: World, seed: int) -> dict[str, float]:
    topics = Topics("stages.")
    registry = load_registry(world.folder / "ukhtc", now=datetime.now(UTC))
    sent = [
        one.message
        for batch in sealed_batches(world.keys, topics, seed=seed, count=SAMPLE)
        for one in batch
    ]
    milliseconds = int(time.time() * 1000) + 60_000
    builder = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=1 << 30)
    for one in sent:
        builder.append(milliseconds, one.key, one.value, list(one.headers))
    builder.close()
    raw = bytes(builder.buffer())
    read = list(MemoryRecords(raw).next_batch())
    records = [
        ConsumerRecord(one.topic, 0, 0, r.offset, milliseconds, 1, r.key, r.value, r.headers,
                       None, len(r.key), len(r.value), 0)
        for one, r in zip(sent, read, strict=True)
    ]  # fmt: skip
    messages = [to_received(record) for record in records]
    numbers = {message.topic: 1 for message in messages}

    def judge() -> Any:
        judging = Judge(registry, topics, "confidential")
        return [
            one
            for first in range(0, len(messages), POLL_LIMIT)
            for one in judging.judge_all(messages[first : first + POLL_LIMIT])
        ]

    judged = judge()
    fresh = sort_events(numbers, judged, {}).fresh
    steps: Mapping[str, Callable[[], object]] = {
        "read_records": lambda: list(MemoryRecords(raw).next_batch()),
        "take_over": lambda: [to_received(record) for record in records],
        "open": judge,
        "tell_new_from_known": lambda: sort_events(numbers, judged, {}),
        "pack_rows": lambda: copied((1, event_of(one)) for one in fresh),
        "gather_streams": lambda: stream_changes(numbers, Stored(accepted=judged)),
    }
    found: dict[str, list[float]] = {name: [] for name in steps}
    collect_seldom()
    for _ in range(ROUNDS):
        for name, step in steps.items():
            started = time.process_time()
            step()
            found[name].append(time.process_time() - started)
    gc.unfreeze()
    return {name: round(median(times) / SAMPLE * 1e6, 1) for name, times in found.items()}


def _processes(world: World, filled: Filled) -> dict[str, float]:
    commands = {
        "ingest": ["env", "PGAPPNAME=ingest", *ukhtc("ingest", "--workers", str(WORKERS))],
        "sequence": ["env", "PGAPPNAME=sequence", *ukhtc("sequence")],
    }
    with (
        world.database("bench_profile") as url,
        psycopg.connect(url, autocommit=True) as connection,
        processes(commands, world.environment(filled.prefix, url), world.folder / "logs") as alive,
    ):
        started, first = time.perf_counter(), 0
        before: dict[str, float] = defaultdict(float)
        written = [0.0, 0.0]
        while True:
            done = min(
                int(connection.execute(step).fetchall()[0][0]) for step in (COMMITTED, SEQUENCED)
            )
            if done and not first:
                first, before = done, _seconds(world, connection)
                written = list(connection.execute(WRITTEN).fetchall()[0])
            if done >= filled.events:
                break
            alive()
            if time.perf_counter() - started > PATIENCE:
                raise TimeoutError(f"{done} of {filled.events}")
            time.sleep(0.1)
        after = _seconds(world, connection)
        count = filled.events - first
        wal = connection.execute(WRITTEN).fetchall()[0]
    return {
        **{
            name: round((after[name] - before[name]) / count * 1e6, 1)
            for name in sorted(after)
            if name != "watching"
        },
        "wal_bytes": round((wal[0] - written[0]) / count),
        "wal_records": round((wal[1] - written[1]) / count, 1),
    }


def _seconds(world: World, connection: psycopg.Connection[Any]) -> dict[str, float]:
    """Return the processor seconds so far, by what a process is for."""
    folder = DataFolder(world.servers)
    names = dict(connection.execute(BACKENDS).fetchall())
    names[connection.info.backend_pid] = "watching"
    found: dict[str, float] = defaultdict(float)

    def add(process: psutil.Process, name: str) -> None:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            return
        found[name] += times.user + times.system

    for broker in running_with(Kafka(folder).marker):
        add(broker, "broker")
    for own in psutil.Process().children(recursive=True):
        line = " ".join(own.cmdline())
        if "spawn_main" in line:
            add(own, "workers")
        elif line.endswith("sequence"):
            add(own, "sequencer")
    for server in running_with(str(Postgres(folder).data)):
        for process in (server, *server.children()):
            known = names.get(process.pid)
            of = {"ingest": "database_for_ingest", "sequence": "database_for_sequencer"}
            add(process, known if known == "watching" else of.get(known or "", "database_other"))
    return found
