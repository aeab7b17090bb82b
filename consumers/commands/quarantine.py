"""`ukhtc quarantine`: see what was refused and why, try it again, or reject it."""

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intelbus.settings import load_settings

if TYPE_CHECKING:
    from consumers.ingest.quarantine import Entry

app = typer.Typer(help="See, retry or reject what was refused.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
PURPOSE = "quarantine"
Number = Annotated[int, typer.Argument(help="Number in `ukhtc quarantine list`.")]


def register(parent: typer.Typer) -> None:
    """Add the commands to a command line."""
    parent.add_typer(app, name="quarantine")


@app.command("list")
def list_entries(
    every: Annotated[bool, typer.Option("--all", help="Also released and rejected ones.")] = False,
    reason: Annotated[str | None, typer.Option(help="Only this reason code.")] = None,
    as_json: Json = False,
) -> None:
    """List the messages in quarantine."""
    from rich.table import Table

    from consumers.ingest.quarantine import entries
    from intelbus.cli import console
    from repository.access.administration import administered
    from repository.database import connect

    asked = {"quarantine": reason or "list", "all": every}
    with (
        connect(load_settings().require_database()) as connection,
        administered(connection, "view", asked, PURPOSE),
    ):
        found = entries(connection, status=None if every else "held", reason=reason)
    if as_json:
        print(json.dumps([_row(one) for one in found], default=str))
    elif not found:
        console.print("quarantine is empty")
    else:
        table = Table("No", "Received", "Agency", "Topic", "Reason", "What was wrong", "Status")
        for one in found:
            table.add_row(
                str(one.quarantine_id),
                f"{one.received_at:%Y-%m-%d %H:%M:%S}",
                one.agency or "unattributed",
                one.topic,
                one.reason,
                one.detail,
                one.status,
            )
        console.print(table)


@app.command()
def show(number: Number, as_json: Json = False) -> None:
    """Show one message in quarantine, with what its reason means and what to do."""
    from consumers.ingest.quarantine import entry
    from intelbus.cli import console
    from intelbus.reasons import REASONS
    from repository.access.administration import administered
    from repository.database import connect

    with (
        connect(load_settings().require_database()) as connection,
        administered(connection, "view", {"quarantine": number}, PURPOSE),
    ):
        one = entry(connection, number)
    reason = REASONS[one.reason]
    row = _row(one) | {"meaning": reason.meaning, "advice": reason.advice}
    row["value"] = b64encode(one.value or b"").decode()
    if as_json:
        print(json.dumps(row, default=str))
    else:
        for name, value in row.items():
            console.print(f"{name:<15} {value}", markup=False, highlight=False)


@app.command()
def retry(
    numbers: Annotated[list[int], typer.Argument(help="Numbers in `ukhtc quarantine list`.")],
    who: Annotated[str, typer.Option("--by", help="Who decides.", envvar="USER")],
) -> None:
    """Judge messages again, at the time they were received. Status 1 if any is refused again."""
    from datetime import UTC, datetime

    from consumers.ingest.judgement import Judge
    from consumers.ingest.quarantine import retry as run
    from intelbus.cli import console
    from intelbus.topics import Topics
    from intelbus.trust_files import pinned_authority
    from repository import registry
    from repository.access.administration import administered
    from repository.database import connect

    settings = load_settings()
    with connect(settings.require_database()) as connection:
        authority = pinned_authority(settings.centre_home)
        trusted = registry.load(connection, authority, now=datetime.now(UTC))
        if trusted is None:
            raise registry.NoRegistryError(hint="run `ukhtc authority publish`")
        judge = Judge(trusted, Topics(settings.topic_prefix), settings.maximum_marking)
        with administered(connection, "collection", {"retry": numbers, "by": who}, PURPOSE):
            counts = run(connection, numbers, judge, who=who)
    console.print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    if counts["quarantined"]:
        raise typer.Exit(1)


@app.command()
def reject(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why it will not be accepted.")],
    who: Annotated[str, typer.Option("--by", help="Who decides.", envvar="USER")],
) -> None:
    """Decide that a message will not be accepted; its agency is told by receipt."""
    from consumers.ingest.quarantine import reject as run
    from intelbus.cli import console
    from repository.access.administration import administered
    from repository.database import connect

    asked = {"reject": number, "by": who, "because": reason}
    with (
        connect(load_settings().require_database()) as connection,
        administered(connection, "administration", asked, PURPOSE),
    ):
        run(connection, number, who=who, why=reason)
    console.print(f"rejected {number}", highlight=False)


def _row(one: "Entry") -> dict[str, Any]:
    hidden = {"key", "value", "headers", "topic_no"}
    return {name: getattr(one, name) for name in one.__slots__ if name not in hidden}
