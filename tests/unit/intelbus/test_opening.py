"""What opening promises: whatever was altered is refused, and any part of a batch stands alone."""

from datetime import UTC, datetime
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intelbus.codec import decode_control, encode_control
from intelbus.message import SEAL_HEADER, OutgoingMessage, ReceivedMessage, headers_to_bytes
from intelbus.opening import (
    Refusal,
    StatementCache,
    VerifiedEvent,
    open_heartbeat,
    unseal,
)
from intelbus.opening_replies import open_receipt
from intelbus.sealing import SealedBatch, SealInput, seal_heartbeat
from intelbus.unsealing import Attribution
from tests.support.sealed import (
    CENTRE_KEY,
    DAY,
    KEY,
    NOW,
    STREAM,
    TOPIC,
    TOPICS,
    batch,
    nil_return,
    opened,
    received,
    registry,
    remade,
    seal,
    seal_input,
    with_header,
)

REGISTRY = registry()


@lru_cache(maxsize=200)
def batch_of(count: int) -> SealedBatch:
    return batch(count)


@pytest.mark.parametrize("count", range(1, 129))
def test_every_event_of_every_batch_size_opens(count: int) -> None:
    statements = StatementCache()
    events = [
        opened(received(m), REGISTRY, statements=statements) for m in batch_of(count).messages
    ]
    assert [e.sequence for e in events] == list(range(1, count + 1))
    assert {e.event["header"]["sequence"] for e in events} == set(range(1, count + 1))
    assert statements.verifications == 1


