"""The demonstration's processes: run to the end, or kept running, and never left behind."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from intelbus.errors import IntelbusError

PATIENCE = 20.0
_PR_SET_PDEATHSIG = 1
_LAST_LINES = 12
_PROGRAM = (
    "from deploy.demo.children import die_with_parent; die_with_parent(); "
    "from {}.cli import main; main()"
)

Command = Sequence[str]


class StepFailedError(IntelbusError):
    """A command of the demonstration failed."""

    exit_status = 1


def intelbus(*arguments: str) -> list[str]:
    """Return the command line of an `intelbus` command of this very installation."""
    return [sys.executable, "-c", _PROGRAM.format("producers"), *arguments]


def ukhtc(*arguments: str) -> list[str]:
    """Return the command line of a `ukhtc` command of this very installation."""
    return [sys.executable, "-c", _PROGRAM.format("consumers"), *arguments]


@dataclass(slots=True)
class Children:
    """Runs commands with one environment; `stop` ends those that were started to stay."""

    environment: Mapping[str, str]
    logs: Path
    staying: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self, command: Command, **more: str) -> str:
        """Run a command to its end and return its standard output. Raises StepFailedError."""
        done = subprocess.run(
            command,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StepFailedError(
                f"ended with status {done.returncode}:\n{_tail(done.stderr or done.stdout)}",
                subject=" ".join(command[3:]),
            )
        return done.stdout

    def start(self, name: str, command: Command) -> None:
        """Start a command that stays; what it says goes to a log file."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("wb") as log:
            self.staying[name] = subprocess.Popen(
                command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def require_alive(self) -> None:
        """Raise StepFailedError when a process that should stay has ended."""
        for name, process in self.staying.items():
            if process.poll() is not None:
                log = (self.logs / f"{name}.log").read_text("utf-8", errors="replace")
                raise StepFailedError(
                    f"ended with status {process.returncode}:\n{_tail(log)}", subject=name
                )

    def stop(self) -> None:
        """Ask every process to stop, and end those that do not within PATIENCE seconds."""
        for process in self.staying.values():
            if process.poll() is None:
                process.terminate()
        for process in self.staying.values():
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.staying.clear()


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_LAST_LINES:])


def die_with_parent() -> None:
    """On Linux, ask the kernel to end this process when its parent ends, a kill -9 included."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
