"""The audit's chain: each row's hash goes into the next, and the centre signs where it has got to.

Whoever changes, removes, adds or reorders rows breaks a link; whoever makes the whole chain anew
breaks what was signed; whoever also cuts the end off is found by the last checkpoint that is kept
elsewhere. Pure.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from intelbus import dsse
from intelbus.keys import SigningKey, verify
from intelbus.merkle import leaf_hash

START = bytes(32)
"""What the first row is linked to."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the audit, and its place in the chain. `content` is None where the row is gone."""

    position: int
    audit_no: int
    link: bytes
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The chain's end as it was signed: `size` rows, and the last one's link."""

    size: int
    link: bytes
    signed_at: datetime
    signature: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written."""

    position: int
    what: str


def content_hash(content: Mapping[str, Any]) -> bytes:
    """Return the leaf hash (RFC 9162 §2.1.1) of a row's canonical JSON: sorted names, UTC times."""
    text = json.dumps(
        content, default=_text, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    return leaf_hash(text.encode("utf-8"))


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"an audit row holds a {type(value).__name__}")


def linked(before: bytes, position: int, content: Mapping[str, Any]) -> bytes:
    """Return the link of the row at `position`, counted from 1, after the link `before` it."""
    return sha256(b"\x02" + before + position.to_bytes(8) + content_hash(content)).digest()


def signed(key: SigningKey, size: int, link: bytes, *, now: datetime) -> Checkpoint:
    """Return a checkpoint, signed."""
    at = now.astimezone(UTC)
    return Checkpoint(size, link, at, key.sign(_payload(size, link, at)))


def is_signed(checkpoint: Checkpoint, public_key: bytes) -> bool:
    """Return whether a checkpoint is this key's."""
    payload = _payload(checkpoint.size, checkpoint.link, checkpoint.signed_at)
    return verify(public_key, checkpoint.signature, payload)


def _payload(size: int, link: bytes, at: datetime) -> bytes:
    text = f"{size}\n{link.hex()}\n{at.astimezone(UTC).isoformat(timespec='microseconds')}\n"
    return dsse.pae(dsse.AUDIT_CHECKPOINT, text.encode("ascii"))


def faults(
    rows: Iterable[Row], checkpoints: Sequence[Checkpoint], public_keys: Collection[bytes]
) -> Iterator[Fault]:
    """Yield what is wrong with the chain, its rows in order, and with its checkpoints.

    A checkpoint must be signed by one of `public_keys`: every key that the centre has had.
    """
    at = {one.size: one for one in checkpoints}
    before, position = START, 0
    seen: set[int] = set()
    for row in rows:
        position += 1
        if row.position != position:
            yield Fault(position, f"the chain goes on at {row.position}")
            position = row.position
        if row.audit_no in seen:
            yield Fault(position, f"row {row.audit_no} stands twice")
        seen.add(row.audit_no)
        if row.content is None:
            yield Fault(position, f"row {row.audit_no} is gone")
        elif row.content.get("audit_no") != row.audit_no:
            yield Fault(position, f"row {row.audit_no} is another")
        elif linked(before, position, row.content) != row.link:
            yield Fault(position, f"row {row.audit_no} is not as it was written")
        before = row.link
        if position in at and at[position].link != row.link:
            yield Fault(position, "the chain is not the one that was signed")
    for one in checkpoints:
        if one.size > position:
            yield Fault(one.size, f"{one.size} rows were signed for, and the chain ends before")
        if not any(is_signed(one, key) for key in public_keys):
            yield Fault(one.size, "a checkpoint is not the centre's")
