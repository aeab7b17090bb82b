"""Reading ahead: events are decoded and described while those before are linked.

What an event says never changes, so it may be read before its turn. Whether it still stands, and
whether it has been erased, is asked when its turn has come.
"""

import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize
from typing import Any, Protocol

from intelbus.collecting import collect_seldom
from intelbus.excerpts import read_excerpt
from repository.linking.records import NewRecord, records_of

Stored = tuple[int, str, bytes]
"""An event's position, agency and value."""
Records = list[NewRecord]

COLLECTED_AFTER = (100_000, 50, 1_000)
"""A linker keeps more from batch to batch than ingest does."""


def prepare(position: int, agency: str, value: bytes) -> Records:
    """Return what an event says of its subjects, described."""
    return records_of(position, agency, read_excerpt(value))


def prepare_all(events: Sequence[Stored]) -> dict[int, Records]:
    """Return the records of events, by position."""
    return {event[0]: prepare(*event) for event in events}


class Reader(Protocol):
    """What prepares events while its caller does something else, one lot at a time."""

    def start(self, events: Sequence[Stored]) -> None:
        """Begin to prepare these events, and forget any others."""

    def take(self) -> dict[int, Records]:
        """Wait for what was begun, and return it."""


class Thread:
    """Prepares in a thread: while the database works, but not beside the caller."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="linker-ahead")
        self._under_way: Future[dict[int, Records]] | None = None

    def start(self, events: Sequence[Stored]) -> None:
        """Begin to prepare these events, and forget any others."""
        self._under_way = self._thread.submit(prepare_all, events)

    def take(self) -> dict[int, Records]:
        """Wait for what was begun, and return it."""
        return self._under_way.result() if self._under_way else {}


class Process:
    """Prepares in a process of its own: on another processor than the caller's.

    It ends when its caller is gone, however that ended: the pipe between them does, at exit before
    Python waits for the process, also where an error still holds on to this object.
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        Finalize(self, self._pipe.close, exitpriority=0)
        self._owed = 0
        self.process = context.Process(
            target=_serve, args=(theirs,), name="linker-ahead", daemon=True
        )
        self.process.start()
        theirs.close()

    def start(self, events: Sequence[Stored]) -> None:
        """Begin to prepare these events, and forget any others."""
        self._drain(0)
        self._pipe.send(events)
        self._owed += 1

    def take(self) -> dict[int, Records]:
        """Wait for what was begun, and return it. Raises EOFError when the process has ended."""
        self._drain(1)
        self._owed -= 1
        found: dict[int, list[tuple[Any, ...]]] = self._pipe.recv()
        return {at: [NewRecord(*values) for values in each] for at, each in found.items()}

    def _drain(self, wanted: int) -> None:
        while self._owed > wanted:
            self._pipe.recv()
            self._owed -= 1


def _serve(pipe: Connection) -> None:
    # A signal to the whole group is for the caller to heed: it ends, and then this does.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    collect_seldom(COLLECTED_AFTER)
    try:
        while True:
            found = prepare_all(pipe.recv())
            # Plain tuples, which are packed without asking each object how.
            pipe.send({at: [one.values for one in each] for at, each in found.items()})
    except (EOFError, ConnectionError):  # the caller is gone
        return


class Ahead:
    """The next events, prepared by a reader; each lot is handed out once."""

    def __init__(self, reader: Reader | None = None) -> None:
        self._reader = reader or Thread()
        self.first = 0
        self.last = 0
        """The positions that are prepared, or being prepared; none when `last` is nought."""

    def start(self, events: Sequence[Stored]) -> None:
        """Prepare these events, in order of position, and forget any others."""
        self.first = self.last = 0
        if events:
            self._reader.start(events)
            self.first, self.last = events[0][0], events[-1][0]

    def take(self) -> dict[int, Records]:
        """Return what was prepared, waiting for it, and forget it."""
        if not self.last:
            return {}
        self.first = self.last = 0
        return self._reader.take()
