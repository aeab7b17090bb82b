"""Downloads trust the machine's own certificate store: an inspecting proxy's is there."""

from collections.abc import Iterable, MutableMapping
from pathlib import Path

STORES = (
    Path("/etc/ssl/certs/ca-certificates.crt"),  # Debian, Ubuntu, Alpine
    Path("/etc/pki/tls/certs/ca-bundle.crt"),  # Fedora, Red Hat
    Path("/etc/ssl/ca-bundle.pem"),  # openSUSE
    Path("/etc/ssl/cert.pem"),  # macOS
)
VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT")


def trust_machine_store(
    environment: MutableMapping[str, str], stores: Iterable[Path] = STORES
) -> Path | None:
    """Point each download tool at the machine's store, unless somebody has already chosen.

    Returns the store used, or None when the machine has none (the tools' own bundles then serve).
    """
    store = next((path for path in stores if path.is_file()), None)
    if store is not None:
        for variable in VARIABLES:
            environment.setdefault(variable, str(store))
        environment.setdefault("UV_SYSTEM_CERTS", "1")
    return store
