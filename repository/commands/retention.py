"""`ukhtc retention`, `ukhtc erase`, `ukhtc erasures`: how long events are kept, and their end."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from repository.commands.paging import Page, asked_of, offset_of, say_next
from repository.commands.reading import AsJson, many, opened, print_json, row, session, table
from repository.commands.statistics import show

Because = Annotated[str, typer.Option("--because", help="Why; it stays on record.")]
DAY = ["%Y-%m-%d"]
PURPOSE = "retention"


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    retention = typer.Typer(no_args_is_help=True, help="Reviews of what is kept.")
    retention.command("rules")(rules)
    retention.command("due")(due)
    retention.command("keep")(keep)
    app.add_typer(retention, name="retention")
    app.command()(erase)
    erasures = typer.Typer(
        no_args_is_help=True, help="Erasures by two readers, and what was erased."
    )
    erasures.command()(ask)
    erasures.command()(requests)
    erasures.command()(grant)
    erasures.command()(refuse)
    erasures.command("list")(erasures_list)
    erasures.command("export")(export)
    erasures.command("apply")(apply)
    app.add_typer(erasures, name="erasures")


def rules(as_json: AsJson = False) -> None:
    """Show how long each sort of event is kept before its review; the first that fits counts."""
    from repository.retention.rules import shown

    show("review rules", ("name", "months", "why"), shown(), as_json=as_json)


def due(
    by: Annotated[
        datetime | None, typer.Option(formats=DAY, help="Due by this day; today by default.")
    ] = None,
    suspended: Annotated[
        bool, typer.Option("--suspended", help="Also what a live case or operation keeps.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """List the events whose review is due; then `keep` each or `ukhtc erase` it."""
    from repository.access.administration import administered
    from repository.retention.schedule import due as find

    day = by.date() if by else datetime.now(UTC).date()
    asked = {"due": day.isoformat(), "suspended": suspended} | asked_of(page, limit)
    with opened() as connection, administered(connection, "view", asked, PURPOSE) as ids:
        offset = offset_of(page, limit)
        found = find(connection, day, suspended=suspended, limit=limit + 1, offset=offset)
        more = len(found) > limit
        found = found[:limit]
        ids += [str(one["position"]) for one in found]
    columns = ("review_on", "position", "agency", "kind", "reported_on", "rule", "suspended_by")
    title = f"{many(len(found), 'review')} due by {day}"
    empty = "`ukhtc retention rules` says when an event's is; --by looks further ahead"
    show(title, columns, found, as_json=as_json, empty=empty)
    say_next(page, more=more, as_json=as_json)


def keep(
    position: Annotated[int, typer.Argument(help="The event's position.")],
    until: Annotated[datetime, typer.Option(formats=DAY, help="The next review.")],
    because: Because,
) -> None:
    """Record that an event was reviewed and is kept until its next review."""
    from intelbus.cli import messages
    from repository.access.administration import administered
    from repository.access.session import os_user
    from repository.retention.schedule import keep as record

    asked = {"keep": position, "until": until.date().isoformat(), "because": because}
    with opened() as connection, administered(connection, "administration", asked, PURPOSE) as ids:
        ids.append(str(position))
        record(
            connection,
            position,
            until=until.date(),
            by=os_user(),
            because=because,
            now=datetime.now(UTC),
        )
    messages.print(f"event {position} is kept until {until.date()}", markup=False)


def erase(
    which: Annotated[str, typer.Argument(help="An event's id, or its position.")],
    authority: Annotated[str, typer.Option(help="Under which order or request.")],
    because: Because,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the report and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase an event for ever, all its versions and restatements, from everything derived of it.

    At the centre's machine, by whoever tends it; of readers one asks and another decides (`ukhtc
    erasures ask`).
    """
    from repository.access.administration import administered
    from repository.access.session import os_user
    from repository.retention.erasure import erase as make

    if not (yes or dry_run):
        typer.confirm(f"Erase event {which} for ever?", abort=True, err=True)
    asked = {"erase": which, "authority": authority, "because": because, "dry_run": dry_run}
    with opened() as connection, administered(connection, "erasure", asked, authority) as ids:
        report = make(
            connection,
            which,
            by=os_user(),
            authority=authority,
            because=because,
            now=datetime.now(UTC),
            dry_run=dry_run,
        )
        ids += [str(one["position"]) for one in report["events"] if one["position"]]
    _report(report, done=not dry_run, as_json=as_json)


def ask(
    which: Annotated[str, typer.Argument(help="An event's id, or its position.")],
    authority: Annotated[str, typer.Option(help="Under which order or request.")],
    because: Because,
    as_json: AsJson = False,
) -> None:
    """Ask, as a reader who keeps records, to erase an event; shows what would go. Another such
    reader decides.
    """
    from intelbus.cli import messages
    from repository.access.acting import acting
    from repository.access.officer import require_keeper
    from repository.retention.requests import ask as put

    reading = session()
    asked = {"ask": which, "authority": authority, "because": because}
    with acting(reading, "erasure", asked, require=require_keeper) as connection:
        found = put(connection, reading.who, which, authority=authority, because=because,
                    now=datetime.now(UTC))  # fmt: skip
    if as_json:
        print_json(found)
        return
    _report(found["report"], done=False, as_json=False)
    messages.print(f"request {found['request']} waits for another person", markup=False)


