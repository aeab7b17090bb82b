"""`ukhtc entity show | list | why`: who and what the reports are about."""

from typing import Annotated, Any

import typer

from repository.commands.paging import Page, asked_of, offset_of, say_next
from repository.commands.reading import (
    AsJson,
    many,
    on_one_line,
    print_json,
    row,
    session,
    table,
)


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    entity = typer.Typer(no_args_is_help=True, help="Who and what the reports are about.")
    entity.command("show")(entity_show)
    entity.command("list")(entity_list)
    entity.command("why")(entity_why)
    app.add_typer(entity, name="entity")


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
    latest: Annotated[
        int, typer.Option(min=1, max=2_000, help="Of so many events, the latest.")
    ] = 500,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """List the entities that several agencies report, of the latest events, most agencies first."""
    from intelbus.cli import console
    from repository.queries.shared_entities import entities_by_agencies

    def read(connection: Any) -> tuple[tuple[list[dict[str, Any]], bool], list[str]]:
        wanted = offset_of(page, limit) + limit
        listed = entities_by_agencies(
            connection, agencies, kind=kind, limit=wanted + 1, latest=latest
        )
        shown = listed[offset_of(page, limit) : wanted]
        return (shown, len(listed) > wanted), [one["entity"] for one in shown]

    asked = {"agencies": agencies, "kind": kind, "latest": latest} | asked_of(page, limit)
    found, more = session().answer("view", asked, read)
    if as_json:
        print_json(found)
        say_next(page, more=more, as_json=True)
        return
    made = table(
        many(len(found), "entity", "entities"), "entity", "kind", "what", "agencies", "events",
        empty=f"nothing that you may see is reported by {many(agencies, 'agency', 'agencies')} or"
        f" more in the latest {many(latest, 'event')}; `ukhtc link` links what was stored since",
    )  # fmt: skip
    for one in found:
        events = f"{one['events']} or more" if one["more"] else one["events"]
        row(made, one["entity"], one["kind"], one["label"], ", ".join(one["agencies"]), events)
    console.print(made)
    say_next(page, more=more, as_json=False)
