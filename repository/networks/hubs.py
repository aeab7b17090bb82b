"""Hubs: what many reports have in common ties nobody to anybody. One row a kind of entity. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log10


@dataclass(frozen=True, slots=True)
class Followed:
    """How many reports an entity of a kind may be in and still be followed to the next."""

    reports: int
    why: str


FOLLOWED: Mapping[str, Followed] = {
    "person": Followed(150, "one person with more is many, or a name that everybody writes"),
    "organisation": Followed(80, "an agency or a chain of shops"),
    "vehicle": Followed(80, "a hire car or a bus"),
    "telephone": Followed(80, "a switchboard or a helpline"),
    "account": Followed(80, "a money service or a landlord"),
    "document": Followed(80, "a template or a forgery in series"),
    "online_identity": Followed(80, "a public page"),
    "location": Followed(60, "a hotel, a port, a police station"),
    "event_reference": Followed(0, "whoever an operation met: shown, never followed"),
}
CROWD = 40
"""An event with more subjects (a list, an annex) ties none of them."""


def is_hub(kind: str, reports: int) -> bool:
    """Return whether an entity in so many reports is shown but not followed."""
    row = FOLLOWED.get(kind)
    return row is None or reports > row.reports


def rarity(reports: int) -> float:
    """Return what sharing an entity in so many reports is worth: 1 for one, half for ten."""
    return 1 / (1 + log10(max(1, reports)))


def closeness(subjects: int) -> float:
    """Return what standing in one event with so many subjects is worth: 1 for two."""
    return 1 / max(1, subjects - 1)
