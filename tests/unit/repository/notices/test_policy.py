"""Each row of the policy, as whoever reviews it would read it."""

import pytest

from intelbus.checks import SCHEMES
from intelbus.trust import Agency
from repository.notices import policy
from repository.notices.policy import Way

_555, _352 = "five_by_five_by_five", "three_by_five_by_two"


@pytest.mark.parametrize(
    ("scheme", "code", "way"),
    [
        (_555, "1", Way.OPEN),
        (_555, "2", Way.OPEN),
        (_555, "3", Way.OPEN),
        (_555, "4", Way.SHUT),
        (_555, "5", Way.ASK),
        (_352, "P", Way.OPEN),
        (_352, "C", Way.ASK),
        (_555, "P", Way.SHUT),
        (_555, "6", Way.SHUT),
        ("another", "1", Way.SHUT),
    ],
)
def test_a_handling_code_lets_so_much_happen(scheme: str, code: str, way: Way) -> None:
    assert policy.handling(scheme, code).way is way


def test_every_code_of_every_scheme_has_a_row() -> None:
    codes = {(scheme, code) for scheme, one in SCHEMES.items() for code in one.handling}
    assert set(policy.HANDLING) == codes


def test_every_reason_means_something_and_is_ranked() -> None:
    ways = {rule.way: rule.reason for rule in policy.HANDLING.values() if rule.reason}
    assert set(ways.values()) <= set(policy.REASONS)
    asked = {rule.reason for rule in policy.HANDLING.values() if rule.way is Way.ASK}
    assert asked == set(policy.ASKED)
    named = {*policy.PROTECTING, *policy.COMMONPLACE, *policy.ASKED, *policy.SHUT}
    assert named <= set(policy.REASONS)


@pytest.mark.parametrize(
    ("kind", "kinds", "receives", "named"),
    [
        ("police", {"intelligence"}, True, Way.OPEN),
        ("enforcement", {"intelligence"}, True, Way.OPEN),
        ("prosecutor", {"outcome"}, False, Way.OPEN),
        ("prosecutor", {"outcome", "victim-support"}, False, Way.ASK),
        ("charity", {"referral", "victim-support"}, False, Way.ASK),
        ("charity", {"referral"}, False, Way.ASK),
        ("charity", {"intelligence"}, False, Way.OPEN),
        ("local_authority", {"referral"}, False, Way.ASK),
        ("health", {"referral"}, False, Way.ASK),
        ("anything new", {"intelligence"}, False, Way.ASK),
    ],
)
def test_an_agency_is_told_and_named_by_its_type(
    kind: str, kinds: set[str], receives: bool, named: Way
) -> None:
    party = policy.party(Agency("one", "One", kind, frozenset(kinds)))
    assert (party.receives, party.named) == (receives, named)


def test_the_centre_is_neither_told_nor_named_whatever_its_type() -> None:
    party = policy.party(Agency("ukhtc", "UKHTC", "police", frozenset({"intelligence"})))
    assert (party.receives, party.named) == (False, Way.SHUT)
    assert policy.party(None) == policy.UNKNOWN_PARTY


@pytest.mark.parametrize(
    ("weight", "name"),
    [
        (float("inf"), "confirmed"),
        (40.0, "strong"),
        (5.0, "strong"),
        (4.99, "probable"),
        (3.3, "probable"),
        (3.29, "possible"),
        (float("-inf"), "possible"),
    ],
)
def test_a_match_is_called_by_its_weight(weight: float, name: str) -> None:
    assert policy.strength(weight) == name


def test_strengths_are_ordered() -> None:
    assert policy.stronger("confirmed", "strong")
    assert policy.stronger("strong", "possible")
    assert not policy.stronger("probable", "probable")
    assert not policy.stronger("possible", "confirmed")
