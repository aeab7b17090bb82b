"""`python -m benchmarks`: measure, print JSON lines (stdout) and a table (stderr)."""

import os
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.ending import end_in_order
from benchmarks.latency import measure_latency
from benchmarks.linking import measure_linking
from benchmarks.memory import measure_memory
from benchmarks.opening import measure_opening
from benchmarks.prefill import fill
from benchmarks.report import Report, machine
from benchmarks.stages import measure_profile
from benchmarks.throughput import compare
from benchmarks.world import BROKER, SERVER, open_world
from deploy.local.servers import down


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    events: int
    rounds: int
    latency_seconds: int
    memory_events: int
    linked_entities: tuple[int, ...]
    linked_events: int


# One row a variant.
SIZES = {
    "quick": Size(
        10_000,
        rounds=1,
        latency_seconds=10,
        memory_events=10_000,
        linked_entities=(5_000,),
        linked_events=4_000,
    ),
    "default": Size(
        50_000,
        rounds=3,
        latency_seconds=60,
        memory_events=50_000,
        linked_entities=(100_000,),
        linked_events=20_000,
    ),
    "full": Size(
        100_000,
        rounds=5,
        latency_seconds=60,
        memory_events=1_000_000,
        linked_entities=(100_000, 1_000_000),
        linked_events=20_000,
    ),
}
PARTS = ("opening", "profile", "throughput", "latency", "memory", "linking")
LINKER = ("off", "on", "both")


def run(  # noqa: PLR0917  Typer reads the options from here
    quick: Annotated[bool, typer.Option("--quick", help="Small, one round: does it run?")] = False,
    full: Annotated[bool, typer.Option("--full", help="100,000 events, five rounds.")] = False,
    only: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(PARTS)}.")] = None,
    others: Annotated[bool, typer.Option(help="Also run Debezium and Quix Streams.")] = True,
    linker: Annotated[str, typer.Option(help=f"One of {', '.join(LINKER)}.")] = "both",
    events: Annotated[int | None, typer.Option(help="So many for throughput instead.")] = None,
    rounds: Annotated[int | None, typer.Option(help="So many of throughput instead.")] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep servers and topics here, and use them again.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same events.")] = 2009,
) -> None:
    """Measure ingest beside what a user would pick instead."""
    size = SIZES["quick" if quick else "full" if full else "default"]
    parts = tuple(only or PARTS)
    if unknown := set(parts) - set(PARTS):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: one of {', '.join(PARTS)}")
    if linker not in LINKER:
        raise typer.BadParameter(f"{linker}: one of {', '.join(LINKER)}")
    size = replace(size, events=events or size.events, rounds=rounds or size.rounds)
    end_in_order()
    report = Report(sys.stdout)
    report.add("machine", **machine())
    folder = keep or Path(tempfile.mkdtemp(prefix="intelbus-bench-"))
    try:
        owner = None if keep else os.getpid()
        world = open_world(folder, owner=owner, settings=SERVER, broker_settings=BROKER)
        if "opening" in parts:
            # in fewer, those who seal 128 at a time would have filled too few batches
            measure_opening(world, report, seed=seed, count=40_000)
        if "profile" in parts:
            filled = fill(world, seed=seed, count=size.events)
            measure_profile(world, filled, report)
        if "throughput" in parts:
            filled = fill(world, seed=seed, count=size.events)
            report.add("filled", **asdict(filled))
            compare(world, filled, report, rounds=size.rounds, others=others, linker=linker)
        if "latency" in parts:
            for rate, workers in ((300, 1), (1_000, 2)):
                measure_latency(
                    world,
                    report,
                    seed=seed,
                    per_second=rate,
                    seconds=size.latency_seconds,
                    workers=workers,
                )
        if "memory" in parts:
            filled = fill(world, seed=seed, count=size.memory_events, flat=False)
            measure_memory(world, filled, report, step=size.memory_events // 10)
        if "linking" in parts:
            measure_linking(
                world,
                report,
                seed=seed,
                entities=size.linked_entities,
                events=size.linked_events,
            )
    finally:
        if keep is None:
            down(folder / "servers", remove=True)
    if keep is None:  # after a failure its logs are wanted
        shutil.rmtree(folder)
    report.table()


if __name__ == "__main__":
    typer.run(run)
