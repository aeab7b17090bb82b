"""Kafka's clients, set up the one way this project relies on.

The settings are decisions: the consumer never commits by itself, never resets to an end of the
log, and checks CRCs; the producer is idempotent and waits for all in-sync replicas.
"""

import contextlib
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    AuthorizationError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    UnknownTopicOrPartitionError,
)
from kafka.partitioner import murmur2

from intelbus import kafka_records
from intelbus.errors import ConfigurationError, IntelbusError, RefusedError, UnavailableError
from intelbus.message import OutgoingMessage, ReceivedMessage
from intelbus.settings import Settings
from intelbus.topics import Topics

REQUEST_LIMIT = 1024 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOG_APPEND_TIME = 1

kafka_records.install()


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What tells one topic from another that later bears its name."""

    topic_id: str
    partitions: tuple[int, ...]


def connection_settings(settings: Settings) -> dict[str, Any]:
    """Return what every client needs to reach the cluster. Raises ConfigurationError."""
    config: dict[str, Any] = {
        "bootstrap_servers": settings.require_kafka().split(","),
        "security_protocol": settings.kafka_security_protocol,
        "bootstrap_timeout_ms": 10_000,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        context = ssl.create_default_context(
            cafile=str(settings.kafka_ssl_cafile) if settings.kafka_ssl_cafile else None
        )
        if settings.kafka_ssl_certfile:
            context.load_cert_chain(settings.kafka_ssl_certfile, settings.kafka_ssl_keyfile)
        config["ssl_context"] = context
    if settings.kafka_security_protocol.startswith("SASL"):
        config["sasl_mechanism"] = settings.kafka_sasl_mechanism
        config["sasl_plain_username"] = settings.kafka_sasl_username
        config["sasl_plain_password"] = settings.kafka_sasl_password
    return config


@contextlib.contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Turn the client's errors into UnavailableError, naming the servers."""
    try:
        yield
    except (KafkaError, OSError) as error:
        raise UnavailableError(
            f"Kafka did not answer: {type(error).__name__}: {error}".rstrip(": "),
            subject=settings.require_kafka(),
            hint="is it running, and is INTELBUS_KAFKA_BOOTSTRAP right?",
        ) from error


def make_producer(settings: Settings, **overrides: Any) -> KafkaProducer:
    """Return an idempotent producer. Raises UnavailableError."""
    with reaching(settings):
        return KafkaProducer(
            **{
                **connection_settings(settings),
                "enable_idempotence": True,
                "acks": "all",
                "allow_auto_create_topics": False,
                "max_request_size": REQUEST_LIMIT,
                "batch_size": 256 * 1024,
                "linger_ms": 5,
                "delivery_timeout_ms": 30_000,
                "request_timeout_ms": 10_000,
                "max_block_ms": 15_000,
                **overrides,
            },
        )


def make_consumer(
    settings: Settings, *, group_id: str | None = None, **overrides: Any
) -> KafkaConsumer:
    """Return a consumer that moves nothing by itself. Raises UnavailableError."""
    with reaching(settings):
        return KafkaConsumer(
            **connection_settings(settings),
            **{
                "group_id": group_id,
                "enable_auto_commit": False,
                "auto_offset_reset": "none",
                "allow_auto_create_topics": False,
                "check_crcs": True,
                "max_poll_records": 4_000,
                "fetch_max_bytes": 16 * 1024 * 1024,
                "max_partition_fetch_bytes": 4 * 1024 * 1024,
                "fetch_max_wait_ms": 100,
                "session_timeout_ms": 10_000,
                # A heartbeat's answer is how a member hears that another has joined or gone.
                "heartbeat_interval_ms": 500,
                "metadata_max_age_ms": 30_000,
                **overrides,
            },
        )


@contextlib.contextmanager
def admin_client(settings: Settings) -> Iterator[KafkaAdminClient]:
    """Yield an admin client; its errors become UnavailableError."""
    with reaching(settings):
        client = KafkaAdminClient(**connection_settings(settings))
        try:
            yield client
        finally:
            client.close()


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
        tuple(record.headers),
        _moment(record.timestamp),
    )


@lru_cache(maxsize=1024)  # the records of a batch have one time
def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def send(producer: KafkaProducer, message: OutgoingMessage, partition: int | None = None) -> Any:
    """Hand a message to the producer and return its future. Only metadata with an offset counts."""
    return producer.send(
        message.topic,
        key=message.key,
        value=message.value,
        headers=list(message.headers),
        partition=partition,
    )


def partition_of(producer: KafkaProducer, topic: str, key: bytes) -> int:
    """Return the partition that `key` stands on while the topic has its present partitions.

    The same one that Kafka's own clients choose (murmur2). Raises UnavailableError.
    """
    try:
        known = producer.partitions_for(topic)
    except KafkaError as error:
        raise _send_failure(error, topic) from error
    if not known:
        raise _send_failure(UnknownTopicOrPartitionError(), topic)
    return int(sorted(known)[(murmur2(key) & 0x7FFFFFFF) % len(known)])


