"""`ukhtc searches`, `ukhtc alerts`: searches that are kept, and what newly matches them."""

from typing import Annotated, Any

import typer

from repository.commands.paging import Page, asked_of, offset_of
from repository.commands.reading import AsJson, many, print_json, row, session, table

Number = Annotated[int, typer.Argument(help="Number in `ukhtc searches list`.")]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    searches = typer.Typer(no_args_is_help=True, help="Searches that are kept.")
    searches.command()(save)
    searches.command("list")(list_all)
    searches.command()(run)
    searches.command()(follow)
    searches.command()(remove)
    app.add_typer(searches, name="searches")
    app.command()(alerts)


def save(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    query: Annotated[list[str], typer.Argument(help="As for `ukhtc search`.")],
    share: Annotated[bool, typer.Option("--share", help="Your organisation may run it.")] = False,
    alert: Annotated[bool, typer.Option("--alert", help="Tell me what newly matches.")] = False,
) -> None:
    """Keep a search; what matches it now counts as known."""
    from repository.saved.searches import save as keep

    reading, text = session(), " ".join(query)

    def read(connection: Any) -> tuple[int, tuple[()]]:
        return keep(connection, reading.who, name, text, shared=share, alerts=alert), ()

    asked = {"save": name, "query": text, "shared": share, "alerts": alert}
    typer.echo(f"search {reading.answer('search', asked, read)}")


def list_all(as_json: AsJson = False) -> None:
    """List your searches, and those that colleagues share who may see no more than you."""
    from intelbus.cli import console
    from repository.saved.searches import saved

    found = session().answer("search", {"saved": True}, lambda c: (saved(c), ()))
    if as_json:
        print_json(found)
        return
    made = table(
        many(len(found), "search", "searches"), "no", "name", "query", "of", "shared", "alerts",
        empty="`ukhtc searches save NAME QUERY` keeps one",
    )  # fmt: skip
    for one in found:
        flags = ("yes" if one[flag] else "no" for flag in ("shared", "alerts"))
        row(made, one["search"], one["name"], one["query"], one["owner"], *flags)
    console.print(made)


def run(
    number: Number,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Results to show.")] = 20,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """Search again, with your own rights."""
    from repository.commands.search import show
    from repository.saved.searches import kept
    from repository.search.engine import search

    def read(connection: Any) -> tuple[dict[str, Any], list[str]]:
        _, query, filters = kept(connection, number)
        offset = offset_of(page, limit)
        answer = search(connection, query, limit=limit, offset=offset, filters=filters)
        return answer, [str(one["position"]) for one in answer["results"]]

    found = session().answer("search", {"search": number} | asked_of(page, limit), read)
    show(found, page, limit, as_json=as_json)


def follow(number: Number) -> None:
    """Keep your own copy of a colleague's search, with alerts."""
    from repository.saved.searches import follow as keep

    reading = session()
    made = reading.answer(
        "search", {"follow": number}, lambda c: (keep(c, reading.who, number), ())
    )
    typer.echo(f"search {made}")


def remove(number: Number) -> None:
    """Keep a search no more."""
    from repository.saved.searches import remove as forget

    reading = session()

    def read(connection: Any) -> tuple[None, tuple[()]]:
        forget(connection, reading.who, number)
        return None, ()

    reading.answer("search", {"remove": number}, read)


def alerts(
    keep: Annotated[bool, typer.Option("--keep", help="Tell me of it again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what newly matches your searches, each event once."""
    from intelbus.cli import console
    from repository.saved.alerts import digest, tell

    def read(connection: Any) -> tuple[list[dict[str, Any]], list[str]]:
        found = digest(connection)
        if not keep:
            tell(connection, {one["search"]: one["positions"] for one in found})
        return found, [str(each) for one in found for each in one["positions"]]

    found = session().answer("search", {"alerts": True, "keep": keep}, read)
    if as_json:
        print_json(found)
        return
    for one in found:
        wide = "; more match than are counted: ask for less" if one["too_wide"] else ""
        near = f"; also looked for: {', '.join(one['spellings'])}" if one["spellings"] else ""
        title = f"{one['search']} {one['name']}: {one['count']} new{near}{wide}"
        made = table(title, "event", "agency", "kind", "reported", "reference")
        for each in one["events"]:
            row(made, each["position"], each["agency"], each["kind"], each["reported_at"][:10],
                each["source_reference"])  # fmt: skip
        console.print(made)
    if not found:
        console.print(
            "nothing new: what newly matches the searches that you keep with --alert is told here"
        )
