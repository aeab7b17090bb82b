"""`intelbus generate`: invented events for tests, benchmarks and demonstrations."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    app.command()(generate)


def generate(  # noqa: PLR0917  Typer reads the options from here; nobody calls it by position
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the agencies' files.")],
    events: Annotated[int, typer.Option(min=0, help="How many events.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 2009,
    truth: Annotated[
        Path | None, typer.Option(help="Also write who is who and what repeats what, here.")
    ] = None,
    scenario: Annotated[
        str, typer.Option(help="`stream` (any number), or `2009`: the demonstration, whole.")
    ] = "stream",
    split: Annotated[
        str, typer.Option(help="Which lists of names: `training` or `evaluation`.")
    ] = "training",
) -> None:
    """Write invented events in source form, one JSONL file an agency."""
    from intelbus.errors import ConfigurationError
    from producers.generator import stream
    from producers.generator.writing import write

    if scenario not in {"stream", "2009"}:
        raise typer.BadParameter("is `stream` or `2009`", param_hint="--scenario")
    if split not in {"training", "evaluation"}:
        raise typer.BadParameter("is `training` or `evaluation`", param_hint="--split")
    told = (
        stream.year_2009(seed) if scenario == "2009" else stream.events(seed, events, split=split)
    )
    try:
        counts = write(told, output, truth)
    except OSError as error:
        raise ConfigurationError(
            f"cannot be written: {error.strerror}", subject=str(error.filename or output)
        ) from error
    for agency, count in sorted(counts.items()):
        typer.echo(f"{agency:20}{count:8}", err=True)
    typer.echo(f"{counts.total()} events of {len(counts)} agencies in {output}", err=True)
