"""The source form: any event comes back from it, and a wrong one says everything at once."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intelbus.checks import Problem, check_event
from intelbus.contract import Kind
from intelbus.source_form import SourceFormError, from_source, to_source
from tests.support.events import NOW, events, sample_event, sample_source

QUICK = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LAST = {"hour": 23, "minute": 59, "second": 59, "microsecond": 999_999}


def _problems(kind: str, source: dict[str, Any]) -> dict[str, Problem]:
    with pytest.raises(SourceFormError) as caught:
        from_source(kind, source)
    return {problem.path: problem for problem in caught.value.problems}


@pytest.mark.parametrize("kind", list(Kind))
@QUICK
@given(data=st.data())
def test_any_event_comes_back_from_its_source_form(kind: Kind, data: st.DataObject) -> None:
    event = data.draw(events(kind))

    line = json.dumps(to_source(kind, event))

    assert event == from_source(kind, json.loads(line))


@pytest.mark.parametrize(
    ("written", "earliest", "latest", "precision"),
    [
        (
            "2009",
            datetime(2009, 1, 1, tzinfo=UTC),
            datetime(2009, 12, 31, **LAST, tzinfo=UTC),
            "year",
        ),
        (
            "2008-02",
            datetime(2008, 2, 1, tzinfo=UTC),
            datetime(2008, 2, 29, **LAST, tzinfo=UTC),
            "month",
        ),
        (
            "2009-06-03",
            datetime(2009, 6, 3, tzinfo=UTC),
            datetime(2009, 6, 3, **LAST, tzinfo=UTC),
            "day",
        ),
        (
            "2009-06-03T10:00+01:00",
            datetime(2009, 6, 3, 9, tzinfo=UTC),
            datetime(2009, 6, 3, 9, tzinfo=UTC),
            "instant",
        ),
        (
            "2009-06-01/2009-06-20",
            datetime(2009, 6, 1, tzinfo=UTC),
            datetime(2009, 6, 20, **LAST, tzinfo=UTC),
            "between",
        ),
        (
            "2009-06-01T22:00Z/2009-06-02",
            datetime(2009, 6, 1, 22, tzinfo=UTC),
            datetime(2009, 6, 2, **LAST, tzinfo=UTC),
            "between",
        ),
    ],
)
def test_a_time_is_as_exact_as_it_is_written(
    written: str, earliest: datetime, latest: datetime, precision: str
) -> None:
    event = from_source("watch", sample_source("watch", occurred=written))

    expected = {"earliest": earliest, "latest": latest, "precision": precision}
    assert expected == event["header"]["occurred"]


@pytest.mark.parametrize(
    "written",
    ["2009-13", "2009-02-30", "June", "2009-06-03T10:00", "2009-07/2009-06", "20090603", 7],
)
def test_what_is_no_time_is_refused_with_examples(written: object) -> None:
    assert list(_problems("watch", sample_source("watch", occurred=written))) == ["occurred"]


@pytest.mark.parametrize(
    ("grade", "codes"),
    [
        ("B35", ("five_by_five_by_five", "B", "3", "5")),
        ("e/4/1", ("five_by_five_by_five", "E", "4", "1")),
        ("2CP", ("three_by_five_by_two", "2", "C", "P")),
    ],
)
def test_a_grade_in_one_word_says_its_scheme(grade: str, codes: tuple[str, ...]) -> None:
    source = sample_source("watch", grade=grade)
    del source["handling"]

    header = from_source("watch", source)["header"]

    names = ("grading_scheme", "source_grade", "information_grade", "handling")
    assert codes == tuple(header[name] for name in names)


def test_a_grade_and_a_code_that_disagree_are_refused() -> None:
    assert list(_problems("watch", sample_source("watch", grade="B32", handling="1"))) == [
        "handling"
    ]


def test_what_may_be_left_out_is_filled() -> None:
    source = sample_source(
        "watch", subjects=[{"role": "suspect", "person": {"names": ["Invented"]}}]
    )

    event = from_source("watch", source)

    name = {"full": "Invented", "given": None, "family": None, "script": None}
    assert [{**name, "order": "unknown", "kind": "unknown"}] == event["subjects"][0]["details"][
        "person"
    ]["names"]
    assert event["subjects"][0]["local_id"] == "s1"
    assert event["header"]["urgency"] == "routine"
    assert event["header"]["event_id"] is None


def test_python_values_are_taken_as_they_are() -> None:
    source = sample_source("nil-return", reported_at=NOW, period_from=date(2009, 8, 1))

    event = from_source("nil-return", source)

    assert (NOW, date(2009, 8, 1)) == (event["header"]["reported_at"], event["period_from"])


def test_codes_forgive_case_and_spaces() -> None:
    event = from_source("Watch", sample_source("watch", marking="Not Protectively-Marked"))
    assert event["header"]["marking"] == "not_protectively_marked"


def test_everything_wrong_is_found_at_once_with_what_to_do() -> None:
    source = sample_source(
        "operation",
        lead_agncy="gla",
        lead_agency=7,
        step="arest",
        arrests="three",
        reported_at="2009-06-03T10:00",
        subjects=[{"role": "suspect", "persn": {}}, {"details": {"person": {}, "vehicle": {}}}, 3],
        relations="s1",
    )

    found = _problems("operation", source)

    assert {
        "lead_agncy",
        "lead_agency",
        "step",
        "arrests",
        "reported_at",
        "subjects[0].persn",
        "subjects[0].details",
        "subjects[1].role",
        "subjects[1].details",
        "subjects[2]",
        "relations",
    } == set(found)
    assert found["lead_agncy"].hint == "did you mean lead_agency?"
    assert found["step"].hint.startswith("did you mean arrest? one of launched, ")
    assert found["arrests"].hint == "for example 3"
    assert found["subjects[0].persn"].hint == "did you mean person?"


def test_an_unknown_kind_names_the_nearest() -> None:
    found = _problems("refferal", {})
    assert found["kind"].hint.startswith("did you mean referral? one of intelligence, ")


def test_a_retraction_names_its_target_by_reference_or_by_id() -> None:
    by_reference = sample_source("retraction", retracts="GLA/1")
    del by_reference["target_event_id"]
    neither = {k: v for k, v in by_reference.items() if k != "retracts"}

    assert from_source("retraction", by_reference)["target_event_id"] is None
    assert list(_problems("retraction", neither)) == ["retracts"]
    by_id = from_source("retraction", sample_source("retraction"))
    assert sample_event("retraction")["target_event_id"] == by_id["target_event_id"]


def test_a_correction_by_reference_is_left_to_the_publisher_and_by_id_is_kept() -> None:
    first = UUID("0198f2c4-0000-7000-8000-00000000000f")

    by_reference = from_source("watch", sample_source("watch", corrects="GLA/1"))
    by_id = from_source("watch", sample_source("watch", corrects=str(first)))

    assert (None, first) == (by_reference["header"]["corrects"], by_id["header"]["corrects"])


@pytest.mark.parametrize("occurred", ["9999", "9999-12-31", "2009/9999", "0001-01-01T00:00+14:00"])
def test_the_ends_of_the_calendar_are_refused_and_no_crash(occurred: str) -> None:
    """Either a time that the checks refuse, or none: never an OverflowError."""
    try:
        event = from_source("watch", sample_source("watch", occurred=occurred))
    except SourceFormError:
        return
    event["header"] |= sample_event("watch", occurred=event["header"]["occurred"])["header"]
    problems = check_event("watch", event, ceiling="confidential")
    assert {one.path for one in problems} <= {"header.occurred.earliest", "header.occurred.latest"}
    assert problems
