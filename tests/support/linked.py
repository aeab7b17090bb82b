"""Reports for tests of the linker: people and vehicles, as an agency would tell of them."""

import copy
from typing import Any
from uuid import UUID

import psycopg

from tests.support.events import sample_event
from tests.support.store import store_event

Subject = dict[str, Any]


def person(
    given: str,
    family: str,
    born: tuple[int, int | None, int | None] | None,
    *,
    passport: str | None = None,
    role: str = "suspect",
) -> Subject:
    """Return a person as a subject: a name, a date of birth as far as known, a passport."""
    found: Subject = copy.deepcopy(sample_event("intelligence")["subjects"][0])
    found["role"] = role
    details = found["details"]["person"]
    name = details["names"][0]
    details["names"] = [{**name, "full": f"{given} {family}", "given": given, "family": family}]
    details["date_of_birth"] = (
        dict(zip(("year", "month", "day"), born, strict=True)) if born else None
    )
    document = details["documents"][0]
    details["documents"] = [{**document, "number": passport}] if passport else []
    return found


def vehicle(registration: str) -> Subject:
    """Return a vehicle as a subject."""
    found: Subject = copy.deepcopy(sample_event("intelligence")["subjects"][1])
    found["details"]["vehicle"]["registration"] = registration
    return found


def report(
    connection: psycopg.Connection[Any], agency: str, *subjects: Subject, **over: Any
) -> UUID:
    """Store an intelligence report on these subjects; return its event's id."""
    numbered = [{**one, "local_id": f"s{n}"} for n, one in enumerate(subjects, 1)]
    return store_event(connection, "intelligence", agency, subjects=numbered, relations=[], **over)
