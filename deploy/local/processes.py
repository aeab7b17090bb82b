"""Find, wait for and stop the servers' processes.

A process is recognised by what it runs on (its command line or working directory names our data
directory), never by a remembered process id: nothing goes stale, and no stranger is ever stopped.
"""

import signal
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil


def running_with(argument: str) -> list[psutil.Process]:
    """Return the processes that have exactly this argument on their command line."""
    found = []
    for process in psutil.process_iter():
        try:
            if argument in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue  # it ended while we looked, or is not ours to see
    return found


def running_in(folder: Path) -> list[psutil.Process]:
    """Return the processes whose working directory is the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def stop(
    processes: Iterable[psutil.Process],
    signals: Sequence[signal.Signals],
    *,
    seconds_each: float,
) -> None:
    """Stop the processes: each signal in turn until none is left, then SIGKILL."""
    left = list(processes)
    for number in (*signals, signal.SIGKILL):
        if not left:
            return
        for process in left:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        _, left = psutil.wait_procs(left, timeout=seconds_each)


def tail(path: Path, lines: int = 15) -> str:
    """Return the end of a log, for an error's reader."""
    try:
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""
