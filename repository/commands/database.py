"""`ukhtc migrate`: make the database what this version needs."""

import typer

from intelbus.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    app.command()(migrate)


def migrate() -> None:
    """Bring the database to the newest revision; harmless when it is there already."""
    from intelbus.cli import console
    from repository.migrate import migrate as run

    before, after = run(load_settings().require_database())
    if before == after:
        console.print(f"the database is at revision {after} already", highlight=False)
    else:
        console.print(f"migrated from {before or 'nothing'} to {after}", highlight=False)
