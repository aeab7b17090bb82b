"""Suggestions: that information may be corroborated, for a person to decide. Pure.

No grade is ever changed: the originator's evaluation stays as it was signed. A suggestion names the
row of the scheme that would fit, and the origins that it rests on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from repository.relays.origins import Corroboration

ENOUGH = 2
"""Independent origins from which on information may be called corroborated."""


@dataclass(frozen=True, slots=True)
class Row:
    """One scheme: which evaluations of information may be raised, to what, and which never help."""

    raised: frozenset[str]
    to: str
    meaning: str
    doubted: frozenset[str]


# 5x5x5: 2 and 1 are better than 3 already; 5 is suspected false, and no support for anybody else.
# 3x5x2: B is "known indirectly but corroborated"; E is suspected false.
SCHEMES: Mapping[str, Row] = {
    "five_by_five_by_five": Row(
        frozenset({"4"}),
        "3",
        "not known personally to the source, but corroborated",
        frozenset("5"),
    ),
    "three_by_five_by_two": Row(
        frozenset({"C", "D"}), "B", "known indirectly, but corroborated", frozenset("E")
    ),
}


@dataclass(frozen=True, slots=True)
class Graded:
    """How a report was evaluated."""

    position: int
    scheme: str
    information: str | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """For one report: the evaluation that a person may consider, and why."""

    position: int
    scheme: str
    information: str
    because: str


def suggestions(found: Corroboration, graded: Sequence[Graded]) -> list[Suggestion]:
    """Return what may be suggested for reports that one corroboration was asked of.

    A report is never suggested for on origins that are doubted, nor when it has none that stands.
    """
    if found.independent < ENOUGH:
        return []
    by_position = {one.position: one for one in graded}
    supporting = [
        origin
        for origin in found.origins
        if any(not _doubted(by_position.get(position)) for position in origin.positions)
    ]
    if min(found.independent, len(supporting)) < ENOUGH:
        return []
    named = ", ".join(sorted({origin.agency for origin in supporting}))
    number = min(found.independent, len(supporting))
    return [
        Suggestion(
            one.position,
            one.scheme,
            SCHEMES[one.scheme].to,
            f"{SCHEMES[one.scheme].meaning}: {number} independent origins ({named})",
        )
        for one in graded
        if one.scheme in SCHEMES
        and one.information in SCHEMES[one.scheme].raised
        and one.position not in found.baseless
    ]


def _doubted(graded: Graded | None) -> bool:
    row = SCHEMES.get(graded.scheme) if graded else None
    return row is not None and graded is not None and graded.information in row.doubted
