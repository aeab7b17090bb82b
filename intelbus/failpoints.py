"""Places to die or to stall at: that nothing is lost is proved by doing so at each step.

Three variables, for tests alone. `INTELBUS_FAILPOINT` names a step, `ingest.stored` for one.
`INTELBUS_FAILPOINT_SIGNAL` is KILL (unless it is set) or STOP. `INTELBUS_FAILPOINT_ONCE` names a
file: whoever gets there and can remove it acts, and nobody does while there is none, so that a
test chooses the moment, and what is started again goes on.
"""

import os
import signal
from pathlib import Path

VARIABLE = "INTELBUS_FAILPOINT"


def failpoint(step: str) -> None:
    """Send this process a signal here if a test asked for `step`."""
    if os.environ.get(VARIABLE) != step:
        return
    once = os.environ.get(f"{VARIABLE}_ONCE")
    if once is not None:
        try:
            Path(once).unlink()
        except FileNotFoundError:
            return
    name = os.environ.get(f"{VARIABLE}_SIGNAL", "KILL")
    os.kill(os.getpid(), signal.Signals[f"SIG{name}"])
