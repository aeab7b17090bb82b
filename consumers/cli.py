"""The `ukhtc` command: what the centre runs."""

from threading import Event

import typer

from consumers.commands import authority, ingest, quarantine, run, streams, topics
from intelbus import cli
from repository.commands import (
    access,
    accounts,
    auditing,
    counting,
    database,
    exports,
    glass,
    linking,
    network,
    notices,
    readers,
    reading,
    relays,
    retention,
    review,
    search,
    serving,
    stages,
    statistics,
)


def assemble() -> typer.Typer:
    """Return the command line, put together from the modules that define commands."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    authority.register(app)
    topics.register(app)
    database.register(app)
    ingest.register(app)
    run.register(app)
    quarantine.register(app)
    streams.register(app)
    stages.register(app, serve=_serve)
    relays.register(app, serve=_serve)
    reading.register(app)
    network.register(app)
    readers.register(app)
    access.register(app)
    glass.register(app)
    auditing.register(app)
    review.register(app)
    accounts.register(app)
    search.register(app)
    counting.register(app)
    serving.register(app)
    linking.register(app)
    statistics.register(app)
    exports.register(app)
    notices.register(app)
    retention.register(app)
    return app


def _serve(port: int, ready: Event) -> int:
    """Answer for a stage's metrics and health; loaded only when a stage asks for it."""
    from consumers.health import serve

    return serve(port, ready=ready.is_set)


def main() -> None:
    """Run the `ukhtc` command."""
    cli.run(assemble())
