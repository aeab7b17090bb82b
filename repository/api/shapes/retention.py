"""How what is kept, reviewed and erased is shown."""

from typing import Any

from pydantic import BaseModel

from repository.api.shapes.shape import Shape


class ReviewRule(BaseModel):
    """How many months a sort of event is kept before its review, and why."""

    name: str
    months: int
    why: str


class ReviewRules(BaseModel):
    """The rules; the first that fits an event counts."""

    rules: list[ReviewRule]


class DueReview(BaseModel):
    """One event whose review is due; `suspended_by` names the live case or operation that keeps
    it.
    """

    position: int
    agency: str
    kind: str
    event_id: str
    reported_on: str
    rule: str
    review_on: str
    suspended_by: str | None


class DueReviews(BaseModel):
    """A page of reviews, the longest due first."""

    reviews: list[DueReview]
    next: str | None


class ReasonToKeep(BaseModel):
    """The live case that suspends an event's review, and until when somebody decided to keep it,
    with their reason. An erasure is not refused for it.
    """

    position: int
    suspended_by: str | None
    keep_until: str | None
    because: str | None


class ErasureReport(Shape):
    """What an erasure takes, or took, from where; why some of it was kept; and what still holds
    it.
    """

    agency: str
    event_id: str
    events: list[dict[str, Any]]
    reasons_to_keep: list[ReasonToKeep]
    rows_removed: dict[str, int]
    still_held: dict[str, Any]
    dry_run: bool


class ErasureAsked(BaseModel):
    """A request's number, and what would go."""

    request: int
    report: ErasureReport


class ErasureDecided(BaseModel):
    """What was erased; null of a refusal."""

    report: ErasureReport | None


class ErasureRequest(BaseModel):
    """One request to erase an event; `state` is waits, erased or refused. While it waits,
    `reason_to_keep` says why its event is kept, if it is.
    """

    request: int
    asked_at: str
    asked_by: str
    agency: str
    event_id: str
    position: int | None
    kind: str | None
    authority: str
    because: str
    reason_to_keep: ReasonToKeep | None
    state: str
    decided_by: str | None
    decided_at: str | None
    decided_because: str | None


class ErasureRequests(BaseModel):
    """A page of requests: what waits for a decision, then the latest."""

    requests: list[ErasureRequest]
    next: str | None


class Erasure(Shape):
    """One erased event; `report` stands at the one that was asked for."""

    agency: str
    event_id: str
    asked_event_id: str
    erased_at: str
    erased_by: str
    authority: str
    because: str
    pending: bool
    report: dict[str, Any] | None


class Erasures(BaseModel):
    """A page of what was erased, the oldest first."""

    erasures: list[Erasure]
    next: str | None
