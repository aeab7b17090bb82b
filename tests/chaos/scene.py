"""What a fault is given to work with, and what it leaves for the report."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.servers import Servers
from tests.chaos.world import World

TAKEOVER_SECONDS = 30.0
"""Within this, somebody must own a dead worker's partitions again."""

Epochs = dict[tuple[int, int], int]


@dataclass
class Scene:
    """One run: its deployment, the servers where they may be broken, and a seeded choice."""

    world: World
    servers: Servers | None
    choose: random.Random
    takeover: float | None = None
    """Seconds until a dead worker's partitions were owned again."""
    expected_stop: bool = False
    """Whether ingest must stop with status 5: the log is not the one that was being read."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Anomalies that only the fault could see: (name, detail)."""
    healed: float = 0.0
    """When the fault was over, by the monotonic clock."""
    owed: int = 0
    """Events that had been published by then."""

    @property
    def breakable(self) -> Servers:
        """The servers; only faults that are marked exclusive may ask."""
        assert self.servers is not None
        return self.servers

    @property
    def token(self) -> Path:
        """The file that arms a failpoint."""
        return self.world.folder / "token"

    def failpoint(self, step: str, signal: str = "KILL") -> dict[str, str]:
        """Return an environment in which a program acts at `step`, once, after `arm`."""
        return {
            "INTELBUS_FAILPOINT": step,
            "INTELBUS_FAILPOINT_SIGNAL": signal,
            "INTELBUS_FAILPOINT_ONCE": str(self.token),
        }

    def arm(self) -> None:
        """Let the failpoint act from now on."""
        self.token.touch()

    def wait_acted(self) -> None:
        """Wait until the failpoint has acted."""
        self.world.wait(lambda: not self.token.exists(), "the failpoint is reached", seconds=60)

    def heal(self) -> None:
        """Say that the fault is over: recovery is counted from here."""
        self.owed = self.world.said()
        self.healed = time.monotonic()

    def epochs(self) -> Epochs:
        """Return the epoch of every partition that anybody has owned."""
        rows = self.world.query("SELECT topic_no, partition, epoch FROM ingest_cursor")
        return {(topic, partition): epoch for topic, partition, epoch in rows}

    def wait_takeover(self, before: Epochs) -> None:
        """Wait until every partition has been claimed since `before`, and note how long it took."""

        def claimed() -> bool:
            now = self.epochs()
            return all(now[place] > epoch for place, epoch in before.items())

        self.takeover = self.world.wait(
            claimed, "somebody owns the partitions again", seconds=TAKEOVER_SECONDS
        )

    def fail(self, name: str, detail: str) -> None:
        """Note an anomaly."""
        self.failures.append((name, detail))


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the table of faults."""

    name: str
    about: str
    play: Callable[[Scene], None]
    """Prepare and start the programs, break something, and mend it; the run does the rest."""
    exclusive: bool = False
    """Whether it breaks a server, which other runs share."""
    small_disk: bool = False
    """Whether the database lies on a small file system."""
