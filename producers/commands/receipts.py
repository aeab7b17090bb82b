"""`intelbus receipts` and `intelbus outbox status`: what became of an agency's events."""

import json
from typing import Annotated, Any

import typer

from producers.commands.following import open_outbox, show_changes

REJECTED = 1
REFUSED_STATUSES = frozenset({"quarantined", "rejected"})

Agency = Annotated[str | None, typer.Option(help="The agency's code.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON, one object a line.")]

outbox_app = typer.Typer(help="Look into the outbox.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the commands to a command line."""
    parent.command("receipts")(receipts)
    parent.add_typer(outbox_app, name="outbox")


def receipts(
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on, and show each change, until interrupted.")
    ] = False,
    agency: Agency = None,
    as_json: AsJson = False,
) -> None:
    """Fetch UKHTC's receipts and show every event: queued, sent, accepted, or why not.

    Ends with 1 when any event was quarantined or rejected.
    """
    from intelbus.publishing.receiving import fetch_receipts
    from intelbus.settings import load_settings

    settings = load_settings(agency=agency)
    outbox = open_outbox(settings)
    try:
        rows = show_changes(
            lambda: fetch_receipts(settings, outbox, settings.require_agency()),
            "event_id",
            lambda rows: _show(rows, as_json=as_json),
            follow=follow,
        )
    finally:
        outbox.close()
    if any(row["status"] in REFUSED_STATUSES for row in rows):
        raise typer.Exit(REJECTED)


@outbox_app.command()
def status(agency: Agency = None, as_json: AsJson = False) -> None:
    """Show how many events wait for the broker, since when, and how far each stream has got."""
    from rich.table import Table

    from intelbus.cli import console
    from intelbus.settings import load_settings

    settings = load_settings(agency=agency)
    outbox = open_outbox(settings)
    try:
        waiting, since = outbox.depth()
        streams = [
            {
                "topic": one.topic,
                "stream": str(one.stream),
                "partition": one.partition,
                "next_sequence": one.next_sequence,
            }
            for one in outbox.streams()
        ]
    finally:
        outbox.close()
    if as_json:
        print(json.dumps({"waiting": waiting, "since": since, "streams": streams}))
        return
    what = f"{waiting} events wait for the broker" + (f", since {since}" if since else "")
    console.print(what, highlight=False)
    table = Table("Topic", "Stream", "Partition", "Next number")
    for one in streams:
        partition = "" if one["partition"] is None else str(one["partition"])
        table.add_row(str(one["topic"]), str(one["stream"]), partition, str(one["next_sequence"]))
    console.print(table)


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    from intelbus.cli import console

    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), flush=True)
        return
    if not rows:
        return
    table = Table("Your reference", "Kind", "Status", "Reason", "What to do", "Event id")
    for row in rows:
        names = ("source_reference", "kind", "status", "reason", "advice", "event_id")
        table.add_row(*(escape(str(row[name] or "")) for name in names))
    console.print(table)
