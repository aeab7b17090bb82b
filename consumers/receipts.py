"""Receipts: what ingest queued in its own transaction, sealed by the centre and sent.

Like an agency's outbox: sealed bytes are committed before they are first sent, so a resend sends
the same bytes. Receipts are idempotent and unordered; for each event the highest revision holds.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any
from uuid import uuid4

import structlog
from kafka.errors import KafkaError

from consumers import metrics
from consumers.stream_states import show, stream_states
from intelbus.errors import UnavailableError
from intelbus.kafka import describe, make_producer, send
from intelbus.keys import SigningKey
from intelbus.message import OutgoingMessage, headers_from_text, headers_to_text, stream_key
from intelbus.sealing import BATCH_LIMIT, SealInput, seal_batch
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import CENTRE
from intelbus.trust_files import SIGNING_KEY_FILE
from repository.database import Connection, connect

IDLE_SECONDS = 0.5
RETRY_SECONDS = 2.0
STREAMS_SECONDS = 30.0

log = structlog.get_logger()

UNSEALED = """
SELECT receipt_no, body FROM receipt_outbox
WHERE sealed_topic IS NULL AND sent_at IS NULL AND agency = %s ORDER BY receipt_no LIMIT %s
"""
WAITING_TOPICS = """
SELECT DISTINCT sealed_topic FROM receipt_outbox
WHERE sent_at IS NULL AND sealed_topic IS NOT NULL ORDER BY 1
"""
UNSENT = """
SELECT receipt_no, sealed_topic, sealed_key, body, sealed_headers FROM receipt_outbox
WHERE sent_at IS NULL AND sealed_topic = ANY(%s) ORDER BY receipt_no LIMIT 1000
"""


def seal_pending(connection: Connection, key: SigningKey, topics: Topics, now: datetime) -> int:
    """Seal all receipts that are not sealed yet; return how many."""
    rows = connection.execute(
        "SELECT DISTINCT agency FROM receipt_outbox WHERE sealed_topic IS NULL AND sent_at IS NULL"
    ).fetchall()
    done = 0
    for (agency,) in sorted(rows):
        while sealed := _seal_batch(connection, agency, key, topics, now):
            done += sealed
    return done


def _seal_batch(
    connection: Connection, agency: str, key: SigningKey, topics: Topics, now: datetime
) -> int:
    topic = topics.receipts(agency)
    with connection.transaction():
        # 1 lock the centre's stream to this agency
        connection.execute(
            "INSERT INTO receipt_stream (agency, stream) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [agency, uuid4()],
        )
        row = connection.execute(
            "SELECT stream, next_sequence, last_root FROM receipt_stream WHERE agency = %s"
            " FOR UPDATE",
            [agency],
        ).fetchone()
        pending = connection.execute(UNSEALED, [agency, BATCH_LIMIT]).fetchall()
        if row is None or not pending:
            return 0
        stream, first, last_root = row
        # 2 seal
        batch = seal_batch(
            [SealInput(key=stream_key(stream), value=bytes(body)) for _, body in pending],
            topic=topic,
            stream=stream,
            first_sequence=first,
            previous_root=last_root,
            agency=CENTRE,
            signing_key=key,
            signed_at=now,
        )
        # 3 keep the bytes and the chain, committed before the first is sent
        for (number, _), message in zip(pending, batch.messages, strict=True):
            connection.execute(
                "UPDATE receipt_outbox SET sealed_topic = %s, sealed_key = %s, sealed_headers = %s"
                " WHERE receipt_no = %s",
                [topic, message.key, headers_to_text(message.headers), number],
            )
        connection.execute(
            "UPDATE receipt_stream SET next_sequence = next_sequence + %s, last_root = %s"
            " WHERE agency = %s",
            [len(pending), batch.root, agency],
        )
    return len(pending)


def sendable_topics(connection: Connection, settings: Settings) -> list[str]:
    """Return the topics for which sealed receipts wait, but those that Kafka does not have.

    The client waits seconds for a topic that is not there, and would hold back everyone's receipts.
    Raises UnavailableError.
    """
    waiting = [name for (name,) in connection.execute(WAITING_TOPICS).fetchall()]
    if not waiting:
        return []
    present = describe(settings, waiting)
    missing = [name for name in waiting if name not in present]
    if missing:
        log.warning("receipts_topics_missing", topics=missing, hint="ukhtc topics create --agency")
    return [name for name in waiting if name in present]


def send_pending(connection: Connection, producer: Any, topics: Sequence[str]) -> int:
    """Send what is sealed for `topics` and keep that it is sent; return how many arrived."""
    rows = connection.execute(UNSENT, [list(topics)]).fetchall()
    futures = [
        (
            number,
            send(
                producer,
                OutgoingMessage(topic, bytes(key), bytes(body), headers_from_text(headers)),
            ),
        )
        for number, topic, key, body, headers in rows
    ]
    acknowledged = []
    failure: KafkaError | None = None
    for number, future in futures:
        try:
            future.get(timeout=30)
            acknowledged.append(number)
        except KafkaError as error:
            # One agency's topic may be out of order; the others' receipts go on.
            failure = error
    if acknowledged:
        connection.execute(
            "UPDATE receipt_outbox SET sent_at = clock_timestamp() WHERE receipt_no = ANY(%s)",
            [acknowledged],
        )
    if failure is not None and not acknowledged:
        raise UnavailableError(f"no receipt could be sent: {failure}") from failure
    return len(acknowledged)


def run_receipts(settings: Settings, stop: Event, *, ready: Event | None = None) -> None:
    """Seal and send receipts until `stop` is set; trouble is logged and tried again.

    `ready` is set while both servers answer. The gauges of gaps and forks are kept here too, since
    this process runs once.
    """
    ready = ready or Event()
    key = SigningKey.load(settings.centre_home / SIGNING_KEY_FILE)
    topics = Topics(settings.topic_prefix)
    producer: Any = None
    connection: Connection | None = None
    streams_due = 0.0
    while not stop.is_set():
        try:
            connection = connection or connect(settings.require_database())
            producer = producer or make_producer(settings)
            sealed = seal_pending(connection, key, topics, datetime.now(UTC))
            sent = send_pending(connection, producer, sendable_topics(connection, settings))
            ready.set()
            metrics.RECEIPTS_SENT.inc(sent)
            if time.monotonic() > streams_due:
                show(stream_states(connection), datetime.now(UTC))
                streams_due = time.monotonic() + STREAMS_SECONDS
            if not sealed and not sent:
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
