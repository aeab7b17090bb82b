"""Invented events: valid, the same for the same seed, true to the published figures."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from intelbus.checks import check_event
from intelbus.contract import Kind
from intelbus.source_form import from_source
from producers.generator import nrm, stream
from producers.generator.agencies import AGENCIES
from producers.generator.noise import DATE_NOISE, NAME_NOISE
from producers.generator.people import LANGUAGES, name_list
from producers.generator.told import Told
from producers.generator.writing import write

PUBLISHED = nrm.published()
SPLITS = ("training", "evaluation")


def problems(told: Told) -> list[str]:
    event = from_source(told.source["kind"], told.source)
    event["header"] |= {
        "event_id": UUID(int=1),
        "originator": told.agency,
        "stream": UUID(int=2),
        "sequence": 1,
    }
    if told.source["kind"] == "retraction":
        event["target_event_id"] = UUID(int=3)
    return [str(p) for p in check_event(told.source["kind"], event, ceiling="confidential")]


@pytest.fixture(scope="module")
def year() -> list[Told]:
    return list(stream.year_2009(2009))


def test_every_event_is_valid(year: list[Told]) -> None:
    assert [p for told in [*year, *stream.events(7, 1500)] for p in problems(told)] == []


def test_all_kinds_are_told(year: list[Told]) -> None:
    assert set(Kind) == {told.source["kind"] for told in [*year, *stream.events(7, 1500)]}


def test_agencies_send_only_what_they_may(year: list[Told]) -> None:
    wrong = [
        (told.agency, told.source["kind"])
        for told in [*year, *stream.events(7, 1500)]
        if told.agency != "ukhtc" and told.source["kind"] not in AGENCIES[told.agency].kinds
    ]
    assert wrong == []


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write(stream.events(3, 400), tmp_path / name, tmp_path / name / "truth")
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    )
    assert first == second
    assert len((tmp_path / "first" / "truth").read_text("utf-8").splitlines()) == 400


def test_truth_names_every_subject() -> None:
    for told in stream.events(5, 500):
        subjects = {s["local_id"] for s in told.source.get("subjects", ())}
        assert subjects == set(json.loads(json.dumps(told.truth()))["subjects"])


@pytest.mark.parametrize("seed", [1, 2009, 77])
def test_referrals_equal_the_published_figures(seed: int) -> None:
    cases = nrm.cases(Random(seed))
    by_row = Counter(AGENCIES[case.responder].published_as for case in cases)
    assert PUBLISHED["first_responder"] == dict(by_row)
    assert PUBLISHED["reasonable_grounds"] == dict(Counter(case.outcome for case in cases))
    bands = Counter(
        band
        for case in cases
        for band, (low, high) in nrm.BANDS.items()
        if case.conclusive_after is not None and low <= case.conclusive_after <= high
    )
    expected = PUBLISHED["days_to_conclusive_grounds"]
    assert expected == {band: bands[band] for band in expected}


def test_the_first_quarter_is_as_the_plan_says() -> None:
    quarter = [c for c in nrm.cases(Random(2009)) if c.referred_on <= date(2009, 6, 30)]
    assert PUBLISHED["first_quarter"]["referrals"] == len(quarter)
    assert PUBLISHED["first_quarter"]["children"] == sum(c.child for c in quarter)


@pytest.mark.parametrize("language", LANGUAGES)
def test_training_and_evaluation_names_are_disjoint(language: str) -> None:
    names = name_list(language)
    for series in ("male", "female", "family"):
        assert set() == set(names["training"][series]) & set(names["evaluation"][series])


def test_training_and_evaluation_noise_are_disjoint() -> None:
    for rows in (NAME_NOISE, DATE_NOISE):
        training, evaluation = ({row.name for row in rows[split]} for split in SPLITS)
        assert set() == training & evaluation
    # What `spelled` respells are the names of one split, so no spelling is in both either.
    for language in LANGUAGES:
        names = name_list(language)
        known = {split: {n for some in names[split].values() for n in some} for split in SPLITS}
        respelled = {s: names["other_spellings"].keys() & known[s] for s in SPLITS}
        assert set() == respelled["training"] & respelled["evaluation"]


def test_evaluation_records_are_noisy_and_training_records_are_as_published() -> None:
    births: dict[str, set[int]] = {split: set() for split in SPLITS}
    for split in SPLITS:
        for told in stream.events(7, 400, split=split):
            for subject in told.source.get("subjects", ()):
                if "person" in subject:
                    births[split].add(len(subject["person"].get("date_of_birth", "")))
    assert births["training"] == {10}
    assert births["evaluation"] == {0, 4, 7, 10}


def test_a_slip_of_the_hand_leaves_a_date_a_date() -> None:
    random = Random(1)
    (slip,) = [row for row in DATE_NOISE["evaluation"] if row.name == "digit_wrong"]
    written = {slip.written(random, date(1976, 2, 29)) for _ in range(20)}
    assert written == {"1975-02-28", "1977-02-28"}
