"""Timing a store from outside: how many are in it, again and again, until all are."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.folder import DataFolder
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.processes import running_with

INTERVAL = 0.05
PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Timed:
    """Progress seen from outside: from the first commit that shows to the last.

    `processor` is the processor time, in seconds, that the system, the broker and the database
    took meanwhile: unlike the rate, it hardly depends on what else the machine does.
    """

    events: int
    first: int
    seconds: float
    seconds_from_start: float
    processor: float

    @property
    def rate(self) -> float:
        """Events a second between the first commit and the end."""
        return (self.events - self.first) / self.seconds

    @property
    def processor_us(self) -> float:
        """Processor time an event, in microseconds, broker and database included."""
        return self.processor / (self.events - self.first) * 1e6


def processor_seconds(servers: Path) -> float:
    """Return the processor time of this process's descendants and of the servers so far."""
    folder = DataFolder(servers)
    roots = [*psutil.Process().children(), *running_with(Kafka(folder).marker)]
    roots += running_with(str(Postgres(folder).data))
    total = 0.0
    for root in {one.pid: one for one in roots}.values():
        with suppress(psutil.NoSuchProcess):
            for one in (root, *root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    times = one.cpu_times()
                    total += times.user + times.system
                    total += times.children_user + times.children_system
    return total


def watch(
    progress: Callable[[], int],
    count: int,
    alive: Callable[[], None],
    started: float,
    servers: Path,
) -> Timed:
    """Poll `progress` until it reaches `count`; the clock starts when it is first above nought.

    Raises TimeoutError, and whatever `alive` raises when a process has ended.
    """
    first, since, processor = 0, 0.0, 0.0
    while True:
        done, now = progress(), time.perf_counter()
        if done and not first:
            first, since, processor = done, now, processor_seconds(servers)
        if done >= count:
            taken = processor_seconds(servers) - processor
            return Timed(done, first, now - since, now - started, taken)
        if now - started > PATIENCE:
            raise TimeoutError(f"{done} of {count} after {PATIENCE:.0f} s")
        alive()
        time.sleep(INTERVAL)
