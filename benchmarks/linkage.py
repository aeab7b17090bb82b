"""`make evaluate`: `ukhtc linking evaluate` on each labelled set, in several orders of arrival.

The sets are public (docs/linking.md says whose) and lie in $INTELBUS_SHARED/data/linkage. Then the
persons of generated national data (`national.py`), more of them with --events 100000. Ends with 1
when one falls below what it must reach, and says plainly when there are no sets.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.national import evaluate_national
from repository.linking.weights import read_weights

NATIONAL = "national"
# What persons in generated national data must reach.
NATIONAL_F1, NATIONAL_PRECISION = 0.97, 0.995


@dataclass(frozen=True)
class Set:
    """One labelled file: how its columns are to be read, and the F1 it must reach."""

    name: str
    kind: str
    columns: str
    must: float


SETS = (
    Set(
        "febrl3",
        "person",
        "given_names=given_name,family_name=surname,house=street_number,street=address_1,"
        "address_2=address_2,town=suburb,postcode=postcode,county=state,"
        "date_of_birth=date_of_birth,code1=soc_sec_id",
        0.9960,
    ),
    Set(
        "fake_1000",
        "person",
        "given_names=first_name,family_name=surname,date_of_birth=dob,place=city,email=email",
        0.935,
    ),
    Set(
        "senzing_truthset",
        "person",
        "full_name=primary_name_full,family_name=primary_name_last,given_names=primary_name_first,"
        "middle_names=primary_name_middle,full_name=native_name_full,"
        "organisation_name=primary_name_org,organisation_name=secondary_name_org,sex=gender,"
        "date_of_birth=date_of_birth,passport=passport_number,"
        "driving_licence=drivers_license_number,code1=ssn_number,code2=national_id_number,"
        "tax_id=tax_id_number,email=email_address,address=addr_full,address=addr_line1,"
        "town=addr_city,county=addr_state,postcode=addr_postal_code,country=addr_country,"
        "telephone=phone_number,text1=employer",
        0.95,
    ),
    Set(
        "restaurant",
        "place",
        "name=name,address=addr,place=city,telephone=phone,text1=type",
        0.90,
    ),
    Set("chicago_ece", "place", "name=site_name,address=address,postcode=zip,telephone=phone", 0.0),
)


def run(folder: Path, one: Set, *options: str) -> dict[str, Any]:
    """Return the report of one run."""
    command = [
        *(str(Path(sys.executable).parent / "ukhtc"), "linking", "evaluate"),
        *(str(folder / f"{one.name}.csv.gz"), "--kind", one.kind, "--map", one.columns),
        *("--truth", "cluster", "--json", *options),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def show(name: str, label: str, report: Mapping[str, Any]) -> None:
    """Print one line."""
    shipped, best = report["shipped"], report["best"]
    print(
        f"{name:18}{label:>9}{shipped['f1']:8.4f}{shipped['precision']:8.4f}"
        f"{shipped['recall']:8.4f}{shipped['b3_f1']:8.4f}{best['f1']:8.4f}"
        f"{report['blocking_recall']:8.4f}{report['pairs_compared']:8}"
        f"{report['seconds']:7.1f}{report['records_per_second']:7}",
        flush=True,
    )


def national(events: int, seed: int) -> list[str]:
    """Link the persons of generated national data, trained and not; return what fell short."""
    missed = []
    for label, train in (("untrained", False), ("trained", True)):
        report = evaluate_national(events, seed, read_weights(), train=train, mistakes=0)
        show(f"{NATIONAL} {events}", label, report)
        print(f"{'':18} pairs of victims wrongly joined: {report['victims_joined']}", flush=True)
        f1, precision = report["shipped"]["f1"], report["shipped"]["precision"]
        if train and (f1 < NATIONAL_F1 or precision < NATIONAL_PRECISION):
            missed.append(f"{NATIONAL}: F1 {f1} or precision {precision} falls short")
    return missed


def main() -> int:
    """Run every set and print one line a run; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="one set, or `national`: generated data")
    parser.add_argument("--events", type=int, default=10_000, help="generated, for `national`")
    parser.add_argument("--seed", type=int, default=7, help="of the generated events")
    parser.add_argument("--shuffles", type=int, default=3, help="other orders of arrival to try")
    asked = parser.parse_args()
    folder = Path(os.environ.get("INTELBUS_SHARED", "../shared")) / "data" / "linkage"
    sets = [one for one in SETS if asked.only in {None, one.name}]
    missed = []
    if sets and not folder.is_dir():
        print(f"INTELBUS_SHARED not set: no labelled sets in {folder}", file=sys.stderr)
        sets, missed = [], ["no labelled sets"] * (os.environ.get("INTELBUS_STRICT") == "1")
    print(f"{'set':18}{'order':>8}{'F1':>8}{'prec.':>8}{'recall':>8}{'B3 F1':>8}{'best':>8}"
          f"{'blocked':>9}{'pairs':>8}{'s':>7}{'rec/s':>7}")  # fmt: skip
    for one in sets:
        orders: list[tuple[str, list[str]]] = [("untrained", []), ("file", ["--train"])]
        orders += [
            (f"seed {seed}", ["--train", "--shuffle", str(seed)])
            for seed in range(1, asked.shuffles + 1)
        ]
        for label, options in orders:
            report = run(folder, one, *options)
            show(one.name, label, report)
            if label == "file" and report["shipped"]["f1"] < one.must:
                missed.append(f"{one.name}: F1 {report['shipped']['f1']} is below {one.must}")
    if asked.only in {None, NATIONAL}:
        missed += national(asked.events, asked.seed)
    for line in missed:
        print(line, file=sys.stderr)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
