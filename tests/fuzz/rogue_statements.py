"""Batch statements and heartbeats that an enrolled agency signs although they make no sense.

Every mutant here has a signature of its own, for the key is real and only the statement lies.
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from intelbus import dsse
from intelbus.codec import decode_control, encode_control
from intelbus.keys import SigningKey
from intelbus.message import ReceivedMessage
from intelbus.sealing import seal_heartbeat
from intelbus.trust import sign_registry
from tests.fuzz.mutant import ACCEPTED, Mutant, Row, codes
from tests.fuzz.outsiders import STRANGER, resealed, seal_of
from tests.fuzz.spans import spans_of
from tests.support.sealed import (
    CENTRE_KEY,
    DAY,
    KEY,
    NOW,
    OTHER_KEY,
    STREAM,
    TOPIC,
    received,
    registry,
    remade,
)

MALFORMED = codes("malformed_seal")
ROOT = bytes(range(32))
INT64 = 2**63
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
SIGNED = sign_registry(registry(), CENTRE_KEY)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def _signed(m: ReceivedMessage, raw: bytes, **parts: Any) -> ReceivedMessage:
    signature = KEY.sign(dsse.pae(dsse.BATCH_STATEMENT, raw))
    return resealed(m, statement=raw, signature=signature, **parts)


def lying_statement(rng: Random, m: ReceivedMessage) -> Mutant:
    """A field of the statement that contradicts the others, the message or the calendar."""
    statement = decode_control("BatchStatement", decode_control("Seal", seal_of(m))["statement"])
    lies: tuple[tuple[dict[str, Any], str], ...] = (
        ({"count": rng.choice((0, -1, 129, 2**31 - 1, -(2**31)))}, "malformed_seal"),
        ({"first_sequence": rng.choice((0, -1, -INT64))}, "malformed_seal"),
        ({"first_sequence": rng.choice((2, 100))}, "malformed_seal"),  # and no batch before it
        ({"previous_root": ROOT}, "malformed_seal"),  # of the first batch
        ({"first_sequence": INT64 - 1, "previous_root": ROOT}, "sequence_mismatch"),
        ({"first_sequence": 64, "previous_root": ROOT}, "sequence_mismatch"),
        ({"root": rng.randbytes(32)}, "not_in_batch"),
        ({"count": 128}, "not_in_batch"),
        ({"topic": rng.choice(("", "\0", "trust.v1", "x" * 500))}, "wrong_topic"),
        ({"agency": rng.choice(("met", "ukhtc", "", "\0", "GMP", "x" * 500))}, "unknown_key"),
        ({"key_id": OTHER_KEY.key_id}, "unknown_key"),
        ({"agency": "met", "key_id": OTHER_KEY.key_id}, "bad_signature"),
        ({"stream": "22222222-2222-4222-8222-222222222222"}, "wrong_stream"),
        ({"signed_at": LONG_AGO}, "key_not_yet_valid"),
        ({"signed_at": LAST}, "key_expired"),
        ({"signed_at": NOW + timedelta(hours=1)}, ACCEPTED),
    )
    changes, code = rng.choice(lies)
    raw = encode_control("BatchStatement", statement | changes)
    return Mutant("statement that lies", _signed(m, raw), codes(code), about=", ".join(changes))


def odd_statement(rng: Random, m: ReceivedMessage) -> Mutant:
    """Bytes that are signed and are no statement in the one form: never read as one."""
    raw = decode_control("Seal", seal_of(m))["statement"]
    numbers = [s for s in spans_of(raw) if s.what in ("length", "long", "int", "index")]
    span = rng.choice(numbers)
    stream = next(s for s in spans_of(raw) if s.what == "uuid")
    odd = rng.choice(
        (
            lambda: raw + rng.randbytes(rng.choice((1, 40, 400))),
            lambda: raw[: rng.randrange(len(raw))],
            lambda: b"",
            lambda: rng.randbytes(rng.choice((5, 200, 1000))),
            lambda: raw[: span.end - 1] + bytes([raw[span.end - 1] | 0x80, 0]) + raw[span.end :],
            lambda: raw[: span.start] + b"\xff" * 9 + b"\x01" + raw[span.end :],
            lambda: raw[: stream.start] + b"x" * 36 + raw[stream.end :],
            lambda: (
                raw[: stream.start] + raw[stream.start : stream.end - 1] + b"A" + raw[stream.end :]
            ),
            lambda: raw[:1] + b"\0\0\0\x12" + raw[5:],  # framed as a Seal
        )
    )()
    return Mutant("statement in another form", _signed(m, odd), MALFORMED)


def other_agencys_batch(rng: Random, m: ReceivedMessage) -> Mutant:
    """Another enrolled agency seals this very event: the seal holds, the event is not its own."""
    statement = decode_control("BatchStatement", decode_control("Seal", seal_of(m))["statement"])
    raw = encode_control(
        "BatchStatement", statement | {"agency": "met", "key_id": OTHER_KEY.key_id}
    )
    signature = OTHER_KEY.sign(dsse.pae(dsse.BATCH_STATEMENT, raw))
    return Mutant(
        "another's event, whole",
        resealed(m, statement=raw, signature=signature),
        codes("originator_mismatch"),
    )


def no_right(rng: Random, m: ReceivedMessage) -> Mutant:
    kind = dict(m.headers)["ce_type"].decode().removeprefix("uk.intelbus.")
    kinds = {"nil-return", "intelligence", "operation"} - {kind}
    if kind == "retraction":
        kinds = set()
    trust = registry(kinds=kinds)
    return Mutant("kind without the right", m, codes("kind_not_permitted"), trust=trust)


def receipt_of_an_agency(rng: Random, m: ReceivedMessage) -> Mutant:
    """An agency's own sealed bytes, or an event, offered as one of the centre's receipts."""
    return Mutant("receipt of an agency", m, codes("kind_not_permitted"), opener="receipt")


def _heartbeat(**changes: Any) -> dict[str, Any]:
    return {
        "agency": "gmp",
        "key_id": KEY.key_id,
        "topic": TOPIC,
        "stream": str(STREAM),
        "next_sequence": 8,
        "last_root": ROOT,
        "signed_at": NOW,
        **changes,
    }


def _beat(statement: bytes, key: SigningKey = KEY, **changes: Any) -> ReceivedMessage:
    signature = key.sign(dsse.pae(dsse.HEARTBEAT, statement))
    value = encode_control("Heartbeat", {"statement": statement, "signature": signature})
    return remade(received(HONEST_BEAT), value=value, **changes)


HONEST_BEAT = seal_heartbeat(
    agency="gmp",
    topic=TOPIC,
    stream=STREAM,
    next_sequence=8,
    last_root=ROOT,
    signing_key=KEY,
    signed_at=NOW,
)


def lying_heartbeat(rng: Random, m: ReceivedMessage) -> Mutant:
    lies: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, ACCEPTED),
        ({"next_sequence": INT64 - 1}, ACCEPTED),
        ({"next_sequence": rng.choice((0, -1, -INT64))}, "malformed_seal"),
        ({"last_root": None}, "malformed_seal"),
        ({"next_sequence": 1}, "malformed_seal"),
        ({"topic": rng.choice(("", "trust.v1", "heartbeats.v1", "\0"))}, "wrong_topic"),
        ({"agency": rng.choice(("met", "", "\0"))}, "unknown_key"),
        ({"key_id": STRANGER.key_id}, "unknown_key"),
        ({"agency": "met", "key_id": OTHER_KEY.key_id}, "bad_signature"),
        ({"stream": "22222222-2222-4222-8222-222222222222"}, "wrong_stream"),
        ({"signed_at": LONG_AGO}, "key_not_yet_valid"),
        ({"signed_at": LAST}, "key_expired"),
    )
    changes, code = rng.choice(lies)
    message = _beat(encode_control("HeartbeatStatement", _heartbeat(**changes)))
    return Mutant("heartbeat that lies", message, codes(code), "heartbeat", about=str([*changes]))


def odd_heartbeat(rng: Random, m: ReceivedMessage) -> Mutant:
    honest = received(HONEST_BEAT)
    value = bytearray(honest.value or b"")
    value[at := rng.randrange(len(value))] ^= 1 << rng.randrange(8)
    raw = encode_control("HeartbeatStatement", _heartbeat())
    message, right = rng.choice(
        (
            (
                remade(honest, value=bytes(value)),
                {"malformed_seal", "unknown_key", "bad_signature"},
            ),
            (remade(honest, value=bytes(value[: at + 1 - (at == len(value) - 1)])), MALFORMED),
            (remade(honest, value=rng.randbytes(rng.choice((0, 5, 300)))), MALFORMED),
            (remade(honest, value=bytes(rng.choice((2049, 300_000)))), codes("oversized")),
            (remade(honest, value=None), codes("no_value")),
            (remade(honest, key=rng.choice((None, b"", b"\xff"))), codes("wrong_stream")),
            (remade(honest, topic=TOPIC), codes("wrong_topic")),
            (_beat(raw + b"\0"), MALFORMED),
            (_beat(raw[:-1]), MALFORMED),
            (_beat(raw, OTHER_KEY), codes("bad_signature")),
            (remade(honest, received_at=NOW + 31 * DAY), codes("registry_expired")),
        )
    )
    return Mutant("odd heartbeat", message, frozenset(right), "heartbeat")


def odd_registry(rng: Random, m: ReceivedMessage) -> Mutant:
    """Whatever anybody writes on the trust topic: believed only if the authority signed it."""
    value = bytearray(SIGNED)
    at = rng.randrange(len(value))
    value[at] ^= 1 << rng.randrange(8)
    raw, right = rng.choice(
        (
            (SIGNED, ACCEPTED),
            (bytes(value), "untrusted"),
            (SIGNED[:at], "untrusted"),
            (SIGNED + b"\0", "untrusted"),
            (rng.randbytes(at), "untrusted"),
            (bytes(300_000), "untrusted"),
            (SIGNED[:5] + b"\xfe\xff\xff\xff\x0f" + SIGNED[6:], "untrusted"),
        )
    )
    return Mutant("odd registry", remade(m, value=raw), codes(right), "registry", about=str(at))


ROWS = (
    Row("statement that lies", lying_statement, 5),
    Row("statement in another form", odd_statement, 3),
    Row("another's event, whole", other_agencys_batch),
    Row("kind without the right", no_right),
    Row("receipt of an agency", receipt_of_an_agency),
    Row("heartbeat that lies", lying_heartbeat, 3),
    Row("odd heartbeat", odd_heartbeat, 3),
    Row("odd registry", odd_registry, 2),
)
