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
    certificate: Annotated[
        Path | None, typer.Option(help="TLS certificate chain, PEM.", exists=True, dir_okay=False)
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Its private key, PEM.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Serve the HTTP interface until told to stop (SIGTERM, Ctrl-C)."""
    import uvicorn

    from intelbus import logs
    from intelbus.errors import ConfigurationError
    from repository.api.app import make_app

    if (certificate is None) != (key is None):
        raise ConfigurationError("TLS needs both --certificate and --key")
    if certificate is None and host not in {"127.0.0.1", "::1", "localhost"}:
        raise ConfigurationError(
            "beyond this machine the interface is served with TLS only",
            subject=host,
            hint="give --certificate and --key, or put a TLS proxy on this machine before it",
        )
    logs.configure()
    uvicorn.run(
        make_app(),
        host=host,
        port=port,
        ssl_certfile=certificate,
        ssl_keyfile=str(key) if key else None,
        server_header=False,
        log_config=None,
    )
