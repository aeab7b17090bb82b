"""`ukhtc notices`: who was told of whom, and what waits for an officer."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from repository.commands.paging import Page, asked_of, offset_of, say_next
from repository.commands.reading import AsJson, print_json, row, session, table

Number = Annotated[int, typer.Argument(help="Number in `ukhtc notices list`.")]
Numbers = Annotated[list[int] | None, typer.Argument(help="Numbers in `ukhtc notices queue list`.")]
About = Annotated[
    str | None, typer.Option(help="All that are held about this entity, for example E120-3.")
]
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


def list_queue(
    each: Annotated[bool, typer.Option("--each", help="One line a notice.")] = False,
    limit: Limit = 100,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """List what waits for an officer, by what it is about: threats to life first, then the oldest.

    `send` and `dismiss` take the numbers of one line together.
    """
    if each:
        title = "notices that wait for an officer"
        _list(title, {"statuses": ["held"]}, limit, page, as_json=as_json)
        return
    from repository.access.acting import acting
    from repository.notices.waiting import list_waiting

    reading = session()
    offset = offset_of(page, limit)
    asked = {"notices_waiting": asked_of(page, limit)}
    with acting(reading, "view", asked) as connection:
        found, more = list_waiting(connection, reading.who, limit=limit, offset=offset)
    _show_waiting(found, as_json=as_json)
    say_next(page, more=more, as_json=as_json)


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


def send(numbers: Numbers = None, about: About = None, *, because: Because) -> None:
    """Give held notices: each receiver is told to call UKHTC, never the holder."""
    _decide(numbers or [], about, given=True, because=because)


def dismiss(numbers: Numbers = None, about: About = None, *, because: Because) -> None:
    """Decide that held notices are not given."""
    _decide(numbers or [], about, given=False, because=because)


def _decide(numbers: list[int], about: str | None, *, given: bool, because: str) -> None:
    """Decide on notices, by their numbers or by what they are about: all of them or none."""
    from intelbus.errors import InvalidRequestError
    from intelbus.settings import load_settings
    from repository.access.acting import acting
    from repository.notices import queue
    from repository.notices.waiting import require_held_about
    from repository.registry import require_pinned

    if bool(numbers) == bool(about):
        raise InvalidRequestError(
            "say which notices: either numbers or --about",
            hint="`ukhtc notices queue list` shows both",
        )
    reading = session()
    asked = {"notices": numbers, "about": about, "send": given, "because": because}
    with acting(reading, "notice", asked) as connection:
        chosen = require_held_about(connection, about) if about else numbers
        if given:
            registry = require_pinned(connection, load_settings().centre_home)
            queue.send(connection, chosen, registry, who=reading.who, because=because)
        else:
            queue.dismiss(connection, chosen, who=reading.who, because=because)
    for number in chosen:
        typer.echo(f"notice {number} {'goes out' if given else 'is dismissed'}")


def _show_waiting(found: list[dict[str, Any]], *, as_json: bool) -> None:
    from intelbus.cli import console

    if as_json:
        print_json(found)
        return
    waiting = sum(len(one["notices"]) for one in found)
    made = table(
        f"{waiting} notices that wait for an officer, about {len(found)} entities", "about",
        "notices", "to", "held by", "since", "why",
        empty="`ukhtc notify` holds back what only an officer may give",
    )  # fmt: skip
    for one in found:
        about = " ".join(filter(None, (one["kind"], one["entity"], one["label"])))
        if one["watches"]:
            about += f", watch {', '.join(one['watches'])}"
        why = ["threat to life"] * one["threat_to_life"] + one["meanings"]
        row(made, about, " ".join(map(str, one["notices"])), ", ".join(one["receivers"]),
            ", ".join(one["holders"]), one["held_since"][:10], "; ".join(why))  # fmt: skip
    console.print(made)


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
