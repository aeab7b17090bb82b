"""What searches are answered with."""

from typing import Any

from pydantic import BaseModel

from repository.api.shapes.shape import Shape


class FoundSubject(Shape):
    """Whom or what an event that was found is about. `entity` is null where it has not `matched`,
    and for no other reason: the event itself, at `/v1/events`, has the entity of each.
    """

    ordinal: int
    kind: str
    role: str
    label: str
    matched: bool
    entity: str | None


class Found(Shape):
    """One event that a search found, with the passages that matched and its subjects: none while
    it is not `linked`, since the linker has not come to it yet.
    """

    position: int
    event_id: str
    agency: str
    kind: str
    marking: str
    source_reference: str
    reported_at: str
    linked: bool
    subjects: list[FoundSubject]
    snippets: list[dict[str, Any]]


class SearchPage(Shape):
    """A page of what was found. `count` is exact unless `more`: then there are more than that. Of a
    word that nobody has written so, near `spellings` were looked for.
    """

    query: str
    relaxed: bool
    spellings: list[str]
    count: int
    more: bool
    facets: dict[str, dict[str, int]]
    results: list[Found]
    next: str | None


class SavedSearch(BaseModel):
    """A search that is kept."""

    search: int
    name: str
    owner: str
    query: str
    filters: dict[str, list[str]]
    shared: bool
    alerts: bool
    saved_at: str


class SavedSearches(BaseModel):
    """Your searches, and those that colleagues share."""

    searches: list[SavedSearch]


class SearchNumber(BaseModel):
    """What a search is found by."""

    search: int


class Alert(Shape):
    """What newly matches one search: `positions` of all, the best of them as `events`."""

    search: int
    name: str
    query: str
    spellings: list[str]
    count: int
    too_wide: bool
    positions: list[int]
    events: list[dict[str, Any]]


class Alerts(BaseModel):
    """What newly matches your searches."""

    alerts: list[Alert]
