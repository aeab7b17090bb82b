"""How what happened in time is shown."""

from pydantic import BaseModel

from repository.api.shapes.shape import Shape


class TimelineEntry(Shape):
    """One event: when it happened and when it was reported; `what` is the step or result that it
    tells of, `as` the roles and labels that the entity asked for has in it.
    """

    position: int
    agency: str
    kind: str
    what: str | None
    occurred_from: str | None
    occurred_to: str | None
    reported_at: str
    places: list[str]
    grade: dict[str, str | None]
    marking: str


class Timeline(BaseModel):
    """Events in the order in which they happened; not all of them, if there are `more`."""

    more: bool
    agencies: list[str]
    entries: list[TimelineEntry]


class EntityTimeline(Timeline):
    """An entity's events: the latest reported, if there are `more`."""

    entity: str


class OperationTimeline(Timeline):
    """An operation's events, what came of it and what names it: the latest, if there are `more`."""

    operation: str


class SearchTimeline(Timeline):
    """What a search found: the best, if there are `more`; near `spellings` were looked for."""

    query: str
    spellings: list[str]
