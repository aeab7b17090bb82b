"""Fill the topics before anything is timed: sealed events for ingest, flat ones for the others."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.corpus import batch_sizes, sealed_batches
from benchmarks.flat import flat_value
from benchmarks.world import PARTITIONS, World
from consumers.commands.topics import STREAM_SETTINGS
from intelbus.kafka import make_producer
from intelbus.kafka_sending import send
from intelbus.kafka_topics import create_topics, end_offsets
from intelbus.message import OutgoingMessage


@dataclass(frozen=True, slots=True)
class Filled:
    """What the topics hold: so many events, under `prefix` sealed and in `flat_topic` flat."""

    prefix: str
    flat_topic: str
    seed: int
    events: int
    batches: dict[str, int]
    value_bytes: int
    header_bytes: int


def fill(world: World, *, seed: int, count: int, flat: bool = True) -> Filled:
    """Return topics holding `count` events of `seed`, filling them if they are not there.

    Without `flat` the topic for the others stays empty.
    """
    prefix = f"bench{seed}x{count}{'' if flat else 'alone'}."
    note = world.folder / f"{prefix}json"
    if note.exists():
        return Filled(**json.loads(note.read_text("utf-8")))
    topics = world.make_topics(prefix)
    settings = world.settings(prefix)
    flat_topic = f"{prefix}flat"
    create_topics(
        settings, {flat_topic: dict(STREAM_SETTINGS)}, partitions=PARTITIONS, replication=1
    )
    producer = make_producer(settings, linger_ms=20)
    sizes: dict[int, int] = {}
    values = headers = 0
    for batch in sealed_batches(world.keys, topics, seed=seed, count=count):
        for size, times in batch_sizes([batch]).items():
            sizes[size] = sizes.get(size, 0) + times
        for sealed in batch:
            message = sealed.message
            values += len(message.value)
            headers += sum(len(name) + len(value) for name, value in message.headers)
            send(producer, message)
            if not flat:
                continue
            # keyed by event, as an upserting sink wants it: one event always on one partition
            key = str(sealed.event["header"]["event_id"]).encode()
            send(producer, OutgoingMessage(flat_topic, key, flat_value(sealed), ()))
    producer.flush(timeout=60)
    producer.close()
    _require(world, prefix, flat_topic, count, count if flat else 0)
    filled = Filled(
        prefix,
        flat_topic,
        seed,
        count,
        {str(size): sizes[size] for size in sorted(sizes)},
        values // count,
        headers // count,
    )
    _save(note, filled)
    return filled


def _require(world: World, prefix: str, flat_topic: str, count: int, others: int) -> None:
    settings = world.settings(prefix)
    topics = world.topics(prefix)
    there = sum(end - first for first, end in end_offsets(settings, topics.events).values())
    flat = sum(end - first for first, end in end_offsets(settings, [flat_topic]).values())
    if (there, flat) != (count, others):
        raise RuntimeError(
            f"{there} sealed and {flat} flat messages arrived, not {count}, {others}"
        )


def _save(note: Path, filled: Filled) -> None:
    note.write_text(json.dumps(asdict(filled), indent=1) + "\n", "utf-8")
