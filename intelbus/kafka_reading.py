"""Reading: consumed records as plain values, and topics that are read to their present end."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from kafka import TopicPartition

from intelbus.errors import RefusedError
from intelbus.kafka import make_consumer, reaching
from intelbus.kafka_topics import describe
from intelbus.message import ReceivedMessage
from intelbus.settings import Settings
from intelbus.topics import Topics

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOG_APPEND_TIME = 1


def to_received(record: Any) -> ReceivedMessage:
    """Return a consumed record as plain values; its timestamp is the broker's append time.

    Raises RefusedError when the time is the sender's own: keys are judged by it.
    """
    if record.timestamp_type != _LOG_APPEND_TIME:
        raise RefusedError(
            f"{record.topic} keeps the time that senders claim, not the broker's",
            subject=f"partition {record.partition}, offset {record.offset}",
            hint="give the topic message.timestamp.type=LogAppendTime, as `ukhtc topics create`"
            " does; see the runbook for what was written before",
        )
    return ReceivedMessage(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        record.headers.packed,
        _moment(record.timestamp),
    )


@lru_cache(maxsize=1024)  # the records of a batch have one time
def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def read_from(
    settings: Settings, topic: str, start: Mapping[str, int]
) -> Iterator[tuple[str, list[ReceivedMessage], int]]:
    """Yield (place, messages, next offset) of a topic from `start` to its present end.

    A place names topic id and partition, so that an offset kept under it never speaks of another
    topic that later bears the name. Raises UnavailableError; yields nothing if there is no topic.
    """
    facts = describe(settings, [topic]).get(topic)
    if facts is None:
        return
    consumer = make_consumer(settings)
    try:
        with reaching(settings):
            for number in facts.partitions:
                partition = TopicPartition(topic, number)
                place = f"{facts.topic_id}.{number}"
                consumer.assign([partition])
                first = consumer.beginning_offsets([partition])[partition]
                end = consumer.end_offsets([partition])[partition]
                position = max(first, start.get(place, 0))
                consumer.seek(partition, position)
                while position < end:
                    polled = consumer.poll(timeout_ms=1_000)
                    position = consumer.position(partition)
                    for records in polled.values():
                        yield place, [to_received(record) for record in records], position
    finally:
        consumer.close()


def read_registry(settings: Settings) -> bytes | None:
    """Return the newest signed registry on the trust topic, unverified; None if there is none.

    Raises UnavailableError.
    """
    topic = Topics(settings.topic_prefix).trust
    if topic not in describe(settings, [topic]):
        return None
    consumer = make_consumer(settings, max_poll_records=100)
    partition = TopicPartition(topic, 0)
    newest: bytes | None = None
    try:
        with reaching(settings):
            consumer.assign([partition])
            end = consumer.end_offsets([partition])[partition]
            consumer.seek(partition, consumer.beginning_offsets([partition])[partition])
            while consumer.position(partition) < end:
                for records in consumer.poll(timeout_ms=1_000).values():
                    for record in records:
                        newest = record.value if record.value is not None else newest
    finally:
        consumer.close()
    return newest
