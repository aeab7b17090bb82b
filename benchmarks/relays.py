"""`make evaluate` for relays: the stage on invented national data, judged by its truth file.

Prints precision, recall and F1 over pairs of reports of one origin, by how relays were told, and
whether any true subject's corroboration counts an echo. Ends with 1 when something must be better.
The sentences, names and other words are those of `--split`; the stage was made on `training`.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.direct import store
from benchmarks.world import open_world
from deploy.local.servers import down
from producers.generator.stream import endless
from producers.generator.told import Told
from repository.queries.corroboration import corroborations, read_graph
from repository.relays.stage import relay_all

MUST_F1 = 0.95
CHUNK = 2_000
Report = tuple[str, str]
"""An agency and its source_reference."""


@dataclass
class Truth:
    """What the generator knows: who repeats whom, who says what of whom, what was withdrawn."""

    of: dict[Report, Report] = field(default_factory=dict)
    manner: dict[Report, str] = field(default_factory=dict)
    restated: dict[Report, Report] = field(default_factory=dict)
    withdrawn: set[Report] = field(default_factory=set)
    position: dict[Report, int] = field(default_factory=dict)
    subjects: dict[str, dict[Report, str]] = field(default_factory=lambda: defaultdict(dict))
    source: dict[Report, str] = field(default_factory=dict)

    def add(self, position: int, told: Told) -> None:
        """Note one stored event; a correction stands in the place of what it corrects."""
        report = (told.agency, told.source["source_reference"])
        if told.nature == "retraction":
            self.withdrawn.add(told.of or report)
            return
        self.position[report] = position
        if told.nature == "relay" and told.of:
            self.of[report] = told.of
            self.manner[report] = told.manner or ""
        elif told.nature == "restatement" and told.of:
            self.restated[report] = told.of
        provenance = told.source.get("provenance") or [{}]
        named = provenance[0].get("reference") if provenance[0].get("kind") == "informant" else None
        self.source[report] = named or ""
        for subject in told.subjects.values():
            self.subjects[subject][report] = told.source["kind"]

    def origin(self, report: Report) -> Report:
        """Return the report that this one goes back to."""
        while report in self.of or report in self.restated:
            report = self.of.get(report) or self.restated[report]
        return report


def true_pairs(truth: Truth) -> set[tuple[int, int]]:
    """Return the pairs of positions of different agencies' reports that have one origin."""
    groups: dict[Report, list[Report]] = defaultdict(list)
    for report in {*truth.of, *truth.restated, *(truth.origin(one) for one in truth.of)}:
        groups[truth.origin(report)].append(report)
    return {
        _ordered(truth.position[a], truth.position[b])
        for group in groups.values()
        for a, b in combinations(group, 2)
        if a[0] != b[0]
    }


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (min(one, other), max(one, other))


def found_pairs(connection: psycopg.Connection[Any], truth: Truth) -> set[tuple[int, int]]:
    """Return the same as the stage sees it: reports that go back to one report, in pairs.

    Versions of one report count as one; only different agencies' reports are paired.
    """
    positions = sorted(truth.position.values())
    agency = dict(connection.execute("SELECT position, agency FROM telling").fetchall())
    ends = read_graph(connection, positions).ends(positions)
    groups: dict[Any, list[int]] = defaultdict(list)
    for position, reached in ends.items():
        for one in reached:
            groups[one].append(position)
    return {
        _ordered(a, b)
        for group in groups.values()
        for a, b in combinations(group, 2)
        if agency[a] != agency[b]
    }


def quality(found: set[Any], true: set[Any]) -> dict[str, float]:
    """Return precision, recall and F1."""
    both = len(found & true)
    precision = both / len(found) if found else 1.0
    recall = both / len(true) if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def counted(connection: psycopg.Connection[Any], truth: Truth) -> Mapping[str, int]:
    """Count every true subject's origins both ways; say where an echo was counted."""
    silent = {"watch", "assessment", "nil-return"}
    totals: dict[str, int] = defaultdict(int)
    subjects = sorted(truth.subjects)
    for start in range(0, len(subjects), CHUNK):
        groups = {}
        expected = {}
        for subject in subjects[start : start + CHUNK]:
            reports = [r for r in truth.subjects[subject] if r not in truth.withdrawn]
            groups[subject] = [truth.position[r] for r in reports]
            origins = {
                truth.origin(r) for r in reports if truth.subjects[subject][r] not in silent
            } - truth.withdrawn
            expected[subject] = len({(o[0], truth.source[o]) for o in origins})
        for subject, found in corroborations(connection, groups).items():
            totals["subjects"] += 1
            totals["true_origins"] += expected[subject]
            totals["origins"] += found.independent
            totals["echoes_counted"] += max(0, found.independent - expected[subject])
            totals["corroborated"] += expected[subject] > 1
            totals["corroborated_found"] += expected[subject] > 1 and found.independent > 1
            totals["exact"] += found.independent == expected[subject]
    return totals


def misses(truth: Truth, found: Iterable[tuple[int, int]]) -> dict[str, list[int]]:
    """Return, by manner of telling, [relays, those tied to what they are relays of]."""
    tied = set(found)
    table: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for report, of in truth.of.items():
        row = table[truth.manner[report]]
        row[0] += 1
        row[1] += _ordered(truth.position[report], truth.position[of]) in tied
    return dict(sorted(table.items()))


def evaluate(
    connection: psycopg.Connection[Any], *, events: int, seed: int, split: str
) -> dict[str, Any]:
    """Store events, find relays, and return what was measured. The database must be empty."""
    truth = Truth()
    stream = store(connection, endless(seed, split=split))
    for position, told in stream:
        truth.add(position, told)
        if position >= events:
            break
    stream.close()  # type: ignore[attr-defined]
    started, cpu = time.perf_counter(), time.process_time()
    done = relay_all(connection)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    found, true = found_pairs(connection, truth), true_pairs(truth)
    return {
        "events": done,
        "relays": len(truth.of),
        "seconds": round(seconds, 1),
        "events_per_second": round(done / seconds),
        "processor_ms_per_event": round(1000 * cpu / done, 2),
        **quality(found, true),
        "by_manner": misses(truth, found),
        "counting": dict(counted(connection, truth)),
    }


def main() -> int:
    """Run and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=2010)
    parser.add_argument("--split", default="evaluation", choices=("training", "evaluation"))
    parser.add_argument("--keep", type=Path, help="keep the servers here, and use them again")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="intelbus-relays-"))
    try:
        world = open_world(folder, owner=None if asked.keep else os.getpid())
        with (
            world.database("relays") as url,
            psycopg.connect(url, autocommit=True) as connection,
        ):
            report = evaluate(connection, events=asked.events, seed=asked.seed, split=asked.split)
    finally:
        if asked.keep is None:
            down(folder / "servers", remove=True)
    for name, value in report.items():
        if isinstance(value, dict):
            print(name)
            for key, number in value.items():
                print(f"  {key:28}{number}")
        else:
            print(f"{name:30}{round(value, 4)}")
    wrong = []
    if report["f1"] < MUST_F1:
        wrong.append(f"F1 {report['f1']:.4f} is below {MUST_F1}")
    if report["counting"]["echoes_counted"]:
        wrong.append(f"{report['counting']['echoes_counted']} echoes were counted as origins")
    for line in wrong:
        print(line, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
