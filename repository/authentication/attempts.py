"""Slowing down whoever guesses: by name tried, whether or not there is such an account."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, LiteralString

import psycopg

from repository.authentication.errors import TooManyAttemptsError

# (failures so far, seconds until the next attempt counts); the last row that fits.
WAITS = ((0, 0), (5, 30), (6, 60), (7, 120), (8, 300), (9, 600), (10, 900))
FORGOTTEN_AFTER = timedelta(days=1)

TAKE: LiteralString = """
INSERT INTO login_attempt AS a (name_digest, failures, last_at, blocked_until)
VALUES (%(name)s, 1, %(now)s, %(now)s)
ON CONFLICT (name_digest) DO UPDATE SET last_at = %(now)s,
    failures = CASE WHEN a.last_at < %(forgotten)s THEN 1 ELSE a.failures + 1 END
WHERE a.blocked_until <= %(now)s
RETURNING failures
"""
BLOCK: LiteralString = "UPDATE login_attempt SET blocked_until = %s WHERE name_digest = %s"
BLOCKED: LiteralString = "SELECT blocked_until FROM login_attempt WHERE name_digest = %s"
FORGIVE: LiteralString = "DELETE FROM login_attempt WHERE name_digest = %s OR last_at < %s"


def wait_after(failures: int) -> timedelta:
    """Return for how long a name is blocked after so many attempts without success."""
    return timedelta(seconds=max(wait for least, wait in WAITS if failures >= least))


def take_attempt(connection: psycopg.Connection[Any], name: str, now: datetime) -> None:
    """Count an attempt before anything of it is looked at, so that guesses at once all count.

    Raises TooManyAttemptsError while the name is blocked, also for the right password.
    """
    key = _digest(name)
    asked = {"name": key, "now": now, "forgotten": now - FORGOTTEN_AFTER}
    with connection.transaction():
        row = connection.execute(TAKE, asked).fetchone()
        if row is not None:
            connection.execute(BLOCK, (now + wait_after(row[0]), key))
            return
        blocked = connection.execute(BLOCKED, (key,)).fetchone()
    until = blocked[0] if blocked else now
    raise TooManyAttemptsError(max(1, int((until - now).total_seconds()) + 1))


def forgive(connection: psycopg.Connection[Any], name: str, now: datetime) -> None:
    """Forget the attempts of a name that succeeded, and all those of long ago."""
    connection.execute(FORGIVE, (_digest(name), now - FORGOTTEN_AFTER))


def _digest(name: str) -> bytes:
    # Digests, since people type their password where the name belongs.
    return sha256(name.encode("utf-8", "replace")).digest()
