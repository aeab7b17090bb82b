"""`ukhtc linking evaluate` and `train`: whole runs on small files, and on a public set."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from intelbus.errors import ConfigurationError
from repository.linking.charts import reliability_chart, svg, waterfall_chart, weights_chart
from repository.linking.evaluation import Setup, evaluate, examples, learn
from repository.linking.labelled import (
    Labelled,
    LabelledFileError,
    MappingError,
    parse_map,
    read_labelled,
)
from repository.linking.measures import measure
from repository.linking.trained import as_json, read_trained, write_trained
from repository.linking.weights import WeightsError, read_weights
from tests.support.shared import shared_path

MAP = "given_names=given,family_name=family,date_of_birth=born,town=town"
ROWS = [
    ("Isla", "Hall", "1985-02-07", "Northby", "a", "p1"),
    ("Hall", "Isla", "1985-02-07", "Northby", "b", "p1"),
    ("Jonas", "Kazlauskas", "1971-06-24", "Saltmere", "a", "p2"),
    ("Jonas", "Kazlauskas", "1971-06-24", "Saltmer", "b", "p2"),
    ("Jonas", "Kazlauskas", "1950-01-03", "Eastlow", "b", "p3"),
    ("Grace", "Okafor", "1990-11-30", "Eastlow", "a", "p4"),
    ("Lola", "Brown", "1983-11-06", "Eastlow", "b", "p5"),
]


def written(path: Path, rows: list[tuple[str, ...]] = ROWS) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("given", "family", "born", "town", "agency", "truth"), *rows])
    return path


def labelled(tmp_path: Path, source: str | None = None) -> Labelled:
    path = written(tmp_path / "people.csv")
    return read_labelled(path, parse_map(MAP, "person"), truth="truth", source=source)


def report(tmp_path: Path, **setup: Any) -> dict[str, Any]:
    source = "agency" if setup.get("between_sources") else None
    return evaluate(labelled(tmp_path, source), read_weights(), Setup(kind="person", **setup))


def test_the_same_people_are_found_whatever_the_order(tmp_path: Path) -> None:
    for shuffle in (None, 1, 2):
        found = report(tmp_path, shuffle=shuffle)
        assert found["shipped"]["f1"] == 1.0, shuffle
        assert found["true_pairs"] == 2
        assert found["blocking_recall"] == 1.0


def test_the_same_file_gives_the_same_report(tmp_path: Path) -> None:
    timed = {"seconds", "seconds_training", "seconds_resolving", "records_per_second"}
    one, other = report(tmp_path, train=True), report(tmp_path, train=True)
    assert {k: v for k, v in one.items() if k not in timed} == {
        k: v for k, v in other.items() if k not in timed
    }


def test_a_name_alone_links_nobody(tmp_path: Path) -> None:
    rows = [("Zebedee", "Quillfeather", "", "", "a", "p1")] * 2 + ROWS
    path = written(tmp_path / "people.csv", rows)
    found = evaluate(
        read_labelled(path, parse_map(MAP, "person"), truth="truth"),
        read_weights(),
        Setup(kind="person"),
    )
    assert found["shipped"]["recall"] < 1.0
    missed = found["false_negatives"][0]
    assert missed["records"][0]["family"] == "Quillfeather"
    assert missed["why"]["weight"] < 0


def test_a_mistake_is_explained_feature_by_feature(tmp_path: Path) -> None:
    rows = [*ROWS[:-1], ("Jonas", "Kazlauskas", "1971-06-24", "Saltmere", "c", "p6")]
    path = written(tmp_path / "people.csv", rows)
    found = evaluate(
        read_labelled(path, parse_map(MAP, "person"), truth="truth"),
        read_weights(),
        Setup(kind="person"),
    )
    why = found["false_positives"][0]["why"]
    by_feature = {reason["feature"]: reason for reason in why["reasons"]}
    assert by_feature["date_of_birth"]["level"] == "same"
    assert by_feature["family_name"]["values"] == ["kazlauskas", "kazlauskas"]
    said = sum(reason["bits"] for reason in why["reasons"])
    assert why["weight"] == pytest.approx(why["before"] + said + why["adjustment"], abs=0.02)
    assert why["probability"] == pytest.approx(1 / (1 + 2 ** -why["weight"]), abs=1e-4)


def test_between_sources_counts_only_pairs_of_two_sources(tmp_path: Path) -> None:
    found = report(tmp_path, between_sources=True)
    assert found["true_pairs"] == 2
    assert found["shipped"]["f1"] == 1.0


def test_measures() -> None:
    found = measure(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    assert (found.precision, found.recall) == (1 / 3, 1 / 2)
    assert found.b3_precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert found.b3_recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)
    sources = np.array([0, 1, 0, 1])
    assert measure(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), sources).recall == 0.5


def test_train_writes_weights_that_can_be_read_again(tmp_path: Path) -> None:
    path, out = written(tmp_path / "people.csv"), tmp_path / "weights.json"
    done = CliRunner().invoke(
        assemble(), ["linking", "train", str(path), "--map", MAP, "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert as_json(read_trained(out)) == json.loads(out.read_text(encoding="utf-8"))
    assert read_weights(out).provenance["records"] == len(ROWS)


def test_the_command_prints_the_report(tmp_path: Path) -> None:
    path = written(tmp_path / "people.csv")
    asked = ["linking", "evaluate", str(path), "--map", MAP, "--truth", "truth"]
    done = CliRunner().invoke(assemble(), [*asked, "--json"])
    assert done.exit_code == 0, done.output
    assert set(json.loads(done.stdout)["shipped"]) >= {"precision", "recall", "f1", "b3_f1"}
    assert CliRunner().invoke(assemble(), [*asked, "--train"]).exit_code == 0
    assert CliRunner().invoke(assemble(), [*asked, "--kind", "ghost"]).exit_code == 2


def test_what_is_wrong_with_a_map_or_a_file_is_said(tmp_path: Path) -> None:
    path = written(tmp_path / "people.csv")
    with pytest.raises(MappingError, match="no field is called soul"):
        parse_map("soul=given", "person")
    with pytest.raises(MappingError, match="field=column"):
        parse_map("given", "person")
    with pytest.raises(MappingError, match="no column forename"):
        read_labelled(path, parse_map("given_names=forename", "person"), truth="truth")
    with pytest.raises(MappingError, match="no column label"):
        read_labelled(path, parse_map(MAP, "person"), truth="label")
    with pytest.raises(ConfigurationError, match="no such file"):
        read_labelled(tmp_path / "none.csv", parse_map(MAP, "person"), truth=None)
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(LabelledFileError, match="no rows"):
        read_labelled(tmp_path / "empty.csv", parse_map(MAP, "person"), truth=None)
    (tmp_path / "bad.csv.gz").write_bytes(b"not gzip")
    with pytest.raises(LabelledFileError, match="cannot be read"):
        read_labelled(tmp_path / "bad.csv.gz", parse_map(MAP, "person"), truth=None)
    (tmp_path / "weights.json").write_text("{}")
    with pytest.raises(WeightsError, match="not a file of weights"):
        read_weights(tmp_path / "weights.json")


def test_fake_1000_reaches_what_it_must() -> None:
    path = shared_path("data", "linkage", "fake_1000.csv.gz")
    columns = "given_names=first_name,family_name=surname,date_of_birth=dob,place=city,email=email"
    records = read_labelled(path, parse_map(columns, "person"), truth="cluster")
    found = evaluate(records, read_weights(), Setup(kind="person", train=True))
    assert found["shipped"]["f1"] >= 0.935
    assert found["blocking_recall"] >= 0.97


def test_a_trained_file_weighs_as_training_did(tmp_path: Path) -> None:
    people = labelled(tmp_path)
    learnt = learn(people.descriptions, read_weights(), kind="person")
    write_trained(learnt, tmp_path / "weights.json")
    again = read_trained(tmp_path / "weights.json")
    setup = Setup(kind="person")
    one = evaluate(people, learnt.weights, setup, learnt.counted)
    other = evaluate(people, again.weights, setup, again.counted)
    assert one["shipped"] == other["shipped"]
    kept = {text for counted in again.counted.values() for text in counted.by_text}
    # What only one entity has is not in the file, and what several share is.
    assert "okafor" not in kept
    assert "eastlow" in kept


def test_reliability_counts_every_compared_pair(tmp_path: Path) -> None:
    found = report(tmp_path)
    assert sum(row["pairs"] for row in found["reliability"]) == found["pairs_compared"]
    assert all(row["from"] <= row["stated"] <= row["to"] for row in found["reliability"])


WRITTEN = (
    'given,family,born,truth\nJosé,"Núñez\u2028Díaz",1971-06-24,1\nJosé,Núñez Díaz,1971-06-24,1\n'
)


@pytest.mark.parametrize(
    "raw",
    [
        WRITTEN.encode(),
        b"\xef\xbb\xbf" + WRITTEN.encode(),
        WRITTEN.encode("utf-16"),
        WRITTEN.replace("\u2028", " ").encode("cp1252"),
        WRITTEN.replace(",", ";").replace("\n", "\r\n").encode(),
        gzip.compress(WRITTEN.encode()),
        b"\n\n" + WRITTEN.replace("truth", " truth ").encode(),
    ],
)
def test_files_are_read_as_people_write_them(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(raw)
    columns = parse_map("given_names=given,family_name=family,date_of_birth=born", "person")
    found = read_labelled(path, columns, truth="truth")
    assert [one.names[0].family for one in found.descriptions] == ["nunez diaz"] * 2
    assert list(found.truth) == ["1", "1"]


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("given,given,truth\na,b,1\n")
    with pytest.raises(MappingError, match="more than one column given"):
        read_labelled(path, parse_map("given_names=given", "person"), truth="truth")


def test_charts_are_drawn_without_fetching_anything(tmp_path: Path) -> None:
    drawn = svg(weights_chart(read_weights()))
    assert drawn.startswith("<svg")
    assert "sounds_alike" in drawn
    assert "stated probability" in svg(reliability_chart(report(tmp_path)["reliability"]))


def test_of_a_single_identifier_nothing_is_learnt(tmp_path: Path) -> None:
    path = tmp_path / "things.csv"
    rows = [f"{n // 2},AB{10_000 + 37 * (n // 2)}" for n in range(600)]
    path.write_text("truth,plate\n" + "\n".join(rows) + "\n")
    things = read_labelled(path, parse_map("code1=plate", "object"), truth="truth")
    for train in (False, True):
        found = evaluate(things, read_weights(), Setup(kind="object", train=train))
        assert found["shipped"]["f1"] == 1.0


def test_a_waterfall_ends_at_what_the_pair_weighs(tmp_path: Path) -> None:
    people = labelled(tmp_path)
    learnt = learn(people.descriptions, read_weights(), kind="person")
    shown = examples(people.descriptions, learnt, kind="person")
    assert [why["weight"] for why in shown] == sorted(why["weight"] for why in shown)
    for why in shown:
        rows = waterfall_chart(why, "pair")["data"]["values"]
        assert rows[-1] == {"step": "weight", "from": 0.0, "to": why["weight"], "said": ""}
        assert rows[-2]["to"] == pytest.approx(why["weight"], abs=0.05)
    assert svg(waterfall_chart(shown[-1], "pair")).startswith("<svg")


def test_the_commands_draw_their_charts(tmp_path: Path) -> None:
    path, folder = written(tmp_path / "people.csv"), tmp_path / "charts"
    common = [str(path), "--map", MAP, "--charts", str(folder)]
    evaluated = ["linking", "evaluate", *common, "--truth", "truth"]
    assert CliRunner().invoke(assemble(), evaluated).exit_code == 0
    trained = ["linking", "train", *common, "--out", str(tmp_path / "weights.json")]
    assert CliRunner().invoke(assemble(), trained).exit_code == 0
    drawn = {one.name for one in folder.iterdir()}
    assert {"reliability.svg", "weights.svg", "pair_1.svg"} <= drawn


def test_a_truth_column_without_a_label_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "people.csv", [(*row[:5], "") for row in ROWS])
    with pytest.raises(MappingError, match="is empty"):
        read_labelled(path, parse_map(MAP, "person"), truth="truth")
