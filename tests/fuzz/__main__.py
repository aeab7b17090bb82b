"""`python -m tests.fuzz`: a campaign of hostile messages; exit status 1 when one got through."""

import secrets
import sys
from multiprocessing import cpu_count
from pathlib import Path
from typing import Annotated

import typer

from tests.fuzz.campaign import run


def main(
    mutants: Annotated[int, typer.Option(min=1, help="How many to open, at least.")] = 1_000_000,
    seconds: Annotated[
        float | None, typer.Option(help="Stop after this time all the same.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the campaign. [random, and printed]")] = None,
    first_round: Annotated[int, typer.Option(min=0, help="Where to go on.")] = 0,
    processes: Annotated[
        int | None, typer.Option(min=1, help="How many open them.  [one a processor]")
    ] = None,
    corpus: Annotated[Path, typer.Option(help="Where findings go.")] = Path(".intelbus/fuzz"),
) -> None:
    """Open hostile messages and compare each answer with the right one."""
    chosen = secrets.randbelow(2**32) if seed is None else seed
    _say(f"seed {chosen}, from round {first_round}; findings go to {corpus}")
    report = run(
        chosen,
        mutants_wanted=mutants,
        seconds=seconds,
        first_round=first_round,
        processes=processes or cpu_count(),
        corpus=corpus,
        progress=_say,
    )
    for line in report.lines():
        print(line)
    if report.opened < mutants:
        _say(f"time is up; go on with --seed {chosen} --first-round {report.next_round}")
    raise typer.Exit(1 if report.findings else 0)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    typer.run(main)
