"""What enrolment and changes do to the draft of the next registry."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from consumers.authority.draft import AlreadyEnrolledError, Draft, change, enrol, kinds_of
from intelbus.contract import Kind
from intelbus.enrolment import EnrolmentRequest, make_request, read_request
from intelbus.errors import ConfigurationError, RefusedError
from intelbus.keys import SigningKey
from tests.support.sealed import DAY, KEY, NOW, OTHER_KEY

EMPTY = Draft(0, (), ())


def asked(agency: str = "gmp", key: SigningKey = KEY, at: datetime = NOW) -> EnrolmentRequest:
    return read_request(make_request(agency, key, contact="Duty officer", now=at))


def enrolled(draft: Draft, request: EnrolmentRequest, *, add_key: bool = False) -> Draft:
    return enrol(
        draft,
        request,
        name="Greater Manchester Police",
        agency_type="police",
        kinds=["intelligence", "referral"],
        now=NOW,
        lifetime=365 * DAY,
        add_key=add_key,
    )


ONE = enrolled(EMPTY, asked())


def test_an_agency_with_its_key_and_rights() -> None:
    registry = ONE.next_registry(now=NOW, lifetime=DAY)
    agency, key = registry.agencies["gmp"], registry.keys[KEY.key_id]
    assert (registry.version, registry.expires_at) == (1, NOW + DAY)
    assert (agency.name, agency.kinds, agency.contact) == (
        "Greater Manchester Police",
        frozenset({"intelligence", "referral"}),
        "Duty officer",
    )
    assert (key.agency, key.valid_from, key.valid_until) == ("gmp", NOW, NOW + 365 * DAY)


def test_duplicates_are_refused() -> None:
    with pytest.raises(AlreadyEnrolledError, match="this key is enrolled"):
        enrolled(ONE, asked())
    with pytest.raises(AlreadyEnrolledError, match="this key is enrolled"):
        enrolled(ONE, asked("met"))
    with pytest.raises(AlreadyEnrolledError, match="agency gmp is enrolled"):
        enrolled(ONE, asked(key=OTHER_KEY))


def test_a_further_key_changes_nothing_else() -> None:
    two = enrolled(ONE, asked(key=OTHER_KEY), add_key=True)
    assert two.agencies == ONE.agencies
    assert [key.key_id for key in two.keys] == [KEY.key_id, OTHER_KEY.key_id]
    with pytest.raises(RefusedError, match="no agency met"):
        enrolled(ONE, asked("met", OTHER_KEY), add_key=True)


@pytest.mark.parametrize(
    ("asked_at", "counts_from"),
    [(NOW - DAY, NOW - DAY), (NOW - 400 * DAY, NOW - 30 * DAY), (NOW + DAY, NOW)],
)
def test_a_key_counts_from_its_request_within_bounds(
    asked_at: datetime, counts_from: datetime
) -> None:
    assert enrolled(EMPTY, asked(at=asked_at)).keys[0].valid_from == counts_from


def test_there_and_back_as_json() -> None:
    revoked = replace(ONE.keys[0], revoked_at=NOW + timedelta(hours=1), revocation_reason="lost")
    draft = replace(ONE, published=7, keys=(revoked,))
    assert Draft.from_json(draft.to_json()) == draft
    for damaged in ("", "[]", "{}", draft.to_json().replace("published", "publish")):
        with pytest.raises(ConfigurationError, match="damaged"):
            Draft.from_json(damaged)


def test_changing_a_row() -> None:
    changed = change(ONE, "gmp", kinds=["outcome"], active=False)
    assert changed.agencies[0].kinds == {"outcome"}
    assert not changed.agencies[0].active
    assert changed.agencies[0].name == ONE.agencies[0].name
    assert change(ONE, "gmp") == ONE
    with pytest.raises(RefusedError, match="no agency 'met'"):
        change(ONE, "met", active=False)


def test_kinds() -> None:
    assert kinds_of(["all"]) == set(Kind)
    assert kinds_of([" watch", "watch", ""]) == {"watch"}
    with pytest.raises(ConfigurationError, match="no such kinds: rumour"):
        kinds_of(["watch", "rumour"])
    with pytest.raises(ConfigurationError, match="no kind is named"):
        kinds_of([""])
