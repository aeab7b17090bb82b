"""Ending in order: whoever stops a benchmark stops all that it started."""

import signal
import sys
from types import FrameType


def end_in_order() -> None:
    """Let SIGTERM end this process as Ctrl-C does, by an exception.

    So each block that started processes or servers stops them on the way out. A second signal
    changes nothing: stopping takes a while, and half of it would leave something running.
    """
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + number)
