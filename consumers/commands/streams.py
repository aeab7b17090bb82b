"""`ukhtc streams`: how far each agency's streams and their receipts have come."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from intelbus.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    app.command()(streams)


def streams(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    grace: Annotated[
        int, typer.Option(min=0, help="Minutes for which a gap may be messages still under way.")
    ] = 10,
) -> None:
    """Show every stream with its gaps and forks, and how far its receipts have come.

    Status 1 when there is a fork, or a gap older than the grace.
    """
    from rich.table import Table

    from intelbus.cli import console
    from repository.access.administration import administered
    from repository.database import connect
    from repository.queries.streams import as_row, gaps_of, receipt_states, stream_states

    with (
        connect(load_settings().require_database()) as connection,
        administered(connection, "statistic", {"streams": True}, "streams"),
    ):
        states = stream_states(connection)
        receipts = {(one["agency"], one["stream"]): one for one in receipt_states(connection)}
    if as_json:
        rows = [
            as_row(one) | {"receipts": receipts.get((one.agency, one.stream))} for one in states
        ]
        print(json.dumps(rows, default=str))
    elif not states:
        console.print("no stream has been heard of yet")
    else:
        table = Table(
            "Agency",
            "Topic",
            "Stream",
            "Announced",
            "Missing",
            "Since",
            "Forks",
            "Last heard",
            "Receipts sent",
        )
        for one in states:
            receipt = receipts.get((one.agency, one.stream), {"sent": 0, "waiting": 0})
            waiting = f", {receipt['waiting']} wait" if receipt["waiting"] else ""
            table.add_row(
                one.agency,
                one.topic,
                one.stream[:8],
                str(one.announced_next - 1),
                ", ".join(map(_numbers, gaps_of(one))) or "-",
                f"{one.gap_since:%Y-%m-%d %H:%M:%S}" if one.gap_since else "-",
                str(one.forks) if one.forks else "-",
                f"{one.last_heard_at:%Y-%m-%d %H:%M:%S}",
                f"{receipt['sent']}{waiting}",
            )
        console.print(table)
    now = datetime.now(UTC)
    if any(one.alarms(now, timedelta(minutes=grace)) for one in states):
        raise typer.Exit(1)


def _numbers(gap: dict[str, int]) -> str:
    """Return the numbers of a gap as a reader counts them."""
    first, last = gap["first"], gap["last"]
    return str(first) if first == last else f"{first} to {last}"
