"""`ukhtc sequence`, `ukhtc link`, `ukhtc count`, `ukhtc notify`: the stages behind ingest."""

from collections.abc import Callable
from threading import Event
from typing import Annotated

import typer

Serve = Callable[[int, Event], object]
MetricsPort = Annotated[
    int | None, typer.Option(help="Serve /metrics, /healthz and /readyz on this port.")
]
Once = Annotated[bool, typer.Option("--once", help="Stop when nothing is left to do.")]


def register(app: typer.Typer, serve: Serve) -> None:
    """Add the commands to a command line; `serve` answers for a program's metrics and health."""

    @app.command()
    def sequence(metrics_port: MetricsPort = None, once: Once = False) -> None:
        """Number accepted events in the log, until told to stop (SIGTERM, Ctrl-C)."""
        from intelbus import logs
        from intelbus.settings import load_settings
        from intelbus.trust_files import centre_key
        from repository.access.chain import chain_once
        from repository.database import connect, require_migrated
        from repository.sequencer import run_sequencer, sequence_once
        from repository.stage_metrics import StageMetrics
        from repository.stages import until_signalled

        logs.configure()
        settings = load_settings()
        database, key = settings.require_database(), centre_key(settings.centre_home)
        require_migrated(database)
        if once:
            with connect(database) as connection:
                total = 0
                while done := sequence_once(connection):
                    total += done
                while chain_once(connection, key=key):
                    pass
            typer.echo(f"sequenced {total} events")
            return
        metrics, ready = StageMetrics("sequencer"), Event()
        if metrics_port is not None:
            serve(metrics_port, ready)
        run_sequencer(database, until_signalled(), metrics=metrics, ready=ready, key=key)

    @app.command()
    def link(
        metrics_port: MetricsPort = None,
        once: Once = False,
        replay: Annotated[
            bool, typer.Option("--replay", help="Forget all links but people's, and start again.")
        ] = False,
    ) -> None:
        """Link numbered events into entities, until told to stop (SIGTERM, Ctrl-C)."""
        from intelbus import logs
        from intelbus.settings import load_settings
        from repository.database import connect, require_migrated
        from repository.linking.stage import link_all, run_linker
        from repository.review.decisions import relink
        from repository.stage_metrics import StageMetrics
        from repository.stages import until_signalled

        logs.configure()
        database = load_settings().require_database()
        require_migrated(database)
        if replay or once:
            with connect(database) as connection:
                total = relink(connection) if replay else link_all(connection)
            typer.echo(f"linked {total} events")
            return
        metrics, ready = StageMetrics("linker"), Event()
        if metrics_port is not None:
            serve(metrics_port, ready)
        run_linker(database, until_signalled(), metrics=metrics, ready=ready)

    _register_count(app, serve)
    _register_notify(app, serve)


def _register_count(app: typer.Typer, serve: Serve) -> None:
    @app.command()
    def count(
        metrics_port: MetricsPort = None,
        once: Once = False,
        replay: Annotated[
            bool, typer.Option("--replay", help="Forget what was counted, and start again.")
        ] = False,
    ) -> None:
        """Fill what statistics are counted from, until told to stop (SIGTERM, Ctrl-C)."""
        from intelbus import logs
        from intelbus.settings import load_settings
        from repository.database import connect, require_migrated
        from repository.stage_metrics import StageMetrics
        from repository.stages import until_signalled
        from repository.statistics.stage import count_all, empty, run_counting

        logs.configure()
        database = load_settings().require_database()
        require_migrated(database)
        if replay or once:
            with connect(database) as connection:
                if replay:
                    empty(connection)
                total = count_all(connection)
            typer.echo(f"counted {total} events")
            return
        metrics, ready = StageMetrics("statistics"), Event()
        if metrics_port is not None:
            serve(metrics_port, ready)
        run_counting(database, until_signalled(), metrics=metrics, ready=ready)


def _register_notify(app: typer.Typer, serve: Serve) -> None:
    @app.command()
    def notify(
        metrics_port: MetricsPort = None,
        once: Once = False,
        recheck: Annotated[
            bool,
            typer.Option("--recheck", help="Look at everything again; nothing is told twice."),
        ] = False,
    ) -> None:
        """Decide which agencies are told of a match, until told to stop (SIGTERM, Ctrl-C).

        `ukhtc receipts` sends what is decided here.
        """
        from intelbus import logs
        from intelbus.settings import load_settings
        from repository.database import connect, require_migrated
        from repository.notices.stage import decide_all, recheck_everything, run_notices
        from repository.registry import load_pinned
        from repository.stage_metrics import StageMetrics
        from repository.stages import until_signalled

        logs.configure()
        settings = load_settings()
        database = settings.require_database()
        require_migrated(database)
        if recheck or once:
            with connect(database) as connection:
                if recheck:
                    recheck_everything(connection)
                total = decide_all(connection, lambda c: load_pinned(c, settings.centre_home))
            typer.echo(f"looked at {total} events")
            return
        metrics, ready = StageMetrics("notices"), Event()
        if metrics_port is not None:
            serve(metrics_port, ready)
        run_notices(
            database,
            lambda c: load_pinned(c, settings.centre_home),
            until_signalled(),
            metrics=metrics,
            ready=ready,
        )
