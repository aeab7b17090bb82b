"""Delivery: from the outbox to the broker, in stream order, the same bytes at every attempt."""

import contextlib
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog

from intelbus.errors import IntelbusError, UnavailableError
from intelbus.failpoints import failpoint
from intelbus.kafka import make_producer
from intelbus.kafka_sending import partition_of, send_in_order
from intelbus.keys import SigningKey
from intelbus.message import stream_key
from intelbus.publishing.outbox import Outbox, Stream, message_of
from intelbus.sealing import BATCH_LIMIT, SealInput, seal_batch, seal_heartbeat
from intelbus.settings import Settings
from intelbus.topics import Topics

WINDOW = 2_000
"""Messages handed to the producer before their acknowledgements are awaited."""

HEARTBEAT_TIMEOUT = 20.0
CONNECT_TIMEOUT = 10.0
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0

_log = structlog.get_logger(__name__)

# Told of steps: ("sealed" | "acked", topic, number of events).
Observer = Callable[[str, str, int], None]


class Delivery:
    """Seals and sends what the outbox holds. One thread delivers at a time."""

    def __init__(
        self,
        settings: Settings,
        outbox: Outbox,
        agency: str,
        signing_key: SigningKey,
        observe: Observer,
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._agency = agency
        self._key = signing_key
        self._observe = observe
        self._topics = Topics(settings.topic_prefix)
        self._producer: Any = None
        self._one_at_a_time = threading.RLock()

    def close(self) -> None:
        """Let the producer go."""
        with self._one_at_a_time:
            self._drop_producer()

    def flush(self, timeout: float) -> int:
        """Seal and send everything; return how many messages were acknowledged.

        After `timeout` seconds of trying, raises the error that was in the way: UnavailableError,
        or at once one that trying again cannot mend.
        """
        deadline = time.monotonic() + timeout
        pause = FIRST_PAUSE
        with self._one_at_a_time:
            # 1 seal, committed before the first message leaves
            for stream in self._outbox.streams():
                self._seal(stream.topic)
            # 2 send 3 keep the acknowledgements; after a failure, from the first message that
            #   was not acknowledged, by another producer: a failed one may have let later
            #   messages pass
            acked = 0
            while True:
                try:
                    for stream in self._outbox.streams():
                        while count := self._send(stream.topic, deadline):
                            acked += count
                    break
                except IntelbusError as error:
                    self._drop_producer()
                    if not error.retriable or time.monotonic() + pause > deadline:
                        raise self._undelivered(error) from error
                    time.sleep(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
            # 4 say how far the streams have got; the events are safe without it
            if acked:
                try:
                    self.heartbeat()
                except IntelbusError as error:
                    _log.warning("no heartbeat", error=str(error))
            return acked

    def heartbeat(self) -> None:
        """Send a signed heartbeat for every stream that has sealed. Raises UnavailableError."""
        with self._one_at_a_time:
            for stream in self._outbox.streams():
                if stream.last_root is None:
                    continue
                message = seal_heartbeat(
                    agency=self._agency,
                    topic=stream.topic,
                    stream=stream.stream,
                    next_sequence=self._sealed_up_to(stream),
                    last_root=stream.last_root,
                    signing_key=self._key,
                    signed_at=datetime.now(UTC),
                    heartbeats_topic=self._topics.heartbeats,
                )
                producer = self._the_producer()
                partition = partition_of(producer, message.topic, message.key)
                _, error = send_in_order(producer, [message], partition, timeout=HEARTBEAT_TIMEOUT)
                if error is not None:
                    self._drop_producer()
                    raise error

    def _sealed_up_to(self, stream: Stream) -> int:
        left = self._outbox.unsealed(stream.topic, 1)
        return left[0].sequence if left else stream.next_sequence

    def _seal(self, topic: str) -> None:
        while True:
            with self._outbox.transaction():
                events = self._outbox.unsealed(topic, BATCH_LIMIT)
                if not events:
                    return
                stream = self._outbox.stream(topic)
                batch = seal_batch(
                    [
                        SealInput(key=stream_key(stream.stream), value=e.value, headers=e.headers)
                        for e in events
                    ],
                    topic=topic,
                    stream=stream.stream,
                    first_sequence=events[0].sequence,
                    previous_root=stream.last_root,
                    agency=self._agency,
                    signing_key=self._key,
                    signed_at=datetime.now(UTC),
                )
                self._outbox.set_sealed(
                    topic, [e.sequence for e in events], batch.messages, batch.root
                )
                failpoint("publisher.sealing")
            failpoint("publisher.sealed")
            self._observe("sealed", topic, len(events))

    def _send(self, topic: str, deadline: float) -> int:
        """Send one window of a stream; return how many messages were acknowledged."""
        waiting = self._outbox.unsent(topic, WINDOW)
        if not waiting:
            return 0
        producer = self._the_producer(deadline)
        stream = self._with_partition(topic, producer)
        assert stream.partition is not None  # noqa: S101  (just chosen)
        failpoint("publisher.sending")
        offsets, error = send_in_order(
            producer,
            [message_of(stream, one) for one in waiting],
            stream.partition,
            timeout=max(1.0, deadline - time.monotonic()),
        )
        failpoint("publisher.sent")
        if offsets:
            acked = [(one.sequence, offset) for one, offset in zip(waiting, offsets, strict=False)]
            with self._outbox.transaction():
                self._outbox.set_acked(topic, acked)
            failpoint("publisher.acked")
            self._observe("acked", topic, len(acked))
        if error is not None:
            raise error
        return len(offsets)

    def _with_partition(self, topic: str, producer: Any) -> Stream:
        """Return the stream with its partition, chosen once and kept before the first send."""
        stream = self._outbox.stream_of(topic)
        if stream.partition is None:
            partition = partition_of(producer, topic, stream_key(stream.stream))
            with self._outbox.transaction():
                self._outbox.set_partition(topic, partition)
            stream = self._outbox.stream_of(topic)
        return stream

    def _undelivered(self, error: IntelbusError) -> IntelbusError:
        depth, _ = self._outbox.depth()
        kind = UnavailableError if error.retriable else type(error)
        return kind(
            f"{depth} events wait in the outbox: {error.message}",
            subject=error.subject,
            hint=error.hint or "they are safe; the next flush sends them",
        )

    def _the_producer(self, deadline: float | None = None) -> Any:
        if self._producer is None:
            left = CONNECT_TIMEOUT if deadline is None else deadline - time.monotonic()
            patience = min(CONNECT_TIMEOUT, max(1.0, left))
            self._producer = make_producer(
                self._settings, bootstrap_timeout_ms=int(patience * 1000)
            )
        return self._producer

    def _drop_producer(self) -> None:
        if self._producer is not None:
            with contextlib.suppress(Exception):  # it has failed already
                self._producer.close(timeout=1)
            self._producer = None