@given(count=st.integers(1, 128), data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_subset_in_any_order_opens_alone(count: int, data: st.DataObject) -> None:
    messages = batch_of(count).messages
    chosen = data.draw(st.lists(st.sampled_from(messages), min_size=1, max_size=5))
    for message in chosen:
        event = opened(received(message), REGISTRY)  # each with a cache of its own
        assert event.message.value == message.value


def flipped(raw: bytes, bit: int) -> bytes:
    out = bytearray(raw)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


def altered(sent: OutgoingMessage, part: str, where: float) -> ReceivedMessage:
    """The message with one bit flipped in one of its parts; `where` in [0, 1) picks the bit."""
    message = received(sent)
    if part in {"value", "key"}:
        raw = getattr(message, part)
        return remade(message, **{part: flipped(raw, int(where * len(raw) * 8))})
    if part == "topic":
        raw = message.topic.encode()
        return remade(message, topic=flipped(raw, int(where * len(raw) * 8)).decode("latin-1"))
    seal_record = decode_control("Seal", dict(message.headers)[SEAL_HEADER])
    if part == "seal":
        raw = dict(message.headers)[SEAL_HEADER]
        new = flipped(raw, int(where * len(raw) * 8))
    else:
        if part == "path":
            step = int(where * len(seal_record["path"]))
            raw = seal_record["path"][step]
            seal_record["path"][step] = flipped(raw, int(where * 997) % (len(raw) * 8))
        else:
            raw = seal_record[part]
            seal_record[part] = flipped(raw, int(where * len(raw) * 8))
        new = encode_control("Seal", seal_record)
    return remade(message, headers=with_header(message.headers, SEAL_HEADER, new))


@pytest.mark.parametrize(
    "part", ["statement", "signature", "path", "value", "key", "topic", "seal"]
)
@given(where=st.floats(0, 1, exclude_max=True), index=st.integers(0, 6))
@settings(max_examples=100, deadline=None)
def test_any_flipped_bit_is_refused_and_attributed_to_nobody(
    part: str, where: float, index: int
) -> None:
    statements = StatementCache()
    honest = batch_of(7).messages[index]
    opened(received(honest), REGISTRY, statements=statements)  # a warm cache must not help
    with pytest.raises(Refusal) as refused:
        opened(altered(honest, part, where), REGISTRY, statements=statements)
    assert refused.value.attribution is None


@given(
    value=st.binary(max_size=300), seal_bytes=st.binary(max_size=300), key=st.binary(max_size=40)
)
@settings(max_examples=200, deadline=None)
def test_noise_raises_a_refusal_and_nothing_else(
    value: bytes, seal_bytes: bytes, key: bytes
) -> None:
    packed = headers_to_bytes(((SEAL_HEADER, seal_bytes),))
    message = ReceivedMessage(TOPIC, 0, 0, key, value, packed, NOW)
    with pytest.raises(Refusal):
        opened(message, REGISTRY)
    with pytest.raises(Refusal):
        open_heartbeat(message, REGISTRY, topics=TOPICS)
    with pytest.raises(Refusal):
        open_receipt(message, REGISTRY)


@given(noise=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_sealed_noise_behind_a_right_frame_raises_a_refusal(noise: bytes) -> None:
    frame = seal_input(nil_return(1)).value[:5]
    message = seal([seal_input(nil_return(1), value=frame + noise)]).messages[0]
    with pytest.raises(Refusal) as refused:
        opened(received(message), REGISTRY)
    assert refused.value.attribution is not None


def test_only_opening_makes_what_is_verified() -> None:
    event = opened(received(batch_of(1).messages[0]), REGISTRY)
    with pytest.raises((TypeError, ValueError)):
        remade(event, agency="met")
    with pytest.raises(TypeError, match="by opening"):
        Attribution(event.statement, 1, object())
    with pytest.raises(TypeError, match="by opening"):
        event._replace(header={})
    with pytest.raises(TypeError, match="by opening"):
        event.attribution._replace(sequence=2)
    with pytest.raises(TypeError):
        VerifiedEvent()  # type: ignore[call-arg]


def test_a_warm_cache_does_not_outlive_a_revocation() -> None:
    statements = StatementCache()
    first, second = batch_of(2).messages
    opened(received(first), REGISTRY, statements=statements)
    with pytest.raises(Refusal, match="key_revoked"):
        opened(received(second), registry(revoked_at=NOW), statements=statements)
    late = received(second, received_at=NOW + DAY)
    with pytest.raises(Refusal, match="key_revoked"):
        opened(late, registry(revoked_at=NOW + DAY), statements=statements)
    assert opened(received(second), registry(revoked_at=NOW + DAY)).sequence == 2


def test_a_key_for_ever_is_a_key() -> None:
    """Thirty days after the last day of the calendar is no day."""
    for_ever = registry(valid_until=datetime.max.replace(tzinfo=UTC))
    assert opened(received(batch(1).messages[0]), for_ever).agency == "gmp"


def test_the_cache_is_bounded() -> None:
    statements = StatementCache(limit=2)
    for _ in range(2):
        for n in (1, 2, 3):
            opened(received(batch_of(n).messages[0]), REGISTRY, statements=statements)
    assert statements.verifications == 6


def test_a_heartbeat_opens_and_any_other_use_of_it_does_not() -> None:
    sent = seal_heartbeat(
        agency="gmp",
        topic=TOPIC,
        stream=STREAM,
        next_sequence=8,
        last_root=batch_of(7).root,
        signing_key=KEY,
        signed_at=NOW,
        heartbeats_topic=TOPICS.heartbeats,
    )
    message = received(sent)
    beat = open_heartbeat(message, REGISTRY, topics=TOPICS)
    assert (beat.agency, beat.topic, beat.stream, beat.next_sequence, beat.last_root) == (
        "gmp",
        TOPIC,
        STREAM,
        8,
        batch_of(7).root,
    )
    refused = {
        "wrong_topic": remade(message, topic=TOPIC),
        "wrong_stream": remade(message, key=b"x"),
        "malformed_seal": remade(message, value=sent.value[:-1]),
        "bad_signature": remade(message, value=sent.value[:-1] + bytes([sent.value[-1] ^ 1])),
        "oversized": remade(message, value=sent.value + bytes(2048)),
        "no_value": remade(message, value=None),
    }
    for code, bad in refused.items():
        with pytest.raises(Refusal) as caught:
            open_heartbeat(bad, REGISTRY, topics=TOPICS)
        assert code == caught.value.reason.code
    for code, trust in {
        "agency_inactive": registry(active=False),
        "key_revoked": registry(revoked_at=NOW),
        "registry_expired": registry(expires_at=NOW),
    }.items():
        with pytest.raises(Refusal) as caught:
            open_heartbeat(message, trust, topics=TOPICS)
        assert code == caught.value.reason.code


RECEIPT = {
    "agency": "gmp",
    "topic": TOPIC,
    "stream": STREAM,
    "revision": 1,
    "issued_at": NOW,
    "accepted": [{"first": 1, "last": 7}],
    "duplicates": [],
    "exceptions": [],
}


def receipt_message(**changes: object) -> ReceivedMessage:
    value = encode_control("Receipt", RECEIPT)
    sealed = seal(
        [SealInput(str(STREAM).encode(), value)],
        **{
            "topic": TOPICS.receipts("gmp"),
            "agency": "ukhtc",
            "signing_key": CENTRE_KEY,
            **changes,
        },
    )
    return received(sealed.messages[0])


def test_a_receipt_opens_if_the_centre_sealed_it() -> None:
    verified = open_receipt(receipt_message(), REGISTRY)
    assert verified.attribution.agency == "ukhtc"
    assert verified.receipt == RECEIPT


def test_nobody_else_gives_receipts() -> None:
    with pytest.raises(Refusal, match="kind_not_permitted"):
        open_receipt(receipt_message(agency="gmp", signing_key=KEY), REGISTRY)
    with pytest.raises(Refusal, match="unknown_key"):
        open_receipt(receipt_message(signing_key=KEY), REGISTRY)


def test_unsealing_gives_the_payload_and_whose_it_is() -> None:
    message = receipt_message()
    unsealed = unseal(message, REGISTRY, statements=StatementCache())
    assert (unsealed.payload, unsealed.attribution.sequence) == (message.value, 1)
