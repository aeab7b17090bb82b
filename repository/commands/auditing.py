"""`ukhtc audit`: who has seen what, and whether the record of it is whole."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from repository.commands.paging import Page, asked_of, offset_of, say_next
from repository.commands.reading import AsJson, opened, print_json, row, session, table

BROKEN = 1
DRAWN = 100
"""Looks to review that are shown at once; what is reviewed makes room for others."""
Kept = Annotated[
    Path | None, typer.Option("--kept", help="A checkpoint kept elsewhere: checked as well.")
]
Since = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    audit = typer.Typer(no_args_is_help=True, help="Who has seen what.")
    audit.command()(verify)
    audit.command()(checkpoint)
    audit.command()(who)
    audit.command()(sample)
    audit.command()(review)
    audit.command()(unusual)
    audit.command()(export)
    app.add_typer(audit, name="audit")


def verify(kept: Kept = None, as_json: AsJson = False) -> None:
    """Verify that the audit is as it was written; ends with 1 when it is not."""
    from intelbus.cli import console
    from repository.access.chain import checkpoints, stored_faults
    from repository.access.evidence import Checkpoint

    checked = None
    if kept is not None:
        given = json.loads(kept.read_text("utf-8"))
        checked = Checkpoint(
            given["size"],
            bytes.fromhex(given["link"]),
            datetime.fromisoformat(given["signed_at"]),
            bytes.fromhex(given["signature"]),
        )
    with opened() as connection:
        found = stored_faults(connection, centre_keys(connection), checked)
        signed = checkpoints(connection)
    if as_json:
        print_json({"whole": not found, "faults": [asdict(one) for one in found]})
    elif found:
        made = table(f"{len(found)} faults", "position", "what")
        for one in found:
            row(made, one.position, one.what)
        console.print(made)
    else:
        end = f", signed up to row {signed[-1].size}" if signed else ", and nothing of it is signed"
        console.print(f"the audit is as it was written{end}")
    if found:
        raise typer.Exit(BROKEN)


def checkpoint() -> None:
    """Print the newest checkpoint, to be kept elsewhere (`ukhtc audit verify --kept FILE`)."""
    from intelbus.errors import RefusedError
    from repository.access.chain import checkpoints

    with opened() as connection:
        known = checkpoints(connection)
    if not known:
        raise RefusedError(
            "nothing is signed yet", hint="the sequencer signs with the centre's key"
        )
    one = known[-1]
    print_json(
        {
            "size": one.size,
            "link": one.link.hex(),
            "signed_at": one.signed_at.isoformat(),
            "signature": one.signature.hex(),
        }
    )


def who(
    which: Annotated[str, typer.Argument(help="An event's id or position, or an entity's id.")],
    as_json: AsJson = False,
) -> None:
    """Show who has seen an event or an entity."""
    from repository.queries.seen import who_has_seen

    found = _supervised({"who": which}, lambda connection: who_has_seen(connection, which))
    _print(found, f"who has seen {which}", as_json=as_json)


def sample(
    one_in: Annotated[int, typer.Option(min=1, help="One look in so many.")] = 10,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day; four weeks ago if not said."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Looks to show.")] = DRAWN,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """List looks that a supervisor should review, drawn by chance: those by a broken glass first,
    and all of them.
    """
    from repository.access.looks import sample as draw

    start = _start(since, timedelta(days=28))
    more = False

    def read(connection: Any) -> list[dict[str, Any]]:
        nonlocal more
        found, more = draw(
            connection, start, one_in=one_in, limit=limit, offset=offset_of(page, limit)
        )
        return found

    asked = {"sample": one_in, "from": start.isoformat()} | asked_of(page, limit)
    found = _supervised(asked, read)
    _print(found, "to review: `ukhtc audit review NUMBER`", as_json=as_json)
    say_next(page, more=more, as_json=as_json)


def review(
    audit_no: Annotated[int, typer.Argument(help="The look's number.")],
    verdict: Annotated[str, typer.Option(help="`in order` or `to be followed up`.")],
    note: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Put on record what you found of a look."""
    from repository.access.looks import require_supervisor
    from repository.access.looks import review as keep

    reading = session()

    def read(connection: Any) -> tuple[None, tuple[()]]:
        require_supervisor(reading.reader)
        keep(connection, reading.reader, audit_no, verdict, note)
        return None, ()

    reading.answer("audit", {"review": audit_no, "verdict": verdict}, read)


