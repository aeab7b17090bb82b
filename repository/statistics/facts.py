"""What one event contributes to the tables: pure, from the decoded event.

What a field does not say is not guessed: it stays out, and the tables count it as `not stated`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from repository.linking.normalise import squashed

Event = Mapping[str, Any]

VICTIMS = frozenset({"victim", "potential_victim", "missing_child"})
UNSTATED = frozenset({"unknown", "", None})


@dataclass(frozen=True, slots=True)
class Facts:
    """The columns of `counted` that come from the content."""

    reported_on: date
    occurred_on: date
    exploitation: list[str]
    nationalities: list[str]
    areas: list[str]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """The columns of `nrm_step` that come from the content."""

    reference: str
    step: str
    step_on: date
    decision: str | None
    first_responder: str | None
    authority: str | None
    reflection_until: date | None
    uk_nation: str | None
    nationality: str | None
    sex: str | None
    age: str | None
    exploitation: str | None


def _operation(event: Event) -> dict[str, Any]:
    fields = ("step", "arrests", "charges", "victims_encountered", "potential_victims_screened")
    who = {"led_by": event["lead_agency"], "partners": sorted(set(event["partner_agencies"]))}
    return {"operation": event["operation_name"], **who} | {name: event[name] for name in fields}


def _outcome(event: Event) -> dict[str, Any]:
    fields = ("offence", "statute", "result", "sentence_months", "victims_gave_evidence")
    declined: dict[str, int] = {}
    for one in event["victims_declined"]:
        declined[one["reason"]] = declined.get(one["reason"], 0) + one["count"]
    operations = sorted(
        subject["details"]["event_reference"]["reference"]
        for subject in event["subjects"]
        if subject["details"].get("event_reference", {}).get("kind") == "operation"
    )
    return {name: event[name] for name in fields} | {
        "case": squashed(event["case_reference"]) or event["case_reference"],
        "declined": declined,
        "operations": operations,
    }


def _missing_child(event: Event) -> dict[str, Any]:
    reference = event["incident_reference"]
    return {"incident": squashed(reference) or reference, "step": event["step"]}


def _nil_return(event: Event) -> dict[str, Any]:
    return {
        "from": event["period_from"].isoformat(),
        "to": event["period_to"].isoformat(),
        "kinds": list(event["kinds"]),
    }


# One row a kind that has facts of its own.
OF_KIND: Mapping[str, Callable[[Event], dict[str, Any]]] = {
    "intelligence": lambda event: {"route": event["route"]},
    "operation": _operation,
    "outcome": _outcome,
    "missing-child": _missing_child,
    "nil-return": _nil_return,
}


def facts_of(kind: str, event: Event) -> Facts:
    """Return what any event contributes. Nationalities are those of its victims, or of everybody
    where it names no victim; areas are the towns of its places, lower case.
    """
    header = event["header"]
    reported = header["reported_at"].date()
    occurred = header["occurred"]
    special = OF_KIND.get(kind)
    return Facts(
        reported_on=reported,
        occurred_on=occurred["earliest"].date() if occurred else reported,
        exploitation=_distinct(one["kind"] for one in event.get("exploitation", ())),
        nationalities=_nationalities(event),
        areas=_areas(event),
        facts=special(event) if special else {},
    )


def step_of(event: Event) -> Step:
    """Return what a referral event says of its case.

    The person of the case is the first (potential) victim; of several nationalities the first
    stated counts, of several forms of exploitation all, as one combined value.
    """
    person = next((one for one in _people(event) if one[0] in VICTIMS), (None, {}))[1]
    nationalities = person.get("nationalities") or [None]
    exploitation = sorted(_distinct(one["kind"] for one in event["exploitation"]))
    return Step(
        reference=case_of(event),
        step=event["step"],
        step_on=event["step_on"],
        decision=event["decision"],
        first_responder=event["first_responder"],
        authority=event["handed_to"] or event["competent_authority"],
        reflection_until=event["reflection_until"],
        uk_nation=_stated(event["uk_nation"]),
        nationality=nationalities[0],
        sex=_stated(person.get("sex")),
        age=_stated(person.get("age_status")),
        exploitation=" and ".join(exploitation) or None,
    )


def case_of(event: Event) -> str:
    """Return what the steps of one case have in common: its NRM reference, however spelt."""
    reference: str = event["nrm_reference"]
    return squashed(reference) or reference


def _people(event: Event) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for subject in event.get("subjects", ()):
        if "person" in subject["details"]:
            yield subject["role"], subject["details"]["person"]


def _nationalities(event: Event) -> list[str]:
    people = list(_people(event))
    victims = [person for role, person in people if role in VICTIMS]
    chosen = victims or [person for _, person in people]
    return _distinct(code for person in chosen for code in person["nationalities"])


def _areas(event: Event) -> list[str]:
    places = (
        subject["details"]["location"]
        for subject in event.get("subjects", ())
        if "location" in subject["details"]
    )
    return _distinct(" ".join((place["town"] or "").lower().split()) for place in places)


def _distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value and value not in UNSTATED})


def _stated(value: str | None) -> str | None:
    return None if value in UNSTATED else value
