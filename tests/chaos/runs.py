"""One run: a deployment, a fault, recovery, and the judgement of what is left."""

import contextlib
import json
import random
import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psycopg

from deploy.local.servers import Addresses
from intelbus.errors import IntelbusError
from tests.chaos import log_faults, process_faults, server_faults
from tests.chaos.checker import History, check
from tests.chaos.processes import Launcher
from tests.chaos.scene import Fault, Scene
from tests.chaos.servers import PRELOADED, Servers, can_mount, small_disk
from tests.chaos.state import state_of
from tests.chaos.witness import history_of
from tests.chaos.world import LOADS, Enrolled, NotInTimeError, World, new_world

FAULTS: Sequence[Fault] = (*process_faults.FAULTS, *log_faults.FAULTS, *server_faults.FAULTS)
VARIANTS = 3
SMALL_DISK_MEGABYTES = 40
TRACE = re.compile(
    r"^([^\n]*)\n?^Traceback \(most recent call last\):\n(?:[ ][^\n]*\n)*(\S[^\n]*)", re.M
)
"""The line before a trace, and the error that it ends with."""
HANDLED = ("ERROR:kafka.", "Exception ignored in: <function KafkaProducer.__del__")

CUT_LOG = {"lost-write", "unseen", "phantom", "torn"}
"""What a log that was cut short or made anew shows in any case: ingest stopped before it."""


@dataclass(slots=True)
class Result:
    """What came of one run."""

    seed: int
    fault: str
    variant: int
    seconds: float = 0.0
    recovery: float | None = None
    """Seconds from the end of the fault until all that had been published by then was linked."""
    takeover: float | None = None
    events: int = 0
    resent: int = 0
    anomalies: list[tuple[str, str]] = field(default_factory=list)
    skipped: str | None = None
    """Why the fault cannot be had on this machine."""

    def as_json(self) -> str:
        """Return one line."""
        return json.dumps(asdict(self))


def fault_of(seed: int) -> Fault:
    """Return the fault that a seed stands for."""
    return FAULTS[seed % len(FAULTS)]


def variant_of(seed: int) -> int:
    """Return the load that a seed stands for."""
    return seed // len(FAULTS) % VARIANTS


class Series:
    """Runs on the same servers. The undisturbed run of each load is made once."""

    def __init__(
        self,
        launcher: Launcher,
        addresses: Addresses,
        folder: Path,
        servers: Servers | None = None,
    ) -> None:
        self._launcher = launcher
        self._addresses = addresses
        self._servers = servers
        self._enrolled = Enrolled.make(folder)
        self._undisturbed: dict[int, dict[str, str]] = {}

    def undisturbed(self, variant: int) -> dict[str, str]:
        """Return the state that a load must lead to."""
        if variant not in self._undisturbed:
            with new_world(self._launcher, self._addresses, self._enrolled, variant) as world:
                world.prepare()
                world.start()
                world.drain()
                world.stop()
                found = check(history_of(world))
                assert not found, found
                self._undisturbed[variant] = state_of(world.database, world.prefix)
        return self._undisturbed[variant]

    def run(self, seed: int, fault: Fault, *, keep: Path | None = None) -> Result:
        """Play one fault; with `keep`, the logs of a run with anomalies are copied there."""
        result = Result(seed, fault.name, variant_of(seed))
        result.skipped = _cannot(fault)
        if result.skipped:
            return result
        expected = self.undisturbed(result.variant)
        started = time.monotonic()
        with self._world(fault, result.variant) as world:
            servers = self._servers if fault.exclusive else None
            scene = Scene(world, servers, random.Random(seed))
            try:
                _play(scene, fault, result, expected)
            except NotInTimeError as error:
                result.anomalies.append(("stalled", str(error)))
            except (IntelbusError, psycopg.Error) as error:
                result.anomalies.append(("stalled", f"{type(error).__name__}: {error}"))
            result.takeover = scene.takeover
            result.anomalies += [*scene.failures, *_crashes(world)]
            if result.anomalies and keep is not None:
                _keep_logs(world, keep / f"{seed}-{fault.name}")
        result.seconds = time.monotonic() - started
        return result

    @contextlib.contextmanager
    def _world(self, fault: Fault, variant: int) -> Iterator[World]:
        common = (self._launcher, self._addresses, self._enrolled, variant)
        if not fault.small_disk:
            with new_world(*common) as world:
                yield world
            return
        url = self._addresses.database_url
        with (
            small_disk(url, SMALL_DISK_MEGABYTES) as (tablespace, disk),
            new_world(
                self._launcher, self._addresses, self._enrolled, variant, tablespace=tablespace
            ) as world,
        ):
            world.disk = disk
            yield world


def _play(scene: Scene, fault: Fault, result: Result, expected: dict[str, str]) -> None:
    world = scene.world
    fault.play(scene)
    if scene.expected_stop:
        world.stop()
        history = history_of(world)
        result.anomalies += [(o.name, o.detail) for o in check(history) if o.name not in CUT_LOG]
        return
    # 1 recover 2 drain
    world.open_gate()
    world.wait(lambda: world.caught_up_to(scene.owed), "what was published is linked")
    result.recovery = time.monotonic() - scene.healed
    world.drain()
    # 3 end everything
    for name, status in world.stop().items():
        if status != 0:
            result.anomalies.append(("crash", f"{name} ended with {status}"))
    # 4 judge
    history = history_of(world)
    result.events = len(history.positions)
    result.resent = _resent(history)
    result.anomalies += [(one.name, one.detail) for one in check(history)]
    result.anomalies += _accounts(world)
    found = state_of(world.database, world.prefix)
    result.anomalies += [
        ("state", f"{part} differs from the undisturbed run's")
        for part in expected
        if found[part] != expected[part]
    ]
    wanted = sum(count for count, _ in LOADS.values())
    if len(history.said) > wanted:
        result.anomalies.append(("duplicate", f"{len(history.said)} events were said"))


def _resent(history: History) -> int:
    copies = Counter((one.agency, one.event_id) for one in history.messages if one.event_id)
    return sum(copies.values()) - len(copies)


def _accounts(world: World) -> Iterator[tuple[str, str]]:
    """Ask `ukhtc accounts` and `ukhtc streams`, which check against Kafka and for gaps."""
    for name in ("accounts", "streams"):
        program = world.program(name, ["ukhtc", name, "--json"])
        program.start()
        status = program.wait_end()
        said = (world.folder / f"{name}.log").read_text("utf-8")
        if status != 0:
            yield "unbalanced", f"ukhtc {name} ended with {status}: {said[-1000:]}"
        elif name == "accounts" and json.loads(said)["kafka"] != "checked":
            yield "unbalanced", "the accounts were not checked against Kafka"


def _crashes(world: World) -> Iterator[tuple[str, str]]:
    """Name every trace of an exception that nobody had thought of.

    What the Kafka client logs of errors that it handles itself is none.
    """
    for log in sorted(world.folder.glob("*.log")):
        text = log.read_text("utf-8", "replace")
        for before, error in TRACE.findall(text):
            if not before.startswith(HANDLED):
                yield "crash", f"{log.stem}: {error}"


def _cannot(fault: Fault) -> str | None:
    if fault.small_disk and not can_mount():
        return "a small file system needs root"
    if fault.name.startswith("clock-") and not PRELOADED.exists():
        return "libfaketime is not installed"
    return None


def _keep_logs(world: World, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for log in world.folder.glob("*.log"):
        shutil.copy(log, target)
