"""The policy, row by row, against what the plan and the forms say."""

import pytest

from repository.access.policy import (
    MARKINGS,
    OWN,
    PARTIES,
    RELEASES,
    VICTIM,
    audience,
    may_read,
    may_receive,
    party_of,
    rights,
    sees_all_of_own,
    sees_everything,
)
from repository.access.reader import ROLES, Reader

FIVE, THREE = "five_by_five_by_five", "three_by_five_by_two"
OUTSIDE = "met"


def reader(party: str = "law_enforcement", *roles: str, **over: str) -> Reader:
    given = {"name": "r", "organisation": OUTSIDE, "clearance": "confidential", **over}
    return Reader(roles=frozenset(roles), party=party, **given)


@pytest.mark.parametrize(
    ("scheme", "code", "parties"),
    [
        (FIVE, "1", {"law_enforcement", "prosecuting", "eea"}),
        (FIVE, "2", {"law_enforcement", "prosecuting", "eea", "non_prosecuting"}),
        (FIVE, "3", {"law_enforcement", "prosecuting", "eea", "foreign"}),
        (FIVE, "4", set()),
        (FIVE, "5", set()),
        (THREE, "P", {"law_enforcement", "prosecuting", "non_prosecuting"}),
        (THREE, "C", set()),
        (FIVE, "P", set()),
        (THREE, "1", set()),
        (FIVE, "6", set()),
        ("unknown", "1", set()),
        ("", "", set()),
    ],
)
def test_a_handling_code_lets_these_parties_in_and_always_the_originator(
    scheme: str, code: str, parties: set[str]
) -> None:
    everybody = {*PARTIES.values(), "unknown", "press"}
    let_in = {
        party
        for party in everybody
        if may_read(reader(party), "gla", scheme, code, "restricted", victim=False)
    }
    assert let_in == parties
    for party in everybody:
        assert may_read(reader(party), OUTSIDE, scheme, code, "restricted", victim=False)


@pytest.mark.parametrize("marking", [*MARKINGS, "official"])
def test_a_body_may_be_sent_what_a_reader_of_its_kind_and_clearance_may_read(marking: str) -> None:
    for scheme, code in (*RELEASES, ("", "")):
        for party in {*PARTIES.values(), "unknown"}:
            for clearance in (*MARKINGS, "official"):
                one = reader(party, clearance=clearance)
                assert may_receive(party, clearance, scheme, code, marking) == may_read(
                    one, "gla", scheme, code, marking, victim=False
                )


@pytest.mark.parametrize("code", ["4", "5", "9"])
def test_the_centre_reads_what_is_its_originators_alone_only_if_cleared_for_it(code: str) -> None:
    staff = reader("law_enforcement", "analyst", organisation="ukhtc")
    cleared = reader("law_enforcement", "originator_only", organisation="ukhtc")
    elsewhere = reader("law_enforcement", "originator_only")

    asked = ("gla", FIVE, code, "restricted")
    assert not may_read(staff, *asked, victim=False)
    assert may_read(cleared, *asked, victim=False)
    assert not may_read(elsewhere, *asked, victim=False)
    assert may_read(staff, "gla", THREE, "C", "restricted", victim=False)


@pytest.mark.parametrize("clearance", [*MARKINGS, "official", ""])
def test_a_marking_needs_clearance_even_within_the_originator(clearance: str) -> None:
    one = reader(clearance=clearance)
    for level, marking in enumerate(MARKINGS):
        allowed = clearance in MARKINGS and level <= MARKINGS.index(clearance)
        assert may_read(one, OUTSIDE, FIVE, "1", marking, victim=False) is allowed
    assert may_read(one, OUTSIDE, FIVE, "1", "official", victim=False) is (
        clearance == "top_secret"
    )


def test_victims_data_needs_its_role_even_within_the_originator() -> None:
    asked = (OUTSIDE, FIVE, "1", "restricted")
    assert not may_read(reader(), *asked, victim=True)
    assert may_read(reader("law_enforcement", "victim_data"), *asked, victim=True)


def test_an_unknown_role_or_party_gives_nothing() -> None:
    assert rights(reader("press", "root")) == rights(reader("unknown"))
    assert party_of("ministry") == "unknown"


def test_rights_say_bit_for_bit_what_the_policy_says() -> None:
    one = reader("prosecuting", "victim_data")
    bits = rights(one)
    for (scheme, code), release in RELEASES.items():
        for level, marking in enumerate(MARKINGS):
            assert audience(scheme, code, marking) == 8 * release.number + level < VICTIM
            for own in (False, True):
                for victim in (False, True):
                    bit = bits[OWN * own + VICTIM * victim + audience(scheme, code, marking)]
                    whose = OUTSIDE if own else "gla"
                    allowed = may_read(one, whose, scheme, code, marking, victim=victim)
                    assert (bit == "1") is allowed


def test_an_audience_that_no_code_leads_to_is_nobodys() -> None:
    every = Reader("r", "ukhtc", "top_secret", frozenset(ROLES), "law_enforcement")
    assert {n for n in range(64) if rights(every)[n] == "0"} == {8 * n + 6 for n in range(8)}


def test_only_the_centres_cleared_staff_see_everything() -> None:
    every = Reader("r", "ukhtc", "top_secret", frozenset(ROLES))
    assert sees_everything(every)
    assert not sees_everything(Reader("r", "ukhtc", "secret", frozenset(ROLES)))
    assert not sees_everything(Reader("r", "met", "top_secret", frozenset(ROLES)))
    assert not sees_everything(Reader("", "", "top_secret", frozenset(ROLES)))


def test_who_sees_all_of_their_own_is_cleared_for_every_marking_that_is_accepted() -> None:
    for at, highest in enumerate(MARKINGS):
        for cleared, clearance in enumerate(MARKINGS):
            everywhere = [reader(p, clearance=clearance) for p in {*PARTIES.values(), "unknown"}]
            assert {sees_all_of_own(one, highest) for one in everywhere} == {cleared >= at}
    assert not sees_all_of_own(reader(clearance="unheard of"), "protect")
    assert not sees_all_of_own(reader(clearance="top_secret", organisation=""), "protect")
