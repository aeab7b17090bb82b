"""What somebody can do who holds no key but may write to a topic: alter, move, forge, replay."""

from datetime import UTC, datetime, timedelta
from random import Random

from intelbus import dsse
from intelbus.codec import decode_control, encode_control
from intelbus.contract import Kind
from intelbus.keys import SigningKey
from intelbus.message import SEAL_HEADER, Headers, ReceivedMessage
from tests.fuzz.mutant import ACCEPTED, Mutant, Row, codes
from tests.fuzz.rogue_claims import OTHER_STREAM
from tests.fuzz.spans import FRAME, spans_of
from tests.support.sealed import DAY, KEY, NOW, TOPICS, registry, remade

STRANGER = SigningKey.from_seed(b"\x99" * 32)
MALFORMED = codes("malformed_seal")
NOT_IN_BATCH = codes("not_in_batch")
# Where a seal's bytes were altered, by the part of the seal: what may then be found.
_SEAL_PARTS = {
    "statement": codes("malformed_seal", "unknown_key", "bad_signature"),
    "signature": codes("bad_signature", "malformed_seal"),
    "index": codes("malformed_seal", "not_in_batch"),
    "path": codes("malformed_seal", "not_in_batch"),
}


def seal_of(message: ReceivedMessage) -> bytes:
    return dict(message.headers)[SEAL_HEADER]


def _sealed(message: ReceivedMessage, seal: bytes) -> ReceivedMessage:
    headers = tuple((n, seal if n == SEAL_HEADER else v) for n, v in message.headers)
    return remade(message, headers=headers)


def resealed(message: ReceivedMessage, **parts: object) -> ReceivedMessage:
    seal = decode_control("Seal", seal_of(message))
    return _sealed(message, encode_control("Seal", {**seal, **parts}))


