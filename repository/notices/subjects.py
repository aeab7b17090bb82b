"""The subjects of an event as notices see them, and what their kinds and roles mean. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Event = Mapping[str, Any]

# Relations by which a thing or a place is somebody's own, to hold, to live at or to be reached by.
OWN_RELATIONS = frozenset({"owns", "uses", "holds", "resides_at", "seen_at"})
# Roles in which a thing or place is about the crime, whoever else the event names.
CRIME_ROLES = frozenset({"exploitation_site", "transit_point", "means_of_transport"})
PEOPLE = frozenset({"person", "organisation"})
# The number of a case or an operation: everybody who was met in it has it, and nobody owns it.
REFERENCE = "event_reference"
COMMON_PLACES = frozenset({"port", "screening_unit", "police_station", "street"})


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject of an event: its kind and details, and its place in the event's list."""

    ordinal: int
    local_id: str
    role: str
    kind: str
    details: Mapping[str, Any]


# One row a reason for which everybody holds it, and a match says nothing.
COMMON_RULES: tuple[tuple[str, Callable[[Subject], bool]], ...] = (
    ("public_place", lambda one: one.kind == "location" and one.details["kind"] in COMMON_PLACES),
    (
        "public_body",
        lambda one: one.kind == "organisation" and one.details["kind"] == "public_body",
    ),
)


def subjects_of(event: Event) -> list[Subject]:
    """Return the event's subjects; what its body implies (an NRM reference) is none of them."""
    return [
        Subject(ordinal, one["local_id"], one["role"], *next(iter(one["details"].items())))
        for ordinal, one in enumerate(event.get("subjects", ()))
    ]


def commonplace(one: Subject) -> str | None:
    """Return why everybody holds a subject; None where not everybody does."""
    return next((reason for reason, rule in COMMON_RULES if rule(one)), None)
