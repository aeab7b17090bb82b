"""How access and its record are shown."""

from typing import Any

from pydantic import BaseModel


class MaySee(BaseModel):
    """A reader who may see it; with what identifies victims, and sources."""

    name: str
    organisation: str
    victims: bool
    sources: bool


class WhoMaySee(BaseModel):
    """Who may see something, and what its handling code means."""

    meaning: str
    readers: list[MaySee]


class Looks(BaseModel):
    """Looks: who asked what, when, for which purpose, and the ids in the answer."""

    looks: list[dict[str, Any]]


class LookPage(Looks):
    """A page of looks."""

    next: str | None


class Unusual(BaseModel):
    """What one reader did that breaks a rule: how much of it, and how much is usual for them."""

    reader: str
    day: str
    rule: str
    counted: int
    usual: float
    meaning: str


class UnusualDay(BaseModel):
    """What was unusual on a day."""

    day: str
    unusual: list[Unusual]


class Act(BaseModel):
    """One act of processing, by whom, why and on what."""

    processing: str
    at: str
    by: str
    purpose: str
    what: str
    ids: list[str]


class ProcessingPage(BaseModel):
    """A page of acts, the oldest first."""

    acts: list[Act]
    next: str | None


class GlassRequest(BaseModel):
    """One request to break the glass; `names` is what an approver sees of what it names."""

    request: int
    asked_at: str
    reader: str
    organisation: str
    event: str
    victims: bool
    hours: int
    because: str
    state: str
    decided_by: str | None
    expires_at: str | None
    names: list[dict[str, Any]] | None


class GlassRequests(BaseModel):
    """Your requests, and those that you may decide on."""

    requests: list[GlassRequest]


class GlassNumber(BaseModel):
    """What a request is found by."""

    request: int
