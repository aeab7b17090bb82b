"""`ukhtc access who`: who will see this?"""

from typing import Annotated, Any

import typer

from repository.commands.reading import AsJson, opened, print_json, row, session, table


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    access = typer.Typer(no_args_is_help=True, help="Who may read what.")
    access.command()(who)
    access.callback()(_access)
    app.add_typer(access, name="access")


def _access() -> None:
    """Who may read what."""


def who(
    event: Annotated[str | None, typer.Argument(help="An event's id or position.")] = None,
    handling: Annotated[
        str | None, typer.Option(help="Or a handling code: 1 to 5, P or C.")
    ] = None,
    marking: Annotated[str, typer.Option(help="With this protective marking.")] = "restricted",
    originator: Annotated[str, typer.Option(help="Of this agency.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show which readers may see an event, or could see one that is sent under a code.

    The centre is shown all readers, an agency its own.
    """
    from intelbus.cli import console
    from repository.access.accounts import list_readers
    from repository.access.policy import scheme_of
    from repository.access.who import meaning_of, who_may_see
    from repository.queries.event import handling_of

    if (event is None) == (handling is None):
        raise typer.BadParameter("give an event, or --handling")
    reading = session()

    def read(connection: Any) -> tuple[list[tuple[str, str, str, str]], tuple[()]]:
        if event is not None:
            return handling_of(connection, event), ()
        code = (handling or "").upper()
        return [(originator, scheme_of(code), code, marking)], ()

    asked = {"who may": event or f"{handling} {marking} {originator}".strip()}
    said = reading.answer("view", asked, read)
    with opened() as connection:
        found = who_may_see(list_readers(connection), said, reading.reader)
    if as_json:
        print_json(found)
        return
    title = f"{len(found)} readers: {meaning_of(said)}"
    made = table(title, "name", "organisation", "victims", "sources")
    for one in found:
        names = ("victims", "sources")
        row(made, one["name"], one["organisation"], *("yes" if one[n] else "no" for n in names))
    console.print(made)
