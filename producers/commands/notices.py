"""`intelbus notices`: which of an agency's subjects others hold too, and whom to call."""

import json
from typing import Annotated, Any

import typer

from producers.commands.following import open_outbox, show_changes
from producers.commands.receipts import Agency, AsJson


def register(parent: typer.Typer) -> None:
    """Add the command to a command line."""
    parent.command("notices")(notices)


def notices(
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on, and show each change, until interrupted.")
    ] = False,
    agency: Agency = None,
    as_json: AsJson = False,
) -> None:
    """Fetch UKHTC's notices and show each: that another agency holds the same, and whom to call.

    A notice never says what the other agency holds. One that no longer stands says so.
    """
    from intelbus.publishing.receiving import fetch_notices
    from intelbus.settings import load_settings

    settings = load_settings(agency=agency)
    outbox = open_outbox(settings)
    try:
        show_changes(
            lambda: fetch_notices(settings, outbox, settings.require_agency()),
            "notice_id",
            lambda rows: _show(rows, as_json=as_json),
            follow=follow,
        )
    finally:
        outbox.close()


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
    table = Table("Issued", "Your reference", "Because", "Match", "Urgency", "Call", "Notice")
    for row in rows:
        yours = [f"{one['source_reference']} {one['local_id'] or ''}" for one in row["holdings"]]
        cause = f"watch {row['watch_reference']}" if row["cause"] == "watch" else "both hold it"
        whom = f"{row['contact_name']}: {row['contact'] or 'through UKHTC'}"
        stands = row["state"] == "stands"
        cells = (
            row["issued_at"][:16].replace("T", " "),
            "\n".join(one.strip() for one in yours),
            cause,
            row["strength"] if stands else "no longer stands",
            row["urgency"].replace("_", " ") if stands else "",
            whom if stands else "",
            f"{row['notice_id']} ({row['revision']})",
        )
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)
