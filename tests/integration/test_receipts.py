"""Receipts on real servers: sealed once, sent to those who can have them, the same bytes again."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from consumers.commands.topics import STREAM_SETTINGS
from consumers.receipts import run_receipts
from intelbus.codec import encode_control
from intelbus.kafka_reading import read_from
from intelbus.kafka_topics import create_topics
from intelbus.keys import SigningKey
from intelbus.message import ReceivedMessage
from intelbus.settings import Settings, load_settings
from intelbus.topics import Topics
from intelbus.trust_files import SIGNING_KEY_FILE
from repository.database import connect
from tests.support.waiting import wait_until

AGENCIES = ("ceop", "gla")


@pytest.fixture
def centre(
    kafka_bootstrap: str, database_url: str, topic_prefix: str, tmp_path: Path
) -> Iterator[Settings]:
    settings = load_settings(
        kafka_bootstrap=kafka_bootstrap,
        database_url=database_url,
        topic_prefix=topic_prefix,
        centre_home=tmp_path,
    )
    SigningKey.generate().save(tmp_path / SIGNING_KEY_FILE)
    with connect(database_url) as connection:
        connection.execute("TRUNCATE receipt_outbox, receipt_stream")
        for agency in AGENCIES:
            stream = uuid4()
            body = encode_control(
                "Receipt",
                {
                    "agency": agency,
                    "topic": "intelligence.v1",
                    "stream": stream,
                    "revision": 1,
                    "issued_at": datetime(2009, 10, 1, tzinfo=UTC),
                    "accepted": [{"first": 1, "last": 3}],
                    "duplicates": [],
                    "exceptions": [],
                },
            )
            connection.execute(
                "INSERT INTO receipt_outbox (agency, stream, revision, body)"
                " VALUES (%s, %s, 1, %s)",
                [agency, stream, body],
            )
    stop = threading.Event()
    sender = threading.Thread(target=run_receipts, args=(settings, stop))
    sender.start()
    yield settings
    stop.set()
    sender.join(30)
    assert not sender.is_alive()


def sent(settings: Settings, *agencies: str) -> Callable[[], bool]:
    """Return the question whether exactly these agencies' receipts are sent."""

    def ask() -> bool:
        with connect(settings.require_database()) as connection:
            rows = connection.execute(
                "SELECT agency FROM receipt_outbox WHERE sent_at IS NOT NULL ORDER BY agency"
            ).fetchall()
        return [agency for (agency,) in rows] == list(agencies)

    return ask


def make_topic(settings: Settings, agency: str) -> str:
    topic = Topics(settings.topic_prefix).receipts(agency)
    create_topics(settings, {topic: STREAM_SETTINGS}, partitions=1, replication=1)
    return topic


def messages(settings: Settings, topic: str) -> list[ReceivedMessage]:
    return [one for _, polled, _ in read_from(settings, topic, {}) for one in polled]


def test_an_agency_without_a_topic_holds_nobody_back(centre: Settings) -> None:
    make_topic(centre, "gla")
    wait_until(sent(centre, "gla"), timeout=30, what="gla's receipt is sent, not ceop's")
    make_topic(centre, "ceop")
    wait_until(sent(centre, "ceop", "gla"), timeout=30, what="both receipts are sent")


def test_a_receipt_sent_again_is_the_same_bytes(centre: Settings) -> None:
    topic = make_topic(centre, "gla")
    wait_until(sent(centre, "gla"), timeout=30, what="the receipt is sent")
    with connect(centre.require_database()) as connection:
        # As after a crash between the broker's word and ours.
        connection.execute("UPDATE receipt_outbox SET sent_at = NULL")
    wait_until(lambda: len(messages(centre, topic)) == 2, timeout=30, what="it is sent again")
    first, second = messages(centre, topic)
    assert (second.key, second.value, second.headers) == (first.key, first.value, first.headers)
