"""What an event goes back to, as far as it says so: relays are no independent holders. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spoken:
    """An event: what it is called, and what it says that it has its content from."""

    position: int
    names: frozenset[str]
    upstream: frozenset[str]


def origins(spoken: Iterable[Spoken]) -> dict[int, frozenset[str]]:
    """Return the origins of each event, by position: itself, or what it relays, traced back.

    What it relays may be no event that is given here; then its name is the origin, so that two
    relays of what never arrived still have one. Events that relay each other have one origin.
    """
    events = {one.position: one for one in spoken}
    called = {name: one.position for one in events.values() for name in one.names}
    found: dict[int, frozenset[str]] = {}
    for start in sorted(events):
        seen: set[int] = set()
        first: set[str] = set()
        waiting = [start]
        while waiting:
            position = waiting.pop()
            if position in seen:
                continue
            seen.add(position)
            known = {called[name] for name in events[position].upstream if name in called}
            unknown = events[position].upstream - called.keys()
            waiting += known
            first |= unknown
            if not known and not unknown:
                first.add(f"position:{position}")
        found[start] = frozenset(first) or frozenset({f"position:{min(seen)}"})
    return found
