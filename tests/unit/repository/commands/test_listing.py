"""What lists look like on a terminal."""

import ast
from io import StringIO
from pathlib import Path

from rich.console import Console

import repository.commands
from repository.commands.reading import many, row, table


def shown(made: object) -> str:
    out = StringIO()
    Console(file=out, width=60).print(made)
    return out.getvalue()


def test_content_is_never_markup_and_steers_nothing() -> None:
    made = table("[red]Ruby[/red]\x1b[2J", "what")
    row(made, "[bold]x[/bold]\x07")
    text = shown(made)
    assert "[red]Ruby[/red]\\x1b[2J" in text
    assert "[bold]x[/bold]\\x07" in text


def test_what_is_empty_is_one_line() -> None:
    assert shown(table(many(0, "request"), "no", "state")).strip() == "0 requests"


def test_what_is_empty_says_what_would_fill_it() -> None:
    made = table("0 searches", "no", empty="`ukhtc searches save` keeps one")
    assert shown(made).strip() == "0 searches: `ukhtc searches save` keeps one"
    row(made, 1)
    assert "keeps one" not in shown(made)


def test_every_list_says_what_would_fill_it() -> None:
    """A list is what counts its rows in its title."""
    commands = Path(repository.commands.__file__).parent
    for file in sorted(commands.glob("*.py")):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            if call.func.id in ("table", "show") and "many(len(found)" in ast.unparse(call):
                assert "empty" in {one.arg for one in call.keywords}, ast.unparse(call)


def test_facts_have_no_header() -> None:
    made = table("event", "", "")
    row(made, "agency", "gla")
    lines = shown(made).splitlines()
    assert len(lines) == 4
    assert "agency" in lines[2]


def test_how_many_is_said_in_words() -> None:
    assert (many(1, "entity", "entities"), many(1200, "entity", "entities")) == (
        "1 entity",
        "1,200 entities",
    )
