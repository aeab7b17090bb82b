"""The `intelbus` command: what an agency runs, and the servers of this machine."""

import typer

from deploy.local import commands as local
from intelbus import cli
from producers.commands import generate, keys, notices, publish, receipts, schemas, template


def assemble() -> typer.Typer:
    """Return the command line, put together from the modules that define commands."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    keys.register(app)
    publish.register(app)
    receipts.register(app)
    notices.register(app)
    template.register(app)
    schemas.register(app)
    generate.register(app)
    local.register(app)
    return app


def main() -> None:
    """Run the `intelbus` command."""
    cli.run(assemble())
