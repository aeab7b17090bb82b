"""Sending: only what the broker has acknowledged with an offset counts as sent."""

import contextlib
import time
from collections.abc import Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.errors import (
    AuthorizationError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    UnknownTopicOrPartitionError,
)
from kafka.partitioner import murmur2

from intelbus.errors import ConfigurationError, IntelbusError, RefusedError, UnavailableError
from intelbus.message import OutgoingMessage


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
