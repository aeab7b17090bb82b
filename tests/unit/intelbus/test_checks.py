"""Content rules: each with what breaks it and the field that it blames, no more."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from intelbus.checks import LIST_LIMIT, PROBLEM_LIMIT, TEXT_LIMIT, check_event
from intelbus.contract import Kind
from tests.support.events import NOW, sample_event

Event = dict[str, Any]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_sound_event_of_each_kind_has_no_problem(kind: Kind) -> None:
    assert check_event(kind, sample_event(kind), ceiling="confidential") == []


def _person(event: Event) -> Event:
    person: Event = event["subjects"][0]["details"]["person"]
    return person


def _set(**header: Any) -> Callable[[Event], None]:
    return lambda event: event["header"].update(header)


def _body(**fields: Any) -> Callable[[Event], None]:
    return lambda event: event.update(fields)


def _of_person(**fields: Any) -> Callable[[Event], None]:
    return lambda event: _person(event).update(fields)


def _place(**fields: Any) -> Callable[[Event], None]:
    return lambda event: event["subjects"][2]["details"]["location"].update(fields)


def _time(earliest: datetime, latest: datetime, precision: str = "between") -> Event:
    return {"earliest": earliest, "latest": latest, "precision": precision}


DAY = timedelta(days=1)
BIRTH = "subjects[0].details.person.date_of_birth"

# One row a rule: the kind, what is done to a sound event, and the field that is then at fault.
BROKEN: list[tuple[str, Callable[[Event], None], str]] = [
    ("intelligence", _body(text="a\0b"), "text"),
    ("intelligence", _body(text="a\ud800b"), "text"),
    ("intelligence", _body(text="  "), "text"),
    ("intelligence", _body(text="x" * (TEXT_LIMIT + 1)), "text"),
    ("nil-return", _body(kinds=["watch"] * (LIST_LIMIT + 1)), "kinds"),
    ("operation", _body(arrests=-1), "arrests"),
    ("operation", _body(text=b"bytes"), "text"),
    (
        "outcome",
        _body(victims_declined=[{"reason": "fear", "count": -2}]),
        "victims_declined[0].count",
    ),
    ("watch", _body(expires_on=date(1066, 10, 14)), "expires_on"),
    ("watch", _set(reported_at=datetime(2009, 1, 1)), "header.reported_at"),  # noqa: DTZ001
    ("watch", _set(reported_at=datetime(12, 1, 1, tzinfo=UTC)), "header.reported_at"),
    ("watch", _set(originator="Gang Masters"), "header.originator"),
    ("watch", _set(source_reference="x" * 201), "header.source_reference"),
    ("watch", _set(source_reference=""), "header.source_reference"),
    ("watch", _set(sequence=0), "header.sequence"),
    ("watch", _set(marking="secret"), "header.marking"),
    ("watch", _set(marking="eyes_only"), "header.marking"),
    ("watch", _set(occurred=_time(NOW, NOW - DAY)), "header.occurred"),
    ("watch", _set(occurred=_time(NOW, NOW + DAY, "instant")), "header.occurred"),
    ("watch", _set(grading_scheme="six"), "header.grading_scheme"),
    ("watch", _set(handling="P"), "header.handling"),
    ("watch", _set(handling="5"), "header.handling_conditions"),
    ("watch", _set(source_grade="B"), "header.source_grade"),
    ("intelligence", _set(source_grade="1"), "header.source_grade"),
    ("intelligence", _set(information_grade="B"), "header.information_grade"),
    ("intelligence", _set(source_grade="AB"), "header.source_grade"),
    ("watch", lambda e: _set(corrects=e["header"]["event_id"])(e), "header.corrects"),
    ("retraction", _set(corrects=UUID(int=5)), "header.corrects"),
    ("retraction", _body(target_kind="retraction"), "target_kind"),
    ("retraction", _body(target_kind="rumour"), "target_kind"),
    ("referral", _body(first_responder=None), "first_responder"),
    ("referral", _body(step="reasonable_grounds"), "decision"),
    ("referral", _body(step="conclusive_grounds"), "decision"),
    ("referral", _body(step="handed_over"), "handed_to"),
    ("nil-return", _body(period_to=date(2009, 1, 1)), "period_to"),
    ("assessment", _body(period_to=date(2009, 1, 1)), "period_to"),
    ("watch", lambda e: e["subjects"][3].update(local_id="s1"), "subjects[3].local_id"),
    ("watch", lambda e: e["relations"][0].update(to_id="s9"), "relations[0].to_id"),
    ("watch", _of_person(date_of_birth={"year": 1971, "month": 2, "day": 30}), BIRTH),
    ("watch", _of_person(date_of_birth={"year": 1971, "month": None, "day": 3}), BIRTH),
    ("watch", _of_person(date_of_birth={"year": 1971, "month": 0, "day": None}), BIRTH),
    ("watch", _of_person(date_of_birth={"year": 1700, "month": 1, "day": 1}), f"{BIRTH}.year"),
    ("watch", _of_person(age_from=30, age_to=20), "subjects[0].details.person.age_from"),
    (
        "watch",
        _of_person(nationalities=["Lithuania"]),
        "subjects[0].details.person.nationalities[0]",
    ),
    ("watch", _place(latitude=91.0), "subjects[2].details.location.latitude"),
    ("watch", _place(longitude=float("nan")), "subjects[2].details.location.longitude"),
    ("watch", _place(country="gb"), "subjects[2].details.location.country"),
]


@pytest.mark.parametrize(("kind", "spoil", "path"), BROKEN)
def test_a_broken_rule_is_found_and_blamed_on_its_field(
    kind: str, spoil: Callable[[Event], None], path: str
) -> None:
    event = sample_event(kind)
    spoil(event)

    problems = check_event(kind, event, ceiling="confidential")

    assert [path] == [problem.path for problem in problems]
    assert all(problem.message for problem in problems)


def test_conditions_allow_handling_five() -> None:
    event = sample_event("watch", handling="5", handling_conditions="Ask us first.")
    assert check_event("watch", event, ceiling="confidential") == []


def test_letters_and_numbers_swap_roles_in_the_later_scheme() -> None:
    event = sample_event(
        "intelligence",
        grading_scheme="three_by_five_by_two",
        source_grade="1",
        information_grade="B",
        handling="P",
    )
    assert check_event("intelligence", event, ceiling="confidential") == []


@pytest.mark.parametrize(("ceiling", "problems"), [("restricted", 0), ("protect", 1)])
def test_the_ceiling_is_the_deployments(ceiling: str, problems: int) -> None:
    assert problems == len(check_event("watch", sample_event("watch"), ceiling=ceiling))


def test_too_long_a_list_is_one_problem_whatever_stands_in_it() -> None:
    event = sample_event("nil-return", kinds=[""] * (LIST_LIMIT + 1))
    (problem,) = check_event("nil-return", event, ceiling="confidential")
    assert problem.path == "kinds"


def test_unsound_values_without_end_are_not_all_listed() -> None:
    event = sample_event("nil-return", kinds=[""] * LIST_LIMIT)
    assert len(check_event("nil-return", event, ceiling="confidential")) == PROBLEM_LIMIT
