"""`ukhtc statistics`: published tables."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from repository.commands.reading import AsJson, opened, print_json, row, session, table

Answer = TypeVar("Answer")
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
    statistics.command("due")(due)
    statistics.command("declined")(declined)
    statistics.command("missing-children")(missing_children)
    statistics.command("routes")(routes)
    statistics.command("contribution")(contribution)
    statistics.command("operations")(operations)
    statistics.command("threats")(threats)
    app.add_typer(statistics, name="statistics")


def nrm(
    since: Since,
    until: Until,
    as_at: AsAt = None,
    policy: Annotated[str, typer.Option(help="Publication policy: none, k5, k11.")] = "none",
    form: Annotated[
        str, typer.Option("--format", help="table, json, csv, ods or svg (the last three: -o).")
    ] = "table",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
    events: Annotated[
        str | None,
        typer.Option(metavar="TABLE=VALUE", help="Open the events behind one cell instead."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count the cases of the National Referral Mechanism referred in a period."""
    from intelbus.cli import console
    from repository.access.context import context_of
    from repository.statistics.formats import FORMATS, rendered
    from repository.statistics.nrm import NoCellError, nrm_events, nrm_table
    from repository.statistics.policies import WITHHELD, policy_named, published

    rule, first, last, at = policy_named(policy), since.date(), until.date(), moment(as_at)
    form = "json" if as_json else form
    if form not in ("table", "json", *FORMATS) or (form in FORMATS and output is None):
        raise typer.BadParameter("table, json, or csv, ods, svg with -o FILE", param_hint="format")
    if events is not None and rule.k:
        raise typer.BadParameter("a policy withholds what --events would open", param_hint="policy")
    types = known_types()
    if events is not None:
        dimension, given, value = events.partition("=")
        if not given:
            raise NoCellError(f"{events!r} is no cell", hint="for example sex=female")

        def opened_cell(connection: Any) -> tuple[list[list[int]], list[str]]:
            cases = nrm_events(
                connection, first, last, dimension=dimension, value=value, types=types, as_at=at
            )
            return cases, [str(position) for case in cases for position in case]

        asked = {"table": "nrm", **_period(first, last, at), "cell": events}
        print_cases(session().answer("statistic", asked, opened_cell), as_json=as_json)
        return
    found = counted(
        "nrm",
        lambda connection: nrm_table(
            connection, first, last, types=types, as_at=at,
            everything=context_of(connection).everything,
        ),
        **_period(first, last, at),
        policy=policy,
    )  # fmt: skip
    found = published(found, rule)
    if output is not None:
        as_text = json.dumps(found, ensure_ascii=False, indent=2).encode()
        output.write_bytes(rendered(found, form) if form in FORMATS else as_text)
        return
    if form == "json":
        print_json(found)
        return
    period = found["period"]
    referrals = WITHHELD if found["referrals"] is None else found["referrals"]
    title = f"{referrals} referrals, {period['from']} to {period['to']}"
    console.print(f"{title} (as at position {found['as_at_position']})")
    warn_if_behind(found)
    for name in (one for one, cells in found.items() if isinstance(cells, dict)):
        if name != "period":
            made = table(name.replace("_", " "), "", "cases")
            for label, number in found[name].items():
                row(made, label, WITHHELD if number is None else number)
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

    types = known_types()

    def read(connection: Any) -> list[dict[str, Any]]:
        earlier, later = (
            nrm_table(connection, *days(since, until), types=types, as_at=moment(day))
            for day in (before, as_at)
        )
        return differences(earlier, later)

    asked = _period(*days(since, until), moment(as_at))
    found = counted("revisions", read, **asked, before=before)
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

    found = counted(
        "convictions", lambda connection: count(connection, as_at=moment(as_at)), as_at=as_at
    )
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


