"""The sender: what ingest and the notices stage queued for agencies, sealed by the centre and sent.

Receipts and notices are idempotent and unordered; of each, the highest revision holds.
"""

import time
from datetime import UTC, datetime
from threading import Event
from typing import Any

import structlog
from kafka.errors import KafkaError

from consumers import metrics
from consumers.sealed_outbox import NOTICES, RECEIPTS
from consumers.stream_states import show
from intelbus.errors import UnavailableError
from intelbus.kafka import make_producer
from intelbus.keys import SigningKey
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust_files import SIGNING_KEY_FILE
from repository.database import Connection, connect
from repository.notices.depth import depth
from repository.queries.streams import stream_states

IDLE_SECONDS = 0.5
RETRY_SECONDS = 2.0
STREAMS_SECONDS = 30.0

SENT = ((RECEIPTS, metrics.RECEIPTS_SENT), (NOTICES, metrics.NOTICES_SENT))

log = structlog.get_logger()


def run_receipts(settings: Settings, stop: Event, *, ready: Event | None = None) -> None:
    """Seal and send receipts and notices until `stop` is set; trouble is logged and tried again.

    `ready` is set while both servers answer. The gauges of gaps, forks and waiting notices are
    kept here too, since this process runs once.
    """
    ready = ready or Event()
    key = SigningKey.load(settings.centre_home / SIGNING_KEY_FILE)
    topics = Topics(settings.topic_prefix)
    producer: Any = None
    connection: Connection | None = None
    gauges_due = 0.0
    while not stop.is_set():
        try:
            connection = connection or connect(settings.require_database())
            producer = producer or make_producer(settings)
            done = 0
            for outbox, counter in SENT:
                sealed = outbox.seal_pending(connection, key, topics, datetime.now(UTC))
                sendable = outbox.sendable_topics(connection, settings)
                sent = outbox.send_pending(connection, producer, sendable)
                counter.inc(sent)
                done += sealed + sent
            ready.set()
            if time.monotonic() > gauges_due:
                now = datetime.now(UTC)
                show(stream_states(connection), now)
                waiting = depth(connection, now)
                metrics.NOTICES_OUTBOX_AGE_SECONDS.set(waiting.outbox_age)
                metrics.NOTICES_QUEUE.set(waiting.held)
                metrics.NOTICES_QUEUE_AGE_SECONDS.set(waiting.held_age)
                gauges_due = time.monotonic() + STREAMS_SECONDS
            if not done:
                stop.wait(IDLE_SECONDS)
        except (UnavailableError, KafkaError, OSError) as error:
            ready.clear()
            log.warning("receipts_wait", error=str(error))
            stop.wait(RETRY_SECONDS)
        except Exception as error:  # a lost connection shows as many things
            ready.clear()
            log.warning("receipts_again", error=f"{type(error).__name__}: {error}")
            connection = None
            stop.wait(RETRY_SECONDS)
    if producer is not None:
        producer.close(timeout=5)
    if connection is not None:
        connection.close()
