"""What anyone who may write to a topic can put there beside messages: it must block nothing."""

import pytest
from kafka import KafkaProducer

from consumers.commands.topics import STREAM_SETTINGS
from intelbus.errors import RefusedError
from intelbus.kafka import connection_settings, create_topics, read_from
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


@pytest.mark.parametrize(
    ("setting", "value", "compression", "complaint"),
    [
        ("message.timestamp.type", "CreateTime", None, "keeps the time that senders claim"),
        ("compression.type", "producer", "gzip", "is compressed"),
    ],
)
def test_a_topic_that_senders_could_abuse_is_refused(
    bus: Bus, setting: str, value: str, compression: str | None, complaint: str
) -> None:
    topic = f"{bus.settings.topic_prefix}abused"
    create_topics(
        bus.settings,
        {topic: {**STREAM_SETTINGS, setting: value, "single": "yes"}},
        partitions=1,
        replication=1,
    )
    producer = KafkaProducer(**connection_settings(bus.settings), compression_type=compression)
    producer.send(topic, b"0" * 1000)
    producer.close()
    with pytest.raises(RefusedError, match=complaint):
        list(read_from(bus.settings, topic, {}))


def test_the_broker_inflates_what_is_sent_compressed(bus: Bus) -> None:
    topic = bus.topics.for_kind("intelligence")
    (message,) = bus.seal(1)
    producer = KafkaProducer(**connection_settings(bus.settings), compression_type="gzip")
    producer.send(topic, message.value, message.key, headers=list(message.headers))
    producer.close()
    assert bus.ingest_all() == (1, 0, 0, 0)
