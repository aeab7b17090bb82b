"""How long the broker waits before it answers a worker's fetch."""

import time

from kafka import KafkaConsumer

from intelbus.kafka import answer_from

# Few messages wait a moment for others: a transaction for each batch of a publisher's cost twice as
# much processor time at 300 events/s as one for all of a fiftieth of a second.
TOGETHER_BYTES = 128 * 1024
TOGETHER_MS = 20
# Where none comes the broker is not asked fifty times a second whether one has: that took a tenth
# of a processor for each worker. It answers as soon as one does.
QUIET_SECONDS = 1.0
QUIET_MS = 250


class Pace:
    """Has the broker hold few messages back for others while any come, and none if none do."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self._heard, self.quiet = time.monotonic(), False
        answer_from(consumer, least_bytes=TOGETHER_BYTES, longest_wait_ms=TOGETHER_MS)

    def polled(self, *, heard: bool) -> None:
        """Say whether a poll has given any message."""
        now = time.monotonic()
        if heard:
            self._heard = now
        quiet = now - self._heard > QUIET_SECONDS
        if quiet is not self.quiet:
            self.quiet = quiet
            least, wait = (1, QUIET_MS) if quiet else (TOGETHER_BYTES, TOGETHER_MS)
            answer_from(self._consumer, least_bytes=least, longest_wait_ms=wait)
