"""Signing keys: raw Ed25519 (RFC 8032), kept as PKCS#8 PEM files that only their owner can read."""

import os
import stat
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from intelbus.curve import weakness_of
from intelbus.errors import ConfigurationError, RefusedError

PUBLIC_KEY_LENGTH = 32
SIGNATURE_LENGTH = 64


class WeakKeyError(RefusedError):
    """The public key does not meet the rule for public keys."""


class KeyFileError(ConfigurationError):
    """A key file is missing, damaged or open to others."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private signing key. Its text form never shows the secret."""

    _private: Ed25519PrivateKey = field(repr=False)
    public_key: bytes
    key_id: str

    @classmethod
    def _of(cls, private: Ed25519PrivateKey) -> Self:
        public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return cls(private, public, key_id_of(public))

    @classmethod
    def generate(cls) -> Self:
        """Return a new random key."""
        return cls._of(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Return the key of a 32-byte seed (tests and repeatable demonstrations)."""
        return cls._of(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the key kept in `path`.

        Raises KeyFileError when it is missing, not an Ed25519 PKCS#8 PEM, or when anyone but its
        owner may read or write it.
        """
        private = load_private_pem(path)
        return cls._of(private)

    def save(self, path: Path) -> None:
        """Write the key to a new file of mode 0600, durably. Raises KeyFileError if one exists."""
        pem = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        make_private_folder(path.parent)
        write_new(path, pem, mode=0o600)

    def sign(self, data: bytes) -> bytes:
        """Return the 64-byte signature of `data`; sign DSSE-encoded bytes only."""
        return self._private.sign(data)


def key_id_of(public_key: bytes) -> str:
    """Return the key id: the first 16 hex digits of the SHA-256 of the raw public key."""
    return sha256(public_key).hexdigest()[:16]


def fingerprint_of(public_key: bytes) -> str:
    """Return the whole SHA-256 of a public key in groups of four, to be read out on a telephone."""
    digits = sha256(public_key).hexdigest()
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


# A registry is read again and again with the same keys in it, and the rule takes a millisecond.
@lru_cache(maxsize=4096)
def check_public_key(raw: bytes) -> bytes:
    """Return `raw` if it may be enrolled; the rule is stated in `intelbus.curve`.

    Raises WeakKeyError, saying which part of the rule it breaks.
    """
    weakness = weakness_of(raw)
    if weakness is not None:
        raise WeakKeyError(
            f"the public key is refused: {weakness}",
            subject=raw.hex()[:64],
            hint="make a new key with `intelbus key new` and send a new request",
        )
    return raw


def verify(public_key: bytes, signature: bytes, data: bytes) -> bool:
    """Return whether `signature` is the key's over `data` (RFC 8032 §5.1.7, S < L enforced)."""
    try:
        _verifier(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=1024)
def _verifier(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)


def public_pem(public_key: bytes) -> bytes:
    """Return a raw public key as PEM (SubjectPublicKeyInfo, RFC 8410)."""
    return Ed25519PublicKey.from_public_bytes(public_key).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )


def read_public_pem(path: Path) -> bytes:
    """Return the raw public key kept in a PEM file, having checked it.

    Raises KeyFileError when there is none in it, WeakKeyError when it breaks the rule.
    """
    try:
        key = load_pem_public_key(path.read_bytes())
    except FileNotFoundError as error:
        raise KeyFileError("there is no such public key file", subject=str(path)) from error
    except (OSError, ValueError) as error:
        raise KeyFileError("this is not a public key in PEM", subject=str(path)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileError("this is not an Ed25519 public key", subject=str(path))
    return check_public_key(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def load_private_pem(path: Path) -> Ed25519PrivateKey:
    """Return the private key in `path`, refusing a file that others can read or write.

    Raises KeyFileError. The permissions judged are those of the file that was opened.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_IMODE(mode) & 0o077:
                raise KeyFileError(
                    f"others may read or write this private key (mode {stat.S_IMODE(mode):04o})",
                    subject=str(path),
                    hint=f"run `chmod 600 {path}`; if others could log in here, make a new key",
                )
            pem = file.read(65536)
    except FileNotFoundError as error:
        raise KeyFileError(
            "there is no signing key", subject=str(path), hint="run `intelbus key new`"
        ) from error
    except OSError as error:
        raise KeyFileError(f"cannot be read: {error.strerror}", subject=str(path)) from error
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise KeyFileError("this is not a private key in PEM", subject=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError("this is not an Ed25519 private key", subject=str(path))
    return key


def make_private_folder(folder: Path) -> None:
    """Create `folder` with mode 0700; refuse an existing one that others can write to.

    An existing folder's mode is never changed: it may be shared on purpose. Raises KeyFileError.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError as error:
        raise KeyFileError(f"cannot be used: {error.strerror}", subject=str(folder)) from error
    if mode & 0o022:
        raise KeyFileError(
            f"others may replace files in this folder (mode {mode:04o})",
            subject=str(folder),
            hint=f"run `chmod 700 {folder}`",
        )


def write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Write a new file durably, all or nothing. Raises KeyFileError when one is there already."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.link(half, path)  # fails, and overwrites nothing, when `path` exists
        finally:
            half.unlink()
    except FileExistsError as error:
        raise KeyFileError(
            "this file exists already and is never overwritten",
            subject=str(path),
            hint="keep it, or move it away first",
        ) from error
    except OSError as error:
        raise KeyFileError(f"cannot be written: {error.strerror}", subject=str(path)) from error
