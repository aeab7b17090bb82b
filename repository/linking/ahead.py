"""Reading ahead: events are decoded and described while the database is busy with those before.

What an event says never changes, so it may be read before its turn. Whether it still stands, and
whether it has been erased, is asked when its turn has come.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from intelbus.codec import read_event
from repository.linking.filter_terms import filters_of_event
from repository.linking.records import EventTerms, NewRecord, records_of

Stored = tuple[int, str, str, bytes]
"""An event's position, agency, kind and value."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the linker writes of one event, once it is known that the event stands."""

    records: list[NewRecord]
    terms: EventTerms


def prepare(position: int, agency: str, kind: str, value: bytes) -> Prepared:
    """Return what an event says of its subjects, described, and its terms for search."""
    event = read_event(value)
    records, terms = records_of(position, agency, event)
    filters = filters_of_event(kind, agency, event["header"])
    return Prepared(records, EventTerms(terms.open | filters, terms.sensitive))


def prepare_all(events: Iterable[Stored]) -> dict[int, Prepared]:
    """Return events as prepared, by position."""
    return {
        position: prepare(position, agency, kind, value) for position, agency, kind, value in events
    }


class Ahead:
    """The next events, prepared by a thread of its own; each is handed out once."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="linker-ahead")
        self._under_way: Future[dict[int, Prepared]] | None = None
        self.first = 0
        self.last = 0
        """The positions that are prepared, or being prepared; none when `last` is nought."""

    def start(self, events: Sequence[Stored]) -> None:
        """Prepare these events, in order of position, and forget any others."""
        self.forget()
        if events:
            self.first, self.last = events[0][0], events[-1][0]
            self._under_way = self._thread.submit(prepare_all, events)

    def take(self) -> dict[int, Prepared]:
        """Return what was prepared, waiting for it, and forget it."""
        under_way = self._under_way
        self.forget()
        return under_way.result() if under_way else {}

    def forget(self) -> None:
        """Let nothing be prepared."""
        self._under_way, self.first, self.last = None, 0, 0
