"""Who may let whom see what, and for how long. Pure.

Whoever asks names an event that they have heard of: by its id, or by its position. They learn
nothing by asking: whether there is such an event, only the approver sees.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from intelbus.errors import ConflictError, RefusedError
from repository.access.reader import CENTRE, Reader

LONGEST = 24
"""Hours for which a glass may stay broken."""
USUAL = 4
LAPSES = timedelta(hours=24)
"""A request that nobody has decided on is nobody's any more."""


class NoApproverError(RefusedError):
    """Only a second person with authority over the event decides on this."""


class State(StrEnum):
    """How a request stands."""

    WAITING = "waiting"
    OPEN = "open"
    REFUSED = "refused"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for; `victims` says: with what identifies victims."""

    number: int
    reader: str
    organisation: str
    victims: bool
    hours: int
    asked_at: datetime


def require_approver(approver: Reader) -> None:
    """Raise NoApproverError unless a reader may decide on anything of this kind."""
    if not approver.has("approver"):
        raise NoApproverError("only an approver may do this", hint="the role is `approver`")


def require_another(approver: Reader, request: Request) -> None:
    """Raise NoApproverError unless a reader is an approver, and another than who asks."""
    require_approver(approver)
    if approver.name == request.reader:
        raise NoApproverError("nobody decides on their own request", subject=request.reader)


def require_authority(approver: Reader, request: Request, originator: str) -> None:
    """Raise NoApproverError unless a reader has authority to let this event be seen: of the centre
    or of the agency whose event it is; and nobody shows of victims what they may not see.

    That their own rights reach the event, the query that finds it for them has seen to, and the
    database's policy sees to it again.
    """
    require_another(approver, request)
    rules = (
        (approver.organisation in (CENTRE, originator), "the event is another agency's"),
        (
            not request.victims or approver.has("victim_data"),
            "you may not see what identifies victims",
        ),
    )
    for holds, why in rules:
        if not holds:
            raise NoApproverError(why, subject=f"request {request.number}")


def until(request: Request, now: datetime) -> datetime:
    """Return when what is granted now ends. Raises ConflictError for what has lapsed."""
    if now - request.asked_at >= LAPSES:
        raise ConflictError("it has lapsed", hint="let them ask again")
    return now + timedelta(hours=request.hours)


def state_of(
    asked_at: datetime,
    granted: bool | None,
    expires: datetime | None,
    *,
    opened: bool,
    now: datetime,
) -> State:
    """Return how a request stands. `opened` is the database's word on what is granted: it ends
    before its time when somebody ends it, and when the event is amended beyond what was granted.
    """
    if granted is None:
        return State.LAPSED if now - asked_at >= LAPSES else State.WAITING
    if not granted:
        return State.REFUSED
    if opened:
        return State.OPEN
    return State.EXPIRED if expires is not None and expires <= now else State.ENDED
