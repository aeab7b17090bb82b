"""`ukhtc notices`: who was told of whom, and what waits for an officer."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from repository.commands.paging import Page, asked_of, offset_of, say_next
from repository.commands.reading import AsJson, print_json, row, session, table

Number = Annotated[int, typer.Argument(help="Number in `ukhtc notices list`.")]
Because = Annotated[str, typer.Option("--because", help="Why.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000)]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    notices = typer.Typer(no_args_is_help=True, help="Who is told that another holds the same.")
    notices.command("list")(list_all)
    notices.command()(show)
    queue = typer.Typer(no_args_is_help=True, help="Notices that only an officer may give.")
    queue.command("list")(list_queue)
    queue.command()(send)
    queue.command()(dismiss)
    notices.add_typer(queue, name="queue")
    app.add_typer(notices, name="notices")


def list_all(
    agency: Annotated[str | None, typer.Option(help="Receiver or holder.")] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(help="sent, held, silenced, dismissed, withdrawn or lapsed; repeatable."),
    ] = None,
    limit: Limit = 100,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """List notices: given, held, silenced or taken back, and why."""
    _list("notices", {"statuses": status, "agency": agency}, limit, page, as_json=as_json)


def list_queue(limit: Limit = 100, page: Page = 1, as_json: AsJson = False) -> None:
    """List what waits for an officer: threats to life first, then the oldest."""
    title = "notices that wait for an officer"
    _list(title, {"statuses": ["held"]}, limit, page, as_json=as_json)


def _list(title: str, of: Mapping[str, Any], limit: int, page: int, *, as_json: bool) -> None:
    from repository.access.acting import acting
    from repository.notices.listing import list_notices

    reading = session()
    offset = offset_of(page, limit)
    with acting(reading, "view", {"notices": {**of, **asked_of(page, limit)}}) as connection:
        found, more = list_notices(connection, reading.who, **of, limit=limit, offset=offset)
    _show(title, found, as_json=as_json)
    say_next(page, more=more, as_json=as_json)


def show(number: Number, as_json: AsJson = False) -> None:
    """Show one notice, and what officers have decided on it."""
    from intelbus.cli import console
    from repository.access.acting import acting
    from repository.notices.listing import show_notice

    reading = session()
    with acting(reading, "view", {"notice": number}) as connection:
        found = show_notice(connection, reading.who, number)
    if as_json:
        print_json(found)
        return
    facts = table(f"notice {number}", "", "")
    for name, value in found.items():
        if name != "decisions":
            row(facts, name, value)
    for one in found["decisions"]:
        row(facts, one["decision"], f"{one['at']} {one['by']}: {one['because']}")
    console.print(facts)


def send(number: Number, because: Because) -> None:
    """Give a held notice: the receiver is told to call UKHTC, never the holder."""
    from intelbus.settings import load_settings
    from repository.access.acting import acting
    from repository.notices import queue
    from repository.registry import require_pinned

    reading = session()
    asked = {"notice": number, "send": True, "because": because}
    with acting(reading, "notice", asked) as connection:
        registry = require_pinned(connection, load_settings().centre_home)
        queue.send(connection, number, registry, who=reading.who, because=because)
    typer.echo(f"notice {number} goes out")


def dismiss(number: Number, because: Because) -> None:
    """Decide that a held notice is not given."""
    from repository.access.acting import acting
    from repository.notices import queue

    reading = session()
    asked = {"notice": number, "send": False, "because": because}
    with acting(reading, "notice", asked) as connection:
        queue.dismiss(connection, number, who=reading.who, because=because)
    typer.echo(f"notice {number} is dismissed")


def _show(title: str, found: list[dict[str, Any]], *, as_json: bool) -> None:
    from intelbus.cli import console

    if as_json:
        print_json(found)
        return
    made = table(
        f"{len(found)} {title}", "no", "to", "about", "held by", "match", "urgency", "status",
        "why",
        empty="`ukhtc notify` makes one when two agencies hold the same, or a watch is met",
    )  # fmt: skip
    for one in found:
        about = f"{one['kind'] or ''} {one['entity']}"
        if one["watch"]:
            about += f", watch {one['watch']}"
        row(made, one["notice"], one["receiver"], about, one["holder"], one["strength"],
            one["urgency"], one["status"], one["meaning"])  # fmt: skip
    console.print(made)
