"""What anyone who may write to a topic can put there beside messages: it must block nothing."""

import gzip
import multiprocessing
import sys
import tracemalloc

import pytest
from confluent_kafka import Producer
from kafka import KafkaProducer

from consumers.commands.topics import STREAM_SETTINGS
from intelbus.errors import RefusedError
from intelbus.kafka import connection_settings
from intelbus.kafka_reading import read_from
from intelbus.kafka_topics import create_topics
from repository.database import connect
from tests.support.bus import Bus


class _RawName(str):
    """A header name that goes to the broker as the bytes given."""

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe" + super().encode()


def test_a_header_name_that_is_no_text_blocks_no_partition(bus: Bus) -> None:
    topic = bus.topics.for_kind("intelligence")
    before, after = bus.seal(1), bus.seal(1)
    bus.send(*before)
    producer = KafkaProducer(**connection_settings(bus.settings))
    producer.send(topic, b"junk", key=before[0].key, headers=[(_RawName("name"), b"1")])
    producer.close()
    bus.send(*after)
    assert bus.ingest_all() == (2, 0, 1, 0)
    with connect(bus.settings.require_database()) as connection:
        kept = connection.execute("SELECT reason, value, headers FROM quarantine").fetchall()
    assert kept == [("unsealed", b"junk", r'[["\\xff\\xfename", "MQ=="]]')]


def test_the_markers_of_a_transaction_leave_no_hole_in_the_offsets(bus: Bus) -> None:
    topic = bus.topics.for_kind("intelligence")
    (message,) = bus.seal(1)
    producer = KafkaProducer(
        **connection_settings(bus.settings), transactional_id=f"{topic}-writer", acks="all"
    )
    producer.init_transactions()
    for finish in (producer.abort_transaction, producer.commit_transaction):
        producer.begin_transaction()
        producer.send(topic, message.value, message.key, headers=list(message.headers))
        producer.flush()
        finish()
    producer.close()
    # The event counts once, whichever transaction it came in; both markers are refused.
    assert bus.ingest_all() == (1, 1, 2, 0)


def test_a_topic_that_keeps_senders_times_is_refused(bus: Bus) -> None:
    topic = f"{bus.settings.topic_prefix}abused"
    settings = {**STREAM_SETTINGS, "message.timestamp.type": "CreateTime", "single": "yes"}
    create_topics(bus.settings, {topic: settings}, partitions=1, replication=1)
    producer = KafkaProducer(**connection_settings(bus.settings))
    producer.send(topic, b"0" * 1000)
    producer.close()
    with pytest.raises(RefusedError, match="keeps the time that senders claim"):
        list(read_from(bus.settings, topic, {}))


def test_what_is_sent_compressed_is_kept_and_not_inflated(bus: Bus) -> None:
    topic = bus.topics.for_kind("intelligence")
    (message,) = bus.seal(1)
    producer = KafkaProducer(**connection_settings(bus.settings), compression_type="gzip")
    producer.send(topic, message.value, message.key, headers=list(message.headers))
    producer.close()
    assert bus.ingest_all() == (0, 0, 1, 0)
    with connect(bus.settings.require_database()) as connection:
        row = connection.execute("SELECT reason, agency, value, headers FROM quarantine").fetchone()
    assert row is not None
    assert row[:2] == ("unsealed", None)
    assert message.value in gzip.decompress(row[2])
    assert row[3] == '[["intelbus-compressed", "Z3ppcA=="]]'


def _send_bomb(bootstrap: str, topic: str, codec: str) -> None:
    """Send one batch of 200 records of 1 MB of noughts. Runs in a process of its own."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "compression.type": codec,
            "message.max.bytes": 1_000_000_000,
            "batch.size": 1_000_000_000,
            "queue.buffering.max.kbytes": 1_000_000,
            "linger.ms": 1_000,
        }
    )
    outcomes: list[object] = []
    for _ in range(200):
        producer.produce(
            topic,
            bytes(1_000_000),
            partition=0,
            on_delivery=lambda error, _: outcomes.append(error),
        )
    producer.flush(60)
    sys.exit(outcomes != [None] * 200)


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_bomb_of_compressed_records_ends_neither_broker_nor_ingest(bus: Bus, codec: str) -> None:
    topic = bus.topics.for_kind("intelligence")
    bus.send(*bus.seal(1))
    sender = multiprocessing.get_context("spawn").Process(
        target=_send_bomb, args=(bus.settings.require_kafka(), topic, codec)
    )
    sender.start()
    sender.join(120)
    assert sender.exitcode == 0
    bus.send(*bus.seal(1))
    tracemalloc.start()
    try:
        assert bus.ingest_all() == (2, 0, 200, 0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * 1024 * 1024
