"""Descriptions of which one more record changes nothing: its entity is foregone. Pure.

Who says something matters for one thing alone: whether a victim may be joined
(`closure.guards`). Where there is no victim, or two agencies have said as much before, no further
agency makes a difference, and most of what is reported has been told before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from typing import NamedTuple

from repository.linking.closure import GUARDED, THRESHOLD, VICTIM_BAR, RecordId, Seen

# Of two agencies one at least is another than that of any third record.
ENOUGH = 2


class Foregone(NamedTuple):
    """The entity that every record of a description has, and whether one of a victim has it too."""

    entity: RecordId
    victims: bool


def foregone(  # noqa: PLR0917
    parts: Iterable[Collection[int]],
    seen: Iterable[Seen],
    entity: Mapping[RecordId, RecordId],
    own: Mapping[int, float],
    spoken_of: Set[int],
    doubtful: Set[int],
) -> dict[int, Foregone]:
    """Return those descriptions of clustered parts of which another record has the entity that is
    returned, and moves no other.

    `seen` are the records that were clustered, `entity` what they have. Never so are descriptions
    beside one of which somebody spoke (`spoken_of`), and those whose records may be two people's:
    the `doubtful`, and what says too little of a victim to join another agency's.
    """
    of: dict[int, RecordId] = {}
    agencies: dict[tuple[int, bool], set[str]] = defaultdict(set)
    for one in seen:
        of[one.description] = entity[one.record]
        if one.kind in GUARDED:
            agencies[one.description, one.victim].add(one.agency)
    victims = {number for number, victim in agencies if victim}
    found: dict[int, Foregone] = {}
    for part in parts:
        if not spoken_of.isdisjoint(part):
            continue
        guarded = not victims.isdisjoint(part)
        for number in part:
            if number not in of or own[number] < THRESHOLD or number in doubtful:
                continue
            if not guarded:
                found[number] = Foregone(of[number], victims=False)
            elif number not in victims or own[number] >= VICTIM_BAR:
                as_victim = len(agencies.get((number, True), ())) >= ENOUGH
                if as_victim or len(agencies.get((number, False), ())) >= ENOUGH:
                    found[number] = Foregone(of[number], as_victim)
    return found
