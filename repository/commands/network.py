"""`ukhtc network show | path | groups` and `ukhtc operation list | show`."""

from typing import Annotated, Any

import typer

from repository.commands.paging import Page, asked_of, offset_of, say_next
from repository.commands.reading import AsJson, many, print_json, row, session, table

NONE_FOUND = 1
Entity = Annotated[str, typer.Argument(help="An entity's id, for example E120-3.")]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    network = typer.Typer(no_args_is_help=True, help="How entities hang together.")
    network.command("show")(show)
    network.command("path")(path)
    network.command("groups")(groups)
    app.add_typer(network, name="network")
    operation = typer.Typer(no_args_is_help=True, help="Operations, and what came of them.")
    operation.command("list")(operation_list)
    operation.command("show")(operation_show)
    app.add_typer(operation, name="operation")


def show(
    entity: Entity,
    hops: Annotated[int, typer.Option(min=1, max=3, help="Steps from it.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Show what an entity is tied to, and the events and origins behind each tie. As a file for
    other tools it leaves as any export: `ukhtc export --network`.
    """
    from repository.queries.network import around

    asked = {"network": entity, "hops": hops}
    found = session().answer("expansion", asked, lambda c: _seen(around(c, entity, hops=hops)))
    if as_json:
        print_json(found)
        return
    title = f"{found['entity']}: {len(found['nodes'])} of {found['found']} entities"
    _show_edges(title, found)


def path(one: Entity, other: Entity, as_json: AsJson = False) -> None:
    """Show the shortest way between two entities, with the events behind each step; ends with 1
    when there is none.
    """
    from intelbus.cli import console
    from repository.queries.network import path as find

    asked = {"from": one, "to": other}
    found = session().answer("expansion", asked, lambda c: _seen(find(c, one, other)))
    if as_json:
        print_json(found)
    elif found["steps"] is None:
        console.print(f"no way found among {found['looked_at']} entities (hubs are not followed)")
    else:
        _show_edges(" – ".join(found["steps"]), found)
    if found["steps"] is None:
        raise typer.Exit(NONE_FOUND)


def groups(
    around: Annotated[str | None, typer.Option(help="Only around this entity.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Groups to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Suggest groups of entities that hang together: something to look at, never a fact."""
    from intelbus.cli import console
    from repository.queries.network import groups as suggest

    def read(connection: Any) -> tuple[dict[str, Any], list[str]]:
        answer = suggest(connection, around_entity=around, limit=limit)
        return answer, [e["entity"] for group in answer["groups"] for e in group["entities"]]

    found = session().answer("expansion", {"groups": around or "", "limit": limit}, read)
    if as_json:
        print_json(found)
        return
    console.print(found["suggestion"])
    made = table(many(found["found"], "group"), "entities", "ties", "agencies", "among them",
                 empty="fewer than three things that you may see hang together")  # fmt: skip
    for group in found["groups"]:
        people = [one["label"] for one in group["entities"] if one["kind"] == "person"]
        named = ", ".join(people[:4]) or group["entities"][0]["label"]
        first = group["entities"][0]["entity"]
        row(made, len(group["entities"]), group["ties"], ", ".join(group["agencies"]), f"{first}: {named}")  # fmt: skip # noqa: E501
    console.print(made)
    if found["found"] > len(found["groups"]):
        console.print(
            f"the {len(found['groups'])} largest are shown: --limit shows more, up to 500"
        )


def operation_list(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Operations to show.")] = 50,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """List the operations with what came of each, in the order of their names."""
    from intelbus.cli import console
    from repository.statistics.operations import operations

    first = offset_of(page, limit)

    def read(connection: Any) -> tuple[tuple[list[dict[str, Any]], bool], list[str]]:
        rows = operations(connection)
        shown = rows[first : first + limit]
        positions = [str(position) for one in shown for position in one["positions"]]
        return (shown, len(rows) > first + limit), positions

    found, more = session().answer("view", {"operations": ""} | asked_of(page, limit), read)
    if as_json:
        print_json(found)
        say_next(page, more=more, as_json=True)
        return
    columns = ("operation", "from", "arrests", "charges", "victims_encountered", "convictions")
    heads = (column.replace("_", " ") for column in columns)
    made = table(many(len(found), "operation"), *heads, "agencies",
                 empty="an operation is here when an event that you may see is of it")  # fmt: skip
    for one in found:
        row(made, *(one[column] for column in columns), ", ".join(one["agencies"]))
    console.print(made)
    say_next(page, more=more, as_json=False)


def operation_show(
    name: Annotated[str, typer.Argument(help="Its name, with or without the word Operation.")],
    as_json: AsJson = False,
) -> None:
    """Show an operation: agencies, arrests, charges, outcomes, victims, its events in time."""
    from intelbus.cli import console
    from repository.statistics.operations import operation

    def read(connection: Any) -> tuple[dict[str, Any], list[str]]:
        answer = operation(connection, name)
        return answer, [*map(str, answer["positions"]), *(e["entity"] for e in answer["entities"])]

    found = session().answer("view", {"operation": name}, read)
    if as_json:
        print_json(found)
        return
    facts = table(f"operation {found['operation']}", "", "")
    row(facts, "led by", ", ".join(found["led_by"]))
    row(facts, "agencies", ", ".join(found["agencies"]))
    for name_ in ("from", "to", "arrests", "charges", "victims_encountered",
                  "potential_victims_screened", "convictions", "sentence_months"):  # fmt: skip
        row(facts, name_.replace("_", " "), found[name_])
    console.print(facts)
    events = table("in time", "on", "agency", "event", "what")
    for one in found["events"]:
        told = [f"{k.replace('_', ' ')} {v}" for k, v in one.items() if k not in _SHOWN_ALREADY]
        row(events, one["occurred_on"], one["agency"], f"{one['position']} {one['kind']}", ", ".join(told))  # fmt: skip # noqa: E501
    console.print(events)


_SHOWN_ALREADY = frozenset({"position", "kind", "agency", "occurred_on", "reported_on"})


def _seen(found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a network as shown, and the ids in it: what a session puts on record."""
    positions = {e["position"] for edge in found.get("edges", ()) for e in edge["events"]}
    entities = [node["entity"] for node in found.get("nodes", ())]
    return found, [*entities, *map(str, sorted(positions))]


def _show_edges(title: str, found: dict[str, Any]) -> None:
    from intelbus.cli import console

    labels = {node["entity"]: node for node in found["nodes"]}
    made = table(title, "weight", "origins", "one", "other", "stated", "events")
    for edge in found["edges"]:
        ends = [_named(labels[end]) for end in edge["between"]]
        events = ", ".join(str(event["position"]) for event in edge["events"][:12])
        row(made, f"{edge['weight']:.2f}", edge["origins"], *ends, ", ".join(edge["stated"]), events)  # fmt: skip # noqa: E501
    console.print(made)


def _named(node: dict[str, Any]) -> str:
    hub = " (in many reports: not followed)" if node["hub"] else ""
    return f"{node['entity']} {node['kind']}: {node['label']}{hub}"
