"""Local accounts, for installations without an OpenID provider: password and one-time code."""

from datetime import datetime
from typing import Any, LiteralString

import psycopg

from intelbus.errors import RefusedError
from repository.authentication import one_time_codes
from repository.authentication.attempts import forgive, take_attempt
from repository.authentication.errors import LoginRefusedError
from repository.authentication.interface_key import InterfaceKey
from repository.authentication.passwords import Passwords

USE = "one-time codes"
ADD: LiteralString = """
INSERT INTO account (reader, password, totp_secret) VALUES (%s, %s, %s)
ON CONFLICT (reader) DO UPDATE SET password = excluded.password, active = true,
    totp_secret = excluded.totp_secret, changed_at = clock_timestamp()
WHERE NOT account.active
"""
FIND: LiteralString = """
SELECT a.password, a.totp_secret, a.totp_step FROM account a JOIN reader r ON r.name = a.reader
WHERE a.reader = %s AND a.active AND r.active
"""
# Of two logins with one code, one finds the step moved already.
USE_CODE: LiteralString = """
UPDATE account SET totp_step = %(step)s
WHERE reader = %(reader)s AND active AND totp_step < %(step)s
"""
REHASH: LiteralString = "UPDATE account SET password = %s WHERE reader = %s AND password = %s"
CHANGE: LiteralString = """
UPDATE account SET password = coalesce(%(password)s, password),
    totp_secret = coalesce(%(secret)s, totp_secret), active = active AND %(active)s,
    changed_at = clock_timestamp()
WHERE reader = %(reader)s AND active
"""
LOG_OUT: LiteralString = "DELETE FROM login_session WHERE reader = %s AND credential = %s"
LIST: LiteralString = "SELECT reader, active, changed_at FROM account ORDER BY reader"


class NoAccountError(RefusedError):
    """There is no such account."""


class AccountExistsError(RefusedError):
    """There is an account of this name already."""


def credential_of(reader: str) -> str:
    """Return what the audit calls a login with a local account."""
    return f"account {reader}"


def add_account(
    connection: psycopg.Connection[Any],
    key: InterfaceKey,
    passwords: Passwords,
    reader: str,
    password: str,
) -> str:
    """Make a reader's account and return its otpauth:// address, which is shown this once.

    Raises AccountExistsError, WeakPasswordError.
    """
    secret = one_time_codes.new_secret()
    row = (reader, passwords.hash(password), key.seal(USE, secret.encode()))
    if not connection.execute(ADD, row).rowcount:
        raise AccountExistsError(subject=reader, hint="`ukhtc account password` changes it")
    return one_time_codes.address_of(secret, reader)


def change_password(
    connection: psycopg.Connection[Any], passwords: Passwords, reader: str, password: str
) -> None:
    """Change a password and end every session that the old one opened."""
    _change(connection, reader, password=passwords.hash(password))


def renew_codes(connection: psycopg.Connection[Any], key: InterfaceKey, reader: str) -> str:
    """Give an account a new secret for its codes, end its sessions, return the new address."""
    secret = one_time_codes.new_secret()
    _change(connection, reader, secret=key.seal(USE, secret.encode()))
    return one_time_codes.address_of(secret, reader)


def disable_account(connection: psycopg.Connection[Any], reader: str) -> None:
    """Let nobody log in with an account any more, and end its sessions."""
    _change(connection, reader, active=False)


def _change(
    connection: psycopg.Connection[Any],
    reader: str,
    *,
    password: str | None = None,
    secret: bytes | None = None,
    active: bool = True,
) -> None:
    wanted = {"reader": reader, "password": password, "secret": secret, "active": active}
    with connection.transaction():
        if not connection.execute(CHANGE, wanted).rowcount:
            raise NoAccountError(subject=reader, hint="`ukhtc account list` shows them")
        connection.execute(LOG_OUT, (reader, credential_of(reader)))


def list_accounts(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Return every account: `reader`, `active`, `changed_at`; nothing secret."""
    return [
        {"reader": reader, "active": active, "changed_at": changed_at.isoformat()}
        for reader, active, changed_at in connection.execute(LIST)
    ]


def log_in(
    connection: psycopg.Connection[Any],
    key: InterfaceKey,
    passwords: Passwords,
    *,
    reader: str,
    password: str,
    code: str,
    now: datetime,
) -> None:
    """Return if the account, its password and a code that is still good were given.

    1 count the attempt · 2 check the password, for an unknown name as slowly · 3 check the code ·
    4 use it up. Raises TooManyAttemptsError, and LoginRefusedError whichever of them is wrong.
    """
    take_attempt(connection, reader, now)
    row = connection.execute(FIND, (reader,)).fetchone()
    kept, sealed, last_step = row or (None, b"", 0)
    fits = passwords.fits(kept, password)
    if kept is None or not fits:
        raise LoginRefusedError
    secret = key.open(USE, bytes(sealed)).decode()
    step = one_time_codes.step_of(secret, code, now, last_step)
    used = step is not None and connection.execute(USE_CODE, {"step": step, "reader": reader})
    if not used or not used.rowcount:
        raise LoginRefusedError
    forgive(connection, reader, now)
    if passwords.is_old(kept):
        connection.execute(REHASH, (passwords.hash(password), reader, kept))
