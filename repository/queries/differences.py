"""What one version of an event says otherwise than another. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What no two events share, whatever they say.
OWN = frozenset({"event_id", "corrects", "reported_at", "stream", "sequence"})
ABSENT = None
"""Stands for what a version does not say."""
AROUND = 3
"""Words shown before and after those that differ."""


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


def changed_words(before: Any, after: Any) -> tuple[Any, Any]:
    """Return two texts as the words in which they differ, with AROUND words on either side; other
    values as they are.
    """
    if not isinstance(before, str) or not isinstance(after, str):
        return before, after
    old, new = before.split(), after.split()
    short = min(len(old), len(new))
    start = next((at for at in range(short) if old[at] != new[at]), short)
    left = short - start
    end = next((at for at in range(left) if old[-1 - at] != new[-1 - at]), left)
    return _part(old, start, end), _part(new, start, end)


def _part(words: Sequence[str], start: int, end: int) -> str:
    first, last = max(0, start - AROUND), len(words) - max(0, end - AROUND)
    shown = " ".join(words[first:last])
    return f"{'… ' if first else ''}{shown}{' …' if last < len(words) else ''}"
