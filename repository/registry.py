"""The trust registry as the store keeps it: every accepted version, the newest in force."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from intelbus.errors import RefusedError
from intelbus.trust import Agency, TrustRegistry, unverified, verify_registry
from intelbus.trust_files import NotPinnedError, pinned_authority
from repository.database import Connection

NEWEST = "SELECT signed FROM registry ORDER BY version DESC LIMIT 1"


class NoRegistryError(RefusedError):
    """There is no trust registry."""


def keep(
    connection: Connection, signed: bytes, authority: bytes, *, now: datetime
) -> TrustRegistry:
    """Verify a signed registry, keep it, and return the newest one in force.

    Raises UntrustedRegistryError, also for one older than the newest kept.
    """
    newest = connection.execute("SELECT max(version) FROM registry").fetchone()
    at_least = (newest[0] if newest else None) or 0
    registry = verify_registry(signed, authority, now=now, at_least_version=at_least)
    with connection.transaction():
        connection.execute(
            "INSERT INTO registry (version, signed) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (registry.version, signed),
        )
    return registry


def load(connection: Connection, authority: bytes, *, now: datetime) -> TrustRegistry | None:
    """Return the newest registry kept, verified again; None when none is kept.

    An expired one is returned: opening then refuses every message until a newer one arrives.
    Raises UntrustedRegistryError.
    """
    row = connection.execute(NEWEST).fetchone()
    connection.rollback()
    if row is None:
        return None
    return verify_registry(bytes(row[0]), authority, now=now, allow_expired=True)


def agency_types(connection: Connection) -> Mapping[str, str]:
    """Return the type of each agency by the newest registry kept, without verifying it anew: for
    what decides how fast something is, and never whether.
    """
    row = connection.execute(NEWEST).fetchone()
    if row is None:
        return {}
    return {code: one.type for code, one in unverified(bytes(row[0])).agencies.items()}


def load_pinned(connection: Connection, home: Path) -> TrustRegistry | None:
    """Return the newest registry kept, by the authority pinned in `home`; None without either.

    Raises UntrustedRegistryError.
    """
    try:
        authority = pinned_authority(home)
    except NotPinnedError:
        return None
    return load(connection, authority, now=datetime.now(UTC))


def require_pinned(connection: Connection, home: Path) -> TrustRegistry:
    """Return what `load_pinned` does. Raises NoRegistryError when there is none."""
    registry = load_pinned(connection, home)
    if registry is None:
        raise NoRegistryError(hint="run `ukhtc authority publish`")
    return registry


def agencies(connection: Connection, home: Path) -> Mapping[str, Agency]:
    """Return each agency of the registry by its code; none when the centre's folder is not at
    `home`.
    """
    registry = load_pinned(connection, home)
    return registry.agencies if registry else {}
