"""Delivery: from the outbox to the broker, in stream order, the same bytes at every attempt."""

import contextlib
import os
import signal
import time
from datetime import UTC, datetime
from typing import Any

from kafka.errors import KafkaError

from intelbus.errors import IntelbusError, UnavailableError
from intelbus.kafka import make_producer, send
from intelbus.keys import SigningKey
from intelbus.message import stream_key
from intelbus.publishing.outbox import Outbox, Stream, message_of
from intelbus.sealing import BATCH_LIMIT, SealInput, seal_batch, seal_heartbeat
from intelbus.settings import Settings
from intelbus.topics import Topics

WINDOW = 2_000
"""Messages handed to the producer before their acknowledgements are awaited."""


class Delivery:
    """Seals and sends what the outbox holds."""

    def __init__(
        self, settings: Settings, outbox: Outbox, agency: str, signing_key: SigningKey
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._agency = agency
        self._key = signing_key
        self._topics = Topics(settings.topic_prefix)
        self._producer: Any = None

    def close(self) -> None:
        """Let the producer go."""
        self._drop_producer()

    def flush(self, timeout: float) -> None:
        """Seal and send everything. Raises UnavailableError after `timeout` seconds of trying."""
        deadline = time.monotonic() + timeout
        # 1 seal, committed before the first message leaves
        for stream in self._outbox.streams():
            self._seal(stream.topic)
        # 2 send 3 keep the acknowledgements; from the first unacknowledged again after a failure
        while True:
            try:
                for stream in self._outbox.streams():
                    while self._send(stream):
                        stream = self._outbox.stream(stream.topic)  # noqa: PLW2901
                return
            except (KafkaError, UnavailableError) as error:
                self._drop_producer()
                if time.monotonic() > deadline:
                    depth, _ = self._outbox.depth()
                    raise UnavailableError(
                        f"{depth} events could not be delivered: {error}",
                        subject=self._settings.require_kafka(),
                        hint="they are safe in the outbox; the next flush sends them",
                    ) from error
                time.sleep(0.2)

    def heartbeat(self) -> None:
        """Send a signed heartbeat for every stream. Raises UnavailableError."""
        futures = []
        try:
            for stream in self._outbox.streams():
                sealed_up_to = self._sealed_up_to(stream)
                message = seal_heartbeat(
                    agency=self._agency,
                    topic=stream.topic,
                    stream=stream.stream,
                    next_sequence=sealed_up_to,
                    last_root=stream.last_root,
                    signing_key=self._key,
                    signed_at=datetime.now(UTC),
                    heartbeats_topic=self._topics.heartbeats,
                )
                # On the partition of its key: a stream's heartbeats stay in order.
                futures.append(send(self._the_producer(), message))
            for future in futures:
                future.get(timeout=30)
        except KafkaError as error:
            self._drop_producer()
            raise UnavailableError(f"no heartbeat could be sent: {error}") from error

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
                _failpoint("sealing")
            _failpoint("sealed")

    def _send(self, stream: Stream) -> bool:
        """Send one window of a stream; return whether there may be more."""
        waiting = self._outbox.unsent(stream.topic, WINDOW)
        if not waiting:
            return False
        producer = self._the_producer()
        futures = [
            (one.sequence, send(producer, message_of(stream, one), stream.partition))
            for one in waiting
        ]
        producer.flush(timeout=30)
        _failpoint("sent")
        acked: list[tuple[int, int]] = []
        partition = -1
        failure: KafkaError | None = None
        for sequence, future in futures:
            try:
                metadata = future.get(timeout=30)
            except KafkaError as error:
                failure = error
                break
            if metadata.offset < 0:  # without an offset nobody has vouched for it
                failure = KafkaError("acknowledged without an offset")
                break
            partition = metadata.partition
            acked.append((sequence, metadata.offset))
        if acked:
            with self._outbox.transaction():
                self._outbox.set_acked(stream.topic, acked, partition)
            _failpoint("acked")
        if failure is not None:
            raise failure
        return True

    def _the_producer(self) -> Any:
        if self._producer is None:
            self._producer = make_producer(self._settings)
        return self._producer

    def _drop_producer(self) -> None:
        if self._producer is not None:
            with contextlib.suppress(KafkaError, IntelbusError):
                self._producer.close(timeout=1)
            self._producer = None


def _failpoint(step: str) -> None:
    """Die here when a test asks for it: that nothing is lost is proved by killing at each step."""
    if os.environ.get("INTELBUS_FAILPOINT") == f"publisher.{step}":
        os.kill(os.getpid(), signal.SIGKILL)
