"""The load: an agency's program, `python -m tests.chaos.load --home … --journal … --gate …`.

What it publishes follows from agency and variant alone, so that two runs can be compared. It can
be killed at any moment and started again: it goes on after what its journal holds, and says the
event in doubt once more. It waits at its gate, so that a fault always has load before and after.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from intelbus import Publisher
from intelbus.errors import UnavailableError
from intelbus.settings import load_settings
from tests.support.events import sample_source

PIECE = 12
"""Events between two deliveries."""

GATE_POLL = 0.02
FLUSH_PATIENCE = 15.0

Item = tuple[str, dict[str, Any]]


def items(agency: str, variant: int, count: int) -> list[Item]:
    """Return what an agency has to say: reports and operations about a few dozen things, with
    restatements, corrections and retractions of earlier ones among them."""
    choose = random.Random(f"{agency}/{variant}")
    made: list[Item] = []
    for number in range(count):
        kind = choose.choices(
            ("intelligence", "operation", "referral", "restated", "corrected", "retracted"),
            (60, 14, 10, 4, 8, 4),
        )[0]
        reports = [source for known, source in made if known == "intelligence"]
        reference = f"{agency}/{number}"
        if kind == "restated" and reports:
            again = choose.choice(reports)
            made.append(("intelligence", {**again, "source_reference": reference}))
        elif kind == "corrected" and reports:
            earlier = choose.choice(reports)
            made.append(("intelligence", {**earlier, "text": f"Rather: {choose.random():.6f}"}))
        elif kind == "retracted" and reports:
            target = choose.choice(reports)["source_reference"]
            over = {"retracts": target, "target_event_id": None, "source_reference": reference}
            made.append(("retraction", sample_source("retraction", **over)))
        else:
            kind = kind if kind in {"operation", "referral"} else "intelligence"
            source = sample_source(kind, source_reference=reference, subjects=_subjects(choose))
            if kind == "intelligence":
                source["text"] = f"Seen at {choose.choice(('Corby', 'Dover', 'Goole'))}: {number}."
            made.append((kind, {**source, "relations": []}))
    return made


def _subjects(choose: random.Random) -> list[dict[str, Any]]:
    """Return a telephone and a vehicle that other reports name too; all are invented."""
    number, plate = choose.randrange(40), choose.randrange(40)
    return [
        {
            "local_id": "s1",
            "role": "means_of_contact",
            "telephone": {"number": f"+4477009001{number:02}"},
        },
        {
            "local_id": "s2",
            "role": "means_of_transport",
            "vehicle": {"registration": f"KX{plate:02} ABZ"},
        },
    ]


class Journal:
    """Which items are published, one line each, written after `publish` has returned."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def lines(self) -> list[dict[str, Any]]:
        """Return its whole lines: a kill may have cut the last one."""
        if not self._path.exists():
            return []
        whole, _, _ = self._path.read_text("utf-8").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def mend(self) -> int:
        """Drop a line that was cut; return how many items are done."""
        lines = self.lines()
        self._path.write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
        return len(lines)

    def add(self, line: dict[str, Any]) -> None:
        """Add a line."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def publish(wanted: Sequence[Item], journal: Journal, gate: Path, gate_at: int) -> None:
    """Publish what is left of `wanted`; return when the broker has all of it."""
    settings = load_settings()
    done = journal.mend()
    if done >= gate_at:
        _wait_for(gate)
    with Publisher(settings) as publisher:
        for piece in _pieces(wanted[done:]):
            for kind, source in piece:
                if done >= gate_at and not gate.exists():
                    _flush(publisher)
                    _wait_for(gate)
                published = publisher.publish(kind, source)
                journal.add({"event_id": str(published.event_id), "status": published.status})
                done += 1
            _flush(publisher)
        _flush(publisher)


def _pieces(wanted: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(wanted), PIECE):
        yield wanted[start : start + PIECE]


def _flush(publisher: Publisher) -> None:
    while True:
        try:
            publisher.flush(FLUSH_PATIENCE)
        except UnavailableError as error:
            print(f"again: {error}", file=sys.stderr, flush=True)
        else:
            return


def _wait_for(gate: Path) -> None:
    while not gate.exists():
        time.sleep(GATE_POLL)


def main() -> None:
    """Run the load; status 0 once everything has been acknowledged."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--agency", required=True)
    parser.add_argument("--variant", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--gate", type=Path, required=True)
    parser.add_argument("--gate-at", type=int, required=True)
    given = parser.parse_args()
    wanted = items(given.agency, given.variant, given.count)
    publish(wanted, Journal(given.journal), given.gate, given.gate_at)


if __name__ == "__main__":
    main()
