"""The real servers of a whole series of runs, and what may be done to them."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg

from deploy.local.archives import cache_folder, kafka_archives, path_in
from deploy.local.folder import DataFolder
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres, binaries
from deploy.local.processes import running_in, running_with, stop
from deploy.local.servers import Addresses, down, up
from tests.chaos.world import make_template

PRELOADED = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
"""Where Debian's package libfaketime puts it."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Both servers of one data directory, which are this process's to break."""

    addresses: Addresses
    folder: DataFolder

    @property
    def _kafka(self) -> Kafka:
        cache = cache_folder()
        return Kafka(self.folder, [path_in(cache, one) for one in kafka_archives()])

    @property
    def _postgres(self) -> Postgres:
        return Postgres(self.folder, binaries())

    def kill_kafka(self) -> None:
        """SIGKILL the broker."""
        stop(self._broker(), (), seconds_each=10)

    def start_kafka(self) -> None:
        """Start the broker again on its data, and wait for its answer."""
        ports = self.folder.ports({"kafka": None, "kafka_controller": None, "postgres": None})
        kafka = self._kafka
        kafka.start(self.kafka_port, ports["kafka_controller"], {})
        kafka.wait(self.kafka_port)

    def pause_kafka(self) -> None:
        """SIGSTOP the broker."""
        for process in self._broker():
            process.suspend()

    def resume_kafka(self) -> None:
        """Let the broker go on."""
        for process in self._broker():
            process.resume()

    def restart_postgres(self, how: signal.Signals) -> None:
        """Stop PostgreSQL with SIGINT (fast) or SIGQUIT (at once, recovering), and start it."""
        postgres = self._postgres
        stop(running_with(str(postgres.data)), (how,), seconds_each=20)
        stop(running_in(postgres.data), (signal.SIGQUIT,), seconds_each=5)
        postgres.start(self.postgres_port, durable=True, settings={})
        postgres.wait(self.postgres_port)

    @property
    def kafka_port(self) -> int:
        """The broker's port."""
        return int(self.addresses.kafka_bootstrap.rpartition(":")[2])

    @property
    def postgres_port(self) -> int:
        """PostgreSQL's port."""
        return urlsplit(self.addresses.database_url).port or 0

    def _broker(self) -> list[psutil.Process]:
        return running_with(self._kafka.marker)


@contextmanager
def own_servers() -> Iterator[Servers]:
    """Start a pair that nobody else uses, synced to disk; it is removed however this ends."""
    data = Path(tempfile.mkdtemp(prefix="intelbus-chaos-servers-"))
    try:
        addresses = up(data, owner=os.getpid(), durable=True)
        make_template(addresses.database_url)
        yield Servers(addresses, DataFolder(data))
    finally:
        down(data, remove=True)


@contextmanager
def small_disk(url: str, megabytes: int) -> Iterator[tuple[str, Path]]:
    """Yield the name of a tablespace on a file system of that size, and its folder.

    The file system is a tmpfs, so it needs root: `can_mount` says whether it can be had.
    """
    folder = Path(tempfile.mkdtemp(prefix="intelbus-small-", dir="/var/tmp"))
    name = f"small_{folder.name.rpartition('-')[2].lower()}"
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)],
        check=True,
    )
    try:
        inside = folder / "space"
        inside.mkdir(mode=0o700)
        shutil.chown(inside, "nobody", "nogroup")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE {name} LOCATION '{inside}'")
        try:
            yield name, folder
        finally:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"DROP TABLESPACE {name}")
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def can_mount() -> bool:
    """Return whether this process may mount a file system."""
    return os.geteuid() == 0 and shutil.which("mount") is not None


CLOCK = Path(__file__).parent / "clock"


def shifted_clock(minutes: int) -> dict[str, str]:
    """Return what shows a program a clock that is so far ahead (or, negative, behind).

    Wall-clock time only. Python bears it; a broker under libfaketime is too slow to start.
    """
    return {
        "LD_PRELOAD": str(PRELOADED),
        "FAKETIME": f"{minutes * 60:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": f"{CLOCK}{os.pathsep}{CLOCK.parents[2]}",
    }


def hold(seconds: float) -> None:
    """Leave a fault in place for a time: the time is the fault."""
    time.sleep(seconds)
