"""What is benchmarked with: seeded events of every kind, sealed as agencies' publishers seal them.

A publisher seals what waits in its outbox, 128 events at most. How many wait depends on how the
agency works, so each type of agency has a habit; a batch is filled before it is sent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from intelbus.codec import content_digest_of, encode_event
from intelbus.contract import Kind
from intelbus.keys import SigningKey
from intelbus.message import OutgoingMessage, event_headers, stream_key
from intelbus.sealing import BATCH_LIMIT, SealInput, seal_batch
from intelbus.source_form import from_source
from intelbus.topics import Topics
from producers.generator.agencies import AGENCIES
from producers.generator.stream import endless
from producers.generator.told import Told

# One row a habit: the batch sizes it draws from, and how such an agency publishes.
HABITS: Mapping[str, tuple[int, int]] = {
    "enforcement": (BATCH_LIMIT, BATCH_LIMIT),  # exports a file: full batches
    "police": (8, 32),  # a case system delivers what came in since it last did
    "prosecutor": (8, 32),
    "charity": (1, 4),  # people enter reports, each sent at once or nearly
    "local_authority": (1, 4),
    "health": (1, 4),
}
# An agency publishes from several places (stations, offices, case systems), each with an outbox and
# so a stream of its own. With one alone, a single partition would hold a third of all events.
PLACES = 4


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed message, with the event inside as plain values."""

    message: OutgoingMessage
    agency: str
    kind: Kind
    event: Mapping[str, Any]


@dataclass(slots=True)
class _Stream:
    agency: str
    topic: str
    stream: UUID
    size: int
    waiting: list[tuple[SealInput, Kind, Mapping[str, Any]]] = field(default_factory=list)
    next_sequence: int = 1
    sealed_up_to: int = 0
    last_root: bytes | None = None


class Sealer:
    """Gives events their identity as a publisher does, and seals them in batches by habit."""

    def __init__(self, keys: Mapping[str, SigningKey], topics: Topics, seed: int) -> None:
        self._keys, self._topics = keys, topics
        self._random = Random(seed)
        self._streams: dict[tuple[str, str, int], _Stream] = {}
        self._known: dict[tuple[str, str, str], tuple[UUID, bytes]] = {}

    def add(self, told: Told) -> list[Sealed]:
        """Take one event; return the batch that it fills, or nothing."""
        kind = Kind(told.source["kind"])
        event = from_source(kind, told.source)
        stream = self._stream(told.agency, self._refer(told, kind, event))
        header = event["header"]
        header |= {
            "event_id": self._event_id(header["reported_at"]),
            "originator": told.agency,
            "stream": stream.stream,
            "sequence": stream.next_sequence,
        }
        value = encode_event(kind, event)
        key = (told.agency, kind.value, header["source_reference"])
        digest = content_digest_of(value)
        if key in self._known and self._known[key][1] == digest:
            return []  # said before, to the letter: a publisher sends nothing
        self._known[key] = (self._known.get(key, (header["event_id"],))[0], digest)
        stream.next_sequence += 1
        sealing = SealInput(stream_key(stream.stream), value, event_headers(kind, header))
        stream.waiting.append((sealing, kind, event))
        return self._seal(stream) if len(stream.waiting) >= stream.size else []

    def rest(self) -> Iterator[list[Sealed]]:
        """Seal what still waits, each stream in one last batch."""
        for stream in self._streams.values():
            if stream.waiting:
                yield self._seal(stream)

    def _refer(self, told: Told, kind: Kind, event: dict[str, Any]) -> str:
        """Turn references to earlier events into their ids; return the topic."""
        if kind is Kind.RETRACTION:
            target_kind = str(told.source["target_kind"])
            target = self._known[told.agency, target_kind, str(told.source["retracts"])]
            event["target_event_id"] = target[0]
            return self._topics.for_kind(kind, target_kind=target_kind)
        header = event["header"]
        reference = told.source.get("corrects") or header["source_reference"]
        known = self._known.get((told.agency, kind.value, str(reference)))
        if known is not None:
            header["corrects"] = known[0]
        return self._topics.for_kind(kind)

    def _stream(self, agency: str, topic: str) -> _Stream:
        place = agency, topic, self._random.randrange(PLACES)
        known = self._streams.get(place)
        if known is None:
            known = _Stream(agency, topic, self._uuid(), self._size(agency))
            self._streams[place] = known
        return known

    def _seal(self, stream: _Stream) -> list[Sealed]:
        batch = seal_batch(
            [sealing for sealing, _, _ in stream.waiting],
            topic=stream.topic,
            stream=stream.stream,
            first_sequence=stream.sealed_up_to + 1,
            previous_root=stream.last_root,
            agency=stream.agency,
            signing_key=self._keys[stream.agency],
            signed_at=datetime.now(UTC),
        )
        made = [
            Sealed(message, stream.agency, kind, event)
            for message, (_, kind, event) in zip(batch.messages, stream.waiting, strict=True)
        ]
        stream.sealed_up_to += len(made)
        stream.last_root = batch.root
        stream.waiting.clear()
        stream.size = self._size(stream.agency)
        return made

    def _size(self, agency: str) -> int:
        return self._random.randint(*HABITS[AGENCIES[agency].type])

    def _event_id(self, reported_at: datetime) -> UUID:
        """Return a UUIDv7, as publishers give (RFC 9562 §5.7): those of one time lie together."""
        random = self._random.getrandbits(74)
        return UUID(
            int=int(reported_at.timestamp() * 1000) << 80
            | 0x7 << 76
            | (random >> 62) << 64
            | 0b10 << 62
            | random & (1 << 62) - 1
        )

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)


def sealed_batches(
    keys: Mapping[str, SigningKey], topics: Topics, *, seed: int, count: int
) -> Iterator[list[Sealed]]:
    """Yield `count` events in sealed batches, in the order in which they would be sent."""
    sealer = Sealer(keys, topics, seed)
    left = count
    for batch in _endless_batches(sealer, seed, count):
        yield batch[:left]
        left -= len(batch[:left])
        if not left:
            return


def _endless_batches(sealer: Sealer, seed: int, count: int) -> Iterator[list[Sealed]]:
    # a little more than asked for, since what was said before is not sent again
    for told in islice(endless(seed), int(count * 1.1)):
        batch = sealer.add(told)
        if batch:
            yield batch
    yield from sealer.rest()


def batch_sizes(batches: Iterable[list[Sealed]]) -> dict[int, int]:
    """Return how many batches there are of each size."""
    sizes: dict[int, int] = {}
    for batch in batches:
        sizes[len(batch)] = sizes.get(len(batch), 0) + 1
    return sizes
