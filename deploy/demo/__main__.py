"""`python -m deploy.demo [--keep] [--workers N]`."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from deploy.local.servers import signals_as_interrupt
from intelbus import cli


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the servers and the data to look around in.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Ingest workers.")] = 2,
) -> None:
    """Play 2009 through real servers and show what the centre knows at its end."""
    from deploy.demo.places import found_place
    from deploy.demo.programme import Programme
    from deploy.local.servers import Reporter

    console = Console(width=None if sys.stdout.isatty() else 132)

    class Progress(Reporter):
        def say(self, text: str) -> None:
            console.print(f"- {text} …", highlight=False)

    with signals_as_interrupt(), found_place(reporter=Progress(), keep=keep) as place:
        programme = Programme(place, console, workers=workers)
        try:
            wrong = programme.play()
        finally:
            programme.children.stop()
    for one in wrong:
        console.print(f"WRONG: {one}", highlight=False)
    if not wrong:
        console.print("all as it must be")
    if keep:
        console.print(
            "\nThe servers are still running. Try `ukhtc search kettering`, `ukhtc accounts`, "
            "`ukhtc authority status`; `ukhtc run` goes on; `intelbus down` ends it.",
            highlight=False,
        )
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(demo)
    cli.run(app)
