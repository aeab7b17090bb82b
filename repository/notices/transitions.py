"""What becomes of a notice when its match is looked at again: a table. Pure.

It is why nothing is told twice: whatever was told before is an argument.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from repository.notices import policy
from repository.notices.matching import Finding
from repository.notices.policy import Way


class Status(StrEnum):
    """How a notice stands."""

    NEW = "new"
    SENT = "sent"
    HELD = "held"
    SILENCED = "silenced"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Step(StrEnum):
    """What is done with a notice: SEND and WITHDRAW write a message, HOLD asks an officer."""

    NOTHING = "nothing"
    SEND = "send"
    HOLD = "hold"
    SILENCE = "silence"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as kept: one receiver, one holder, one entity (and one watch).

    `told` says that the newest message to the receiver says that the match stands; `ever_held`
    that an officer was asked once: from then on nothing goes out by itself but a withdrawal.
    """

    notice_no: int
    notice_id: UUID
    status: Status
    reason: str
    strength: str
    urgency: str
    told: bool
    ever_held: bool
    revision: int


_SENDS = {"open": Step.SEND, "ask": Step.HOLD}
# status → what is found → step. `more` means that the match is materially more than was told.
STEPS: Mapping[Status, Mapping[str, Step]] = MappingProxyType(
    {
        Status.NEW: {**_SENDS, "shut": Step.SILENCE},
        Status.SILENCED: {**_SENDS, "shut": Step.SILENCE, "none": Step.LAPSE},
        Status.LAPSED: _SENDS,
        Status.WITHDRAWN: _SENDS,
        Status.SENT: {
            "open more": Step.SEND,
            "ask more": Step.HOLD,
            "shut": Step.WITHDRAW,
            "none": Step.WITHDRAW,
        },
        Status.HELD: {
            "open": Step.HOLD,
            "ask": Step.HOLD,
            "open more": Step.HOLD,
            "ask more": Step.HOLD,
            "shut": Step.LAPSE,
            "none": Step.LAPSE,
        },
        Status.DISMISSED: {
            "open more": Step.HOLD,
            "ask more": Step.HOLD,
            "shut": Step.LAPSE,
            "none": Step.LAPSE,
        },
    }
)


def step(notice: Notice | None, finding: Finding | None) -> Step:
    """Return what to do with a notice (None: there is none yet) now that this is found."""
    status = notice.status if notice else Status.NEW
    what = "none" if finding is None else finding.way.value
    if notice and finding and finding.way is not Way.SHUT and more(notice, finding):
        what += " more"
    table = STEPS[status]
    found = table.get(what, table.get(what.removesuffix(" more"), Step.NOTHING))
    if notice is None:
        return found
    if found is Step.SEND and notice.ever_held:
        return Step.HOLD
    if found is Step.LAPSE and notice.told:
        return Step.WITHDRAW
    return found


def more(notice: Notice, finding: Finding) -> bool:
    """Return whether a match is materially more than the notice says (`policy.MATERIAL`)."""
    rises = policy.stronger(finding.strength, notice.strength)
    most = policy.URGENCIES[0]
    return rises or (finding.urgency == most and notice.urgency != most)
