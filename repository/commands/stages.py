"""`ukhtc sequence | link | index | relays | count | notify`: the stages behind ingest."""

from collections.abc import Callable
from threading import Event
from typing import Annotated, Any

import typer

Serve = Callable[[int, Event], object]
MetricsPort = Annotated[
    int | None, typer.Option(help="Serve /metrics, /healthz and /readyz on this port.")
]
Once = Annotated[bool, typer.Option("--once", help="Stop when nothing is left to do.")]


def _replay(what: str) -> Any:
    return typer.Option("--replay", help=f"Forget {what}, and start again.")


def register(app: typer.Typer, serve: Serve) -> None:
    """Add the commands to a command line; `serve` answers for a program's metrics and health."""

    @app.command()
    def sequence(metrics_port: MetricsPort = None, once: Once = False) -> None:
        """Number accepted events in the log, until told to stop (SIGTERM, Ctrl-C)."""
        from intelbus.settings import load_settings
        from intelbus.trust_files import centre_key
        from repository.sequencer import run_sequencer, sequence_all

        key = centre_key(load_settings().centre_home)
        if once:
            _once("sequenced", lambda connection: sequence_all(connection, key=key))
        else:
            _run("sequencer", run_sequencer, serve, metrics_port, key=key)

    @app.command()
    def link(
        metrics_port: MetricsPort = None,
        once: Once = False,
        replay: Annotated[bool, _replay("all links but people's")] = False,
    ) -> None:
        """Link numbered events into entities, until told to stop (SIGTERM, Ctrl-C)."""
        from repository.linking.stage import link_all, run_linker
        from repository.review.decisions import relink

        if replay or once:
            _once("linked", relink if replay else link_all)
        else:
            _run("linker", run_linker, serve, metrics_port)

    @app.command()
    def index(
        metrics_port: MetricsPort = None,
        once: Once = False,
        replay: Annotated[bool, _replay("all terms")] = False,
    ) -> None:
        """Write the terms by which search finds events, until told to stop (SIGTERM, Ctrl-C)."""
        from repository.linking.posting import empty, post_all, run_posting

        if replay or once:
            _once("indexed", post_all, first=empty if replay else None)
        else:
            _run("terms", run_posting, serve, metrics_port)

    @app.command()
    def relays(
        metrics_port: MetricsPort = None,
        once: Once = False,
        replay: Annotated[bool, _replay("what was found")] = False,
    ) -> None:
        """Find which reports repeat which, until told to stop (SIGTERM, Ctrl-C)."""
        from repository.relays.stage import empty, relay_all, run_relays

        if replay or once:
            _once("compared", relay_all, first=empty if replay else None)
        else:
            _run("relays", run_relays, serve, metrics_port)

    @app.command()
    def count(
        metrics_port: MetricsPort = None,
        once: Once = False,
        replay: Annotated[bool, _replay("what was counted")] = False,
    ) -> None:
        """Fill what statistics are counted from, until told to stop (SIGTERM, Ctrl-C)."""
        from repository.statistics.stage import count_all, empty, run_counting

        if replay or once:
            _once("counted", count_all, first=empty if replay else None)
        else:
            _run("statistics", run_counting, serve, metrics_port)

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
        from intelbus.settings import load_settings
        from repository.notices.stage import decide_all, recheck_everything, run_notices
        from repository.registry import load_pinned

        home = load_settings().centre_home
        if recheck or once:
            _once(
                "looked at",
                lambda connection: decide_all(connection, lambda c: load_pinned(c, home)),
                first=recheck_everything if recheck else None,
            )
        else:
            _run("notices", run_notices, serve, metrics_port, trust=lambda c: load_pinned(c, home))


def _database() -> str:
    """Return the database's address; it has the newest tables."""
    from intelbus import logs
    from intelbus.settings import load_settings
    from repository.database import require_migrated

    logs.configure()
    database = load_settings().require_database()
    require_migrated(database)
    return database


def _once(
    done: str, everything: Callable[[Any], int], *, first: Callable[[Any], object] | None = None
) -> None:
    """Do all that there is to do, and say with how many events."""
    from repository.database import connect

    with connect(_database()) as connection:
        if first is not None:
            first(connection)
        total = everything(connection)
    typer.echo(f"{done} {total} events")


def _run(
    stage: str, run: Callable[..., None], serve: Serve, metrics_port: int | None, **more: Any
) -> None:
    """Let a stage work until it is told to stop, and answer for its metrics and health."""
    from repository.stage_metrics import StageMetrics
    from repository.stages import until_signalled

    database = _database()
    metrics, ready = StageMetrics(stage), Event()
    if metrics_port is not None:
        serve(metrics_port, ready)
    run(database, stop=until_signalled(), metrics=metrics, ready=ready, **more)
