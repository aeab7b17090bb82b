"""Python loads this at its start in a program whose clock is moved (tests/chaos/servers.py).

libfaketime refuses what `time.sleep` asks for, to wait until a time of the monotonic clock, which
it was told to leave alone. Waiting for what never happens lasts as long.
"""

import threading
import time


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


time.sleep = _sleep
