"""Sealing: one Ed25519 signature over a batch of a stream's consecutive messages.

The signed statement names agency, key, topic, stream and place, and holds the Merkle root of the
batch (RFC 9162). Each message carries the statement, the signature and its own inclusion path, so
that it can be verified alone, for ever. docs/adr/0001 says why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from struct import Struct
from typing import Any
from uuid import UUID

from intelbus import dsse, merkle
from intelbus.codec import encode_control, frame
from intelbus.contract import load_contract
from intelbus.keys import SigningKey
from intelbus.message import SEAL_HEADER, Headers, OutgoingMessage, stream_key

BATCH_LIMIT = 128
pack_length = Struct(">I").pack


@dataclass(frozen=True, slots=True)
class SealInput:
    """A message to be sealed: its key, value and clear headers (without the seal)."""

    key: bytes
    value: bytes
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class BatchStatement:
    """What a batch's signature says. `raw` is the exact bytes that were signed."""

    agency: str
    key_id: str
    topic: str
    stream: UUID
    first_sequence: int
    count: int
    previous_root: bytes | None
    root: bytes
    signed_at: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """A sealed batch; all of it goes to the outbox before the first message is sent."""

    statement: bytes
    signature: bytes
    root: bytes
    messages: tuple[OutgoingMessage, ...]


def leaf_data(topic: str, key: bytes, value: bytes) -> bytes:
    """Return what a leaf covers: topic, key and value, each behind its length (4 bytes).

    Lengths are big-endian; with them no two triples give the same bytes.
    """
    return leaf_start(topic, key) + pack_length(len(value)) + value


def leaf_start(topic: str, key: bytes) -> bytes:
    """Return the part of a leaf's data that is alike for a topic and key: all before the value."""
    name = topic.encode("utf-8")
    return b"".join((pack_length(len(name)), name, pack_length(len(key)), key))


def seal_batch(
    events: Sequence[SealInput],
    *,
    topic: str,
    stream: UUID,
    first_sequence: int,
    previous_root: bytes | None,
    agency: str,
    signing_key: SigningKey,
    signed_at: datetime,
) -> SealedBatch:
    """Return 1 to 128 consecutive messages of a stream, sealed.

    `first_sequence` counts from 1; `previous_root` is the root of the stream's batch before, None
    for its first alone. Raises ValueError when these contradict one another.
    """
    if not 1 <= len(events) <= BATCH_LIMIT:
        raise ValueError(f"a batch holds 1 to {BATCH_LIMIT} events, not {len(events)}")
    contradiction = chain_contradiction(first_sequence, previous_root)
    if contradiction:
        raise ValueError(contradiction)
    # 1 the tree over what is to be sent
    rows = merkle.levels([merkle.leaf_hash(leaf_data(topic, e.key, e.value)) for e in events])
    root = rows[-1][0]
    # 2 the statement, and the signature over its exact bytes
    statement = encode_control(
        "BatchStatement",
        {
            "agency": agency,
            "key_id": signing_key.key_id,
            "topic": topic,
            "stream": str(stream),
            "first_sequence": first_sequence,
            "count": len(events),
            "previous_root": previous_root,
            "root": root,
            "signed_at": signed_at,
        },
    )
    signature = signing_key.sign(dsse.pae(dsse.BATCH_STATEMENT, statement))
    # 3 each message with its own path
    messages = tuple(
        OutgoingMessage(
            topic,
            event.key,
            event.value,
            (*event.headers, (SEAL_HEADER, _seal(statement, signature, index, rows))),
        )
        for index, event in enumerate(events)
    )
    return SealedBatch(statement, signature, root, messages)


def chain_contradiction(first_sequence: int, previous_root: bytes | None) -> str | None:
    """Return what is wrong with a batch's place in its stream's chain, or None."""
    if first_sequence < 1:
        return "sequence numbers count from 1"
    if (first_sequence == 1) != (previous_root is None):
        return "the first batch of a stream, and no other, has no batch before it"
    if previous_root is not None and len(previous_root) != merkle.HASH_LENGTH:
        return "a root is 32 bytes long"
    return None


def seal_start(statement: bytes, signature: bytes) -> bytes:
    """Return how the seal of each message of a batch starts, as Avro writes it."""
    return b"".join((_seal_frame(), _number(len(statement)), statement, signature))


@lru_cache(maxsize=1)
def _seal_frame() -> bytes:
    return frame(load_contract().current("Seal").schema_id, b"")


def seal_ends(paths: Iterable[bytes], first: int = 0) -> list[bytes]:
    """Return how the seals of a batch's messages from `first` on end, given each one's path (its
    hashes, joined).

    Avro writes a list as one block with its count, none if it is empty, and a last zero.
    """
    doubled_count = 4  # bits: a count of hashes of 32 bytes, doubled
    return [
        _number(index) + (b"%c%b\0" % (len(path) >> doubled_count, path) if path else b"\0")
        for index, path in enumerate(paths, first)
    ]


def place_in(end: bytes) -> tuple[int, tuple[bytes, ...]] | None:
    """Return the index and the path that the end of a seal speaks of, None if it is none.

    `seal_ends` of what is returned need not be `end` again.
    """
    if len(end) < 2:
        return None
    two = end[0] > 0x7F
    index = (end[0] & 0x7F | end[1] << 7 if two else end[0]) >> 1
    joined = end[2 + two : -1]
    if len(joined) % merkle.HASH_LENGTH:
        return None
    return index, tuple(
        joined[at : at + merkle.HASH_LENGTH] for at in range(0, len(joined), merkle.HASH_LENGTH)
    )


def _number(value: int) -> bytes:
    """Return a number below 2**13 as Avro writes a long."""
    doubled = value << 1
    return bytes((doubled,) if doubled < 0x80 else (doubled & 0x7F | 0x80, doubled >> 7))


def _seal(statement: bytes, signature: bytes, index: int, rows: list[list[bytes]]) -> bytes:
    record: dict[str, Any] = {
        "statement": statement,
        "signature": signature,
        "index": index,
        "path": list(merkle.path_in(rows, index)),
    }
    return encode_control("Seal", record)


def seal_heartbeat(
    *,
    agency: str,
    topic: str,
    stream: UUID,
    next_sequence: int,
    last_root: bytes | None,
    signing_key: SigningKey,
    signed_at: datetime,
    heartbeats_topic: str = "heartbeats.v1",
) -> OutgoingMessage:
    """Return a signed heartbeat: `stream` on `topic` has numbered up to `next_sequence` - 1.

    It shows a cut tail, which no batch can. It travels on the heartbeats topic under the stream's
    key. Raises ValueError when sequence and root contradict one another.
    """
    contradiction = chain_contradiction(next_sequence, last_root)
    if contradiction:
        raise ValueError(contradiction)
    statement = encode_control(
        "HeartbeatStatement",
        {
            "agency": agency,
            "key_id": signing_key.key_id,
            "topic": topic,
            "stream": str(stream),
            "next_sequence": next_sequence,
            "last_root": last_root,
            "signed_at": signed_at,
        },
    )
    signature = signing_key.sign(dsse.pae(dsse.HEARTBEAT, statement))
    value = encode_control("Heartbeat", {"statement": statement, "signature": signature})
    return OutgoingMessage(heartbeats_topic, stream_key(stream), value, ())
