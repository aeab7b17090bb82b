"""`make chaos`: break a real deployment in every way of the table, and judge what is left."""

import argparse
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local.servers import signals_as_interrupt
from tests.chaos.processes import Launcher
from tests.chaos.runs import FAULTS, Result, Series, fault_of, variant_of
from tests.chaos.scene import Fault
from tests.chaos.servers import own_servers

console = Console()
messages = Console(stderr=True)


def main() -> int:
    """Run and report; return 1 when there was an anomaly."""
    given = _arguments()
    if given.list:
        for fault in FAULTS:
            console.print(f"{fault.name:28}{fault.about}", highlight=False, soft_wrap=True)
        return 0
    seed = given.seed if given.seed is not None else secrets.randbelow(1_000_000)
    messages.print(f"seed {seed}, {given.runs} runs", highlight=False)
    plan = _plan(seed, given.runs, given.fault)
    results: list[Result] = []
    keep = Path(given.logs) if given.logs else Path(tempfile.mkdtemp(prefix="intelbus-chaos-logs-"))
    with (
        signals_as_interrupt(),
        tempfile.TemporaryDirectory(prefix="intelbus-chaos-office-") as office,
        own_servers() as servers,
        closing(Launcher()) as launcher,
    ):
        series = Series(launcher, servers.addresses, Path(office), servers)
        for variant in sorted({variant_of(one) for one, _ in plan}):
            series.undisturbed(variant)
        started = time.monotonic()
        # What breaks a server has the servers to itself; the others mostly wait, so they overlap.
        shared = [one for one in plan if not one[1].exclusive]
        alone = [one for one in plan if one[1].exclusive]
        with ThreadPoolExecutor(given.side_by_side) as pool:
            futures = [pool.submit(series.run, *one, keep=keep) for one in shared]
            try:
                for future in as_completed(futures):
                    results.append(future.result())
                    _progress(results, len(plan), started, as_json=given.json)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        for one in alone:
            results.append(series.run(*one, keep=keep))
            _progress(results, len(plan), started, as_json=given.json)
    broken = [one for one in results if one.anomalies]
    messages.print(_table(results))
    for run in broken:
        messages.print(
            f"again: make chaos CHAOS_ARGS='--seed {run.seed} --runs 1 --fault {run.fault}'"
            f" (logs: {keep / f'{run.seed}-{run.fault}'})",
            highlight=False,
            soft_wrap=True,
        )
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--runs", type=int, default=len(FAULTS), help="how many; once each fault")
    parser.add_argument("--seed", type=int, help="of the first run; each next has one more")
    parser.add_argument("--fault", action="append", choices=[one.name for one in FAULTS])
    parser.add_argument("--json", action="store_true", help="one line of JSON a run, on stdout")
    parser.add_argument("--side-by-side", type=int, default=3, help="runs at a time")
    parser.add_argument("--logs", help="where the logs of runs with anomalies are kept")
    parser.add_argument("--list", action="store_true", help="show the faults, and end")
    return parser.parse_args()


def _plan(seed: int, runs: int, names: Sequence[str] | None) -> list[tuple[int, Fault]]:
    """Return the runs' seeds and faults: a seed alone says which, unless they were chosen."""
    if not names:
        return [(one, fault_of(one)) for one in range(seed, seed + runs)]
    chosen = [fault for fault in FAULTS if fault.name in names]
    return [(one, chosen[number % len(chosen)]) for one, number in zip(
        range(seed, seed + runs), count(), strict=False
    )]  # fmt: skip


def _progress(results: Sequence[Result], total: int, started: float, *, as_json: bool) -> None:
    last = results[-1]
    if as_json:
        print(last.as_json(), flush=True)
    came = last.skipped or ", ".join(sorted({name for name, _ in last.anomalies})) or "sound"
    times = "".join(
        f", {what} {value:.1f} s"
        for what, value in (("recovery", last.recovery), ("takeover", last.takeover))
        if value is not None
    )
    messages.print(
        f"{len(results)}/{total} {time.monotonic() - started:.0f} s: seed {last.seed}"
        f" {last.fault}: {came} ({last.seconds:.1f} s{times})",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    for name, detail in last.anomalies[:5]:
        messages.print(f"  {name}: {detail}", highlight=False, markup=False, soft_wrap=True)


def _table(results: Sequence[Result]) -> Table:
    ran = [one for one in results if not one.skipped]
    events = sum(one.events for one in ran)
    made = Table(title=f"{len(ran)} runs, {events} events judged", title_justify="left")
    for column in ("fault", "runs", "anomalies", "resent", "recovery s", "takeover s"):
        made.add_column(column, justify="left" if column == "fault" else "right")
    for fault in FAULTS:
        mine = [one for one in ran if one.fault == fault.name]
        skipped = [one for one in results if one.skipped and one.fault == fault.name]
        if mine:
            made.add_row(
                fault.name,
                str(len(mine)),
                str(sum(len(one.anomalies) for one in mine)),
                str(sum(one.resent for one in mine)),
                _spread([one.recovery for one in mine]),
                _spread([one.takeover for one in mine]),
            )
        if skipped:
            made.add_row(fault.name, f"0: {skipped[0].skipped}")
    return made


def _spread(seconds: Sequence[float | None]) -> str:
    """Return median and greatest."""
    known = [one for one in seconds if one is not None]
    return f"{statistics.median(known):.1f} / {max(known):.1f}" if known else "-"


if __name__ == "__main__":
    sys.exit(main())
