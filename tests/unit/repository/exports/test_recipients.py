"""To whom an export may go: enrolled organisations by the registry's word, others by name."""

import pytest

from intelbus.errors import InvalidRequestError
from intelbus.trust import Agency
from repository.exports.recipients import UNLESS_SAID, Recipient, RecipientError, recipient_of

ENROLLED = {
    code: Agency(code, name, kind, frozenset(), active)
    for code, name, kind, active in (
        ("met", "Metropolitan Police", "police", True),
        ("cps", "Crown Prosecution Service", "prosecutor", True),
        ("poppy", "Poppy Project", "charity", True),
        ("gone", "Gone Agency", "police", False),
        ("odd", "Odd Agency", "circus", True),
    )
}


@pytest.mark.parametrize(
    ("code", "party"),
    [("met", "law_enforcement"), ("cps", "prosecuting"), (" poppy ", "non_prosecuting")],
)
def test_an_enrolled_organisation_is_what_the_registry_says(code: str, party: str) -> None:
    assert recipient_of(code, ENROLLED) == Recipient(code.strip(), party)
    assert recipient_of(code, ENROLLED, party=party) == Recipient(code.strip(), party)


def test_an_outside_body_is_named_with_why_and_what_it_is() -> None:
    made = recipient_of(" The embassy ", ENROLLED, party="foreign", outside=" repatriation ")
    assert made == Recipient("The embassy", "foreign", UNLESS_SAID, "repatriation")


def test_a_recipient_is_cleared_for_no_more_than_somebody_said() -> None:
    assert recipient_of("met", ENROLLED).clearance == "restricted"
    assert recipient_of("met", ENROLLED, clearance="confidential").clearance == "confidential"
    with pytest.raises(InvalidRequestError, match="no such marking"):
        recipient_of("met", ENROLLED, clearance="official")


@pytest.mark.parametrize(
    ("name", "party", "outside", "why"),
    [
        ("  ", None, None, "needs a recipient"),
        ("Met", None, None, "name the code: --recipient met"),
        ("metropolitan  police", None, None, "name the code: --recipient met"),
        ("The embassy", "foreign", None, "no organisation is enrolled"),
        ("gone", None, None, "enrolment has ended"),
        ("odd", None, None, "no handling code knows"),
        ("poppy", "law_enforcement", None, "enrolled as non_prosecuting"),
        ("The embassy", "foreign", " ", "for a reason"),
        ("The embassy", None, "repatriation", "what kind of party"),
        ("The embassy", "unknown", "repatriation", "what kind of party"),
        ("MET", "foreign", "repatriation", "no outside body"),
        ("poppy project", "law_enforcement", "support", "no outside body"),
        ("Metropolitan  Police", "foreign", "support", "leave out --outside and --party"),
    ],
)
def test_nobody_else_receives(name: str, party: str | None, outside: str | None, why: str) -> None:
    with pytest.raises(RecipientError, match=why):
        recipient_of(name, ENROLLED, party=party, outside=outside)
