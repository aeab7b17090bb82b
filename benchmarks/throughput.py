"""Ingest beside Debezium and Quix: interleaved runs on one broker and one database."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

from benchmarks.debezium import connect_worker, debezium_once
from benchmarks.ingest import ingest_once
from benchmarks.prefill import Filled
from benchmarks.quix import environment, quix_once
from benchmarks.report import Report, summary
from benchmarks.timing import Timed
from benchmarks.world import World


def compare(
    world: World, filled: Filled, report: Report, *, rounds: int, others: bool, linker: str
) -> None:
    """Run each system once a round, in turn; report medians and ratios of medians.

    `linker` is "off" (ingest alone), "on" (ingest with the linker keeping up) or "both".

    A round more comes first for what needs to warm up (the Java compiler); it is not counted.
    """
    with ExitStack() as stack:
        systems: dict[str, Callable[[], Timed]] = {}
        if linker != "on":
            systems["ingest_1_worker"] = lambda: ingest_once(world, filled, workers=1)
            systems["ingest_2_workers"] = lambda: ingest_once(world, filled, workers=2)
        if linker != "off":
            systems["ingest_2_workers_linking"] = lambda: ingest_once(
                world, filled, workers=2, linker=True
            )
        if others:
            environment(world)
            connect = stack.enter_context(connect_worker(world))
            systems["debezium"] = lambda: debezium_once(world, filled, connect, _fresh("debezium"))
            systems["quix"] = lambda: quix_once(world, filled, _fresh("quix"))
            warming = systems["debezium"]()
            report.add("warming", system="debezium", events_per_second=round(warming.rate))
        rates: dict[str, list[float]] = {name: [] for name in systems}
        costs: dict[str, list[float]] = {name: [] for name in systems}
        for number in range(rounds):
            for name, once in systems.items():
                timed = once()
                rates[name].append(timed.rate)
                costs[name].append(timed.processor_us)
                report.add(
                    "run",
                    round=number + 1,
                    system=name,
                    events_per_second=round(timed.rate),
                    processor_us=round(timed.processor_us),
                    seconds_from_start=round(timed.seconds_from_start, 1),
                )
    for name, found in rates.items():
        ratios = {
            f"ratio_to_{other}": round(median(found) / median(rates[other]), 3)
            for other in ("debezium", "quix")
            if other in rates and name != other
        }
        report.add(
            "throughput",
            system=name,
            processor_us=round(median(costs[name])),
            **summary(found),
            **ratios,
        )


def _fresh(name: str) -> str:
    return f"{name}-{time.time_ns()}"
