"""A case is one row, of what its steps say that are exported and of nothing else."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from repository.exports.selection import Exported
from repository.exports.victims import Victim, victims
from tests.support.events import sample_event

CASE = "nrm20090001"
FORCED = {"kind": "labour", "means_of_control": ["debt_bondage"]}


def step(
    position: int,
    name: str,
    day: int,
    *,
    case: str | None = CASE,
    agency: str = "ukhtc",
    **over: Any,
) -> Exported:
    """Return a step that tells of one potential victim, and of nothing that is not given."""
    people = over.pop("people", [{}])
    body = {"step": name, "step_on": date(2009, 4, day), "decision": None, "first_responder": None,
            "exploitation": [], "subjects": [person(**one) for one in people]} | over  # fmt: skip
    event = {**sample_event("referral"), **body}
    return Exported(position, agency, str(position), "referral", "1", event, case)


def person(role: str = "potential_victim", **over: Any) -> dict[str, Any]:
    told = {"sex": "unknown", "nationalities": [], **over}
    return {"local_id": "s", "role": role, "text": None, "details": {"person": told}}


REFERRED = step(1, "referred", 2, agency="ukhtc", first_responder="poppy", exploitation=[FORCED],
                people=[{"sex": "female", "nationalities": ["LT"]}])  # fmt: skip
RECEIVED = step(2, "received", 2)
REASONABLE = step(3, "reasonable_grounds", 6, decision="positive")
STARTED = step(4, "reflection_started", 6)


def only(*steps: Exported) -> Victim:
    (one,) = victims(steps)
    return one


def test_all_steps_of_a_case_are_one_row_in_whatever_order_they_come() -> None:
    expected = Victim("potential_victim", "female", ["LT"], {"labour"}, {"debt_bondage"},
                      "positive", False, date(2009, 4, 2), "poppy")  # fmt: skip
    for steps in permutations((REFERRED, RECEIVED, REASONABLE, STARTED)):
        assert only(*steps) == expected


def test_a_case_of_later_steps_alone_claims_no_referral() -> None:
    one = only(RECEIVED, REASONABLE, STARTED)
    assert (one.referred_on, one.referred_by) == (None, None)
    assert (one.sex, one.exploitation, one.control) == (None, set(), set())
    assert one.decision == "positive"


def test_the_earliest_referral_counts_and_of_the_person_the_latest_who_says() -> None:
    again = step(9, "referred", 8, agency="met", first_responder="met",
                 people=[{"sex": "male"}])  # fmt: skip
    one = only(again, REFERRED, STARTED)
    assert (one.referred_on, one.referred_by) == (date(2009, 4, 2), "poppy")
    assert (one.sex, one.nationalities) == ("male", ["LT"])


@pytest.mark.parametrize(
    ("steps", "decision"),
    [
        ((), (None, False)),
        ((("reasonable_grounds", "negative"),), ("negative", False)),
        ((("reasonable_grounds", "positive"), ("reconsidered", "negative")), ("negative", False)),
        ((("reconsidered", "negative"), ("reasonable_grounds", "positive")), ("positive", False)),
        ((("reasonable_grounds", "positive"), ("conclusive_grounds", "negative")),
         ("negative", True)),
        ((("conclusive_grounds", "negative"), ("reconsidered", "positive")), ("positive", True)),
        ((("reconsidered", "positive"),), ("positive", False)),
    ],
)  # fmt: skip
def test_the_decision_that_holds_counts(
    steps: tuple[tuple[str, str], ...], decision: tuple[str | None, bool]
) -> None:
    later = [step(9 + day, name, day, decision=what) for day, (name, what) in enumerate(steps, 10)]
    one = only(REFERRED, *later)
    assert (one.decision, one.conclusive) == decision


def test_several_victims_of_a_case_are_told_apart_by_their_order() -> None:
    two = [{"sex": "female"}, {"role": "suspect"}, {"sex": "male"}]
    found = list(victims([step(1, "referred", 2, people=two), step(2, "received", 3, people=two)]))
    assert [one.sex for one in found] == ["female", "male"]


def test_cases_and_events_of_other_kinds_are_rows_of_their_own() -> None:
    other = step(5, "referred", 3, case="nrm20090002", first_responder="met")
    report = step(6, "referred", 4, case=None, people=[{"role": "victim"}])
    child = step(7, "referred", 4, case=None, people=[{"role": "missing_child"}])
    found = list(victims([REFERRED, RECEIVED, other, report, child]))
    assert [(one.role, one.referred_by) for one in found] == [
        ("potential_victim", "poppy"),
        ("potential_victim", "met"),
        ("victim", None),
    ]
    assert only(step(8, "referred", 5, people=[{"role": "missing_child"}])).role == "missing_child"
    assert list(victims([step(8, "received", 5, people=[])])) == []
