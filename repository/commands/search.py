"""`ukhtc search`: find events by names, identifiers, words and filters."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from repository.commands.paging import Page, asked_of, offset_of, say_next
from repository.commands.reading import AsJson, on_one_line, print_json, session


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    app.command(epilog=_EPILOG)(search)


_EPILOG = (
    'Words side by side must all be there; AND, OR, NOT, ( ) and "a phrase" work. Names are found'
    " in any order, spelling and script, identifiers also by their beginnings. Filters: kind:"
    " role: agency: from: to: exploitation: grade: marking: urgency: born:, for example"
    " `ukhtc search 'ionescu kind:vehicle from:2009-06-01'`; values of one filter side by side are"
    " alternatives, and AND, OR, NOT and ( ) work on filters too: `van NOT role:victim`."
)


def search(
    query: Annotated[list[str], typer.Argument(help="Names, identifiers, words, filters.")],
    kind: Annotated[str | None, typer.Option(help="A kind of event or of subject.")] = None,
    agency: Annotated[str | None, typer.Option(help="The reporting agency's code.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Results to show.")] = 20,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """Find events by names, identifiers, words and filters; see the end of this help."""
    from repository.search.engine import search as find

    filters = {name: [value] for name, value in (("kind", kind), ("agency", agency)) if value}
    text = " ".join(query)

    def read(connection: Any) -> tuple[dict[str, Any], list[str]]:
        answer = find(connection, text, limit=limit, offset=offset_of(page, limit), filters=filters)
        return answer, [str(one["position"]) for one in answer["results"]]

    asked = {"query": text, "filters": filters} | asked_of(page, limit)
    show(session().answer("search", asked, read), page, limit, as_json=as_json)


def show(found: Mapping[str, Any], page: int, limit: int, *, as_json: bool) -> None:
    """Show a page of what a search found, and how the next is asked for."""
    further = found["count"] > page * limit
    if as_json:
        print_json(found)
    else:
        _show(found, page)
    say_next(page, more=further, as_json=as_json)


def _show(found: Mapping[str, Any], page: int) -> None:
    from rich.text import Text

    from intelbus.cli import console

    count = f"more than {found['count']:,}" if found["more"] else f"{found['count']:,}"
    if not found["count"]:
        console.print("nothing found; try fewer words, or the beginning of an identifier")
        return
    if not found["results"]:
        console.print(f"page {page} is beyond the last of {found['count']:,} that can be shown")
        return
    if found["spellings"]:
        console.print(Text(f"also looked for: {', '.join(found['spellings'])}"))
    if found["relaxed"]:
        console.print("nothing has all these words; this has some of them")
    for one in found["results"]:
        head = f"{one['position']}  {one['agency']}  {one['kind']}  {one['reported_at'][:10]}"
        console.print(Text(on_one_line(f"{head}  {one['source_reference']}"), style="bold"))
        for subject in one["subjects"]:
            if subject["matched"]:
                line = f"    {subject['kind']} {subject['label']} ({subject['role']})"
                console.print(Text(on_one_line(f"{line}  {subject['entity']}")), soft_wrap=True)
        if not one["linked"]:
            console.print("    its subjects are not linked yet (`ukhtc link`)")
        for snippet in one["snippets"]:
            console.print(_marked(snippet["text"], snippet["marks"]), soft_wrap=True)
    facets = found["facets"]
    console.print(Text(f"{count} found", style="bold"))
    for name, counted in facets.items():
        if counted:
            listed = ", ".join(f"{value} {number}" for value, number in list(counted.items())[:8])
            console.print(Text(on_one_line(f"  by {name}: {listed}")), soft_wrap=True)


def _marked(text: str, marks: list[tuple[int, int]]) -> Any:
    """Return a passage with its matches in bold, nothing in it read as markup or as a command."""
    from rich.text import Text

    made, last = Text("    … ", style="dim"), 0
    for start, end in marks:
        made.append(on_one_line(text[last:start]))
        made.append(on_one_line(text[start:end]), style="bold")
        last = end
    made.append(on_one_line(text[last:]))
    return made
