"""Where each side keeps what it trusts: the pinned authority key, and the last registry accepted.

Both are files, so that neither side needs Kafka to start. The registry is kept as the very bytes
that were signed and is verified again each time it is read.
"""

import os
from datetime import datetime
from pathlib import Path

from intelbus.errors import ConfigurationError
from intelbus.keys import (
    SigningKey,
    fingerprint_of,
    make_private_folder,
    public_pem,
    read_public_pem,
    write_new,
)
from intelbus.trust import TrustRegistry, verify_registry

AUTHORITY_FILE = "authority.pub"
REGISTRY_FILE = "trust.registry"
SIGNING_KEY_FILE = "signing.key"


class NotPinnedError(ConfigurationError):
    """No authority is pinned here, so no trust registry can be believed."""


def pin_authority(home: Path, source: Path) -> bytes:
    """Keep UKHTC's public key in `home` and return it; pinning the same one again is no change.

    Raises KeyFileError, WeakKeyError, or ConfigurationError when another one is pinned already.
    """
    public_key = read_public_pem(source)
    pinned = home / AUTHORITY_FILE
    if pinned.exists():
        if read_public_pem(pinned) != public_key:
            raise ConfigurationError(
                "another authority is pinned already",
                subject=f"{pinned}: {fingerprint_of(read_public_pem(pinned))}",
                hint="ask UKHTC by telephone whether its key changed; then move this file away",
            )
        return public_key
    make_private_folder(home)
    write_new(pinned, public_pem(public_key), mode=0o644)
    return public_key


def pinned_authority(home: Path) -> bytes:
    """Return the raw public key pinned in `home`. Raises NotPinnedError, KeyFileError."""
    path = home / AUTHORITY_FILE
    if not path.exists():
        raise NotPinnedError(
            subject=str(path), hint="get authority.pub from UKHTC, then `intelbus trust pin FILE`"
        )
    return read_public_pem(path)


def centre_key(home: Path) -> SigningKey | None:
    """Return the centre's own signing key, or None where this is not the centre's folder.

    Raises KeyFileError.
    """
    path = home / SIGNING_KEY_FILE
    return SigningKey.load(path) if path.exists() else None


def load_registry(home: Path, *, now: datetime, allow_expired: bool = False) -> TrustRegistry:
    """Return the registry kept in `home`, verified against the authority pinned there.

    Raises ConfigurationError when none is kept, NotPinnedError, UntrustedRegistryError.
    """
    authority = pinned_authority(home)
    path = home / REGISTRY_FILE
    try:
        signed = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigurationError(
            "no trust registry is kept here",
            subject=str(path),
            hint="run `intelbus trust import FILE`, or publish once with Kafka within reach",
        ) from error
    return verify_registry(signed, authority, now=now, allow_expired=allow_expired)


def keep_registry(home: Path, signed: bytes, *, now: datetime) -> TrustRegistry:
    """Verify a signed registry, keep it in `home` in place of an older one, and return it.

    Raises NotPinnedError, UntrustedRegistryError (also when it is older than the one kept).
    """
    # 1 the version below which it must not fall; a kept file that fails is no reason to accept
    #   less, so its error is the caller's
    kept = 0
    if (home / REGISTRY_FILE).exists():
        kept = load_registry(home, now=now, allow_expired=True).version
    # 2 verify 3 replace
    registry = verify_registry(signed, pinned_authority(home), now=now, at_least_version=kept)
    replace_file(home / REGISTRY_FILE, signed, mode=0o644)
    return registry


def replace_file(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file durably, all or nothing, over an older one. Raises ConfigurationError."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise ConfigurationError(
            f"cannot be written: {error.strerror}", subject=str(path)
        ) from error
