"""Passwords, kept as Argon2id (RFC 9106, its second recommended set: 64 MiB, 3 passes, 4 lanes)."""

import unicodedata
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from intelbus.errors import ContentError

SHORTEST, LONGEST = 12, 128
# Each check takes 64 MiB: a flood of logins must wait, not fill the memory.
AT_ONCE = 2


class WeakPasswordError(ContentError):
    """The password does not meet the rule for passwords."""


class Passwords:
    """Hashing and checking, at most AT_ONCE of them at a time in this process."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turns = BoundedSemaphore(AT_ONCE)
        # What an unknown name is checked against, so that it takes as long as a known one.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return what is kept of a new password. Raises WeakPasswordError.

        Length is the rule (NIST SP 800-63B §3.1.1.2): no mixture of characters is asked for.
        """
        prepared = _prepared(password)
        if not SHORTEST <= len(prepared) <= LONGEST:
            raise WeakPasswordError(
                f"a password has {SHORTEST} to {LONGEST} characters",
                hint="three or four words are easy to remember",
            )
        with self._turns:
            return self._hasher.hash(prepared)

    def fits(self, kept: str | None, password: str) -> bool:
        """Return whether a password is the one that was kept; for None it never is, as slowly."""
        with self._turns:
            try:
                found = self._hasher.verify(kept or self._nobody, _prepared(password)[:LONGEST])
            except (Argon2Error, InvalidHashError):
                return False
        return found and kept is not None

    def is_old(self, kept: str) -> bool:
        """Return whether a password was kept with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def _prepared(password: str) -> str:
    """Return a password in one form whatever the keyboard made it of (RFC 8265 OpaqueString)."""
    return unicodedata.normalize("NFC", password)
