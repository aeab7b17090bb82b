"""Pages of a list at the command line: which one is asked for, and how the next one is."""

from typing import Annotated

import typer

FURTHEST = 10_000
Page = Annotated[
    int, typer.Option("--page", min=1, max=FURTHEST, help="Which page, of --limit each.")
]


def offset_of(page: int, limit: int) -> int:
    """Return how many are on the pages before."""
    return (page - 1) * limit


def asked_of(page: int, limit: int) -> dict[str, int]:
    """Return what the audit keeps of which page is asked for; of the first, its length alone."""
    return {"limit": limit} | ({"offset": offset_of(page, limit)} if page > 1 else {})


def say_next(page: int, *, more: bool, as_json: bool) -> None:
    """Say how the next page is asked for, if there is one: beside JSON on standard error, where
    data alone goes to standard output.
    """
    if more:
        typer.echo(f"there is more: --page {page + 1} shows the next page", err=as_json)
