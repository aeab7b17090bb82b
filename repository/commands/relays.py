"""`ukhtc relays`: the stage that finds which reports repeat which."""

from threading import Event
from typing import Annotated

import typer

from repository.commands.stages import MetricsPort, Once, Serve


def register(app: typer.Typer, serve: Serve) -> None:
    """Add the command to a command line; `serve` answers for its metrics and health."""

    @app.command()
    def relays(
        metrics_port: MetricsPort = None,
        once: Once = False,
        replay: Annotated[
            bool, typer.Option("--replay", help="Forget what was found, and start again.")
        ] = False,
    ) -> None:
        """Find which reports repeat which, until told to stop (SIGTERM, Ctrl-C)."""
        from intelbus import logs
        from intelbus.settings import load_settings
        from repository.database import connect, require_migrated
        from repository.relays.stage import empty, relay_all, run_relays
        from repository.stage_metrics import StageMetrics
        from repository.stages import until_signalled

        logs.configure()
        database = load_settings().require_database()
        require_migrated(database)
        if replay or once:
            with connect(database) as connection:
                if replay:
                    empty(connection)
                total = relay_all(connection)
            typer.echo(f"compared {total} events")
            return
        metrics, ready = StageMetrics("relays"), Event()
        if metrics_port is not None:
            serve(metrics_port, ready)
        run_relays(database, until_signalled(), metrics=metrics, ready=ready)
