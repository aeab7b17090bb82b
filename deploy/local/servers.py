"""Bring both servers up and down. Safe to run again after anything, a kill -9 included."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from deploy.local.archives import (
    Advance,
    cache_folder,
    download,
    kafka_archives,
    missing,
    path_in,
)
from deploy.local.folder import DataFolder, write_private
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres, binaries

SERVERS = ("kafka", "postgres")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers answer."""

    kafka_bootstrap: str
    database_url: str


class Reporter:
    """What `up` tells somebody watching. This one says nothing."""

    def say(self, text: str) -> None:
        """Show one line."""

    @contextmanager
    def downloading(self, _total_bytes: int) -> Iterator[Advance]:
        """Show progress until the block ends; the yielded function takes bytes received."""
        yield lambda _received: None


def up(
    data: Path,
    *,
    reporter: Reporter | None = None,
    kafka_port: int | None = None,
    postgres_port: int | None = None,
    owner: int | None = None,
    durable: bool = True,
    settings: Mapping[str, str] | None = None,
    broker_settings: Mapping[str, str] | None = None,
) -> Addresses:
    """Start what does not run and return the addresses once both servers answer.

    1 take the lock · 2 download · 3 stop what runs but does not answer · 4 start ·
    5 wait for an answer · 6 write the servers file. Whatever interrupts this stops what it started.
    `owner` is a process id: when that process ends, the servers are stopped and their data deleted.
    Servers that are not `durable` sync nothing to disk and are made to live for minutes.
    `settings` are PostgreSQL's, `broker_settings` Kafka's, over those for tests, if they have to be
    started.
    Raises ConfigurationError (port, disk, lock), UnavailableError (download, no answer).
    """
    reporter = reporter or Reporter()
    folder = DataFolder(data.absolute())
    folder.create()
    with folder.locked():
        running = _answering(folder)
        if running is not None:
            return running
        folder.servers_file.unlink(missing_ok=True)
        kafka, postgres = Kafka(folder, _jars(reporter)), Postgres(folder, binaries())
        _stop_both(folder)
        ports = folder.ports({"kafka": kafka_port, "postgres": postgres_port})
        with signals_as_interrupt():
            try:
                if owner is not None:
                    _guard(folder.path, owner)
                reporter.say("starting Kafka and PostgreSQL")
                postgres.start(ports["postgres"], durable=durable, settings=settings or {})
                kafka.start(
                    ports["kafka"],
                    ports["kafka_controller"],
                    broker_settings or {},
                    durable=durable,
                )
                addresses = Addresses(
                    database_url=postgres.wait(ports["postgres"]),
                    kafka_bootstrap=kafka.wait(ports["kafka"]),
                )
                _write(folder, addresses)
            except BaseException:
                _stop_both(folder, at_once=owner is not None)
                raise
    return addresses


def down(data: Path, *, remove: bool = False) -> bool:
    """Stop both servers, and delete their data if asked. Returns whether any was running.

    Raises ConfigurationError while another command starts or stops them.
    """
    folder = DataFolder(data.absolute())
    if not folder.path.is_dir():
        return False
    with folder.locked():
        found = Kafka(folder).running() or Postgres(folder).running()
        folder.servers_file.unlink(missing_ok=True)
        _stop_both(folder, at_once=remove)
        if remove:
            Postgres(folder).remove()
            shutil.rmtree(folder.path, ignore_errors=True)
    return found


def status(data: Path) -> dict[str, str | None]:
    """Return each server's address, or None for one that does not answer."""
    folder = DataFolder(data.absolute())
    known = folder.addresses() or {}
    kafka, url = known.get("kafka_bootstrap"), known.get("database_url")
    return {
        "kafka": kafka if kafka and Kafka(folder).answers(kafka) else None,
        "postgres": url if url and Postgres(folder).answers(url) else None,
    }


def _answering(folder: DataFolder) -> Addresses | None:
    found = status(folder.path)
    if found["kafka"] and found["postgres"]:
        return Addresses(kafka_bootstrap=found["kafka"], database_url=found["postgres"])
    return None


def _stop_both(folder: DataFolder, *, at_once: bool = False) -> None:
    stops = [
        threading.Thread(target=server.stop, kwargs={"at_once": at_once})
        for server in (Kafka(folder), Postgres(folder))
    ]
    for thread in stops:
        thread.start()
    for thread in stops:
        thread.join()


def _jars(reporter: Reporter) -> list[Path]:
    cache, kafka = cache_folder(), kafka_archives()
    wanted = missing(kafka, cache)
    if wanted:
        total = sum(archive.size for archive in wanted)
        reporter.say(f"downloading Kafka ({total // 1_000_000} MB) into {cache}")
        with reporter.downloading(total) as advance:
            download(wanted, cache, advance)
    return [path_in(cache, archive) for archive in kafka]


def _write(folder: DataFolder, addresses: Addresses) -> None:
    import json

    written = {
        "kafka_bootstrap": addresses.kafka_bootstrap,
        "database_url": addresses.database_url,
    }
    write_private(folder.servers_file, json.dumps(written, indent=1) + "\n")


def _guard(data: Path, owner: int) -> None:
    """Start a process that removes these servers when their owner has ended, however it ended."""
    subprocess.Popen(
        [sys.executable, "-m", "deploy.local.guard", str(data), str(owner)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


@contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does, so that what was started is stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {one: signal.signal(one, interrupt) for one in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
