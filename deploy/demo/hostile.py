"""What must not get through: a forgery, a replay, a garbled message, a kind without the right."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from deploy.demo.places import Place
from intelbus.codec import encode_event
from intelbus.kafka import make_producer, reaching
from intelbus.kafka_reading import read_from
from intelbus.kafka_sending import send
from intelbus.keys import SigningKey
from intelbus.message import OutgoingMessage, ReceivedMessage, event_headers, stream_key
from intelbus.sealing import SealInput, seal_batch
from intelbus.settings import Settings
from intelbus.source_form import from_source
from intelbus.topics import Topics
from intelbus.trust_files import SIGNING_KEY_FILE

TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Attack:
    """One hostile message: what it is, and where it landed."""

    title: str
    topic: str
    partition: int
    offset: int


def attack(settings: Settings, place: Place) -> list[Attack]:
    """Send the four hostile messages and return where they landed. Raises UnavailableError."""
    topics = Topics(settings.topic_prefix)
    genuine = _a_genuine_message(settings, topics.for_kind("intelligence"))
    copied = OutgoingMessage(
        genuine.topic, genuine.key or b"", genuine.value or b"", genuine.headers
    )
    flipped = bytearray(copied.value)
    flipped[len(flipped) // 2] ^= 0x01
    helper = SigningKey.load(place.agency_home("crimestoppers") / SIGNING_KEY_FILE)
    messages = (
        (
            "forged: sealed in the name of met by a key nobody enrolled",
            _sealed(topics, "met", SigningKey.generate(), _tip()),
        ),
        ("replayed: a genuine message, byte for byte, again", copied),
        ("garbled: a genuine message with one bit flipped", replace(copied, value=bytes(flipped))),
        (
            "without the right: a referral well sealed by crimestoppers",
            _sealed(topics, "crimestoppers", helper, _referral()),
        ),
    )
    producer = make_producer(settings)
    made = []
    try:
        with reaching(settings):
            for title, message in messages:
                landed = send(producer, message).get(timeout=TIMEOUT)
                made.append(Attack(title, message.topic, landed.partition, landed.offset))
    finally:
        producer.close()
    return made


def _a_genuine_message(settings: Settings, topic: str) -> ReceivedMessage:
    for _, messages, _ in read_from(settings, topic, {}):
        if messages:
            return messages[0]
    raise LookupError(f"{topic} is empty")


def _sealed(
    topics: Topics, agency: str, key: SigningKey, source: dict[str, Any]
) -> OutgoingMessage:
    kind, stream = source["kind"], uuid4()
    event = from_source(kind, source)
    event["header"] |= _identity(agency, stream)
    value = encode_event(kind, event)
    batch = seal_batch(
        [SealInput(stream_key(stream), value, event_headers(kind, event["header"]))],
        topic=topics.for_kind(kind),
        stream=stream,
        first_sequence=1,
        previous_root=None,
        agency=agency,
        signing_key=key,
        signed_at=datetime.now(UTC),
    )
    return batch.messages[0]


def _identity(agency: str, stream: UUID) -> dict[str, Any]:
    return {
        "event_id": uuid4(),
        "originator": agency,
        "stream": stream,
        "sequence": 1,
        "reported_at": datetime.now(UTC),
    }


def _tip() -> dict[str, Any]:
    return {
        "kind": "intelligence",
        "source_reference": "MET/INT/99999",
        "marking": "restricted",
        "grade": "A11",
        "text": "The house is empty; call the watch off.",
    }


def _referral() -> dict[str, Any]:
    return {
        "kind": "referral",
        "source_reference": "CRIMESTOPPERS/NRM/1",
        "marking": "restricted",
        "handling": "1",
        "nrm_reference": "NRM/2009/9999",
        "step": "referred",
        "step_on": "2009-06-01",
        "first_responder": "crimestoppers",
    }
