"""The codes of filters."""

import pytest

from repository.search.codes import refuse_unknown
from repository.search.language import QueryError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "referral"),
        ("kind", "vehicle"),
        ("role", "controller"),
        ("exploitation", "labour"),
        ("marking", "restricted"),
        ("urgency", "threat_to_life"),
        # no list has these
        ("agency", "anybody"),
        ("grade", "Z9"),
    ],
)
def test_what_an_event_may_have_is_looked_for(name: str, value: str) -> None:
    refuse_unknown({name: (value,)})


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("marking", "confidental", "did you mean confidential"),
        ("kind", "vehicel", "did you mean vehicle"),
        ("exploitation", "bogus", "one of sexual"),
        ("role", "CONTROLLER", "did you mean controller"),
    ],
)
def test_a_slip_in_a_code_is_no_answer_of_nothing(name: str, value: str, hint: str) -> None:
    with pytest.raises(QueryError, match=f"{name}:{value} is no {name}") as raised:
        refuse_unknown({name: (value,)})
    assert hint in str(raised.value.hint)
