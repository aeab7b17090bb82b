"""The `ukhtc` command: what the centre runs."""

import typer

from consumers.commands import authority, ingest, topics
from intelbus import cli
from repository.commands import database


def assemble() -> typer.Typer:
    """Return the command line, put together from the modules that define commands."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    authority.register(app)
    topics.register(app)
    database.register(app)
    ingest.register(app)
    return app


def main() -> None:
    """Run the `ukhtc` command."""
    cli.run(assemble())
