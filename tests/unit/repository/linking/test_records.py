"""What an event's body says of its subjects beside what it says in each."""

from collections.abc import Sequence
from copy import deepcopy

import pytest

from repository.linking.records import records_of
from tests.support.events import sample_event

CASE = ("nrm20090123",)


@pytest.mark.parametrize(
    ("roles", "cases"),
    [
        (("potential_victim", "controller"), [CASE, None]),
        (("controller",), [None]),
        # Of several nobody can say whose case it is.
        (("potential_victim", "potential_victim"), [None, None]),
    ],
)
def test_an_nrm_case_is_said_of_the_one_victim_it_is_about(
    roles: Sequence[str], cases: Sequence[object]
) -> None:
    event = sample_event("referral")
    person = next(one for one in event["subjects"] if "person" in one["details"])
    event["subjects"] = [
        {**deepcopy(person), "local_id": f"p{at}", "role": role} for at, role in enumerate(roles)
    ]
    records = records_of(1, "gla", event)
    said = [one.described.description.values for one in records if one.kind == "person"]
    assert [values.get("nrm_reference") for values in said] == cases
