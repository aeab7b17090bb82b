"""How events and entities are shown."""

from typing import Any

from pydantic import BaseModel

from repository.api.shapes.shape import Shape


class EventShown(Shape):
    """One event: how it stands, whom it is about, and what its originator wrote (`event`)."""

    event_id: str
    agency: str
    kind: str
    position: int | None
    status: str
    subjects: list[dict[str, Any]]
    event: dict[str, Any]


class Events(BaseModel):
    """The events of an id: one, unless several agencies have used the same id."""

    events: list[EventShown]


class EventVersion(Shape):
    """One version of an event: its grade, how it stands (null of a retraction), and what it says
    otherwise than the version before it; `because` says why it was retracted.
    """

    position: int
    event_id: str
    kind: str
    status: str | None
    reported_at: str
    grade: dict[str, str | None]
    marking: str
    because: list[str]
    regraded: bool
    changed: list[dict[str, Any]]


class EventHistory(BaseModel):
    """What has become of an event, by its first version's id."""

    agency: str
    event_id: str
    versions: list[EventVersion]


class EventHistories(BaseModel):
    """The histories of an id: one, unless several agencies have used the same id."""

    events: list[EventHistory]


class EntityShown(Shape):
    """What each agency says of one thing, where they differ, and why the records are one.

    `members` are the latest of its `records` (exact unless there are `more`), or those before the
    record asked for; `earlier`, where there are any, is what to ask for next.
    """

    entity: str
    kind: str
    records: int
    more: bool
    earlier: str | None
    labels: list[str]
    agencies: list[str]
    members: list[dict[str, Any]]
    sides: list[dict[str, Any]]
    links: list[dict[str, Any]]


class WhyOne(Shape):
    """Whether two are one, and `because` of what; `reasons` and the rest of the arithmetic are
    there where the two could be compared.
    """

    asked: list[str]
    entities: list[str]
    kinds: list[str]
    one_entity: bool
    said: list[dict[str, Any]]
    because: list[str]


class EntityLine(Shape):
    """One entity in a list: `events` are those in its latest 1,000 records if it has `more`."""

    entity: str
    kind: str
    label: str | None
    agencies: list[str]
    events: int
    more: bool


class EntityPage(BaseModel):
    """A page of entities."""

    entities: list[EntityLine]
    next: str | None
