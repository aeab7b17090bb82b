"""What must hold of a run's history, and the name of each way in which it may not.

Pure: a history in, anomalies out. The names are those of Jepsen's Kafka workload where it has
one (lost-write, duplicate, nonmonotonic, poll-skip, unseen); the others say what they are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

Place = tuple[str, int]
"""Topic and partition."""

Identity = tuple[str, str]
"""Agency and event id."""

StreamId = tuple[str, str]
"""Agency and stream."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An event in an agency's outbox; `offset` is None until the broker vouched for it."""

    agency: str
    event_id: str
    topic: str
    sequence: int
    offset: int | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message in Kafka. A heartbeat has no event id, and what is no event an empty one."""

    topic: str
    partition: int
    offset: int
    agency: str
    stream: str = ""
    event_id: str | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row of `event`, `duplicate` or `quarantine`."""

    topic: str
    partition: int
    offset: int
    outcome: str
    agency: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class StreamState:
    """What the store says of a stream: its numbers as inclusive ranges, and how far it goes."""

    agency: str
    stream: str
    seen: tuple[tuple[int, int], ...]
    announced_next: int
    chain: tuple[tuple[int, int, bytes, bytes | None], ...] = ()
    """(first sequence, count, root, previous root) of each batch, in order."""


@dataclass(slots=True)
class History:
    """All that is known at the end of a run, each part from where it is kept."""

    said: set[Identity] = field(default_factory=set)
    """Events for which `publish` returned."""
    sent: list[Sent] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    cursors: dict[Place, tuple[int, int]] = field(default_factory=dict)
    """First and next offset."""
    outcomes: list[Outcome] = field(default_factory=list)
    positions: list[tuple[int, Identity]] = field(default_factory=list)
    streams: list[StreamState] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing that must never happen, by name, and where."""

    name: str
    detail: str


def check(history: History) -> list[Anomaly]:
    """Return every anomaly of a history; an empty list is what a run is for."""
    return [
        *_lost_writes(history),
        *_duplicates(history),
        *_nonmonotonic(history),
        *_poll_skips(history),
        *_unseen(history),
        *_phantoms(history),
        *_refused(history),
        *_torn(history),
    ]


def _lost_writes(history: History) -> Iterator[Anomaly]:
    """An event that was acknowledged to somebody and is not in every place it must be."""
    outbox = {(one.agency, one.event_id) for one in history.sent}
    for agency, event_id in sorted(history.said - outbox):
        yield Anomaly("lost-write", f"{agency} {event_id}: published, and not in the outbox")
    at = {
        (one.topic, one.offset, one.agency, one.event_id)
        for one in history.messages
        if one.event_id is not None
    }
    accepted = {(one.agency, one.event_id) for one in history.outcomes if one.outcome == "accepted"}
    numbered = {identity for _, identity in history.positions}
    for one in history.sent:
        name = f"{one.agency} {one.event_id} ({one.topic} #{one.sequence})"
        if one.offset is None:
            yield Anomaly("lost-write", f"{name}: never acknowledged by the broker")
        elif (one.topic, one.offset, one.agency, one.event_id) not in at:
            yield Anomaly("lost-write", f"{name}: acknowledged at {one.offset}, not in Kafka")
        if (one.agency, one.event_id) not in accepted:
            yield Anomaly("lost-write", f"{name}: not stored")
        elif (one.agency, one.event_id) not in numbered:
            yield Anomaly("lost-write", f"{name}: stored, and has no position")


def _duplicates(history: History) -> Iterator[Anomaly]:
    """Anything that is in effect more than once."""
    for identity, count in _repeated(identity for _, identity in history.positions):
        yield Anomaly("duplicate", f"{identity} has {count} positions")
    for position, count in _repeated(position for position, _ in history.positions):
        yield Anomaly("duplicate", f"position {position} is given {count} times")
    for place, count in _repeated((o.topic, o.partition, o.offset) for o in history.outcomes):
        yield Anomaly("duplicate", f"the message at {place} has {count} outcomes")
    accepted = [one for one in history.outcomes if one.outcome == "accepted"]
    for event, count in _repeated((one.agency, one.event_id) for one in accepted):
        yield Anomaly("duplicate", f"{event} is accepted {count} times")
    numbers: defaultdict[tuple[str, str, int], set[str]] = defaultdict(set)
    for message in history.messages:
        if message.event_id is not None:
            number = (message.agency, message.stream, message.sequence)
            numbers[number].add(message.event_id)
    for number, ids in sorted(numbers.items()):
        if len(ids) > 1:
            yield Anomaly("duplicate", f"{number} was given to {len(ids)} events")


def _nonmonotonic(history: History) -> Iterator[Anomaly]:
    """A stream whose order is not that of its numbers, in Kafka (first copies) or in the log."""
    known: dict[Identity, tuple[StreamId, int]] = {}
    sent: defaultdict[StreamId, list[int]] = defaultdict(list)
    for one in sorted(history.messages, key=lambda m: (m.topic, m.partition, m.offset)):
        if one.event_id is not None and (one.agency, one.event_id) not in known:
            stream = (one.agency, one.stream)
            known[one.agency, one.event_id] = (stream, one.sequence)
            sent[stream].append(one.sequence)
    numbered: defaultdict[StreamId, list[int]] = defaultdict(list)
    for _, identity in sorted(history.positions):
        if identity in known:
            stream, sequence = known[identity]
            numbered[stream].append(sequence)
    for where, streams in (("Kafka", sent), ("the log", numbered)):
        for stream, order in sorted(streams.items()):
            for before, after in pairwise(order):
                if after < before:
                    yield Anomaly(
                        "nonmonotonic", f"in {where}, {stream} goes from {before} to {after}"
                    )


def _poll_skips(history: History) -> Iterator[Anomaly]:
    """An offset that a cursor went past, or started after, and that has no outcome."""
    decided = {(one.topic, one.partition, one.offset) for one in history.outcomes}
    beats = {
        (one.topic, one.partition, one.offset) for one in history.messages if one.event_id is None
    }
    passed = {
        (topic, partition, offset)
        for (topic, partition), (first, following) in history.cursors.items()
        for offset in range(first, following)
    }
    for one in history.messages:
        first, _ = history.cursors.get((one.topic, one.partition), (0, 0))
        if one.offset < first:
            passed.add((one.topic, one.partition, one.offset))
    for place in sorted(passed - decided - beats):
        yield Anomaly("poll-skip", f"{place} was passed over")


def _unseen(history: History) -> Iterator[Anomaly]:
    """A message that the cursor never reached although the run had drained."""
    for one in history.messages:
        _, following = history.cursors.get((one.topic, one.partition), (0, 0))
        if one.offset >= following:
            place = (one.topic, one.partition, one.offset)
            yield Anomaly("unseen", f"{place} was never read: next is {following}")


def _phantoms(history: History) -> Iterator[Anomaly]:
    """What the store holds and nobody sent."""
    there = {(one.topic, one.partition, one.offset) for one in history.messages}
    for one in history.outcomes:
        place = (one.topic, one.partition, one.offset)
        if place not in there:
            yield Anomaly("phantom", f"{one.outcome} at {place}, where Kafka has nothing")
    outbox = {(one.agency, one.event_id) for one in history.sent}
    for position, identity in history.positions:
        if identity not in outbox:
            yield Anomaly("phantom", f"position {position} is {identity}, which nobody published")


def _refused(history: History) -> Iterator[Anomaly]:
    """A sound message in quarantine: the load has no other."""
    for one in history.outcomes:
        if one.outcome == "quarantined":
            yield Anomaly("refused", f"{one.topic}/{one.partition}@{one.offset} {one.event_id}")


def _torn(history: History) -> Iterator[Anomaly]:
    """Positions that are not dense, streams with holes, chains of batches that do not hold."""
    positions = sorted(position for position, _ in history.positions)
    if positions != list(range(1, len(positions) + 1)):
        yield Anomaly("torn", f"{len(positions)} positions end at {positions[-1]}")
    last: dict[StreamId, int] = {}
    for one in history.messages:
        if one.event_id is not None:
            stream = (one.agency, one.stream)
            last[stream] = max(last.get(stream, 0), one.sequence)
    states = {(one.agency, one.stream): one for one in history.streams}
    for stream, highest in sorted(last.items()):
        state = states.get(stream)
        if state is None or state.seen != ((1, highest),) or state.announced_next != highest + 1:
            yield Anomaly("torn", f"{stream} has 1 to {highest}; the store says {state}")
            continue
        following, root = 1, None
        for first, count, own, previous in state.chain:
            if (first, previous) != (following, root):
                yield Anomaly("torn", f"{stream}: the batch from {first} does not continue")
            following, root = first + count, own
        if following != highest + 1:
            yield Anomaly("torn", f"{stream}: batches end before {following}, not {highest + 1}")


def _repeated(things: Iterable[T]) -> list[tuple[T, int]]:
    return [(thing, count) for thing, count in Counter(things).items() if count > 1]