def unusual(
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what readers did on a day that is unusual for them; ends with 1 when there is any."""
    from intelbus.cli import console
    from repository.access.looks import unusual_on

    day = on.date() if on else datetime.now(UTC).date()
    found = _supervised(
        {"unusual": day.isoformat()}, lambda connection: unusual_on(connection, day)
    )
    if as_json:
        print_json(found)
    else:
        made = table(f"unusual on {day}", "reader", "rule", "counted", "usual", "meaning",
                     empty="each reader did what is usual for them")  # fmt: skip
        for one in found:
            row(made, one["reader"], one["rule"], one["counted"], f"{one['usual']:.1f}",
                one["meaning"])  # fmt: skip
        console.print(made)
    if found:
        raise typer.Exit(BROKEN)


def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, JSON lines.")],
    since: Since = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")
    ] = None,
) -> None:
    """Write the record of processing, an act a line: collection, alteration, consultation,
    disclosure, combination and erasure (Data Protection Act 2018, s. 62).
    """
    from intelbus.cli import messages
    from repository.queries.processing import processing_between

    start = _start(since, timedelta(days=365))
    last = until.date() if until else datetime.now(UTC).date()
    end = _midnight(last) + timedelta(days=1)
    found = _supervised(
        {"export": True, "from": start.isoformat(), "to": end.isoformat()},
        lambda connection: processing_between(connection, start, end),
    )
    with output.open("w", encoding="utf-8") as file:
        for one in found:
            file.write(json.dumps(one, ensure_ascii=False) + "\n")
    messages.print(f"{len(found)} acts", markup=False)


def centre_keys(connection: Any) -> set[bytes]:
    """Return every public key that the centre has had, as far as this folder and registry know."""
    from intelbus.settings import load_settings
    from intelbus.trust import CENTRE
    from intelbus.trust_files import NotPinnedError, centre_key, pinned_authority
    from repository.registry import load

    home = load_settings().centre_home
    own = centre_key(home)
    known = {own.public_key} if own else set()
    try:
        registry = load(connection, pinned_authority(home), now=datetime.now(UTC))
    except NotPinnedError:
        return known
    keys = registry.keys.values() if registry else ()
    return known | {one.public_key for one in keys if one.agency == CENTRE}


def _supervised(asked: dict[str, Any], read: Any) -> list[Any]:
    from repository.access.looks import require_supervisor

    reading = session()

    def answer(connection: Any) -> tuple[list[Any], tuple[()]]:
        require_supervisor(reading.reader)
        return read(connection), ()

    found: list[Any] = reading.answer("audit", asked, answer)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _start(since: datetime | None, back: timedelta) -> datetime:
    return _midnight(since.date() if since else datetime.now(UTC).date() - back)


def _print(found: list[dict[str, Any]], title: str, *, as_json: bool) -> None:
    from intelbus.cli import console

    if as_json:
        print_json(found)
        return
    made = table(title, "number", "when", "reader", "purpose", "operation", "asked", "ids",
                 empty="no look that you may know of")  # fmt: skip
    for one in found:
        ids = ", ".join(one["ids"][:8]) + (" …" if len(one["ids"]) > 8 else "")
        asked = json.dumps(one["asked"], ensure_ascii=False)
        row(made, one["audit_no"], one["at"][:19], f"{one['reader']} ({one['organisation']})",
            one["purpose"], f"{one['operation']}: {one['outcome']}", asked, ids)  # fmt: skip
    console.print(made)
