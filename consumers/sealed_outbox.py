"""What the centre has to say to agencies, sealed by it and sent: an outbox, as agencies have one.

Sealed bytes are committed before they are first sent, so a resend sends the same bytes. The tables
are `<name>_outbox` and `<name>_stream`, filled in the transactions that decide what to say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from kafka.errors import KafkaError
from psycopg import sql

from intelbus.errors import UnavailableError
from intelbus.failpoints import failpoint
from intelbus.kafka_sending import send
from intelbus.kafka_topics import describe
from intelbus.keys import SigningKey
from intelbus.message import OutgoingMessage, headers_from_text, headers_to_text, stream_key
from intelbus.sealing import BATCH_LIMIT, SealInput, seal_batch
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import CENTRE
from repository.database import Connection

log = structlog.get_logger()

AGENCIES = sql.SQL(
    "SELECT DISTINCT agency FROM {outbox} WHERE sealed_topic IS NULL AND sent_at IS NULL"
)
NEW_STREAM = sql.SQL("INSERT INTO {stream} (agency, stream) VALUES (%s, %s) ON CONFLICT DO NOTHING")
LOCK_STREAM = sql.SQL(
    "SELECT stream, next_sequence, last_root FROM {stream} WHERE agency = %s FOR UPDATE"
)
UNSEALED = sql.SQL(
    "SELECT {number}, body FROM {outbox}"
    " WHERE sealed_topic IS NULL AND sent_at IS NULL AND agency = %s ORDER BY {number} LIMIT %s"
)
KEEP_SEALED = sql.SQL(
    "UPDATE {outbox} SET sealed_topic = %s, sealed_key = %s, sealed_headers = %s"
    " WHERE {number} = %s"
)
MOVE_STREAM = sql.SQL(
    "UPDATE {stream} SET next_sequence = next_sequence + %s, last_root = %s WHERE agency = %s"
)
WAITING_TOPICS = sql.SQL(
    "SELECT DISTINCT sealed_topic FROM {outbox}"
    " WHERE sent_at IS NULL AND sealed_topic IS NOT NULL ORDER BY 1"
)
UNSENT = sql.SQL(
    "SELECT {number}, sealed_topic, sealed_key, body, sealed_headers FROM {outbox}"
    " WHERE sent_at IS NULL AND sealed_topic = ANY(%s) ORDER BY {number} LIMIT 1000"
)
KEEP_SENT = sql.SQL("UPDATE {outbox} SET sent_at = clock_timestamp() WHERE {number} = ANY(%s)")


@dataclass(frozen=True, slots=True)
class SealedOutbox:
    """One such outbox: what each message is called, the column of its number, an agency's topic."""

    name: str
    number: str
    topic: Callable[[Topics, str], str]

    def seal_pending(
        self, connection: Connection, key: SigningKey, topics: Topics, now: datetime
    ) -> int:
        """Seal all that is not sealed yet; return how many."""
        done = 0
        for (agency,) in sorted(connection.execute(self._sql(AGENCIES)).fetchall()):
            while sealed := self._seal_batch(connection, agency, key, topics, now):
                done += sealed
        return done

    def _seal_batch(
        self, connection: Connection, agency: str, key: SigningKey, topics: Topics, now: datetime
    ) -> int:
        topic = self.topic(topics, agency)
        with connection.transaction():
            # 1 lock the centre's stream to this agency
            connection.execute(self._sql(NEW_STREAM), [agency, uuid4()])
            row = connection.execute(self._sql(LOCK_STREAM), [agency]).fetchone()
            pending = connection.execute(self._sql(UNSEALED), [agency, BATCH_LIMIT]).fetchall()
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
                    self._sql(KEEP_SEALED),
                    [topic, message.key, headers_to_text(message.headers), number],
                )
            connection.execute(self._sql(MOVE_STREAM), [len(pending), batch.root, agency])
            failpoint(f"{self.name}s.sealing")
        failpoint(f"{self.name}s.sealed")
        return len(pending)

    def sendable_topics(self, connection: Connection, settings: Settings) -> list[str]:
        """Return the topics for which sealed messages wait, but those that Kafka does not have.

        The client waits seconds for a topic that is not there, and would hold back everyone's.
        Raises UnavailableError.
        """
        waiting = [name for (name,) in connection.execute(self._sql(WAITING_TOPICS)).fetchall()]
        if not waiting:
            return []
        present = describe(settings, waiting)
        missing = [name for name in waiting if name not in present]
        if missing:
            hint = "ukhtc topics create --agency"
            log.warning(f"{self.name}s_topics_missing", topics=missing, hint=hint)
        return [name for name in waiting if name in present]

    def send_pending(self, connection: Connection, producer: Any, topics: Sequence[str]) -> int:
        """Send what is sealed for `topics` and keep that it is sent; return how many arrived."""
        rows = connection.execute(self._sql(UNSENT), [list(topics)]).fetchall()
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
                # One agency's topic may be out of order; the others' messages go on.
                failure = error
        if acknowledged:
            failpoint(f"{self.name}s.acknowledged")
            connection.execute(self._sql(KEEP_SENT), [acknowledged])
            failpoint(f"{self.name}s.sent")
        if failure is not None and not acknowledged:
            raise UnavailableError(f"no {self.name} could be sent: {failure}") from failure
        return len(acknowledged)

    def _sql(self, statement: sql.SQL) -> sql.Composed:
        return statement.format(
            outbox=sql.Identifier(f"{self.name}_outbox"),
            stream=sql.Identifier(f"{self.name}_stream"),
            number=sql.Identifier(self.number),
        )


RECEIPTS = SealedOutbox("receipt", "receipt_no", Topics.receipts)
NOTICES = SealedOutbox("notice", "message_no", Topics.notices)
