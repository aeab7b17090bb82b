"""Hostile messages through a real Kafka into a real PostgreSQL: each has the outcome it must have.

No partition may block and every offset must be accounted for, whatever is written.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from confluent_kafka import Message, Producer

from intelbus.contract import Kind
from intelbus.keys import SigningKey
from intelbus.message import SEAL_HEADER, Headers, OutgoingMessage, stream_key
from intelbus.sealing import SealInput, seal_heartbeat
from intelbus.trust import Agency, TrustedKey, TrustRegistry, sign_registry
from repository.database import connect
from tests.fuzz import rounds
from tests.fuzz.mutant import ACCEPTED
from tests.fuzz.templates import SEQUENCES, templates
from tests.support.bus import Bus
from tests.support.sealed import KEY, STREAM, TOPICS, seal

SEED = 2009
OUTCOMES = """
SELECT partition, "offset", 'accepted' FROM event WHERE topic_no = %(topic)s
UNION ALL SELECT partition, "offset", 'duplicate' FROM duplicate WHERE topic_no = %(topic)s
UNION ALL SELECT partition, "offset", reason FROM quarantine WHERE topic_no = %(topic)s
"""

Sent = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes | None]]]
Place = tuple[int, int]


def _write(bus: Bus, topic: str, messages: Sequence[Sent]) -> list[Place]:
    """Write records as anybody could, past our own publisher; return where each one stands."""
    producer = Producer(
        {"bootstrap.servers": bus.settings.require_kafka(), "message.max.bytes": 1024 * 1024}
    )
    places: list[Place] = []

    def note(error: object, message: Message) -> None:
        assert error is None, error
        places.append((message.partition() or 0, message.offset() or 0))

    for key, value, headers in messages:
        producer.produce(topic, value, key, 0, on_delivery=note, headers=list(headers))
    assert producer.flush(30) == 0
    return places


def _outcomes(bus: Bus, topic: str) -> dict[Place, str]:
    with connect(bus.settings.require_database()) as connection:
        row = connection.execute("SELECT topic_no FROM topic WHERE name = %s", [topic]).fetchone()
        assert row is not None
        found = connection.execute(OUTCOMES, {"topic": row[0]}).fetchall()
    assert len({(partition, offset) for partition, offset, _ in found}) == len(found)
    return {(partition, offset): outcome for partition, offset, outcome in found}


def _enrol_rogue(bus: Bus) -> None:
    """Publish a registry that knows a second agency, `gmp`, which may publish every kind."""
    known = bus.registry(bus.key)
    now = datetime.now(UTC)
    key = TrustedKey(KEY.key_id, "gmp", KEY.public_key, now - timedelta(days=1))
    registry = TrustRegistry.of(
        2,
        now,
        known.expires_at,
        [
            *known.agencies.values(),
            Agency("gmp", "Greater Manchester Police", "police", frozenset(k.value for k in Kind)),
        ],
        [*known.keys.values(), key],
    )
    authority = SigningKey.load(bus.settings.centre_home / "authority.key")
    bus.send(OutgoingMessage(bus.topics.trust, b"registry", sign_registry(registry, authority), ()))


@pytest.mark.parametrize("family", TOPICS.events)
def test_each_message_of_a_rogue_agency_has_its_outcome(bus: Bus, family: str) -> None:
    _enrol_rogue(bus)
    topic = bus.settings.topic_prefix + family
    rng = Random(f"{SEED}/{family}")
    pool = [t for t in templates() if TOPICS.accepts(family, t.kind)]
    expected: dict[Place, tuple[str, frozenset[str]]] = {}
    for _ in range(3):  # each batch is another history of the same numbers
        drawn = [rounds._drawn(rng, family, pool, number) for number in SEQUENCES]
        inputs = [SealInput(claim.key, claim.value, claim.headers) for _, claim in drawn]
        batch = seal(inputs, topic=topic, signed_at=datetime.now(UTC))
        places = _write(bus, topic, [(m.key, m.value, m.headers) for m in batch.messages])
        expected |= {
            place: (name, claim.expected)
            for place, (name, claim) in zip(places, drawn, strict=True)
        }

    bus.ingest_all()

    outcomes = _outcomes(bus, topic)
    assert set(outcomes) == set(expected)
    wrong = [
        (name, outcomes[place], sorted(right))
        for place, (name, right) in expected.items()
        if outcomes[place] not in right
    ]
    assert wrong == []
    assert Counter(outcomes.values())[ACCEPTED] > 10


def test_what_an_outsider_writes_blocks_nothing(bus: Bus) -> None:
    topic = bus.topics.for_kind("intelligence")
    first, second, last = bus.seal(3)
    whole: Headers = first.headers
    bare = tuple(h for h in whole if h[0] != SEAL_HEADER)
    rows: list[tuple[str, Sent]] = [
        ("accepted", (first.key, first.value, whole)),
        ("duplicate", (first.key, first.value, whole)),  # a replay
        ("duplicate", (first.key, first.value, tuple(reversed(whole)))),
        ("no_value", (first.key, None, whole)),
        ("no_value", (None, None, ())),
        ("not_in_batch", (None, first.value, whole)),
        ("not_in_batch", (b"", first.value, whole)),
        ("not_in_batch", (first.key, second.value, whole)),
        ("unsealed", (first.key, first.value, bare)),
        ("unsealed", (None, b"", ())),
        ("unsealed", (b"\0\xff", b"\0\xff", (("", b""), ("x", None), ("\U0010ffff", b"\0")))),
        ("malformed_seal", (first.key, first.value, (*bare, (SEAL_HEADER, None)))),
        ("malformed_seal", (first.key, first.value, (*whole, whole[-1]))),
        ("header_mismatch", (second.key, second.value, (*second.headers, ("ce_id", None)))),
        ("header_mismatch", (second.key, second.value, (*second.headers, second.headers[0]))),
        ("oversized", (first.key, first.value, (*whole, *([("x", b"")] * 40)))),
        ("oversized", (bytes(1025), first.value, whole)),
        ("oversized", (first.key, bytes(900_000), whole)),
        ("accepted", (second.key, second.value, (*second.headers, ("x", None)))),
        ("accepted", (last.key, last.value, last.headers)),
    ]
    places = _write(bus, topic, [sent for _, sent in rows])

    bus.ingest_all()

    outcomes = _outcomes(bus, topic)
    assert [outcome for outcome, _ in rows] == [outcomes[place] for place in places]


def test_messages_and_heartbeats_moved_between_topics_are_refused_there(bus: Bus) -> None:
    (message,) = bus.seal(1)
    beat = seal_heartbeat(
        agency="gla",
        topic=bus.topics.for_kind("intelligence"),
        stream=bus.stream,
        next_sequence=2,
        last_root=bus.last_root,
        signing_key=bus.key,
        signed_at=datetime.now(UTC),
        heartbeats_topic=bus.topics.heartbeats,
    )
    elsewhere = bus.topics.for_kind("referral")
    bus.send(message, replace(message, topic=elsewhere), replace(beat, topic=elsewhere))
    bus.send(beat, beat, replace(message, topic=bus.topics.heartbeats))

    assert bus.ingest_all() == (1, 0, 3, 2)
    assert Counter(_outcomes(bus, elsewhere).values()) == {"wrong_topic": 1, "unsealed": 1}
    assert list(_outcomes(bus, bus.topics.heartbeats).values()) == ["malformed_seal"]


def test_any_order_of_arrival_comes_to_the_same(bus: Bus) -> None:
    batches = [bus.seal(20) for _ in range(3)]
    messages = [one for batch in batches for one in batch]
    rng = Random(SEED)
    rng.shuffle(messages)
    held_back = messages.pop()
    bus.send(*messages, *rng.sample(messages, 15))

    assert bus.ingest_all() == (59, 15, 0, 0)
    with connect(bus.settings.require_database()) as connection:
        gap = connection.execute("SELECT gap_since IS NOT NULL FROM stream").fetchone()
    assert gap == (True,)
    bus.send(held_back)
    assert bus.ingest_all() == (60, 15, 0, 0)
    with connect(bus.settings.require_database()) as connection:
        seen = connection.execute("SELECT seen::text, gap_since FROM stream").fetchone()
    assert seen == ("{[1,61)}", None)


def test_anothers_event_id_is_nobodys_loss(bus: Bus) -> None:
    """Identity is (agency, event id): a rogue can neither pass for a duplicate nor block one."""
    _enrol_rogue(bus)
    event_id: UUID = uuid4()
    topic = bus.topics.for_kind("intelligence")
    template = next(t for t in templates() if t.kind is Kind.INTELLIGENCE)
    stolen = SealInput(
        stream_key(STREAM),
        template.numbered(1, event_id),
        template.headers(event_id),
    )
    rogue = seal([stolen], topic=topic, signed_at=datetime.now(UTC)).messages
    bus.send(*rogue)
    bus.send(*bus.seal(1, event_id=event_id))

    assert bus.ingest_all() == (2, 0, 0, 0)
    with connect(bus.settings.require_database()) as connection:
        found = connection.execute("SELECT agency, event_id FROM event ORDER BY agency").fetchall()
    assert found == [("gla", event_id), ("gmp", event_id)]
