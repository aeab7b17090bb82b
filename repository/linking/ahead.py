"""Reading ahead: events are decoded and described while the database is busy with those before.

What an event says never changes, so it may be read before its turn. Whether it still stands, and
whether it has been erased, is asked when its turn has come.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from intelbus.codec import read_event
from repository.linking.records import NewRecord, records_of

Stored = tuple[int, str, bytes]
"""An event's position, agency and value."""
Records = list[NewRecord]


def prepare(position: int, agency: str, value: bytes) -> Records:
    """Return what an event says of its subjects, described."""
    return records_of(position, agency, read_event(value))


def _prepare_all(events: Sequence[Stored]) -> dict[int, Records]:
    return {event[0]: prepare(*event) for event in events}


class Ahead:
    """The next events, prepared by a thread of its own; each is handed out once."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="linker-ahead")
        self._under_way: Future[dict[int, Records]] | None = None
        self.first = 0
        self.last = 0
        """The positions that are prepared, or being prepared; none when `last` is nought."""

    def start(self, events: Sequence[Stored]) -> None:
        """Prepare these events, in order of position, and forget any others."""
        self.forget()
        if events:
            self.first, self.last = events[0][0], events[-1][0]
            self._under_way = self._thread.submit(_prepare_all, events)

    def take(self) -> dict[int, Records]:
        """Return what was prepared, waiting for it, and forget it."""
        under_way = self._under_way
        self.forget()
        return under_way.result() if under_way else {}

    def forget(self) -> None:
        """Let nothing be prepared."""
        self._under_way, self.first, self.last = None, 0, 0
