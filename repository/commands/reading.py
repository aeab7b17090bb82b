"""`ukhtc event show | history`, `entity show | list | why`: what analysts read."""

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
    entity = typer.Typer(no_args_is_help=True, help="Who and what the reports are about.")
    entity.command("show")(entity_show)
    entity.command("list")(entity_list)
    entity.command("why")(entity_why)
    app.add_typer(entity, name="entity")


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


def table(title: str, *columns: str) -> Any:
    """Return a table to fill, whose title and cells are plain text: content is never markup."""
    from repository.commands.listing import Listing

    return Listing(printable(title), *columns)


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


def entity_show(
    entity: Annotated[str, typer.Argument(help="An entity's id, for example E120-3.")],
    before: Annotated[
        str | None, typer.Option(metavar="RECORD", help="Its records before this one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show an entity's records, the latest hundred, and why each belongs."""
    from intelbus.cli import console
    from repository.queries.entity import entity_seen, show_entity

    found = session().answer(
        "view",
        {"entity": entity} | ({"before": before} if before else {}),
        lambda connection: entity_seen(show_entity(connection, entity, before=before)),
    )
    if as_json:
        print_json(found)
        return
    title = f"{found['entity']} {found['kind']}: {', '.join(found['agencies'])}"
    members = table(title, "record", "agency", "event", "role", "what", "grade")
    for one in found["members"]:
        restates = " (restated)" if one["restates"] else ""
        row(
            members,
            one["record"],
            one["agency"],
            f"{one['position']} {one['event_kind']}{restates}",
            one["role"],
            one["label"],
            one["grade"]["code"],
        )
    console.print(members)
    if found["earlier"]:
        many = f"more than {found['records']}" if found["more"] else found["records"]
        console.print(
            f"of {many} records: `ukhtc entity show {found['entity']} --before {found['earlier']}`"
        )
    sides = table("contradictions", "what", "value", "said by", "event", "grade", "reported")
    for side in found["sides"]:
        for each in side["said"] if side["contradicted"] else ():
            for says in each["says"]:
                row(sides, side["field"], each["value"], says["agency"], says["position"],
                    says["grade"]["code"], says["reported_at"][:10])  # fmt: skip
    if sides.row_count:
        console.print(sides)
    links = table("why", "records", "judged by", "same", "weight", "because")
    for link in found["links"]:
        because = "; ".join(
            f"{why['feature']} {why['level']} {why['bits']:+g}" for why in link["why"]
        )
        row(
            links,
            " – ".join(link["records"]),
            link["judge"],
            "yes" if link["same"] else "no",
            f"{link['weight']:g}",
            because,
        )
    console.print(links)
    _show_corroboration(found["corroboration"])


def _show_corroboration(found: dict[str, Any]) -> None:
    """Show what stands behind an entity: origins, echoes, and what a person may consider."""
    from intelbus.cli import console

    title = f"independent origins: {found['independent']}"
    made = table(title, "agency", "events that rest on it", "")
    for origin in found["origins"]:
        positions = ", ".join(map(str, origin["positions"]))
        row(made, origin["agency"], positions, "" if origin["held"] else "its report is not here")
    for echo in found["echoes"]:
        repeated = ", ".join(map(str, echo["of"])) or "what is cited"
        row(made, "", f"{echo['position']} repeats {repeated}", "not counted")
    for one, other in found["unsure"]:
        row(made, "", f"{one} and {other}", "too much alike to be sure: counted once")
    for position in found["without_origin"]:
        row(made, "", position, "rests on nothing that still stands: not counted")
    console.print(made)
    for one in found["suggestions"]:
        console.print(
            on_one_line(
                f"for a person to consider, as {one['role']}: event {one['position']} "
                f"as {one['information']}, {one['because']}"
            ),
            markup=False,
        )


def entity_why(
    one: Annotated[str, typer.Argument(help="An entity's id or a record's: E120-3, R120-3.")],
    other: Annotated[str, typer.Argument(help="The other's.")],
    as_json: AsJson = False,
) -> None:
    """Say why two entities or records are, or are not, one: feature by feature, in bits."""
    from intelbus.cli import console
    from repository.queries.why import seen_in, why_one

    asked = {"why": [one, other]}
    found = session().answer(
        "view", asked, lambda connection: seen_in(why_one(connection, one, other))
    )
    if as_json:
        print_json(found)
        return
    verdict = "are one" if found["one_entity"] else "are two"
    console.print(on_one_line(f"{one} and {other} {verdict}: {'; '.join(found['because'])}"),
                  markup=False)  # fmt: skip
    if "reasons" in found:
        made = table(
            f"{' – '.join(found['pair'])}: {found['weight']:g} bits, {found['probability']:.4f}",
            "feature", "one", "other", "level", "bits",
        )  # fmt: skip
        for reason in found["reasons"]:
            values = (value or "" for value in reason["values"])
            row(made, reason["feature"], *values, reason["level"], f"{reason['bits']:+g}")
        row(made, "before any evidence", "", "", "", f"{found['before']:+g}")
        row(made, "repeated fields, relatives", "", "", "", f"{found['adjustment']:+g}")
        console.print(made)
        console.print(
            f"{many(found['pairs'], 'pair')} between them, {found['pairs_compared']} compared:"
            f" {found['mean']:g} bits in the mean; from {found['joins_at']:g} they join"
        )
    for word in found["said"]:
        verdict = "one" if word["same"] else "two"
        console.print(on_one_line(f"{' – '.join(word['records'])}: {word['judge']} said {verdict}"),
                      markup=False)  # fmt: skip


def entity_list(
    agencies: Annotated[int, typer.Option(help="Reported by at least so many.", min=1)] = 2,
    kind: Annotated[str | None, typer.Option(help="A kind of subject.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List the entities that several agencies report, of the latest 2,000 events."""
    from intelbus.cli import console
    from repository.queries.shared_entities import entities_by_agencies

    def read(connection: Any) -> tuple[list[dict[str, Any]], list[str]]:
        listed = entities_by_agencies(connection, agencies, kind=kind, limit=limit)
        return listed, [one["entity"] for one in listed]

    asked = {"agencies": agencies, "kind": kind, "limit": limit}
    found = session().answer("view", asked, read)
    if as_json:
        print_json(found)
        return
    made = table(
        many(len(found), "entity", "entities"), "entity", "kind", "what", "agencies", "events"
    )
    for one in found:
        row(made, one["entity"], one["kind"], one["label"], ", ".join(one["agencies"]), one["events"])  # fmt: skip # noqa: E501
    console.print(made)
