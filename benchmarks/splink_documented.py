"""Splink 5 as its documentation has it, on the same files and machine as our own linker.

Its comparison library, prior from deterministic rules, u from random pairs, m by
expectation-maximisation on two blockings, pairs predicted on every telling column, clusters at a
match probability of 0.95; nothing tuned. Printed: F1 over all true pairs of the pairs predicted,
and of the clusters they connect, each also at its best threshold, and seconds.
"""

import argparse
import csv
import gzip
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import networkx as nx
import numpy as np
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from repository.linking.measures import Labels, measure, numbered

DOCUMENTED = 0.95
TRIED = (0.01, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


@dataclass(frozen=True)
class Documented:
    """One file: comparisons, blockings to predict and to train on, deterministic rules."""

    comparisons: tuple[Any, ...]
    blocking: tuple[tuple[str, ...], ...]
    rules: tuple[tuple[str, ...], ...]
    recall: float
    training: tuple[tuple[str, ...], ...]


FILES = {
    "fake_1000": Documented(
        (
            cl.NameComparison("first_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ),
        (("first_name",), ("surname",), ("dob",), ("email",)),
        (("first_name", "surname", "dob"), ("email",)),
        0.7,
        (("first_name", "surname"), ("dob",)),
    ),
    "febrl3": Documented(
        (
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d"
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        ),
        (
            ("soc_sec_id",), ("given_name",), ("surname",), ("date_of_birth",), ("postcode",),
        ),
        (("soc_sec_id",), ("given_name", "surname", "date_of_birth")),
        0.9,
        (("date_of_birth",), ("postcode",)),
    ),
}  # fmt: skip


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file, nothing for what is empty, numbered in order."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = [
            {k: v.strip() or None for k, v in row.items()} for row in csv.DictReader(file)
        ]
    return [{**row, "unique_id": at} for at, row in enumerate(rows)]


def predict(path: Path, one: Documented) -> tuple[list[tuple[int, int, float]], Labels]:
    """Return the pairs that Splink predicts with their probability, and the truth."""
    rows = rows_of(path)
    connection = duckdb.connect()
    columns = list(rows[0])
    connection.execute(
        "CREATE TABLE people ("
        + ", ".join(f'"{c}" {"BIGINT" if c == "unique_id" else "VARCHAR"}' for c in columns)
        + ")"
    )
    marks = ", ".join("?" for _ in columns)
    connection.executemany(
        f"INSERT INTO people VALUES ({marks})", [list(row.values()) for row in rows]
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=list(one.comparisons),
        blocking_rules_to_generate_predictions=[block_on(*c) for c in one.blocking],
    )
    interface = DuckDBAPI(connection=connection)
    linker = Linker(interface.register("people"), settings, log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*columns) for columns in one.rules], recall=one.recall
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for columns_ in one.training:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns_))
    found = linker.inference.predict(threshold_match_probability=min(TRIED))
    pairs = [
        (row["unique_id_l"], row["unique_id_r"], row["match_probability"])
        for row in found.as_record_list()
    ]
    return pairs, numbered([str(row["cluster"]) for row in rows])


def clusters(count: int, pairs: Iterable[tuple[int, int, float]], threshold: float) -> Labels:
    """Return the connected component of each record, as Splink clusters."""
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from((a, b) for a, b, chance in pairs if chance >= threshold)
    entity = np.zeros(count, np.int64)
    for number, members in enumerate(nx.connected_components(graph)):
        entity[list(members)] = number
    return entity


def pairwise(pairs: Iterable[tuple[int, int, float]], truth: Labels, threshold: float) -> float:
    """Return F1 of the predicted pairs themselves, over all true pairs."""
    kept = [(a, b) for a, b, chance in pairs if chance >= threshold]
    right = sum(truth[a] == truth[b] for a, b in kept)
    sizes = np.bincount(truth).astype(float)
    return float(2 * right / (len(kept) + (sizes * (sizes - 1) / 2).sum()))


def main() -> int:
    """Run each file; print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(FILES))
    asked = parser.parse_args()
    folder = Path(os.environ.get("INTELBUS_SHARED", "../shared")) / "data" / "linkage"
    if not folder.is_dir():
        print(f"INTELBUS_SHARED not set: no labelled sets in {folder}", file=sys.stderr)
        return int(os.environ.get("INTELBUS_STRICT") == "1")
    print(f"{'set':12}{'pairs F1':>10}{'best':>8}{'clusters F1':>13}{'best':>8}{'s':>7}")
    for name, one in FILES.items():
        if asked.only not in {None, name}:
            continue
        started = time.perf_counter()
        pairs, truth = predict(folder / f"{name}.csv.gz", one)
        seconds = time.perf_counter() - started
        by_threshold = {at: measure(clusters(len(truth), pairs, at), truth).f1 for at in TRIED}
        by_pairs = {at: pairwise(pairs, truth, at) for at in TRIED}
        print(
            f"{name:12}{by_pairs[DOCUMENTED]:10.4f}{max(by_pairs.values()):8.4f}"
            f"{by_threshold[DOCUMENTED]:13.4f}{max(by_threshold.values()):8.4f}{seconds:7.1f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
