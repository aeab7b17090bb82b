"""`ukhtc timeline entity | operation | search`: events in time."""

from typing import Annotated, Any

import typer

from repository.commands.reading import AsJson, many, print_json, row, session, table


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    timeline = typer.Typer(no_args_is_help=True, help="Events in the order in which they happened.")
    timeline.command("entity")(of_entity)
    timeline.command("operation")(of_operation)
    timeline.command("search")(of_search)
    app.add_typer(timeline, name="timeline")


def of_entity(
    entity: Annotated[str, typer.Argument(help="An entity's id, for example E120-3.")],
    as_json: AsJson = False,
) -> None:
    """Show an entity's events in time; the latest 1,000 reported."""
    from repository.queries.timeline import seen_in, timeline

    found = session().answer(
        "view", {"timeline": entity}, lambda connection: seen_in(timeline(connection, entity))
    )
    _show(found["entity"], found, as_json=as_json)


def of_operation(
    name: Annotated[str, typer.Argument(help="Its name, with or without the word Operation.")],
    as_json: AsJson = False,
) -> None:
    """Show an operation's events, what came of it and the reports that name it, in time."""
    from repository.queries.timeline import seen_in
    from repository.statistics.operations import operation_timeline

    found = session().answer(
        "view",
        {"timeline of operation": name},
        lambda connection: seen_in(operation_timeline(connection, name)),
    )
    _show(f"operation {found['operation']}", found, as_json=as_json)


def of_search(
    query: Annotated[list[str], typer.Argument(help="As for `ukhtc search`.")],
    as_json: AsJson = False,
) -> None:
    """Show what a search finds in time: what has all that is asked for, the best 1,000."""
    from repository.queries.timeline import seen_in
    from repository.search.timeline import found_in_time

    text = " ".join(query)
    found = session().answer(
        "search",
        {"timeline of search": text, "filters": {}},
        lambda connection: seen_in(found_in_time(connection, text)),
    )
    _show(text, found, as_json=as_json)


def _show(what: str, found: dict[str, Any], *, as_json: bool) -> None:
    from intelbus.cli import console

    if as_json:
        print_json(found)
        return
    if found.get("spellings"):
        console.print(f"also looked for: {', '.join(found['spellings'])}", markup=False)
    entries = found["entries"]
    events = many(len(entries), "event") + (" of more" if found["more"] else "")
    title = f"{what}: {events}" + (f", by {', '.join(found['agencies'])}" if entries else "")
    # Columns that would be empty are left out: a terminal is narrow.
    has = {name for one in entries for name in ("as", "places") if one[name]}
    as_ = ["as"] if "as" in has else []
    where = ["where"] if "places" in has else []
    made = table(title, "happened", "reported", "agency", "event", *as_, *where, "grade",
                 empty="nothing that you may see")  # fmt: skip
    for one in entries:
        kind = f"{one['position']} {one['kind']}"
        kind += f": {one['what'].replace('_', ' ')}" if one["what"] else ""
        kind += f" (restates {one['restates']})" if one["restates"] else ""
        roles = ["; ".join(f"{each['role']} {each['label']}" for each in one["as"])] if as_ else []
        places = ["; ".join(one["places"])] if where else []
        row(made, _when(one), one["reported_at"][:10], one["agency"], kind, *roles, *places,
            one["grade"]["code"])  # fmt: skip
    console.print(made)


def _when(one: dict[str, Any]) -> str:
    """Return when it happened, as exactly as it is known; nothing where nobody said."""
    start, end = one["occurred_from"], one["occurred_to"]
    if start is None:
        return ""
    first, last = start[:10], (end or start)[:10]
    if first != last:
        return f"{first} to {last}"
    times = start[11:16], (end or start)[11:16]
    # A day that is known no better lasts from its first minute to its last.
    return first if times[0] != times[1] else f"{first} {times[0]}"
