"""An authority and enrolled agencies on disk, and topics on the broker: what publishing needs."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from kafka import TopicPartition

from consumers.authority.office import Office
from intelbus.enrolment import make_request
from intelbus.kafka import make_consumer
from intelbus.kafka_reading import to_received
from intelbus.kafka_topics import create_topics, end_offsets
from intelbus.keys import SigningKey
from intelbus.message import ReceivedMessage
from intelbus.settings import Settings, load_settings
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry
from intelbus.trust_files import SIGNING_KEY_FILE, keep_registry, pin_authority

APPEND_TIME = {"message.timestamp.type": "LogAppendTime"}


def agency_folder(home: Path) -> SigningKey:
    """Make an agency's folder with a key of its own."""
    home.mkdir(parents=True, mode=0o700)
    key = SigningKey.generate()
    key.save(home / SIGNING_KEY_FILE)
    return key


def enrolled(
    folder: Path, agency: str = "gla", *, kinds: Iterable[str] = ("all",)
) -> tuple[Path, TrustRegistry]:
    """Found an authority, enrol an agency; return the agency's folder and the registry kept in it.

    The centre's own folder is `folder / "ukhtc"`.
    """
    now = datetime.now(UTC)
    home = folder / agency
    key = agency_folder(home)
    centre = folder / "ukhtc"
    office = Office.found(centre, now=now)
    office.enrol(
        make_request(agency, key, contact="duty@example.org", now=now),
        name=agency.upper(),
        agency_type="agency",
        kinds=kinds,
        now=now,
    )
    _, signed = office.publish(now=now)
    pin_authority(home, centre / "authority.pub")
    return home, keep_registry(home, signed, now=now)


def settings_of(home: Path, *, kafka: str, prefix: str, agency: str = "gla") -> Settings:
    """The settings an agency's program would run with."""
    return load_settings(kafka_bootstrap=kafka, topic_prefix=prefix, agency=agency, home=home)


def make_topics(settings: Settings, *, partitions: int = 3) -> None:
    """Make the event topics and the heartbeats topic."""
    topics = Topics(settings.topic_prefix)
    create_topics(
        settings,
        dict.fromkeys((*topics.events, topics.heartbeats), APPEND_TIME),
        partitions=partitions,
        replication=1,
    )


def read_topic(settings: Settings, topic: str) -> list[ReceivedMessage]:
    """Every message of a topic, in offset order within each partition."""
    ends = end_offsets(settings, [topic])
    consumer = make_consumer(settings)
    found = []
    try:
        for (name, number), (first, end) in sorted(ends.items()):
            place = TopicPartition(name, number)
            consumer.assign([place])
            consumer.seek(place, first)
            while consumer.position(place) < end:
                for records in consumer.poll(timeout_ms=500).values():
                    found += [to_received(record) for record in records]
    finally:
        consumer.close()
    return found