def altered_value(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    value = bytearray(m.value or b"")
    at = rng.randrange(len(value))
    changed = rng.choice(
        (
            lambda: bytes(value[:at]),
            lambda: bytes(value) + rng.randbytes(3),
            lambda: (
                bytes(value[:at]) + bytes([value[at] ^ 1 << rng.randrange(8)]) + value[at + 1 :]
            ),
            lambda: rng.randbytes(rng.choice((0, 10, 200_000))),
            lambda: other.value or b"",
        )
    )()
    return Mutant("altered value", remade(m, value=changed), NOT_IN_BATCH)


def altered_key(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    key = rng.choice(
        (None, b"", str(OTHER_STREAM).encode(), (m.key or b"") + b"\0", b"\xff" * 1024)
    )
    return Mutant("altered key", remade(m, key=key), NOT_IN_BATCH)


def seal_flipped(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    seal = bytearray(seal_of(m))
    at = rng.randrange(len(seal))
    path = next((s.path for s in spans_of(bytes(seal)) if s.start <= at < s.end), "")
    seal[at] ^= 1 << rng.randrange(8)
    expected = _SEAL_PARTS.get(path.partition("[")[0], MALFORMED)
    return Mutant("bit flip in the seal", _sealed(m, bytes(seal)), expected, about=path)


def seal_noise(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    seal = seal_of(m)
    bad = rng.choice(
        (
            lambda: seal[: rng.randrange(len(seal))],
            lambda: seal + rng.randbytes(rng.choice((1, 64, 3000))),
            lambda: rng.randbytes(rng.choice((0, 1, 40, 400, 2048, 9000))),
            lambda: seal[:FRAME] + rng.randbytes(rng.choice((0, 300))),
            lambda: seal[:FRAME] + b"\xff" * 9 + b"\x01" + seal[FRAME:],
        )
    )()
    return Mutant("noise for a seal", _sealed(m, bad), MALFORMED)


def no_or_two_seals(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    seal = seal_of(m)
    if rng.random() < 0.5:
        bare: Headers = tuple(h for h in m.headers if h[0] != SEAL_HEADER)
        odd = rng.choice((SEAL_HEADER.upper(), SEAL_HEADER + " ", "\0", "intelbus_seal"))
        bare += ((odd, seal),) if rng.random() < 0.5 else ()
        return Mutant("no seal", remade(m, headers=bare), codes("unsealed"))
    two = (*m.headers, (SEAL_HEADER, rng.choice((seal, b"", seal_of(other)))))
    return Mutant("two seals", remade(m, headers=two), MALFORMED)


def neighbours_seal(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    return Mutant("a neighbour's seal", _sealed(m, seal_of(other)), NOT_IN_BATCH)


def altered_path(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    seal = decode_control("Seal", seal_of(m))
    path, index = list(seal["path"]), seal["index"]
    match rng.randrange(5):
        case 0:
            path.append(rng.randbytes(32))
        case 1:
            path = path[:-1]
        case 2:
            path = [*path[1:], path[0]]
        case 3:
            index = rng.choice((index + 1, index ^ 1, 127, 128, -1, 2**31 - 1, -(2**31)))
        case _:
            path = [rng.randbytes(32)] * rng.choice((0, 7, 8, 40))
    expected = codes("not_in_batch", "malformed_seal")
    return Mutant("altered path or place", resealed(m, path=path, index=index), expected)


def forged(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    """Signatures that are none: a stranger's, nought, small-order points, another purpose's."""
    statement = decode_control("Seal", seal_of(m))["statement"]
    small = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
    signature = rng.choice(
        (
            STRANGER.sign(dsse.pae(dsse.BATCH_STATEMENT, statement)),
            KEY.sign(dsse.pae(dsse.HEARTBEAT, statement)),
            KEY.sign(statement),
            bytes(64),
            b"\x01" + bytes(63),
            small + bytes(32),
            b"\xff" * 64,
            rng.randbytes(64),
        )
    )
    return Mutant("forged signature", resealed(m, signature=signature), codes("bad_signature"))


def strangers_key(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    statement = decode_control("BatchStatement", decode_control("Seal", seal_of(m))["statement"])
    statement["key_id"] = rng.choice(
        (STRANGER.key_id, "", "\0", "x" * 300, STRANGER.key_id.upper())
    )
    raw = encode_control("BatchStatement", statement)
    message = resealed(
        m, statement=raw, signature=STRANGER.sign(dsse.pae(dsse.BATCH_STATEMENT, raw))
    )
    return Mutant("a stranger's key", message, codes("unknown_key"))


def moved(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    topic = rng.choice([t for t in (*TOPICS.events, TOPICS.trust, "") if t != m.topic])
    return Mutant("moved to another topic", remade(m, topic=topic), codes("wrong_topic"))


def too_much(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    big = rng.choice(
        (
            lambda: remade(m, value=bytes(256 * 1024 + rng.choice((1, 700_000)))),
            lambda: remade(m, key=bytes(rng.choice((1025, 500_000)))),
            lambda: remade(m, headers=m.headers + (("x", b""),) * rng.choice((26, 50_000))),
            lambda: remade(m, headers=(*m.headers, ("x" * 16_385, b""))),
            lambda: remade(m, headers=(*m.headers, ("x", bytes(500_000)))),
        )
    )()
    return Mutant("larger than a message may be", big, codes("oversized"))


def tombstone(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    key = rng.choice((m.key, None, b""))
    return Mutant("tombstone", remade(m, key=key, value=None), codes("no_value"))


def noise(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    """Random bytes throughout, with or without something called a seal."""
    headers: Headers = tuple(
        (rng.choice(("x", "ce_id", "")), rng.randbytes(9)) for _ in range(rng.randint(0, 9))
    )
    expected = codes("unsealed")
    if rng.random() < 0.5:
        headers += ((SEAL_HEADER, rng.randbytes(rng.randint(0, 300))),)
        expected = MALFORMED
    value = rng.randbytes(rng.choice((0, 1, 100, 100_000)))
    key = rng.choice((None, rng.randbytes(16)))
    return Mutant("noise throughout", remade(m, key=key, value=value, headers=headers), expected)


def other_time(rng: Random, m: ReceivedMessage, other: ReceivedMessage) -> Mutant:
    """An honest message received when its key does not count, or no registry does."""
    late = remade(m, received_at=NOW + rng.choice((30, 31, 5000)) * DAY)
    early = remade(m, received_at=NOW - timedelta(days=rng.choice((11, 5000))))
    far = NOW + 9000 * DAY
    kinds = registry().agencies["gmp"].kinds
    cases = (
        (late, None, "registry_expired"),
        (early, None, "key_not_yet_valid"),
        (late, registry(expires_at=far, valid_until=NOW), "key_expired"),
        (m, registry(revoked_at=NOW), "key_revoked"),
        (m, registry(valid_from=NOW + DAY), "key_not_yet_valid"),
        (m, registry(kinds=kinds, valid_until=NOW), "key_expired"),
        (m, registry(active=False), "agency_inactive"),
        (m, registry(kinds=list(Kind), valid_until=datetime.max.replace(tzinfo=UTC)), ACCEPTED),
    )
    message, trust, code = rng.choice(cases)
    return Mutant("out of time", message, codes(code), trust=trust, about=code)


ROWS = (
    Row("altered value", altered_value, 3),
    Row("altered key", altered_key),
    Row("bit flip in the seal", seal_flipped, 4),
    Row("noise for a seal", seal_noise, 2),
    Row("no seal, or two", no_or_two_seals),
    Row("a neighbour's seal", neighbours_seal),
    Row("altered path or place", altered_path, 2),
    Row("forged signature", forged),
    Row("a stranger's key", strangers_key),
    Row("moved to another topic", moved),
    Row("larger than a message may be", too_much),
    Row("tombstone", tombstone),
    Row("noise throughout", noise),
    Row("out of time", other_time),
)
