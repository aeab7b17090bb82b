"""What the interface answers from: the database, its key, its limits, the OpenID provider."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import Request
from psycopg_pool import ConnectionPool

from intelbus.errors import ConfigurationError
from intelbus.settings import Settings
from intelbus.trust import Agency
from repository.api.limits import Limits
from repository.authentication.errors import NoProviderError
from repository.authentication.interface_key import InterfaceKey
from repository.authentication.passwords import Passwords
from repository.database import FOR_READERS, Connection
from repository.registry import agencies

if TYPE_CHECKING:
    from repository.authentication.provider import Provider

# Nobody's question may hold the database for longer.
OPTIONS = (
    f"{FOR_READERS} -c statement_timeout=15s -c idle_in_transaction_session_timeout=15s"
    " -c lock_timeout=5s"
)
CONNECTIONS = 16
WAIT = 5.0
"""Seconds for which a request waits for a free connection."""
CALLBACK = "/v1/oidc/callback"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Backend:
    """Everything that a request needs, opened once for the server."""

    pool: ConnectionPool[Connection]
    key: InterfaceKey
    passwords: Passwords
    limits: Limits
    settings: Settings
    _provider: "Provider | None"

    @property
    def provider(self) -> "Provider":
        """The OpenID provider. Raises NoProviderError when none is set up."""
        if self._provider is None:
            raise NoProviderError(
                hint="set INTELBUS_OIDC_ISSUER, INTELBUS_OIDC_CLIENT_ID and INTELBUS_PUBLIC_URL"
            )
        return self._provider

    def agencies(self) -> Mapping[str, Agency]:
        """Return each agency by its code, as the trust registry has it."""
        with self.pool.connection() as connection:
            return agencies(connection, self.settings.centre_home)

    def agency_types(self) -> Mapping[str, str]:
        """Return each enrolled agency's type, as the trust registry has it."""
        return {code: one.type for code, one in self.agencies().items()}


@contextmanager
def opened(settings: Settings) -> Iterator[Backend]:
    """Yield a backend and close it at the end. Raises ConfigurationError."""
    pool: ConnectionPool[Connection] = ConnectionPool(
        settings.require_database(),
        kwargs={"autocommit": True, "options": OPTIONS, "connect_timeout": 5},
        min_size=1,
        max_size=CONNECTIONS,
        timeout=WAIT,
        check=ConnectionPool.check_connection,
        open=False,
        name="api",
    )
    backend = Backend(
        pool,
        InterfaceKey.load_or_make(settings.centre_home),
        Passwords(),
        Limits.of(settings),
        settings,
        provider_of(settings),
    )
    with pool:
        yield backend


def provider_of(settings: Settings) -> "Provider | None":
    """Return the provider of the settings, if one is set up. Raises ConfigurationError."""
    if settings.oidc_issuer is None:
        return None
    if settings.public_url is None:
        raise ConfigurationError(
            "an OpenID provider sends people back to an address that is not set",
            subject="INTELBUS_PUBLIC_URL",
            hint="for example https://repository.ukhtc.example",
        )
    for name, url in (("OIDC_ISSUER", settings.oidc_issuer), ("PUBLIC_URL", settings.public_url)):
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ConfigurationError("this must be an https:// address", subject=f"INTELBUS_{name}")
    from repository.authentication.provider import Provider

    secret = settings.oidc_client_secret
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        secret.get_secret_value() if secret else None,
        settings.public_url.rstrip("/") + CALLBACK,
    )


def backend_of(request: Request) -> Backend:
    """Return the backend of the server that a request reached."""
    backend: Backend = request.app.state.backend
    return backend
