"""What a notice needs to know of an event and of each of its subjects, and nothing else. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from repository.notices.shelters import BESIDE_SHELTER, SHELTERS, beside_shelters
from repository.notices.subjects import (
    CRIME_ROLES,
    OWN_RELATIONS,
    PEOPLE,
    Event,
    Subject,
    commonplace,
    subjects_of,
)

VICTIM_ROLES = frozenset({"victim", "potential_victim"})
PROTECTED_ROLES = VICTIM_ROLES | {"witness", "missing_child"}
CHILD_STATUSES = frozenset({"child", "disputed"})
ADULTHOOD = 18

# Who comes to a port with a child, and is not the child.
ACCOMPANYING_ROLES = frozenset(
    {"sponsor", "suspect", "controller", "recruiter", "transporter", "facilitator", "associate"}
)


@dataclass(frozen=True, slots=True)
class Holding:
    """One record: why it keeps an entity from automatic notices, or from any; None: it does not."""

    ordinal: int
    local_id: str
    protects: str | None
    commonplace: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where an event says that it has it from.

    `upstream` names events and references of whoever said it first; `told_by` agencies of which no
    more is said than that they told it.
    """

    names: frozenset[str]
    upstream: frozenset[str]
    told_by: frozenset[str]


def holdings_of(kind: str, event: Event) -> list[Holding]:
    """Return what a notice needs to know of each subject of an event of this kind."""
    found = subjects_of(event)
    people = {one.local_id: reason for one in found if (reason := _person(kind, event, one))}
    places = {one.local_id: reason for one in found if (reason := _place(kind, one))}
    sheltering = beside_shelters(event, {name for name, why in places.items() if why in SHELTERS})
    holdings = []
    for one in found:
        protects = places.get(one.local_id) or people.get(one.local_id)
        if protects is None and _beside(event, found, one, frozenset(people)):
            protects = "beside_protected"
        if protects is None and one.local_id in sheltering:
            protects = BESIDE_SHELTER
        holdings.append(Holding(one.ordinal, one.local_id, protects, commonplace(one)))
    return holdings


def _role_of_victim(_kind: str, _event: Event, one: Subject) -> bool:
    return one.role in VICTIM_ROLES


def _role_of_witness(_kind: str, _event: Event, one: Subject) -> bool:
    return one.role == "witness"


def _child(kind: str, event: Event, one: Subject) -> bool:
    if one.role == "missing_child":
        return True
    if one.kind != "person":
        return False
    person = one.details
    if person["age_status"] in CHILD_STATUSES:
        return True
    ages = (person["age_from"], person["age_to"])
    if any(age is not None and age < ADULTHOOD for age in ages):
        return True
    if _under_age(person["date_of_birth"], event["header"]["reported_at"].date()):
        return True
    met = kind == "port-encounter" and event["person_status"] in CHILD_STATUSES
    return met and one.role not in ACCOMPANYING_ROLES


def _under_age(birth: Mapping[str, Any] | None, on: date) -> bool:
    """Return whether somebody may be under 18: a birthday that is not known is the latest."""
    if birth is None:
        return False
    month = 12 if birth["month"] is None else birth["month"]
    day = 31 if birth["day"] is None else birth["day"]
    years = on.year - birth["year"] - ((on.month, on.day) < (month, day))
    return bool(years < ADULTHOOD)


def _may_be_victim(kind: str, event: Event, one: Subject) -> bool:
    return kind == "outcome" and one.kind == "person" and bool(event["defendant_may_be_victim"])


# One row a reason for which a record of a person protects.
PERSON_RULES: tuple[tuple[str, Callable[[str, Event, Subject], bool]], ...] = (
    ("victim", _role_of_victim),
    ("witness", _role_of_witness),
    ("child", _child),
    ("may_be_victim", _may_be_victim),
)
# One row a reason for which a place or an organisation protects.
PLACE_RULES: tuple[tuple[str, Callable[[str, Subject], bool]], ...] = (
    ("refuge", lambda _kind, one: one.kind == "location" and one.details["kind"] == "refuge"),
    (
        "support_provider",
        lambda kind, one: (
            (kind == "victim-support" and one.kind in {"organisation", "location"})
            or (one.kind == "organisation" and one.details["kind"] == "charity")
        ),
    ),
)


def _person(kind: str, event: Event, one: Subject) -> str | None:
    return next((reason for reason, rule in PERSON_RULES if rule(kind, event, one)), None)


def _place(kind: str, one: Subject) -> str | None:
    return next((reason for reason, rule in PLACE_RULES if rule(kind, one)), None)


def _beside(event: Event, found: list[Subject], one: Subject, protected: frozenset[str]) -> bool:
    """Return whether a thing or place is a protected person's own.

    That is stated as a relation, or it follows from there being nobody else whose it could be.
    """
    if one.kind in PEOPLE or not protected:
        return False
    for relation in event.get("relations", ()):
        ends = {relation["from_id"], relation["to_id"]}
        if relation["kind"] in OWN_RELATIONS and one.local_id in ends and ends & protected:
            return True
    others = any(s.kind in PEOPLE and s.local_id not in protected for s in found)
    return not others and one.role not in CRIME_ROLES


def source_of(event: Event) -> Source:
    """Return where an event says that it has it from (provenance; an assessment's sources)."""
    header = event["header"]
    own = header["originator"]
    first = header["corrects"] or header["event_id"]
    upstream = {f"event:{source}" for source in event.get("sources", ())}
    told_by = set()
    for step in event.get("provenance", ()):
        named = set(_names(step))
        upstream |= named
        if not named and step["kind"] == "agency" and step["origin"] != own:
            told_by.add(step["origin"])
    names = {f"event:{first}", f"event:{header['event_id']}", f"{own}:{header['source_reference']}"}
    return Source(frozenset(names), frozenset(upstream - names), frozenset(told_by))


def _names(step: Mapping[str, Any]) -> Iterator[str]:
    if step["event_id"] is not None:
        yield f"event:{step['event_id']}"
    if step["reference"] is not None:
        yield f"{step['origin']}:{step['reference']}"
