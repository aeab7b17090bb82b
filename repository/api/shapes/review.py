"""How what waits for a person, judgements and notices are shown."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from repository.api.shapes.shape import Shape


class WaitingPair(Shape):
    """Two records that wait for a person: how likely they are one, and what depends on it."""

    pair: str
    kind: str
    records: list[dict[str, Any]]
    joined: bool
    needs_person: bool
    probability: float
    value: float
    unsure: str | None


class WaitingPairs(BaseModel):
    """A page of what waits, the most valuable first."""

    pairs: list[WaitingPair]
    next: str | None


class Judged(BaseModel):
    """A decision's number, and the entities that its records are in now."""

    decision: int
    entities: list[str]


class EntityHistory(Shape):
    """What has become of an entity, the oldest first; `redirected` are ids that lead here."""

    entity: str
    redirected: list[str]
    steps: list[dict[str, Any]]


class NoticeLine(Shape):
    """One notice: who is told, of what, held by whom, and how it stands."""

    notice: int
    receiver: str
    holder: str
    entity: str
    status: str
    reason: str | None
    meaning: str | None
    urgency: str
    told: bool


class WaitingLine(BaseModel):
    """What held notices are about: the notices, who would be told, who holds it, and why an officer
    is asked.
    """

    entity: str
    kind: str | None
    label: str | None
    notices: list[int]
    receivers: list[str]
    holders: list[str]
    reasons: list[str]
    meanings: list[str]
    watches: list[str]
    threat_to_life: bool
    held_since: datetime


class WaitingPage(BaseModel):
    """A page of what waits for an officer."""

    waiting: list[WaitingLine]
    next: str | None


class NoticeShown(NoticeLine):
    """One notice, with what officers decided."""

    decisions: list[dict[str, Any]]


class NoticePage(BaseModel):
    """A page of notices."""

    notices: list[NoticeLine]
    next: str | None
