"""What one version of an event says otherwise than another. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

# What no two events share, whatever they say.
OWN = frozenset({"event_id", "corrects", "reported_at", "stream", "sequence"})
ABSENT = None
"""Stands for what a version does not say."""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what differs between two versions in source form: `field`, as `subjects.0.role`, and
    what it said `before` and says `after`; null where it said nothing.
    """
    old, new = (dict(_leaves(one)) for one in (before, after))
    return [
        {"field": field, "before": old.get(field, ABSENT), "after": new.get(field, ABSENT)}
        for field in dict.fromkeys([*old, *new])
        if old.get(field, ABSENT) != new.get(field, ABSENT)
    ]


def _leaves(event: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in event.items():
        if name not in OWN:
            yield from _inside(name, value)


def _inside(field: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _inside(f"{field}.{name}", inner)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _inside(f"{field}.{at}", inner)
    else:
        yield field, value
