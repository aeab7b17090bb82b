"""`ukhtc event show | history | sanitised`, and what commands that read have in common."""

import json
import re
from contextlib import AbstractContextManager
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    event = typer.Typer(no_args_is_help=True, help="One event.")
    event.command("show")(event_show)
    event.command("history")(event_history)
    event.command("sanitised")(event_sanitised)
    app.add_typer(event, name="event")


def opened() -> AbstractContextManager[Any]:
    """Return a connection to the migrated database. Raises what the settings or database do."""
    from intelbus.settings import load_settings
    from repository.database import connect, require_migrated

    database = load_settings().require_database()
    require_migrated(database)
    return connect(database)


def session() -> Any:
    """Return the session of whoever reads by command line (`repository.access.session.Session`).

    Raises what the settings, the list of readers or the database do.
    """
    from intelbus.settings import load_settings
    from repository.access.accounts import find_reader
    from repository.access.session import Session
    from repository.database import connect

    name, purpose = load_settings().require_reader()
    with opened() as connection:
        reader = find_reader(connection, name)
    return Session(lambda: connect(load_settings().require_database()), reader, purpose)


def print_json(value: Any) -> None:
    """Print a value as JSON, every script as it is; what prints nothing, or turns the direction of
    writing, is escaped: JSON's own escapes leave C1 controls and those as they are.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    typer.echo(re.sub(r"[^ -~\n]", lambda one: _escaped(one[0]), text))


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def table(title: str, *columns: str, empty: str = "") -> Any:
    """Return a table to fill, whose title and cells are plain text: content is never markup. While
    nothing is in it, `empty` says what would be.
    """
    from repository.commands.listing import Listing

    return Listing(printable(title), *columns, empty=printable(empty))


def many(count: int, one: str, several: str = "") -> str:
    """Return how many there are, in words: `1 request`, `2 requests`."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def row(made: Any, *cells: Any) -> None:
    """Add a row of plain text, with terminal control characters made visible."""
    from rich.text import Text

    made.add_row(*(Text(printable("" if cell is None else str(cell))) for cell in cells))


def printable(text: str) -> str:
    """Return text that cannot steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)


def on_one_line(text: str) -> str:
    """Return text that can neither steer a terminal nor begin a line as if it were ours."""
    return printable(text.replace("\n", " "))


def event_show(
    which: Annotated[str, typer.Argument(help="An event's id, or its position in the log.")],
    as_json: AsJson = False,
) -> None:
    """Show an event as its originator wrote it, how it stands, and whom it is about."""
    from intelbus.cli import console
    from repository.queries.event import events_seen, show_events

    found = session().answer(
        "view", {"event": which}, lambda connection: events_seen(show_events(connection, which))
    )
    if as_json:
        print_json(found[0] if len(found) == 1 else found)
        return
    for one in found:
        facts = table(f"event {one['event_id']}", "", "")
        for name in ("agency", "kind", "position", "status", "restates", "corrects"):
            row(facts, name, one[name])
        versions = one["versions"] or {"sanitised": [], "full": None}
        for sanitised in versions["sanitised"]:
            row(facts, "sanitised version", sanitised)
        if versions["full"] is not None:
            row(facts, "sanitised version of", versions["full"])
        message, seal = one["message"], one["seal"]
        if message:
            row(facts, "received", message["received_at"])
            row(facts, "message", f"{message['topic']} {message['partition']}@{message['offset']}")
        if seal:
            row(facts, "stream", f"{seal['stream']} #{seal['sequence']}")
        for batch in seal["batches"] if seal else ():
            row(facts, "sealed", f"{batch['signed_at']} by key {batch['key_id']}")
        for amending in one["amended_by"]:
            row(facts, amending["kind"], amending["event_id"])
        console.print(facts)
        subjects = table("subjects", "kind", "role", "what", "entity")
        for subject in one["subjects"]:
            row(subjects, subject["kind"], subject["role"], subject["label"], subject["entity"])
        console.print(subjects)
        print_json(one["event"])


def event_history(
    which: Annotated[str, typer.Argument(help="An event's id, or its position in the log.")],
    as_json: AsJson = False,
) -> None:
    """Show an event's versions, how each was graded, and what each says otherwise."""
    from intelbus.cli import console
    from repository.queries.differences import changed_words
    from repository.queries.history import event_history as read
    from repository.queries.history import seen_in

    found = session().answer(
        "view", {"history": which}, lambda connection: seen_in(read(connection, which))
    )
    if as_json:
        print_json(found[0] if len(found) == 1 else found)
        return
    for each in found:
        made = table(f"event {each['event_id']} of {each['agency']}", "version", "reported",
                     "status", "grade", "marking", "changed", "from", "to")  # fmt: skip
        for one in each["versions"]:
            facts = (f"{one['position']} {one['kind']}", one["reported_at"][:10], one["status"],
                     one["grade"]["code"], one["marking"])  # fmt: skip
            said = [(c["field"], *changed_words(c["before"], c["after"])) for c in one["changed"]]
            reason = "; ".join(one["because"]).replace("_", " ")
            for at, cells in enumerate(said or [(reason, "", "")]):
                row(made, *(facts if at == 0 else [""] * len(facts)), *cells)
        console.print(made)


def event_sanitised(
    position: Annotated[int, typer.Argument(help="Position of the sanitised event.")],
    full: Annotated[int | None, typer.Option("--of", help="Position of the full one.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take it back.")] = False,
) -> None:
    """Say that one event is the sanitised version of another of the same originator, or is not."""
    from repository.sanitising import versions

    if (full is None) != undo:
        raise typer.BadParameter("give --of the full event, or --undo")
    reading = session()

    def say(connection: Any) -> tuple[list[int], list[str]]:
        if full is None:
            parted = versions.undo(connection, reading.reader, position)
        else:
            versions.say(connection, reading.reader, position, full)
            parted = [full]
        return parted, [str(one) for one in (position, *parted)]

    if undo:
        parted = reading.answer("split", {"sanitised": position}, say)
        typer.echo(f"{position} no longer stands for {', '.join(map(str, parted))}")
        return
    reading.answer("link", {"sanitised": position, "of": full}, say)
    typer.echo(f"{position} stands for {full} where that may not be seen")
