"""Who may let whom see what, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest

from intelbus.errors import ConflictError
from repository.access.reader import Reader
from repository.glass.rules import (
    LAPSES,
    NoApproverError,
    Request,
    State,
    require_another,
    require_authority,
    state_of,
    until,
)

NOW = datetime(2009, 10, 12, 9, 30, tzinfo=UTC)
ASKED = Request(7, "c.constable", "met", victims=False, hours=4, asked_at=NOW)
OF_VICTIMS = Request(8, "c.constable", "met", victims=True, hours=4, asked_at=NOW)


def approver(organisation: str, *roles: str, name: str = "a.approver") -> Reader:
    return Reader(name, organisation, "secret", frozenset(roles), "law_enforcement")


@pytest.mark.parametrize("organisation", ["ukhtc", "gla"])
def test_the_centre_and_the_originator_have_authority(organisation: str) -> None:
    require_authority(approver(organisation, "approver"), ASKED, "gla")
    require_authority(approver(organisation, "approver", "victim_data"), OF_VICTIMS, "gla")


@pytest.mark.parametrize(
    ("who", "request_"),
    [
        (approver("ukhtc"), ASKED),
        (approver("ukhtc", "supervisor", "administrator"), ASKED),
        (approver("met", "approver"), ASKED),
        (approver("ukhtc", "approver", name="c.constable"), ASKED),
        (approver("ukhtc", "approver"), OF_VICTIMS),
    ],
)
def test_nobody_else_has(who: Reader, request_: Request) -> None:
    with pytest.raises(NoApproverError):
        require_authority(who, request_, "gla")


def test_nobody_decides_on_their_own_request() -> None:
    require_another(approver("met", "approver"), ASKED)
    with pytest.raises(NoApproverError):
        require_another(approver("met", "approver", name="c.constable"), ASKED)


def test_what_is_granted_ends_and_what_waits_lapses() -> None:
    assert until(ASKED, NOW + timedelta(hours=1)) == NOW + timedelta(hours=5)
    with pytest.raises(ConflictError, match="lapsed"):
        until(ASKED, NOW + LAPSES)


@pytest.mark.parametrize(
    ("granted", "opened", "later", "state"),
    [
        (None, False, timedelta(), State.WAITING),
        (None, False, LAPSES, State.LAPSED),
        (False, False, timedelta(), State.REFUSED),
        (True, True, timedelta(), State.OPEN),
        (True, False, timedelta(hours=1), State.ENDED),
        (True, False, timedelta(hours=4), State.EXPIRED),
    ],
)
def test_how_a_request_stands(
    granted: bool | None, opened: bool, later: timedelta, state: State
) -> None:
    expires = NOW + timedelta(hours=4) if granted else None
    assert state_of(NOW, granted, expires, opened=opened, now=NOW + later) is state
