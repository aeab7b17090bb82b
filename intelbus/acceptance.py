"""Acceptance: the quick word that an event's bytes are in order, or none.

Nearly every event is acceptable, so that is what is asked first, in one pass over the bytes. Only
a doubt is worth decoding for: the long way (`decode_event`, `check_event`) then says what is wrong,
if anything. What is accepted here the long way accepts too; the tests hold the two together.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any, NamedTuple

from intelbus.checks import (
    HANDLING_FIELDS,
    RULED_KINDS,
    TEXT_LIMIT,
    handling_problems,
    identity_problems,
    kind_problems,
)
from intelbus.codec import FRAME_LENGTH
from intelbus.compiled import DOUBTS, Seen, compiled
from intelbus.contract import Kind

_HANDLING = itemgetter(*HANDLING_FIELDS)


class Accepted(NamedTuple):
    """What is known of an event whose bytes and content are acceptable."""

    header: Mapping[str, Any]
    content_digest: bytes


@lru_cache(maxsize=4096)  # all markings and grades there are, but for the words of conditions
def _handling_sound(ceiling: str, *values: str | None) -> bool:
    header = dict(zip(HANDLING_FIELDS, values, strict=True))
    return not list(handling_problems(header, ceiling))


def accept(  # noqa: PLR0911  each return is one doubt
    kind: Kind, schema_id: int, value: bytes, *, ceiling: str
) -> Accepted | None:
    """Return the accepted event of a framed value, or None in doubt. Raises nothing."""
    if len(value) > TEXT_LIMIT:
        return None
    payload = value[FRAME_LENGTH:]
    texts: list[bytes] = []
    seen = Seen()
    try:
        # 1 one canonical value to the last byte, each part of it sound
        if compiled(schema_id)(payload, 0, texts.append, seen) != len(payload):
            return None
        # 2 text: UTF-8, without NUL, not blank (empty ones are doubted on the way)
        #   those of plain shapes were known to be
        found = b"\0".join(texts).decode().split("\0") if texts else []
        if len(found) != len(texts) or True in map(str.isspace, found):
            return None
        # 3 what subjects are called, and what relations say of them
        known = set(seen.ids)
        if len(known) != len(seen.ids) or not known.issuperset(seen.ends):
            return None
        # 4 the rules of header and kind
        if next(identity_problems(seen.header), None):
            return None
        if not _handling_sound(ceiling, *_HANDLING(seen.header)):
            return None
        if kind in RULED_KINDS:
            seen.fields["header"] = seen.header
            if next(kind_problems(kind, seen.fields), None):
                return None
    except DOUBTS:
        return None
    digest = sha256(kind.encode() + b"\0" + payload[seen.content_at :]).digest()
    return Accepted(seen.header, digest)
