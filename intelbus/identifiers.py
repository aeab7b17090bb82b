"""Event identifiers: UUIDv7 (RFC 9562 §5.7), each of an outbox greater than those before it; and
identifiers read from their canonical text.
"""

import secrets
from datetime import datetime
from functools import lru_cache
from uuid import UUID, SafeUUID

RANDOM_BITS = 74
STEP_BITS = 32


def new_event_id(now: datetime, after: UUID | None = None) -> UUID:
    """Return a fresh UUIDv7 for the instant `now`, greater than `after` whatever the clock says.

    In the millisecond of `after`, or when the clock was put back, its random part is raised by a
    random step (RFC 9562 §6.2, monotonic random).
    """
    milliseconds = int(now.timestamp() * 1000)
    random = secrets.randbits(RANDOM_BITS)
    if after is not None and milliseconds <= after.int >> 80:
        milliseconds = after.int >> 80
        last = (after.int >> 64 & (1 << 12) - 1) << 62 | after.int & (1 << 62) - 1
        random = last + 1 + secrets.randbits(STEP_BITS)
        if random >> RANDOM_BITS:
            milliseconds, random = milliseconds + 1, secrets.randbits(RANDOM_BITS)
    return UUID(
        int=(milliseconds & (1 << 48) - 1) << 80
        | 0x7 << 76
        | (random >> 62) << 64
        | 0b10 << 62
        | random & (1 << 62) - 1
    )


def uuid_of(text: bytes) -> UUID:
    """Return the identifier that a text of the canonical form is, which the caller has seen to.

    `UUID` accepts several forms, and looking for them takes as long as all else.
    """
    found = object.__new__(UUID)
    object.__setattr__(found, "int", int(text.replace(b"-", b""), 16))
    object.__setattr__(found, "is_safe", SafeUUID.unknown)
    return found


@lru_cache(maxsize=4096)
def stream_of(text: bytes) -> UUID:
    """Return the stream that a text of the canonical form is: the same object while it is kept."""
    return uuid_of(text)
