"""The `ukhtc` command: what the centre runs."""

import typer

from consumers.commands import authority
from intelbus import cli


def assemble() -> typer.Typer:
    """Return the command line, put together from the modules that define commands."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    authority.register(app)
    return app


def main() -> None:
    """Run the `ukhtc` command."""
    cli.run(assemble())
