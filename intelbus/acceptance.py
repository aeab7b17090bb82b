"""Acceptance: the quick word that an event's bytes are in order, or none.

Nearly every event is acceptable, so that is what is asked first, in one pass over the bytes. Only
a doubt is worth decoding for: the long way (`decode_event`, `check_event`) then says what is wrong,
if anything. What is accepted here the long way accepts too; the tests hold the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from intelbus.checks import TEXT_LIMIT, header_problems, kind_problems
from intelbus.compiled import DOUBTS, Seen, compiled
from intelbus.contract import Kind

_FRAME = 5  # bytes before the Avro binary (intelbus.codec)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is known of an event whose bytes and content are acceptable."""

    kind: Kind
    schema_id: int
    header: Mapping[str, Any]
    content_digest: bytes


def accept(  # noqa: PLR0911  each return is one doubt
    kind: Kind, schema_id: int, value: bytes, *, ceiling: str
) -> Accepted | None:
    """Return the accepted event of a framed value, or None in doubt. Raises nothing."""
    if len(value) > TEXT_LIMIT:
        return None
    payload = value[_FRAME:]
    texts: list[bytes] = []
    seen = Seen()
    try:
        # 1 one canonical value to the last byte, each part of it sound
        if compiled(schema_id)(payload, 0, texts.append, seen) != len(payload):
            return None
        # 2 text: UTF-8, without NUL, not blank (empty ones are doubted on the way)
        found = b"\0".join(texts).decode().split("\0")
        if len(found) != len(texts) or True in map(str.isspace, found):
            return None
        # 3 what subjects are called, and what relations say of them
        known = set(seen.ids)
        if len(known) != len(seen.ids) or not known.issuperset(seen.ends):
            return None
        # 4 the rules of header and kind
        if next(header_problems(seen.header, ceiling), None):
            return None
        seen.fields["header"] = seen.header
        if next(kind_problems(kind, seen.fields), None):
            return None
    except DOUBTS:
        return None
    digest = sha256(kind.encode() + b"\0" + payload[seen.content_at :]).digest()
    return Accepted(kind, schema_id, seen.header, digest)