def due(
    authority: Annotated[str | None, typer.Option(help="A competent authority's code.")] = None,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of this day.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the NRM decisions that are due, most urgent first, and reflection periods run out."""
    from repository.statistics.caseload import due_dates

    day = today.date() if today else datetime.now(UTC).date()
    found = counted(
        "due",
        lambda connection: due_dates(connection, day, authority=authority),
        today=day,
        authority=authority,
    )
    columns = ("due_on", "days_over", "due_for", "reference", "competent_authority", "reflection_overdue")  # fmt: skip # noqa: E501
    empty = "a decision is here from its referral until it is made"
    show(f"due as of {day}", columns, found, as_json=as_json, empty=empty)


def declined(since: Since, until: Until, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Count the victims who declined to give evidence, by reason."""
    from repository.statistics.results import victims_who_declined

    found = counted(
        "declined",
        lambda connection: victims_who_declined(
            connection, *days(since, until), as_at=moment(as_at)
        ),
        **_period(*days(since, until), moment(as_at)),
    )
    title, empty = "victims who declined to give evidence", "no outcome of the period names any"
    show(title, ("reason", "victims"), found, as_json=as_json, empty=empty)


def missing_children(
    since: Since, until: Until, as_at: AsAt = None, as_json: AsJson = False
) -> None:
    """Count the incidents of missing children that began in a period."""
    from repository.statistics.results import missing_children as count

    found = counted(
        "missing children",
        lambda connection: count(connection, *days(since, until), as_at=moment(as_at)),
        **_period(*days(since, until), moment(as_at)),
    )
    if as_json:
        print_json(found)
        return
    columns = ("incidents", "found", "still_missing", "link_suspected")
    show("missing children", columns, [found], as_json=False)


def routes(since: Since, until: Until, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Count intelligence reports by the route that they took."""
    from repository.statistics.contribution import by_route

    found = counted(
        "routes",
        lambda connection: by_route(connection, *days(since, until), as_at=moment(as_at)),
        **_period(*days(since, until), moment(as_at)),
    )
    empty = "no intelligence that you may see was reported in the period"
    show(
        "intelligence by route", ("route", "reports", "share"), found, as_json=as_json, empty=empty
    )


def contribution(since: Since, until: Until, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Count what each agency sent; nil returns and silence stand apart."""
    from repository.statistics.contribution import by_agency

    expected = sorted(known_types())
    found = counted(
        "contribution",
        lambda connection: by_agency(
            connection, *days(since, until), expected=expected, as_at=moment(as_at)
        ),
        **_period(*days(since, until), moment(as_at)),
    )
    rows = found if as_json else [one | {"status": _STATUSES[one["status"]]} for one in found]
    show("contribution", ("agency", "status", "events", "nil_returns"), rows, as_json=as_json)


_STATUSES = {
    "reported": "reported",
    "nil": "nil",
    "silent": "silent",
    "none_seen": "none that you may see",
}


def operations(as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Show what came of each operation: arrests, victims, convictions, months of imprisonment."""
    from repository.statistics.results import operation_outcomes

    found = counted(
        "operations",
        lambda connection: operation_outcomes(connection, as_at=moment(as_at)),
        as_at=as_at,
    )
    columns = ("operation", "arrests", "victims_encountered", "convictions", "sentence_months")
    show("operations", columns, found, as_json=as_json)


def threats(
    since: Since,
    until: Until,
    by: Annotated[str, typer.Option(help="exploitation, area or nationality.")] = "exploitation",
    olympic: Annotated[
        bool, typer.Option("--olympic", help="Only reports that name an Olympic borough.")
    ] = False,
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:
    """Compare a period's intelligence with the period before it, with what chance alone does."""
    from repository.statistics.threats import OLYMPIC_BOROUGHS, VIEWS, threat_view

    if by not in VIEWS:
        raise typer.BadParameter("one of " + ", ".join(VIEWS), param_hint="by")
    areas = OLYMPIC_BOROUGHS if olympic else None
    found = counted(
        "threats",
        lambda connection: threat_view(
            connection, *days(since, until), by=by, areas=areas, as_at=moment(as_at)
        ),
        **_period(*days(since, until), moment(as_at)),
        by=by,
    )
    columns = ("value", "reports", "interval", "before", "p")
    show(f"intelligence by {by}", columns, found, as_json=as_json)


def counted(table: str, read: Callable[[Any], Answer], **asked: Any) -> Answer:
    """Return a table counted from what the reader may see, after it is on record."""
    said = {name: None if value is None else str(value) for name, value in asked.items()}
    answer: Answer = session().answer(
        "statistic", {"table": table, **said}, lambda connection: (read(connection), ())
    )
    return answer


def _period(since: date, until: date, as_at: datetime | None) -> dict[str, str | None]:
    at = as_at.isoformat() if as_at else None
    return {"from": since.isoformat(), "to": until.isoformat(), "as_at": at}


def show(
    title: str,
    columns: Sequence[str],
    found: Sequence[Mapping[str, Any]],
    *,
    as_json: bool,
    empty: str = "",
) -> None:
    """Print rows whole as JSON, or these columns of them as a table: while there are none, `empty`
    says what would be in it.
    """
    from intelbus.cli import console

    if as_json:
        print_json(found)
        return
    made = table(title, *(column.replace("_", " ") for column in columns), empty=empty)
    for one in found:
        row(made, *(cell(column, one[column]) for column in columns))
    console.print(made)


def cell(column: str, value: Any) -> str:
    """Return a value as its column shows it: a dash is for what has two ends."""
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return (" – " if column == "interval" else ", ").join(map(str, value))
    return "" if value is None else str(value)


def days(since: datetime, until: datetime) -> tuple[date, date]:
    """Return the first and the last day of a period."""
    return since.date(), until.date()


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


def known_types() -> Mapping[str, str]:
    """Return each enrolled agency's type, as the trust registry has it."""
    with opened() as connection:
        return agency_types(connection)


def agency_types(connection: Any) -> Mapping[str, str]:
    """Return each enrolled agency's type; nothing when the centre's folder is not here."""
    from intelbus.settings import load_settings
    from repository.registry import agencies

    enrolled = agencies(connection, load_settings().centre_home)
    return {code: one.type for code, one in enrolled.items()}
