"""Receipts: only what UKHTC sealed counts, the highest revision holds, and none is read twice."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from intelbus import Publisher
from intelbus.codec import encode_control
from intelbus.kafka import make_producer
from intelbus.kafka_sending import send
from intelbus.kafka_topics import create_topics
from intelbus.keys import SigningKey
from intelbus.message import stream_key
from intelbus.sealing import SealInput, seal_batch
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust_files import SIGNING_KEY_FILE
from producers.cli import assemble
from tests.support.agencies import APPEND_TIME, enrolled, make_topics, settings_of
from tests.support.events import sample_source

NOW = datetime.now(UTC)


@pytest.fixture
def settings(tmp_path: Path, kafka_bootstrap: str, topic_prefix: str) -> Settings:
    home, _ = enrolled(tmp_path)
    made = settings_of(home, kafka=kafka_bootstrap, prefix=topic_prefix)
    make_topics(made)
    receipts = Topics(topic_prefix).receipts("gla")
    create_topics(made, {receipts: {"single": "yes", **APPEND_TIME}}, partitions=1, replication=1)
    return made


def send_receipts(
    settings: Settings, bodies: Sequence[dict[str, Any]], key: SigningKey, *, agency: str
) -> None:
    topic, stream = Topics(settings.topic_prefix).receipts("gla"), uuid4()
    batch = seal_batch(
        [SealInput(stream_key(stream), encode_control("Receipt", body)) for body in bodies],
        topic=topic,
        stream=stream,
        first_sequence=1,
        previous_root=None,
        agency=agency,
        signing_key=key,
        signed_at=datetime.now(UTC),
    )
    producer = make_producer(settings)
    for future in [send(producer, message) for message in batch.messages]:
        future.get(timeout=20)
    producer.close()


def receipt(topic: str, stream: UUID, revision: int, **outcomes: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"accepted": [], "duplicates": [], "exceptions": []}
    place = {"agency": "gla", "topic": topic, "stream": str(stream)}
    return {**place, "revision": revision, "issued_at": NOW, **nothing, **outcomes}


def test_receipts_tell_what_became_of_each_event(settings: Settings, tmp_path: Path) -> None:
    topic = Topics(settings.topic_prefix).for_kind("intelligence")
    with Publisher(settings) as publisher:
        for number in range(1, 5):
            source = sample_source("intelligence", source_reference=f"GLA/{number}")
            publisher.publish("intelligence", source)
        publisher.flush(30)
        stream = publisher.streams()[topic]
        centre = SigningKey.load(tmp_path / "ukhtc" / SIGNING_KEY_FILE)
        mine = SigningKey.load(tmp_path / "gla" / SIGNING_KEY_FILE)
        held = {"outcome": "quarantined", "reason": "unknown_key", "advice": "Wait."}
        later = receipt(topic, stream, 2, accepted=[{"first": 3, "last": 3}])
        earlier = receipt(
            topic,
            stream,
            1,
            accepted=[{"first": 1, "last": 2}],
            exceptions=[{"sequence": 3, **held}],
        )
        forged = receipt(topic, stream, 9, accepted=[{"first": 4, "last": 4}])
        send_receipts(settings, [later, earlier], centre, agency="ukhtc")
        send_receipts(settings, [forged], mine, agency="gla")
        send_receipts(settings, [forged], mine, agency="ukhtc")
        statuses = [row["status"] for row in publisher.receipts()]
        assert statuses == ["accepted", "accepted", "accepted", "sent"]
        worse = receipt(topic, stream, 3, exceptions=[{"sequence": 4, **held}])
        send_receipts(settings, [worse], centre, agency="ukhtc")
        # The command looks, and keeps receipts, while the publisher runs.
        result = CliRunner().invoke(
            assemble(),
            ["receipts", "--json"],
            env={
                "INTELBUS_AGENCY": "gla",
                "INTELBUS_HOME": str(settings.home),
                "INTELBUS_TOPIC_PREFIX": settings.topic_prefix,
                "INTELBUS_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            },
        )
    assert result.exit_code == 1
    rows = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert [row["status"] for row in rows] == ["accepted"] * 3 + ["quarantined"]
    assert (rows[3]["source_reference"], rows[3]["reason"]) == ("GLA/4", "unknown_key")
