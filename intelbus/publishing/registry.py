"""The trust registry on the agency's side: the one kept in its folder, and Kafka's newer one."""

from datetime import datetime

from intelbus.errors import ConfigurationError
from intelbus.kafka_reading import read_registry
from intelbus.settings import Settings
from intelbus.trust import TrustRegistry, UntrustedRegistryError
from intelbus.trust_files import keep_registry, load_registry


def kept_registry(settings: Settings, *, now: datetime) -> TrustRegistry | None:
    """Return the registry kept in the agency's folder; None without one, or once it expired."""
    try:
        return load_registry(settings.agency_home(), now=now)
    except (ConfigurationError, UntrustedRegistryError):
        return None


def fetch_registry(settings: Settings, *, now: datetime) -> TrustRegistry | None:
    """Keep and return Kafka's registry; None when there is none on the trust topic.

    Raises UnavailableError, UntrustedRegistryError (nothing is kept then), and ConfigurationError
    when no authority is pinned.
    """
    signed = read_registry(settings)
    return None if signed is None else keep_registry(settings.agency_home(), signed, now=now)
