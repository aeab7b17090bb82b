"""Event identifiers: UUIDv7 (RFC 9562 §5.7), ordered by the millisecond they were made in."""

import secrets
from datetime import datetime
from uuid import UUID


def new_event_id(now: datetime) -> UUID:
    """Return a fresh UUIDv7 for the instant `now`."""
    milliseconds = int(now.timestamp() * 1000)
    random = secrets.randbits(74)
    return UUID(
        int=(milliseconds & (1 << 48) - 1) << 80
        | 0x7 << 76
        | (random >> 62) << 64
        | 0b10 << 62
        | random & (1 << 62) - 1
    )
