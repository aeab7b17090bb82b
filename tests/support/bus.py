"""A small deployment on real servers: topics, a database, an authority and one agency's stream."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg

from consumers.authority.office import Office
from consumers.commands.topics import STREAM_SETTINGS, TRUST_SETTINGS
from consumers.ingest.worker import Worker
from intelbus.codec import encode_event
from intelbus.kafka import make_producer
from intelbus.kafka_sending import send
from intelbus.kafka_topics import create_topics, end_offsets
from intelbus.keys import SigningKey
from intelbus.message import OutgoingMessage, event_headers, stream_key
from intelbus.sealing import SealInput, seal_batch
from intelbus.settings import Settings, load_settings
from intelbus.topics import Topics
from intelbus.trust import Agency, TrustedKey, TrustRegistry, sign_registry
from repository.database import connect
from tests.support.events import sample_event

OUTCOMES = """
SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM duplicate),
       (SELECT count(*) FROM quarantine WHERE status <> 'released'),
       (SELECT coalesce(sum(noted), 0)::bigint FROM ingest_cursor),
       (SELECT coalesce(sum(next_offset - first_offset), 0)::bigint FROM ingest_cursor)
"""


@dataclass
class Bus:
    """One deployment: topics under a prefix of their own, a database, an authority, an agency."""

    settings: Settings
    topics: Topics
    key: SigningKey
    stream: UUID
    next_sequence: int = 1
    last_root: bytes | None = None

    def seal(self, count: int, **over: Any) -> tuple[OutgoingMessage, ...]:
        """Seal the stream's next `count` intelligence reports."""
        inputs = []
        for number in range(self.next_sequence, self.next_sequence + count):
            event = sample_event("intelligence")
            event["header"] |= {
                "event_id": uuid4(),
                "originator": "gla",
                "stream": self.stream,
                "sequence": number,
                "source_reference": f"R{number}",
                "corrects": None,
                **over,
            }
            inputs.append(
                SealInput(
                    key=stream_key(self.stream),
                    value=encode_event("intelligence", event),
                    headers=event_headers("intelligence", event["header"]),
                )
            )
        batch = seal_batch(
            inputs,
            topic=self.topics.for_kind("intelligence"),
            stream=self.stream,
            first_sequence=self.next_sequence,
            previous_root=self.last_root,
            agency="gla",
            signing_key=self.key,
            signed_at=datetime.now(UTC),
        )
        self.next_sequence += count
        self.last_root = batch.root
        return batch.messages

    def registry(self, *keys: SigningKey) -> TrustRegistry:
        """Return a registry in which the keys speak for the agency."""
        now = datetime.now(UTC)
        since = now.replace(year=now.year - 1)
        return TrustRegistry(
            version=1,
            issued_at=now,
            expires_at=now.replace(year=now.year + 1),
            agencies={
                "gla": Agency("gla", "GLA", "enforcement", frozenset({"intelligence"}), True, None)
            },
            keys={
                key.key_id: TrustedKey(key.key_id, "gla", key.public_key, since, None, None, None)
                for key in keys
            },
        )

    def send(self, *messages: OutgoingMessage) -> None:
        """Send messages and wait until the broker has them."""
        producer = make_producer(self.settings)
        futures = [send(producer, message) for message in messages]
        for future in futures:
            future.get(timeout=30)
        producer.close()

    def outcomes(self) -> tuple[int, int, int, int]:
        """Return (accepted, duplicate, quarantined, noted), having checked that they balance."""
        with connect(self.settings.require_database()) as connection:
            row = connection.execute(OUTCOMES).fetchone()
        assert row is not None
        assert sum(row[:4]) == row[4]
        return row[:4]

    def held(self) -> int:
        """Return how many messages Kafka holds."""
        names = (*self.topics.events, self.topics.heartbeats)
        return sum(end - first for first, end in end_offsets(self.settings, names).values())

    def waiting(self) -> int:
        """Return how many messages Kafka holds that no outcome stands for."""
        return self.held() - sum(self.outcomes())

    def ingest_all(self) -> tuple[int, int, int, int]:
        """Run a worker in this process until nothing is left waiting; return the outcomes."""
        held = self.held()  # asked once: asking takes longer than most batches do
        Worker(self.settings).run(lambda: sum(self.outcomes()) == held)
        return self.outcomes()


def deploy(kafka_bootstrap: str, database_url: str, topic_prefix: str, home: Path) -> Bus:
    """Return a deployment with empty topics and tables, whose registry knows its agency."""
    settings = load_settings(
        kafka_bootstrap=kafka_bootstrap,
        database_url=database_url,
        topic_prefix=topic_prefix,
        centre_home=home,
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE topic, ingest_cursor, event, duplicate, quarantine, stream, stream_batch,"
            " receipt_outbox, registry, event_queue, event_log, first_statement, restatement,"
            " amendment CASCADE"
        )
    topics = Topics(topic_prefix)
    wanted = dict.fromkeys((*topics.events, topics.heartbeats), STREAM_SETTINGS)
    create_topics(settings, {**wanted, topics.trust: TRUST_SETTINGS}, partitions=2, replication=1)
    now = datetime.now(UTC)
    Office.found(settings.centre_home, now=now)
    key = SigningKey.generate()
    authority = SigningKey.load(settings.centre_home / "authority.key")
    one = Bus(settings, topics, key, uuid4())
    one.send(
        OutgoingMessage(topics.trust, b"registry", sign_registry(one.registry(key), authority), ())
    )
    return one