def requests(
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """List requests for erasures: what waits for a decision, then the latest decided."""
    from repository.access.acting import acting
    from repository.access.officer import require_keeper
    from repository.retention.requests import requests as find

    reading = session()
    asked = {"erasure requests": asked_of(page, limit)}
    with acting(reading, "view", asked, require=require_keeper) as connection:
        today, offset = datetime.now(UTC).date(), offset_of(page, limit)
        found, more = find(connection, reading.who, today=today, limit=limit, offset=offset)
    if as_json:
        print_json(found)
        say_next(page, more=more, as_json=True)
        return
    columns = ("request", "state", "asked_by", "agency", "position", "kind", "authority", "because",
               "kept", "decided_by")  # fmt: skip
    rows = [one | {"kept": _kept(one["reason_to_keep"])} for one in found]
    empty = "`ukhtc erasures ask` makes one, and another person decides"
    show(many(len(found), "request"), columns, rows, as_json=False, empty=empty)
    say_next(page, more=more, as_json=False)


def grant(
    number: Annotated[int, typer.Argument(help="Number in `ukhtc erasures requests`.")],
    because: Because,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase for ever what another reader asked for."""
    if not yes:
        typer.confirm(f"Erase what request {number} names, for ever?", abort=True, err=True)
    report = _decide(number, because, granted=True)
    if report is not None:
        _report(report, done=True, as_json=as_json)


def refuse(
    number: Annotated[int, typer.Argument(help="Number in `ukhtc erasures requests`.")],
    because: Because,
) -> None:
    """Decide that what another reader asked to erase stays."""
    from intelbus.cli import messages

    _decide(number, because, granted=False)
    messages.print(f"request {number} is refused", markup=False)


def _decide(number: int, because: str, *, granted: bool) -> dict[str, Any] | None:
    from repository.access.acting import acting
    from repository.access.officer import require_keeper
    from repository.retention.requests import decide

    reading = session()
    asked = {"erase" if granted else "refuse": number, "because": because}
    with acting(reading, "erasure", asked, require=require_keeper) as connection:
        return decide(connection, reading.who, number, granted=granted, because=because,
                      now=datetime.now(UTC))  # fmt: skip


def _kept(reason: dict[str, Any] | None) -> str:
    """Return in words why an event is kept; nothing where it is not."""
    if reason is None:
        return ""
    until = reason["keep_until"] and f"until {reason['keep_until']}: {reason['because']}"
    case = reason["suspended_by"] and f"by {reason['suspended_by']}, which goes on"
    return "; ".join(filter(None, (case, until)))


def _report(report: dict[str, Any], *, done: bool, as_json: bool) -> None:
    """Show what was erased, or would be, and what erasure cannot reach."""
    from intelbus.cli import console, messages

    if as_json:
        print_json(report)
        return
    made = table("erased" if done else "would be erased", "event", "position", "message")
    for one in report["events"]:
        at = one["message"]
        place = f"{at['topic']} {at['partition']}@{at['offset']}"
        row(made, one["event_id"], one["position"], place)
    console.print(made)
    for one in report["reasons_to_keep"]:
        what = "was" if done else "is"
        messages.print(f"event {one['position']} {what} kept {_kept(one)}", markup=False)
    rows = [{"where": name, "rows": count} for name, count in report["rows_removed"].items()]
    show("rows", ("where", "rows"), rows, as_json=False)
    held = report["still_held"]
    messages.print(f"Kafka: {held['kafka']}", markup=False)
    if held["exports"]:
        columns = ("export_id", "recipient", "exported_at", "positions")
        show("exports that hold it: recall them", columns, held["exports"], as_json=False)


def erasures_list(as_json: AsJson = False) -> None:
    """List what was erased: when, by whom, under which authority and why."""
    from repository.access.administration import administered
    from repository.retention.erasure import listed

    with opened() as connection, administered(connection, "view", {"erasures": True}, PURPOSE):
        found = listed(connection)
    columns = ("erased_at", "agency", "event_id", "erased_by", "authority", "because", "pending")
    title, empty = many(len(found), "erased event"), "`ukhtc erase` puts what it erases on record"
    show(title, columns, found, as_json=as_json, empty=empty)


def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, JSON lines.")],
) -> None:
    """Write the list that a store built anew must be given before it reads Kafka."""
    from repository.access.administration import administered
    from repository.retention.erasure import listed

    asked = {"erasures": str(output)}
    with opened() as connection, administered(connection, "export", asked, PURPOSE):
        found = listed(connection)
    lines = (json.dumps({k: v for k, v in one.items() if k != "report"}) for one in found)
    output.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def apply(
    file: Annotated[Path, typer.Argument(help="What `erasures export` wrote; - for input.")],
) -> None:
    """Erase what another store has erased: now if it is here, else when it comes."""
    from intelbus.cli import messages
    from repository.access.administration import administered
    from repository.retention.erasure import apply as make

    text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    with opened() as connection, administered(connection, "erasure", {"apply": str(file)}, PURPOSE):
        done, waiting = make(connection, text.splitlines())
    messages.print(f"{done} events erased, {waiting} to be erased when they come", markup=False)
