"""Quix Streams' PostgreSQL sink: as many processes of one consumer group as ingest has workers.

It lives in an environment of its own, so that its libraries and ours cannot disturb each other.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg

from benchmarks.debezium import TABLE, table
from benchmarks.flat import COLUMNS, PRIMARY_KEY
from benchmarks.ingest import processes
from benchmarks.prefill import Filled
from benchmarks.timing import Timed, watch
from benchmarks.world import World

REQUIREMENTS = ("quixstreams[postgresql]==3.28.1",)
PROCESSES = 2
BATCH = 3000
STORED: LiteralString = "SELECT count(*) FROM flat"


def environment(world: World) -> Path:
    """Return the Python of Quix's environment, making it the first time. Raises RuntimeError."""
    folder = world.folder / "quix"
    python = folder / "bin" / "python"
    done = folder / "complete"
    if not done.exists():
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS)
        done.touch()
    return python


def quix_once(world: World, filled: Filled, name: str) -> Timed:
    """Store the flat messages in one table with upsert; return how long it took."""
    python = environment(world)
    with (
        world.database("bench_quix", migrated=False) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute(table())

        def progress() -> int:
            return int(connection.execute(STORED).fetchall()[0][0])

        command = [str(python), str(Path(__file__).with_name("quix_sink.py"))]
        given = json.dumps(_settings(world, filled, url, name))
        commands = {f"quix-{number}": [*command, given] for number in range(PROCESSES)}
        started = time.perf_counter()
        with processes(commands, os.environ, world.folder / "logs") as alive:
            return watch(progress, filled.events, alive, started, world.servers)


def _settings(world: World, filled: Filled, url: str, name: str) -> dict[str, object]:
    parts = urlsplit(url)
    return {
        "kafka": world.addresses.kafka_bootstrap,
        "group": name,
        "topic": filled.flat_topic,
        "table": TABLE,
        "primary_key": PRIMARY_KEY,
        "batch": BATCH,
        "state": os.fspath(world.folder / "quix-state"),
        "bytes_columns": [name for name, kind, _ in COLUMNS if kind == "bytes"],
        "database": {
            "host": parts.hostname,
            "port": parts.port,
            "dbname": parts.path.strip("/"),
            "user": parts.username,
            "password": parts.password,
        },
    }


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
