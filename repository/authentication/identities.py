"""People whom an OpenID provider knows: which reader each is, and their logins under way."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

import psycopg

from repository.authentication.errors import LoginRefusedError
from repository.authentication.sessions import digest

KEEP: LiteralString = """
INSERT INTO oidc_identity (issuer, subject, reader) VALUES (%s, %s, %s)
ON CONFLICT (issuer, subject) DO UPDATE SET reader = excluded.reader, added_at = clock_timestamp()
"""
FIND: LiteralString = """
SELECT i.reader FROM oidc_identity i JOIN reader r ON r.name = i.reader
WHERE i.issuer = %s AND i.subject = %s AND r.active
"""
REMOVE: LiteralString = "DELETE FROM oidc_identity WHERE issuer = %s AND subject = %s"
LIST: LiteralString = "SELECT issuer, subject, reader FROM oidc_identity ORDER BY 1, 2"
BEGIN: LiteralString = """
INSERT INTO oidc_login (state_digest, browser_digest, nonce, verifier, purpose, started_at)
VALUES (%s, %s, %s, %s, %s, %s)
"""
PRUNE: LiteralString = "DELETE FROM oidc_login WHERE started_at < %s"
# Taking it is using it up: an answer of the provider serves once.
TAKE: LiteralString = """
DELETE FROM oidc_login WHERE state_digest = %s AND browser_digest = %s AND started_at >= %s
RETURNING nonce, verifier, purpose
"""
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Pending:
    """A login under way. `state`, `nonce` and `verifier` go to the provider, `browser` into a
    cookie: the answer must come back through the browser that began.
    """

    state: str
    browser: str
    nonce: str
    verifier: str
    purpose: str


def keep_identity(
    connection: psycopg.Connection[Any], issuer: str, subject: str, reader: str
) -> None:
    """Let a provider's subject be a reader."""
    connection.execute(KEEP, (issuer, subject, reader))


def remove_identity(connection: psycopg.Connection[Any], issuer: str, subject: str) -> bool:
    """Let a provider's subject be nobody; return whether it was somebody."""
    return connection.execute(REMOVE, (issuer, subject)).rowcount > 0


def list_identities(connection: psycopg.Connection[Any]) -> list[dict[str, str]]:
    """Return each `issuer`, `subject` and its `reader`."""
    columns = ("issuer", "subject", "reader")
    return [dict(zip(columns, row, strict=True)) for row in connection.execute(LIST)]


def reader_of(connection: psycopg.Connection[Any], issuer: str, subject: str) -> str:
    """Return the reader whom a provider's subject is. Raises LoginRefusedError for a stranger."""
    row = connection.execute(FIND, (issuer, subject)).fetchone()
    if row is None:
        raise LoginRefusedError(
            "the provider knows you, and this repository does not",
            hint="the centre lets people in with `ukhtc account oidc`",
        )
    return str(row[0])


def begin(connection: psycopg.Connection[Any], purpose: str, now: datetime) -> Pending:
    """Return a new login, remembered until the provider answers, at most PATIENCE."""
    state, browser, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(4))
    made = Pending(state, browser, nonce, verifier, purpose)
    connection.execute(PRUNE, (now - PATIENCE,))
    row = (digest(made.state), digest(made.browser), made.nonce, made.verifier, purpose, now)
    connection.execute(BEGIN, row)
    return made


def take(connection: psycopg.Connection[Any], state: str, browser: str, now: datetime) -> Pending:
    """Return the login that an answer belongs to, used up. Raises LoginRefusedError."""
    asked = (digest(state), digest(browser), now - PATIENCE)
    row = connection.execute(TAKE, asked).fetchone()
    if row is None:
        raise LoginRefusedError(
            "no login of this browser waits for this answer", hint="begin again: GET /v1/oidc/login"
        )
    nonce, verifier, purpose = row
    return Pending(state, browser, nonce, verifier, purpose)
