"""Batches: what arrives together is proven together, and sooner.

Consecutive messages of a batch are proven by rebuilding their part of its tree once, where a
message alone needs a hash for each step of its path. A batch that is all there is such a part, and
so is what the end of a poll cuts off. Nothing is refused here. A message is proven or left in
doubt, and of doubt `intelbus.unsealing` says the reason, message by message; what is proven here it
proves too (the tests hold the two together).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from intelbus import merkle
from intelbus.codec import VALUE_LIMIT
from intelbus.keys import SIGNATURE_LENGTH
from intelbus.message import SEAL_HEADER, ReceivedMessage
from intelbus.plain_headers import seal_start_in
from intelbus.sealing import (
    BatchStatement,
    leaf_start,
    pack_length,
    place_in,
    seal_ends,
    seal_start,
)
from intelbus.trust import TrustRegistry
from intelbus.unsealing import (
    KEY_LIMIT,
    SEAL_LIMIT,
    Refusal,
    StatementCache,
    known_key,
    refuse_expired,
    refuse_key,
)

_BEFORE_STATEMENT = 7  # bytes of a seal: the frame, and a length that takes two
_ALL: tuple[int, tuple[bytes, ...]] = (0, ())  # from the first message on, with nothing beside it


@dataclass(frozen=True, slots=True)
class Proven:
    """Messages shown to be consecutive ones of a signed batch: their positions in the sequence that
    was looked at, in the order of their numbers, which start at `first_sequence`.

    Each message's value and seal are within their limits, and the seal ends its packed headers from
    the byte on that `seal_starts` says; of what stands before nothing is known.
    """

    statement: BatchStatement
    signature: bytes
    first_sequence: int
    positions: Sequence[int]
    seal_starts: Sequence[int]


def proven_batches(
    messages: Sequence[ReceivedMessage], registry: TrustRegistry, *, statements: StatementCache
) -> list[Proven]:
    """Return the parts of batches among `messages` that hold in every respect; raises nothing.

    There is one a batch at most. Messages that are in none of them are in doubt.
    """
    signed = []
    for start, found in _by_start(messages).items():
        ours = [messages[position] for position in found.positions]
        try:
            statement = _signed(start, ours, registry, statements)
        except Refusal:  # each of them is to be refused, with its own attribution and detail
            continue
        if statement is not None:
            signed.append((start, found, ours, statement))
    # signatures first and trees after, since either goes faster undisturbed by the other
    proven = []
    for start, found, ours, statement in signed:
        index = _place(found.ends, ours, statement)
        if index is not None:
            sequence = statement.first_sequence + index
            signature = start[-SIGNATURE_LENGTH:]
            proven.append(Proven(statement, signature, sequence, found.positions, found.starts))
    return proven


class _Sealed(NamedTuple):
    """The positions of messages whose seals start alike, where each seal does, and how it ends."""

    positions: list[int]
    starts: list[int]
    ends: list[bytes]


def _by_start(messages: Sequence[ReceivedMessage]) -> dict[bytes, _Sealed]:
    """Return messages that end with a seal by how their seals start.

    That is as far as a seal is alike for a whole batch: to the end of the signature, if the
    statement is as long as the seal says.
    """
    found: dict[bytes, _Sealed] = {}
    start, at = b"", 0
    for position, message in enumerate(messages):
        packed, value = message.packed_headers, message.value
        at = seal_start_in(packed, at) or _last_seal(message)
        if value is None or len(value) > VALUE_LIMIT:
            continue
        if not _BEFORE_STATEMENT < len(packed) - at <= SEAL_LIMIT:
            continue
        if not start or not packed.startswith(start, at):  # batches seldom arrive mixed
            length = (packed[at + 5] & 0x7F | packed[at + 6] << 7) >> 1
            start = packed[at : at + _BEFORE_STATEMENT + length + SIGNATURE_LENGTH]
            sealed = found.setdefault(start, _Sealed([], [], []))
        sealed.positions.append(position)
        sealed.starts.append(at)
        sealed.ends.append(packed[at + len(start) :])
    return found


def _last_seal(message: ReceivedMessage) -> int:
    """Return where the seal starts that ends headers of another form: odd ones must not keep others
    of their batch back."""
    name, seal = message.headers[-1] if message.headers else ("", b"")
    return len(message.packed_headers) - (len(seal) if name == SEAL_HEADER else 0)


def _signed(
    start: bytes,
    ours: Sequence[ReceivedMessage],
    registry: TrustRegistry,
    statements: StatementCache,
) -> BatchStatement | None:
    """Return the statement of seals that start like this, if its signature counts for all."""
    # 1 the start is what every seal under this statement and signature starts with
    raw, signature = start[_BEFORE_STATEMENT:-SIGNATURE_LENGTH], start[-SIGNATURE_LENGTH:]
    if start != seal_start(raw, signature):
        return None
    # 2 there are not more of them than the batch has
    statement = statements.parse(raw)
    if len(ours) > statement.count:
        return None
    # 3 whose key it is, and whether it signed this statement
    key = known_key(registry, statement.key_id, statement.agency)
    if not statements.signed(key.public_key, signature, raw):
        return None
    # 4 whether registry and key count at all times of receiving: each rule is a bound on one side,
    #   so what holds at the first and the last holds between them
    times = {one.received_at for one in ours}
    for received_at in {min(times), max(times)}:
        refuse_expired(registry, received_at)
        refuse_key(key, signed_at=statement.signed_at, received_at=received_at)
    return statement


def _place(
    ends: list[bytes], ours: Sequence[ReceivedMessage], statement: BatchStatement
) -> int | None:
    """Return the index in the batch from which on these are its messages; None if they are not."""
    # 1 on its topic, under one key
    topic, key, count = statement.topic, ours[0].key, len(ours)
    if key is None or len(key) > KEY_LIMIT:
        return None
    if [one.topic for one in ours] != [topic] * count or [one.key for one in ours] != [key] * count:
        return None
    # 2 where the first says that it is; what stands beside a part is in the paths of its ends
    whole = count == statement.count
    first = _ALL if whole else place_in(ends[0])
    last = _ALL if whole else place_in(ends[-1])
    if first is None or last is None or first[0] + count > statement.count:
        return None
    # 3 the tree over topic, key and values, in the order of arrival, has the signed root
    before = merkle.LEAF_PREFIX + leaf_start(topic, key)
    values = [one.value or b"" for one in ours]
    leaves = [sha256(before + pack_length(len(value)) + value).digest() for value in values]
    rows = merkle.part_levels(leaves, first[0], statement.count, first[1], last[1])
    if rows is None or rows[-1][1] != [statement.root]:
        return None
    # 4 each seal ends with its own place and path in that tree, so that it also proves alone
    paths = merkle.part_paths(rows, first[0], count)
    return first[0] if ends == seal_ends(paths, first[0]) else None
