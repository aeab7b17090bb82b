"""The `ukhtc` command: what the centre runs."""

from collections.abc import Mapping
from threading import Event

import typer
from typer.models import CommandInfo, TyperInfo

from consumers.commands import authority, ingest, quarantine, run, streams, topics
from intelbus import cli
from repository.commands import (
    access,
    accounts,
    auditing,
    counting,
    database,
    entities,
    exports,
    glass,
    linking,
    network,
    notices,
    readers,
    reading,
    retention,
    review,
    saved,
    search,
    serving,
    stages,
    statistics,
    timelines,
)

# How `ukhtc --help` shows what there is: every command has its place.
PANELS: Mapping[str, str] = {
    "Find and read": "search searches alerts event entity timeline network operation statistics",
    "Judge and share": "review notices export exports",
    "Who may read, and who did": "reader access glass account audit",
    "Keep and erase": "retention erase erasures",
    "Tend the centre": "accounts streams quarantine authority topics linking migrate",
    "Programs that run until told to stop": (
        "run ingest sequence link index relays count notify receipts serve"
    ),
}


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
    reading.register(app)
    entities.register(app)
    timelines.register(app)
    network.register(app)
    readers.register(app)
    access.register(app)
    glass.register(app)
    auditing.register(app)
    review.register(app)
    accounts.register(app)
    search.register(app)
    saved.register(app)
    counting.register(app)
    serving.register(app)
    linking.register(app)
    statistics.register(app)
    exports.register(app)
    notices.register(app)
    retention.register(app)
    _arrange(app)
    return app


def _arrange(app: typer.Typer) -> None:
    """Show every command in its panel, in the panel's order."""
    order = {name: (at, panel) for panel, names in PANELS.items()
             for at, name in enumerate(names.split())}  # fmt: skip
    panels = list(PANELS)

    def place(one: CommandInfo | TyperInfo) -> tuple[int, int]:
        at, panel = order[_name_of(one)]
        one.rich_help_panel = panel
        return panels.index(panel), at

    app.registered_commands.sort(key=place)
    app.registered_groups.sort(key=place)


def _name_of(one: CommandInfo | TyperInfo) -> str:
    """Return what a command or a group of them is called."""
    return one.name or one.callback.__name__  # type: ignore[union-attr]


def _serve(port: int, ready: Event) -> int:
    """Answer for a stage's metrics and health; loaded only when a stage asks for it."""
    from consumers.health import serve

    return serve(port, ready=ready.is_set)


def main() -> None:
    """Run the `ukhtc` command."""
    cli.run(assemble())
