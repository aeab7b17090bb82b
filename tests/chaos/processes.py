"""Programs that run for one run, each restarted as a service manager would."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
FINAL = {0, 2, 3, 5}
"""Statuses after which starting again is of no use (docs/reference/exit-statuses.md)."""

KEEPER_PAUSE = 0.1
POLL = 0.02
PATIENCE = 30.0


class Launcher:
    """Starts programs through one warm interpreter (tests/chaos/warm.py)."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.warm"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def start(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> int:
        """Start a program in a process group of its own; return its process id."""
        wanted = {"arguments": arguments, "environment": dict(environment), "log": str(log)}
        return int(self._ask(wanted)["pid"])

    def status(self, pid: int) -> int | None:
        """Return what a program ended with (negative: the signal); None while it runs."""
        found: int | None = self._ask({"poll": pid})["status"]
        return found

    def close(self) -> None:
        """Kill everything that it started."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


class Program:
    """A program of a run; started again unless it ended for good."""

    def __init__(
        self,
        launcher: Launcher,
        name: str,
        arguments: list[str],
        environment: Mapping[str, str],
        log: Path,
    ) -> None:
        self.name = name
        self.statuses: list[int] = []
        self.restart = True
        self.changing = threading.Lock()
        self._launcher = launcher
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self._started: list[int] = []

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it, with `environment` besides; as it was started last when none is given."""
        if environment is not None:
            self._environment = {**self._environment, **environment}
        self._started.append(self._launcher.start(self._arguments, self._environment, self._log))

    def start_anew(self) -> None:
        """Start it after `ask_to_end`, its old end forgotten, and let it be started again."""
        with self.changing:
            self.statuses.clear()
            self.start()
            self.restart = True

    def change(self, environment: Mapping[str, str]) -> None:
        """Have it started with `environment` besides, from the next time on."""
        self._environment = {**self._environment, **environment}

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._started[-1]

    def status(self) -> int | None:
        """Return what it ended with; None while it runs or was never started."""
        return self._launcher.status(self.pid) if self._started else None

    def alive(self) -> bool:
        """Return whether it runs."""
        return bool(self._started) and self.status() is None

    def workers(self) -> list[psutil.Process]:
        """Return its ingest workers, oldest first."""
        found = []
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(self.pid).children():
                with contextlib.suppress(psutil.Error):
                    if any("spawn_main" in word for word in child.cmdline()):
                        found.append(child)
        return sorted(found, key=lambda one: one.create_time())

    def kill(self) -> None:
        """SIGKILL the process alone: its children must find out by themselves."""
        self._send(signal.SIGKILL)

    def ask_to_end(self) -> None:
        """Send SIGTERM; nobody starts it again."""
        self.restart = False
        self._send(signal.SIGTERM)

    def wait_end(self) -> int | None:
        """Return its status once it has ended; None when it had to be killed."""
        deadline = time.monotonic() + PATIENCE
        while self.alive():
            if time.monotonic() > deadline:
                self.destroy()
                return None
            time.sleep(POLL)
        return self.status()

    def destroy(self) -> None:
        """Kill it with all that it started."""
        self.restart = False
        for pid in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        while self.alive():
            time.sleep(POLL)

    def _send(self, number: signal.Signals) -> None:
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Keeper:
    """Starts programs again that ended, until told to stop."""

    def __init__(self, programs: list[Program]) -> None:
        self._programs = programs
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Start nothing any more."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(KEEPER_PAUSE):
            for program in self._programs:
                with program.changing:  # else an old end could be taken for one of a new start
                    status = program.status() if program.restart else None
                    if status is None:
                        continue
                    program.statuses.append(status)
                    if status in FINAL:
                        program.restart = False
                    else:
                        program.start()


def wait_gone(processes: list[psutil.Process], seconds: float) -> float | None:
    """Return after how many seconds all had ended; None when some had not."""
    started = time.monotonic()
    _, left = psutil.wait_procs(processes, timeout=seconds)
    return None if left else time.monotonic() - started
