"""`ukhtc ingest`: read the event topics into the store."""

import typer

from intelbus.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    app.command()(ingest)


def ingest(
    workers: int = typer.Option(1, "--workers", "-n", min=1, max=64, help="Processes to run."),
    metrics_port: int | None = typer.Option(
        None, help="Serve /metrics, /healthz, /readyz from this port up, one a worker."
    ),
) -> None:
    """Verify, deduplicate and store what agencies publish, until told to stop (SIGTERM, Ctrl-C)."""
    from consumers.ingest.supervisor import supervise
    from intelbus import logs
    from repository.database import require_migrated

    logs.configure()
    settings = load_settings()
    require_migrated(settings.require_database())
    raise typer.Exit(supervise(settings, workers=workers, metrics_port=metrics_port))
