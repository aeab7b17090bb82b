"""`ukhtc export` and `ukhtc exports recalls`: what leaves the building."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from repository.commands.paging import Page, asked_of, offset_of, say_next
from repository.commands.reading import AsJson, many, opened, print_json, row, session, table
from repository.commands.statistics import show

if TYPE_CHECKING:
    from repository.exports.disclosures import OfKind, OfNetwork, OfSearch

DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    app.command()(export)
    exports = typer.Typer(no_args_is_help=True, help="What has left the building.")
    exports.command("list")(list_all)
    exports.command("recalls")(recalls)
    exports.command("due")(due)
    exports.command("review")(review)
    exports.callback()(_exports)
    app.add_typer(exports, name="exports")


def _exports() -> None:
    """What has left the building."""


def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    recipient: Annotated[
        str, typer.Option(help="To whom: an enrolled organisation's code, or an outside body.")
    ],
    purpose: Annotated[
        str | None,
        typer.Option(envvar="INTELBUS_PURPOSE", help="Why: a case reference; as for any look."),
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Events of this kind …")] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="… that were reported from …")
    ] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="… to.")] = None,
    search: Annotated[
        str | None,
        typer.Option(
            help="Or what has all that this search asks for, to the letter, filters and all; 1,000"
            " at most."
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(metavar="ENTITY", help="Or the events behind what this entity is tied to."),
    ] = None,
    hops: Annotated[int, typer.Option(min=1, max=3, help="So many steps from it.")] = 2,
    form: Annotated[str, typer.Option("--format", help="csv, graphml, htcds or stix.")] = "stix",
    clearance: Annotated[
        str | None,
        typer.Option(
            help="The highest marking that the recipient may hold: restricted unless said."
        ),
    ] = None,
    outside: Annotated[
        str | None, typer.Option(help="Why it goes to a body that is not enrolled.")
    ] = None,
    party: Annotated[
        str | None,
        typer.Option(
            help="What an outside body is: law_enforcement, prosecuting, non_prosecuting, eea or"
            " foreign."
        ),
    ] = None,
) -> None:
    """Write current events that handling and marking let out; the disclosure is put on record."""
    import os

    from intelbus.cli import messages
    from intelbus.errors import RefusedError
    from intelbus.settings import load_settings
    from repository.exports.disclosures import export as make
    from repository.exports.recipients import recipient_of
    from repository.registry import agencies

    of = _selection(kind, since, until, search, network, hops)
    if purpose is not None:
        os.environ.setdefault("INTELBUS_PURPOSE", purpose)  # whoever says why need not say it twice
    reading = session()
    why = reading.purpose if purpose is None else purpose
    with opened() as connection:
        enrolled = agencies(connection, load_settings().centre_home)

    def read(connection: Any) -> tuple[dict[str, Any], list[str]]:
        if not reading.reader.has("exporter"):
            raise RefusedError(
                "only an exporter lets events leave the building", hint="the role is `exporter`"
            )
        to = recipient_of(recipient, enrolled, party=party, clearance=clearance, outside=outside)
        answer = make(
            connection,
            form=form,
            of=of,
            recipient=to,
            purpose=why,
            exported_by=reading.reader.name,
            organisation=reading.reader.organisation,
        )
        return answer, [str(position) for position in answer["positions"]]

    asked = {
        "form": form,
        **{name: str(value) for name, value in asdict(of).items() if value},
        "recipient": recipient,
        "party": party,
        "clearance": clearance,
        "outside": outside,
        "purpose": why,
    }
    made = reading.answer("export", asked, read)
    output.write_bytes(made["content"])
    events = many(len(made["positions"]), "event")
    messages.print(
        f"export {made['export_id']}: {events}, {made['left_out']} left out for their handling or"
        " marking",
        markup=False,
    )


def _selection(
    kind: str | None,
    since: datetime | None,
    until: datetime | None,
    search: str | None,
    network: str | None,
    hops: int,
) -> "OfKind | OfSearch | OfNetwork":
    from repository.exports.disclosures import OfKind, OfNetwork, OfSearch

    of_kind = kind or since or until
    if network and not (of_kind or search):
        return OfNetwork(network, hops)
    if search and not (of_kind or network):
        return OfSearch(search)
    if kind and since and until and not (search or network):
        return OfKind(kind, since.date(), until.date())
    raise typer.BadParameter("say --kind, --from and --to, or --search, or --network")


def list_all(
    event: Annotated[
        str | None, typer.Option(help="Only what holds this event: its id or position.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """List what was let out, the latest first: to whom, why, under which codes."""
    from intelbus.cli import console
    from repository.exports.listing import exports

    offset = offset_of(page, limit)
    found, more = session().answer(
        "view",
        {"exports": event or ""} | asked_of(page, limit),
        lambda connection: (exports(connection, event=event, limit=limit, offset=offset), ()),
    )
    if as_json:
        print_json(found)
        say_next(page, more=more, as_json=True)
        return
    title = many(len(found), "export") + (" of more" if more else "")
    made = table(
        title, "export", "at", "by", "to", "cleared to", "why", "form", "of", "events by code",
        empty="`ukhtc export` lets events leave; each is put on record here",
    )  # fmt: skip
    for one in found:
        of = f"{one['kind']} {one['from']} to {one['to']}" if one["kind"] else one["query"]
        codes = ", ".join(f"{code}: {number}" for code, number in sorted(one["codes"].items()))
        row(made, one["export_id"], one["exported_at"][:16].replace("T", " "), one["exported_by"],
            one["recipient"], one["clearance"] or "", one["purpose"], one["form"],
            of or one["network"] or "a search or a network", codes)  # fmt: skip
    console.print(made)
    say_next(page, more=more, as_json=False)


def recalls(as_json: AsJson = False) -> None:
    """List exports that hold what was corrected or retracted since."""
    from repository.exports.disclosures import recalls as find

    found = session().answer("view", {"recalls": True}, lambda c: (find(c), ()))
    if as_json:
        print_json(found)
        return
    columns = ("exported_at", "recipient", "outside", "purpose", "export_id", "positions")
    empty = "an export is here when what it holds is corrected, retracted or erased"
    show(f"{many(len(found), 'export')} to recall", columns, found, as_json=False, empty=empty)


def due(as_json: AsJson = False) -> None:
    """List exports to look at again: graded anew since, or not looked at for half a year."""
    from repository.exports.reviews import due as find

    now = datetime.now(UTC)
    found = session().answer("view", {"exports due": True}, lambda c: (find(c, now), ()))
    if as_json:
        print_json(found)
        return
    columns = ("since", "recipient", "party", "outside", "purpose", "export_id", "regraded",
               "positions")  # fmt: skip
    title = f"{many(len(found), 'export')} to look at again"
    empty = "an export is here when what it holds is graded anew, and after half a year"
    show(title, columns, found, as_json=False, empty=empty)


def review(
    export_id: Annotated[UUID, typer.Argument(help="Of `ukhtc exports due`.")],
    verdict: Annotated[str, typer.Option(help="`stands` or `recalled`.")],
    because: Annotated[str, typer.Option("--because", help="Why; it stays on record.")],
) -> None:
    """Say that an export stands, or was recalled; never of one's own."""
    from repository.exports.reviews import review as keep

    reading = session()

    def read(connection: Any) -> tuple[None, tuple[()]]:
        keep(connection, reading.reader, export_id, verdict, because)
        return None, ()

    reading.answer("export", {"review": str(export_id), "verdict": verdict}, read)
