"""Wait for a condition, never for a length of time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], *, timeout: float = 30.0, what: str = "") -> T:
    """Call `condition` until it returns something true, and return that.

    Raises AssertionError, saying what never came true, after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    pause = 0.01
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(
                f"not within {timeout:g} s: {what or condition!r} (last: {value!r})"
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
