"""`ukhtc serve`: the HTTP interface."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for a free one.")] = 8443,
    tls_certificate: Annotated[
        Path | None, typer.Option(help="TLS certificate chain, PEM.", exists=True, dir_okay=False)
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(help="Its private key, PEM.", exists=True, dir_okay=False)
    ] = None,
    client_ca: Annotated[
        Path | None,
        typer.Option(
            help="Authority of agencies' client certificates, PEM.", exists=True, dir_okay=False
        ),
    ] = None,
    json_logs: Annotated[bool, typer.Option("--json-logs", help="Log as JSON lines.")] = False,
) -> None:
    """Serve the HTTP interface until told to stop (SIGTERM, Ctrl-C)."""
    from intelbus.errors import ConfigurationError

    if (tls_certificate is None) != (tls_key is None):
        raise ConfigurationError("TLS needs both --tls-certificate and --tls-key")
    if client_ca is not None and tls_certificate is None:
        raise ConfigurationError("--client-ca needs --tls-certificate and --tls-key")
    if tls_certificate is None and host not in {"127.0.0.1", "::1", "localhost"}:
        raise ConfigurationError(
            "beyond this machine the interface is served with TLS only",
            subject=host,
            hint="give --tls-certificate and --tls-key, or put a TLS proxy on this machine before",
        )

    from intelbus import logs
    from intelbus.collecting import collect_seldom
    from intelbus.settings import load_settings
    from repository.api import server
    from repository.api.app import make_app
    from repository.database import require_migrated
    from repository.search.warming import warm_meanwhile

    settings = load_settings()
    require_migrated(settings.require_database())
    context = None
    if tls_certificate is not None and tls_key is not None:
        context = server.tls_context(tls_certificate, tls_key, client_ca)
    logs.configure(json=json_logs)
    app = make_app(settings)
    collect_seldom()
    warm_meanwhile(settings.require_database())
    server.serve(app, server.listen(host, port), context)
