"""The interface's own secret: a file, so that a copy of the database alone opens nothing."""

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from intelbus.errors import ConfigurationError
from intelbus.keys import make_private_folder, write_new

FILE = "interface.key"


class BrokenSealError(ConfigurationError):
    """What was encrypted here does not open with this key."""


@dataclass(frozen=True, slots=True)
class InterfaceKey:
    """32 random bytes, from which each use gets a key of its own (HKDF, RFC 5869)."""

    _secret: bytes = field(repr=False)

    @classmethod
    def load_or_make(cls, home: Path) -> Self:
        """Return the key kept in `home`, made at first use. Several servers need the same file.

        Raises ConfigurationError when it is damaged or open to others.
        """
        path = home / FILE
        if not path.exists():
            make_private_folder(home)
            try:
                write_new(path, Fernet.generate_key(), mode=0o600)
            except ConfigurationError:
                if not path.exists():  # else another process has just made it
                    raise
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(
                "the interface's key is open to others",
                subject=str(path),
                hint=f"chmod 600 {path}",
            )
        try:
            return cls(base64.b64decode(path.read_bytes(), b"-_", validate=True))
        except ValueError as error:
            raise ConfigurationError(
                "the interface's key is damaged",
                subject=str(path),
                hint="bring it back from a copy; without it every account needs `account totp`",
            ) from error

    def seal(self, use: str, plain: bytes) -> bytes:
        """Return `plain` encrypted and authenticated for one use (Fernet), URL-safe."""
        return self._fernet(use).encrypt(plain)

    def open(self, use: str, sealed: bytes, *, lifetime: int | None = None) -> bytes:
        """Return what was sealed for this use, at most `lifetime` seconds ago.

        Raises BrokenSealError for anything else.
        """
        try:
            return self._fernet(use).decrypt(sealed, ttl=lifetime)
        except InvalidToken as error:
            raise BrokenSealError from error

    def _fernet(self, use: str) -> Fernet:
        derived = HKDF(SHA256(), 32, None, f"intelbus interface: {use}".encode())
        return Fernet(base64.urlsafe_b64encode(derived.derive(self._secret)))
