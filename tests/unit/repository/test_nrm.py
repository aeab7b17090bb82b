"""The NRM table counts cases, by the bands that are published."""

from datetime import date
from typing import Any

import pytest

from repository.queries.first_responders import POLICE_FORCES, group_of
from repository.queries.nrm import WAITS, case_of, tabulate, wait_of


def step(name: str, on: date, **over: Any) -> dict[str, Any]:
    base = {"step": name, "step_on": on, "decision": None, "first_responder": None}
    return {**base, "header": {"originator": "ukba"}, **over}


REFERRED = step("referred", date(2009, 4, 1), first_responder="poppy")


@pytest.mark.parametrize(
    ("concluded", "expected"),
    [
        (date(2009, 4, 8), WAITS[0]),
        (date(2009, 4, 9), WAITS[1]),
        (date(2009, 5, 16), WAITS[1]),
        (date(2009, 5, 17), WAITS[2]),
        (date(2009, 7, 1), WAITS[2]),
        (date(2009, 7, 2), WAITS[3]),
        (date(2009, 10, 1), WAITS[3]),
        (date(2009, 10, 2), WAITS[4]),
    ],
)
def test_waits_are_counted_from_the_referral(concluded: date, expected: str) -> None:
    assert wait_of(date(2009, 4, 1), concluded) == expected


def test_a_case_is_the_same_in_any_order_of_its_steps() -> None:
    steps = [
        (1, REFERRED),
        (2, step("reasonable_grounds", date(2009, 4, 5), decision="positive")),
        (3, step("conclusive_grounds", date(2009, 5, 20), decision="negative")),
    ]
    assert case_of("X", steps) == case_of("X", steps[::-1])
    assert case_of("X", steps).grounds == "positive"


@pytest.mark.parametrize(
    ("name", "expected"), [("absconded", "suspended"), ("left_uk", "withdrawn")]
)
def test_an_undecided_case_says_why(name: str, expected: str) -> None:
    case = case_of("X", [(1, REFERRED), (2, step(name, date(2009, 4, 3)))])
    assert case.grounds == expected


def test_leaving_after_the_decision_does_not_undo_it() -> None:
    steps = [
        (1, REFERRED),
        (2, step("reasonable_grounds", date(2009, 4, 5), decision="positive")),
        (3, step("left_uk", date(2009, 4, 9))),
    ]
    assert case_of("X", steps).grounds == "positive"


def test_only_cases_referred_in_the_period_are_counted() -> None:
    cases = [case_of("X", [(1, REFERRED)]), case_of("Y", [(2, step("received", REFERRED["step_on"]))])]  # fmt: skip # noqa: E501
    found = tabulate(cases, {}, date(2009, 4, 1), date(2009, 4, 1))
    assert (found["referrals"], found["first_responder"]) == (1, {"Poppy": 1})
    assert tabulate(cases, {}, date(2009, 4, 2), date(2009, 12, 31))["referrals"] == 0


@pytest.mark.parametrize(
    ("code", "types", "expected"),
    [
        ("ukba", {}, "UKBA"),
        ("met", {}, "Police"),
        ("new-force", {"new-force": "police"}, "Police"),
        ("kettering", {"kettering": "local_authority"}, "Local authorities"),
        ("kent-county-council", {}, "Local authorities"),
        ("barnardos", {}, "barnardos"),
    ],
)
def test_first_responders_are_grouped_as_published(
    code: str, types: dict[str, str], expected: str
) -> None:
    assert group_of(code, types) == expected


def test_every_force_of_2009_is_listed() -> None:
    assert len(POLICE_FORCES) == 43 + 8 + 2
