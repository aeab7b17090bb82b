"""`ukhtc reader`: who may read. And the session of whoever reads by command line."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from repository.commands.reading import AsJson, many, opened, print_json, row, table

if TYPE_CHECKING:
    from repository.access.reader import Reader

Name = Annotated[str, typer.Argument(help="The reader's name.")]
Organisation = Annotated[str, typer.Option(help="Their agency's code, `ukhtc` for the centre.")]
Clearance = Annotated[str, typer.Option(help="The highest marking they may see.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="A role; may be repeated.")]
Party = Annotated[
    str | None,
    typer.Option(help="What their organisation is; by default as the trust registry has it."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line, and who reads by it."""
    app.callback()(who_reads)
    reader = typer.Typer(no_args_is_help=True, help="Who may read.")
    reader.command()(add)
    reader.command("list")(list_all)
    reader.command()(change)
    reader.command()(remove)
    app.add_typer(reader, name="reader")


def who_reads(
    reader: Annotated[str | None, typer.Option(envvar="INTELBUS_READER", help="Who reads.")] = None,
    purpose: Annotated[
        str | None, typer.Option(envvar="INTELBUS_PURPOSE", help="Why: a case reference.")
    ] = None,
) -> None:
    """What the centre runs, and what it reads."""
    import os

    for name, value in (("INTELBUS_READER", reader), ("INTELBUS_PURPOSE", purpose)):
        if value is not None:
            os.environ[name] = value


def add(
    name: Name,
    organisation: Organisation,
    clearance: Clearance,
    role: Roles = None,
    party: Party = None,
) -> None:
    """Let somebody read."""
    from repository.access.accounts import keep_reader

    with opened() as connection:
        made = _reader(connection, name, organisation, clearance, role, party)
        with connection.transaction():
            keep_reader(connection, made)
            _on_record(connection, "add", made)


def change(
    name: Name,
    organisation: Organisation,
    clearance: Clearance,
    role: Roles = None,
    party: Party = None,
) -> None:
    """Say anew what a reader is; roles that are not named are taken away."""
    from repository.access.accounts import keep_reader

    with opened() as connection:
        made = _reader(connection, name, organisation, clearance, role, party)
        with connection.transaction():
            keep_reader(connection, made, change=True)
            _on_record(connection, "change", made)


def remove(name: Name) -> None:
    """Let somebody read no more."""
    from repository.access.accounts import find_reader, remove_reader

    with opened() as connection, connection.transaction():
        gone = find_reader(connection, name)
        remove_reader(connection, name)
        _on_record(connection, "remove", gone)


def list_all(as_json: AsJson = False) -> None:
    """List who may read."""
    from intelbus.cli import console
    from repository.access.accounts import list_readers

    with opened() as connection:
        found = list_readers(connection)
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "organisation": one.organisation,
                    "party": one.party,
                    "clearance": one.clearance,
                    "roles": sorted(one.roles),
                }
                for one in found
            ]
        )
        return
    made = table(many(len(found), "reader"), "name", "organisation", "party", "clearance", "roles",
                 empty="`ukhtc reader add NAME` lets somebody read")  # fmt: skip
    for one in found:
        roles = ", ".join(sorted(one.roles))
        row(made, one.name, one.organisation, one.party, one.clearance, roles)
    console.print(made)


def _on_record(connection: Any, what: str, one: "Reader") -> None:
    """Put on record what the operating system's user did to the list of readers."""
    from repository.access.audit import record
    from repository.access.session import operator

    asked = {
        what: one.name,
        "organisation": one.organisation,
        "party": one.party,
        "clearance": one.clearance,
        "roles": sorted(one.roles),
    }
    record(connection, operator("the list of readers"), "reader", asked)


def _reader(
    connection: object,
    name: str,
    organisation: str,
    clearance: str,
    roles: list[str] | None,
    party: str | None,
) -> "Reader":
    from intelbus.suggestions import require_allowed
    from repository.access.policy import PARTIES, party_of, require_marking
    from repository.access.reader import Reader
    from repository.commands.statistics import agency_types

    require_marking(clearance)
    if party is not None:
        require_allowed("party", party, [*PARTIES])
    kind = party or party_of(agency_types(connection).get(organisation, ""))
    return Reader(name, organisation, clearance, frozenset(roles or ()), kind)
