"""Sessions: an opaque token, kept only as its digest; one purpose; an end."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, LiteralString

import psycopg

from repository.authentication.errors import UnauthenticatedError

LIFETIME = timedelta(hours=12)
IDLE = timedelta(minutes=30)
# How old `used_at` may be before a request writes it anew.
GRAIN = timedelta(minutes=1)
MOST_EACH = 20
"""A reader's sessions at a time; the oldest end first."""

OPEN: LiteralString = """
INSERT INTO login_session
    (token_digest, reader, purpose, credential, opened_at, used_at, expires_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
PRUNE: LiteralString = """
DELETE FROM login_session WHERE expires_at <= %(now)s OR used_at <= %(idle)s
    OR token_digest IN (SELECT token_digest FROM login_session WHERE reader = %(reader)s
                        ORDER BY opened_at DESC OFFSET %(most)s)
"""
FIND: LiteralString = """
SELECT reader, purpose, credential, used_at, expires_at FROM login_session
WHERE token_digest = %s AND expires_at > %s AND used_at > %s
"""
USED: LiteralString = "UPDATE login_session SET used_at = %s WHERE token_digest = %s"
CLOSE: LiteralString = "DELETE FROM login_session WHERE token_digest = %s"


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who a session is, why they read, what they logged in with, and when it ends at the latest."""

    reader: str
    purpose: str
    credential: str
    expires_at: datetime


def open_session(
    connection: psycopg.Connection[Any],
    reader: str,
    *,
    purpose: str,
    credential: str,
    now: datetime,
) -> tuple[str, LoggedIn]:
    """Return (token, session) of a reader who has just been authenticated."""
    token = secrets.token_urlsafe(32)
    opened = LoggedIn(reader, purpose, credential, now + LIFETIME)
    with connection.transaction():
        connection.execute(
            OPEN, (digest(token), reader, purpose, credential, now, now, opened.expires_at)
        )
        connection.execute(
            PRUNE, {"now": now, "idle": now - IDLE, "reader": reader, "most": MOST_EACH}
        )
    return token, opened


def find_session(connection: psycopg.Connection[Any], token: str, now: datetime) -> LoggedIn:
    """Return the session of a token. Raises UnauthenticatedError when there is none any more."""
    key = digest(token)
    row = connection.execute(FIND, (key, now, now - IDLE)).fetchone()
    if row is None:
        raise UnauthenticatedError(
            "the session has ended, or never was", hint="log in: POST /v1/sessions"
        )
    reader, purpose, credential, used_at, expires_at = row
    if now - used_at > GRAIN:
        connection.execute(USED, (now, key))
    return LoggedIn(reader, purpose, credential, expires_at)


def close_session(connection: psycopg.Connection[Any], token: str) -> None:
    """End the session of a token."""
    connection.execute(CLOSE, (digest(token),))


def digest(secret: str) -> bytes:
    """Return what is kept of a random secret: guessing it is hopeless, so no salt is needed."""
    return sha256(secret.encode("utf-8", "replace")).digest()


def form_token(token: str) -> str:
    """Return what a page sends beside the session's cookie, to show that it can read our answers.

    It follows from the session's token and does not lead back to it.
    """
    return hmac.new(token.encode("utf-8", "replace"), b"intelbus form token", "sha256").hexdigest()


def is_form_token(token: str, shown: str) -> bool:
    """Return whether `shown` is the form token of a session."""
    return hmac.compare_digest(form_token(token).encode(), shown.encode("utf-8", "replace"))
