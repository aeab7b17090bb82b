"""Ingest end to end: prefilled topics, a fresh database, timed until committed and sequenced."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg

from benchmarks.prefill import Filled
from benchmarks.timing import Timed, watch
from benchmarks.world import World

COMMITTED: LiteralString = (
    "SELECT coalesce(sum(next_offset - first_offset), 0)::bigint FROM ingest_cursor"
)
SEQUENCED: LiteralString = "SELECT coalesce(max(position), 0) FROM event_log"
LINKED: LiteralString = "SELECT coalesce(max(position), 0) FROM stage_cursor WHERE stage = 'linker'"
OUTCOMES: LiteralString = (
    "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM duplicate),"
    " (SELECT count(*) FROM quarantine), (SELECT count(*) FROM event_log),"
    " (SELECT count(*) FROM receipt_outbox)"
)


@contextmanager
def processes(
    commands: Mapping[str, list[str]], environment: Mapping[str, str], logs: Path
) -> Iterator[Callable[[], None]]:
    """Run commands until the block ends; yields a function that raises if one has ended."""
    logs.mkdir(parents=True, exist_ok=True)
    running: dict[str, subprocess.Popen[bytes]] = {}

    def alive() -> None:
        for name, process in running.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with {process.returncode}: see {logs}/{name}.log")

    try:
        for name, command in commands.items():
            with (logs / f"{name}.log").open("wb") as log:
                running[name] = subprocess.Popen(
                    command,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        yield alive
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def ukhtc(*arguments: str) -> list[str]:
    """Return the command line of a `ukhtc` command of this installation."""
    return [sys.executable, "-c", "from consumers.cli import main; main()", *arguments]


def ingest_once(world: World, filled: Filled, *, workers: int, linker: bool = False) -> Timed:
    """Store all that is in the topics into a fresh database; return how long it took.

    Sequencing runs beside ingest; the end is when every event has its position (and, with
    `linker`, is linked). Raises RuntimeError when the accounts do not balance.
    """
    commands = {
        "ingest": ukhtc("ingest", "--workers", str(workers)),
        "sequence": ukhtc("sequence"),
        **({"link": ukhtc("link")} if linker else {}),
    }
    with (
        world.database("bench_ingest") as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):

        def progress() -> int:
            steps = (COMMITTED, SEQUENCED, LINKED) if linker else (COMMITTED, SEQUENCED)
            return min(int(connection.execute(step).fetchall()[0][0]) for step in steps)

        started = time.perf_counter()
        environment = world.environment(filled.prefix, url)
        with processes(commands, environment, world.folder / "logs") as alive:
            timed = watch(progress, filled.events, alive, started, world.servers)
        accounts = connection.execute(OUTCOMES).fetchall()[0]
        if accounts[:4] != (filled.events, 0, 0, filled.events) or not accounts[4]:
            raise RuntimeError(f"the accounts do not balance: {accounts}")
    return timed