def send_in_order(
    producer: KafkaProducer,
    messages: Sequence[OutgoingMessage],
    partition: int,
    *,
    timeout: float,
) -> tuple[list[int], IntelbusError | None]:
    """Send consecutive messages of a stream to its partition, and wait `timeout` seconds at most.

    Returns the offsets of the first messages, up to the first that was not acknowledged with an
    offset, and the error that stopped there. The rest may or may not have arrived.
    """
    deadline = time.monotonic() + timeout
    offsets: list[int] = []
    topic = messages[0].topic if messages else ""
    try:
        futures = [send(producer, message, partition) for message in messages]
        with contextlib.suppress(KafkaTimeoutError):  # what did arrive still counts
            producer.flush(timeout=timeout)
        for future in futures:
            metadata = future.get(timeout=max(0.01, deadline - time.monotonic()))
            if metadata.offset < 0:  # nobody has vouched for it
                return offsets, UnavailableError("acknowledged without an offset", subject=topic)
            offsets.append(int(metadata.offset))
    except (KafkaError, ValueError) as error:  # ValueError: the metadata has lost the partition
        return offsets, _send_failure(error, topic)
    return offsets, None


def _send_failure(error: Exception, topic: str) -> IntelbusError:
    """Return our error for one of sending; its class says whether trying again may help."""
    failure: IntelbusError
    if isinstance(error, AuthorizationError):
        failure = RefusedError(
            "the broker does not let this agency write here",
            subject=topic,
            hint="ask UKHTC which topics this agency's user may write to",
        )
    elif isinstance(error, MessageSizeTooLargeError):
        failure = ConfigurationError(
            "the broker takes no messages of this size",
            subject=topic,
            hint="ask UKHTC to set max.message.bytes to 1048576 there",
        )
    elif isinstance(error, UnknownTopicOrPartitionError):
        failure = UnavailableError(
            "the topic does not exist",
            subject=topic,
            hint="is INTELBUS_TOPIC_PREFIX right? UKHTC makes topics with `ukhtc topics create`",
        )
    else:
        detail = f"{type(error).__name__}: {error}".rstrip(": ")
        failure = UnavailableError(f"not acknowledged: {detail}", subject=topic)
    failure.__cause__ = error
    return failure


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


def cluster_id(settings: Settings) -> str:
    """Return the cluster's id. Raises UnavailableError."""
    with admin_client(settings) as admin:
        return str(admin.describe_cluster()["cluster_id"])


def describe(settings: Settings, topics: Iterable[str]) -> Mapping[str, TopicFacts]:
    """Return the facts of those topics that exist. Raises UnavailableError."""
    wanted = list(topics)
    with admin_client(settings) as admin:
        found = admin.describe_topics(wanted)
    return {
        one["name"]: TopicFacts(
            str(one["topic_id"]),
            tuple(sorted(p["partition_index"] for p in one["partitions"])),
        )
        for one in found
        if not one["error_code"]
    }


class TopicIds:
    """Asks the cluster for topics' ids, over one connection that stays open."""

    def __init__(self, settings: Settings) -> None:
        """Connect. Raises UnavailableError."""
        self._settings = settings
        with reaching(settings):
            self._admin = KafkaAdminClient(**connection_settings(settings))

    def ask(self, topics: Iterable[str]) -> dict[str, str]:
        """Return the present ids of those topics that exist. Raises UnavailableError."""
        with reaching(self._settings):
            found = self._admin.describe_topics(list(topics))
        return {one["name"]: str(one["topic_id"]) for one in found if not one["error_code"]}

    def close(self) -> None:
        """Let the connection go."""
        self._admin.close()


def bounds(
    settings: Settings, consumer: KafkaConsumer, partitions: Sequence[TopicPartition]
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    """Return the first and the next offset of partitions, as the consumer is told them.

    Raises UnavailableError. A partition that is new may have no leader yet; the client answers
    with a KeyError then.
    """
    try:
        with reaching(settings):
            return consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
    except KeyError as error:
        raise UnavailableError(
            "Kafka has no offsets yet of a partition", subject=str(error)
        ) from error


def finish_join(consumer: KafkaConsumer) -> None:
    """Ask once more to join where the client has lost the answer; call it between two polls.

    kafka-python 3.0.12: when new metadata alone made a member join again, and the answer comes
    between two polls, the next poll sees no reason to join and drops it. The member then sends no
    heartbeat and owns nothing for ever, without an error (5 of 60 starts, polling for 200 ms).
    """
    coordinator = consumer._coordinator
    join = coordinator._join_task
    if join is not None and join.is_done and not coordinator.need_rejoin():
        coordinator.request_rejoin()


def end_offsets(
    settings: Settings, topics: Iterable[str]
) -> dict[tuple[str, int], tuple[int, int]]:
    """Return (first, next) offset of every partition of the topics. Raises UnavailableError."""
    facts = describe(settings, topics)
    partitions = [TopicPartition(name, p) for name, one in facts.items() for p in one.partitions]
    consumer = make_consumer(settings)
    try:
        with reaching(settings):
            first = consumer.beginning_offsets(partitions)
            end = consumer.end_offsets(partitions)
    finally:
        consumer.close()
    return {(tp.topic, tp.partition): (first[tp], end[tp]) for tp in partitions}


def create_topics(
    settings: Settings,
    wanted: Mapping[str, Mapping[str, str]],
    *,
    partitions: int,
    replication: int,
) -> list[str]:
    """Create those topics that do not exist; return their names. Values are topic settings."""
    with admin_client(settings) as admin:
        missing = sorted(set(wanted) - set(admin.list_topics()))
        if missing:
            admin.create_topics(
                {
                    name: {
                        "num_partitions": partitions if not wanted[name].get("single") else 1,
                        "replication_factor": replication,
                        "configs": {k: v for k, v in wanted[name].items() if k != "single"},
                    }
                    for name in missing
                },
                wait_for_metadata=True,
            )
    return missing


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
