"""`ukhtc statistics`: published tables."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from repository.commands.reading import AsJson, opened, print_json, row, table

Since = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
Until = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")]
AsAt = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="As known at the end of this day (UTC)."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    statistics = typer.Typer(no_args_is_help=True, help="Published tables.")
    statistics.command("nrm")(nrm)
    statistics.command("revisions")(revisions)
    statistics.command("convictions")(convictions)
    app.add_typer(statistics, name="statistics")


def nrm(
    since: Since,
    until: Until,
    as_at: AsAt = None,
    events: Annotated[
        str | None,
        typer.Option(metavar="TABLE=VALUE", help="Open the events behind one cell instead."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count the cases of the National Referral Mechanism referred in a period."""
    from intelbus.cli import console
    from repository.statistics.nrm import NoCellError, nrm_events, nrm_table

    first, last, at = since.date(), until.date(), moment(as_at)
    with opened() as connection:
        types = agency_types(connection)
        if events is not None:
            dimension, given, value = events.partition("=")
            if not given:
                raise NoCellError(f"{events!r} is no cell", hint="for example sex=female")
            cases = nrm_events(
                connection, first, last, dimension=dimension, value=value, types=types, as_at=at
            )
            print_cases(cases, as_json=as_json)
            return
        found = nrm_table(connection, first, last, types=types, as_at=at, everything=True)
    if as_json:
        print_json(found)
        return
    period = found["period"]
    title = f"{found['referrals']} referrals, {period['from']} to {period['to']}"
    console.print(f"{title} (as at position {found['as_at_position']})")
    warn_if_behind(found)
    for name in (one for one, cells in found.items() if isinstance(cells, dict)):
        if name != "period":
            made = table(name.replace("_", " "), "", "cases")
            for label, number in found[name].items():
                row(made, label, number)
            console.print(made)


def revisions(
    since: Since,
    until: Until,
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="As at this day.")],
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:
    """Show what has changed in a bulletin between two days."""
    from intelbus.cli import console
    from repository.statistics.nrm import nrm_table
    from repository.statistics.nrm import revisions as differences

    with opened() as connection:
        types = agency_types(connection)
        earlier, later = (
            nrm_table(connection, since.date(), until.date(), types=types, as_at=moment(day))
            for day in (before, as_at)
        )
    found = differences(earlier, later)
    if as_json:
        print_json(found)
        return
    made = table(f"{len(found)} figures revised", "table", "", "before", "after")
    for one in found:
        row(made, one["table"], one["value"], one["before"], one["after"])
    console.print(made)


def convictions(as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Count convictions by offence and statute, with the sentences given in all."""
    from intelbus.cli import console
    from repository.statistics.convictions import convictions as count

    with opened() as connection:
        found = count(connection, as_at=moment(as_at))
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("no conviction has been reported yet")
        return
    made = table("convictions", "offence", "statute", "convictions", "years of imprisonment")
    for one in found:
        years = f"{one['sentence_months'] / 12:.1f}"
        row(made, one["offence"], one["statute"], one["convictions"], years)
    console.print(made)


def moment(as_at: datetime | None) -> datetime | None:
    """Return the last moment of the day that was given, or None."""
    from repository.statistics.nrm import end_of

    return end_of(as_at.date()) if as_at else None


def warn_if_behind(found: Mapping[str, Any]) -> None:
    """Say on standard error how many events of the log are not in the figures yet."""
    from intelbus.cli import messages

    if found["not_yet_counted"]:
        behind = f"{found['not_yet_counted']} events of the log are not counted yet"
        messages.print(f"{behind}: is `ukhtc count` running?", markup=False)


def print_cases(cases: list[list[int]], *, as_json: bool) -> None:
    """Print the positions of each case's events."""
    from intelbus.cli import console

    if as_json:
        print_json(cases)
        return
    made = table(f"{len(cases)} cases", "case", "events (`ukhtc event show POSITION`)")
    for number, positions in enumerate(cases, start=1):
        row(made, number, ", ".join(map(str, positions)))
    console.print(made)


def agency_types(connection: Any) -> Mapping[str, str]:
    """Return each enrolled agency's type; nothing when the centre's folder is not here."""
    from intelbus.settings import load_settings
    from intelbus.trust_files import NotPinnedError, pinned_authority
    from repository.registry import load

    try:
        authority = pinned_authority(load_settings().centre_home)
    except NotPinnedError:
        return {}
    registry = load(connection, authority, now=datetime.now(UTC))
    return {code: one.type for code, one in registry.agencies.items()} if registry else {}
