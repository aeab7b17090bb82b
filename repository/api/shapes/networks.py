"""How networks, groups and operations are shown."""

from typing import Any

from repository.api.shapes.shape import Shape


class NetworkShown(Shape):
    """Entities and the ties between them, the strongest first; `partial` where there were more
    reports than are read.
    """

    entity: str
    hops: int
    found: int
    partial: bool
    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]


class Groups(Shape):
    """Groups to look at: a computer's `suggestion`, never a fact; `found` counts all there are."""

    suggestion: str
    found: int
    groups: list[dict[str, Any]]


class NetworkPath(Shape):
    """The entities of a shortest way, in order."""

    steps: list[str] | None


class OperationShown(Shape):
    """One operation: `events` are in the order in which they happened."""

    operation: str
    agencies: list[str]
    positions: list[int]
    events: list[dict[str, Any]]
