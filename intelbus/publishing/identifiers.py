"""Event ids."""

from datetime import datetime
from secrets import randbits
from uuid import UUID


def new_event_id(now: datetime) -> UUID:
    """Return a UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = int(now.timestamp() * 1000)
    return UUID(
        int=(milliseconds << 80) | (0x7 << 76) | (randbits(12) << 64) | (0b10 << 62) | randbits(62)
    )
