"""`ukhtc glass`: to see for a time, by a second person's word, what one's rights do not reach."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from repository.commands.reading import AsJson, many, print_json, row, session, table
from repository.glass.rules import LONGEST, USUAL

Number = Annotated[int, typer.Argument(help="Number in `ukhtc glass list`.")]
Because = Annotated[str, typer.Option("--because", help="Why; it stays on record.")]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    glass = typer.Typer(no_args_is_help=True, help="See for a time what your rights do not reach.")
    glass.command()(ask)
    glass.command("list")(list_all)
    glass.command()(grant)
    glass.command()(refuse)
    glass.command()(end)
    app.add_typer(glass, name="glass")


def ask(
    event: Annotated[str, typer.Argument(help="An event's id or position.")],
    because: Because,
    hours: Annotated[int, typer.Option(min=1, max=LONGEST, help="For how long.")] = USUAL,
    victims: Annotated[
        bool, typer.Option("--victims", help="Also what identifies victims.")
    ] = False,
) -> None:
    """Ask to see an event for some hours. A second person decides; supervisors are told at once.

    The answer is the same whether or not there is such an event.
    """
    from repository.glass.book import ask as put

    reading = session()

    def read(connection: Any) -> tuple[int, tuple[()]]:
        who = reading.who
        return put(connection, who, event, reason=because, hours=hours, victims=victims), ()

    asked = {"ask": event, "because": because, "hours": hours, "victims": victims}
    number = reading.answer("glass", asked, read)
    typer.echo(f"request {number} waits for a second person")


def list_all(as_json: AsJson = False) -> None:
    """List your requests, and those that you may decide on."""
    from intelbus.cli import console
    from repository.glass.book import requests

    reading = session()
    now = datetime.now(UTC)
    found = reading.answer(
        "glass", {"list": True}, lambda c: (requests(c, reading.reader, now=now), ())
    )
    if as_json:
        print_json(found)
        return
    made = table(many(len(found), "request"), "no", "reader", "event", "for", "because", "state",
                 "decided by", "until", "names",
                 empty="`ukhtc glass ask EVENT --because …` makes one")  # fmt: skip
    for one in found:
        names = one["names"]
        named = "" if names is None else ", ".join(
            f"{each['position']} {each['kind']} of {each['agency']}" for each in names
        ) or "nothing that you may see"  # fmt: skip
        row(made, one["request"], f"{one['reader']} ({one['organisation']})", one["event"],
            f"{one['hours']} h{', victims' if one['victims'] else ''}", one["because"],
            one["state"], one["decided_by"], (one["expires_at"] or "")[:16], named)  # fmt: skip
    console.print(made)


def grant(number: Number, because: Because) -> None:
    """Let somebody else see what they asked for, from now on, for the hours asked for."""
    from repository.glass.book import grant as put

    reading = session()
    now = datetime.now(UTC)

    def read(connection: Any) -> tuple[None, list[str]]:
        positions = put(connection, reading.reader, reading.who, number, now=now)
        return None, [str(one) for one in positions]

    reading.answer("glass", {"grant": number, "because": because}, read)
    typer.echo(f"request {number} is granted")


def refuse(number: Number, because: Because) -> None:
    """Decide that somebody does not see what they asked for; why, they are not told."""
    from repository.glass.book import refuse as put

    reading = session()

    def read(connection: Any) -> tuple[None, tuple[()]]:
        put(connection, reading.reader, number)
        return None, ()

    reading.answer("glass", {"refuse": number, "because": because}, read)
    typer.echo(f"request {number} is refused")


def end(number: Number) -> None:
    """End what was granted, to you or by an approver, before its time."""
    from repository.glass.book import end as put

    reading = session()

    def read(connection: Any) -> tuple[None, list[str]]:
        return None, [str(one) for one in put(connection, reading.reader, number)]

    reading.answer("glass", {"end": number}, read)
    typer.echo(f"request {number} is over")
