"""`ukhtc run`: everything the centre runs, as processes of one command."""

import typer

from intelbus.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    app.command()(run)
    app.command()(receipts)


def run(
    workers: int = typer.Option(1, "--workers", "-n", min=1, max=64, help="Ingest processes."),
    metrics_port: int | None = typer.Option(
        None, help="Serve metrics from this port up: ingest workers first, then the stages."
    ),
) -> None:
    """Run ingest and every stage behind it together, until told to stop."""
    from consumers.centre import run_centre
    from intelbus import logs
    from repository.database import require_migrated

    logs.configure()
    settings = load_settings()
    require_migrated(settings.require_database())
    raise typer.Exit(run_centre(settings, workers=workers, metrics_port=metrics_port))


def receipts(
    metrics_port: int | None = typer.Option(
        None, help="Serve /metrics, /healthz and /readyz on this port."
    ),
) -> None:
    """Seal and send receipts and notices until told to stop."""
    from consumers.centre import run_stage_process
    from intelbus import logs
    from repository.database import require_migrated

    logs.configure()
    settings = load_settings()
    require_migrated(settings.require_database())
    run_stage_process("receipts", settings, metrics_port)
