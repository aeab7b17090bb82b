"""What becomes of a notice: every status against everything that can be found."""

from uuid import UUID

import pytest

from repository.notices.matching import Finding
from repository.notices.policy import Way
from repository.notices.transitions import STEPS, Notice, Status, Step, step

HOLD, LAPSE, NOTHING = Step.HOLD, Step.LAPSE, Step.NOTHING
SEND, SILENCE, WITHDRAW = Step.SEND, Step.SILENCE, Step.WITHDRAW


def found(way: Way, strength: str = "probable", urgency: str = "routine") -> Finding:
    return Finding(way, "" if way is Way.OPEN else "a reason", strength, urgency, ((1, 0),))


def notice(status: Status, *, told: bool = False, ever_held: bool = False) -> Notice:
    return Notice(
        notice_no=1,
        notice_id=UUID(int=1),
        status=status,
        reason="",
        strength="probable",
        urgency="routine",
        told=told,
        ever_held=ever_held,
        revision=1,
    )


@pytest.mark.parametrize(
    ("status", "told", "open_", "ask", "shut", "none", "more_open", "more_ask"),
    [
        (None, False, SEND, HOLD, SILENCE, NOTHING, SEND, HOLD),
        (Status.SILENCED, False, SEND, HOLD, SILENCE, LAPSE, SEND, HOLD),
        (Status.LAPSED, False, SEND, HOLD, NOTHING, NOTHING, SEND, HOLD),
        (Status.WITHDRAWN, False, SEND, HOLD, NOTHING, NOTHING, SEND, HOLD),
        (Status.SENT, True, NOTHING, NOTHING, WITHDRAW, WITHDRAW, SEND, HOLD),
        (Status.HELD, False, HOLD, HOLD, LAPSE, LAPSE, HOLD, HOLD),
        (Status.HELD, True, HOLD, HOLD, WITHDRAW, WITHDRAW, HOLD, HOLD),
        (Status.DISMISSED, False, NOTHING, NOTHING, LAPSE, LAPSE, HOLD, HOLD),
        (Status.DISMISSED, True, NOTHING, NOTHING, WITHDRAW, WITHDRAW, HOLD, HOLD),
    ],
)
def test_the_table(
    status: Status | None, told: bool, open_: Step, ask: Step, shut: Step, none: Step,
    more_open: Step, more_ask: Step,
) -> None:  # fmt: skip
    before = notice(status, told=told) if status else None
    assert step(before, found(Way.OPEN)) is open_
    assert step(before, found(Way.ASK)) is ask
    assert step(before, found(Way.SHUT)) is shut
    assert step(before, None) is none
    assert step(before, found(Way.OPEN, "strong")) is more_open
    assert step(before, found(Way.ASK, urgency="threat_to_life")) is more_ask


def test_every_status_has_its_row() -> None:
    assert set(STEPS) == set(Status)


@pytest.mark.parametrize("status", list(Status))
def test_what_an_officer_was_asked_about_never_goes_out_by_itself(status: Status) -> None:
    before = notice(status, told=status is Status.SENT, ever_held=True)
    assert step(before, found(Way.OPEN, "confirmed", "threat_to_life")) is HOLD


def test_a_weaker_match_or_a_lesser_urgency_is_no_news() -> None:
    sent = notice(Status.SENT, told=True)
    assert step(sent, found(Way.OPEN, "possible", "priority")) is NOTHING
