"""`python -m deploy.demo [--keep] [--workers N]`."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

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

    with _signals_as_interrupt(), found_place(reporter=Progress(), keep=keep) as place:
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


@contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does, so that nothing is left running."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {one: signal.signal(one, interrupt) for one in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(demo)
    cli.run(app)
