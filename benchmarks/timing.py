"""Timing a store from outside: how many are in it, again and again, until all are."""

import time
from collections.abc import Callable
from dataclasses import dataclass

INTERVAL = 0.05
PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Timed:
    """Progress seen from outside: from the first commit that shows to the last."""

    events: int
    first: int
    seconds: float
    seconds_from_start: float

    @property
    def rate(self) -> float:
        """Events a second between the first commit and the end."""
        return (self.events - self.first) / self.seconds


def watch(
    progress: Callable[[], int], count: int, alive: Callable[[], None], started: float
) -> Timed:
    """Poll `progress` until it reaches `count`; the clock starts when it is first above nought.

    Raises TimeoutError, and whatever `alive` raises when a process has ended.
    """
    first, since = 0, 0.0
    while True:
        done, now = progress(), time.perf_counter()
        if done and not first:
            first, since = done, now
        if done >= count:
            return Timed(done, first, now - since, now - started)
        if now - started > PATIENCE:
            raise TimeoutError(f"{done} of {count} after {PATIENCE:.0f} s")
        alive()
        time.sleep(INTERVAL)
