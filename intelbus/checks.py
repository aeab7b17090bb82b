"""Content rules that Avro cannot say, in tables: the same at the publisher and when opening."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime
from typing import Any
from uuid import UUID

from intelbus.contract import Kind

MARKINGS = (
    "not_protectively_marked",
    "protect",
    "restricted",
    "confidential",
    "secret",
    "top_secret",
)
"""GPMS, lowest first."""

TEXT_LIMIT = 100_000
LIST_LIMIT = 1_000
AGENCY_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (a path of field names), what, and what to do."""

    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True, slots=True)
class Scheme:
    """The codes of one grading scheme."""

    source: str
    information: str
    handling: str
    needs_conditions: str


# One row a scheme: letters and numbers swap roles between them (DOMAIN: 5x5x5 and 3x5x2).
SCHEMES: Mapping[str, Scheme] = {
    "five_by_five_by_five": Scheme("ABCDE", "12345", "12345", "5"),
    "three_by_five_by_two": Scheme("123", "ABCDE", "PC", "C"),
}

# One row a rule: kind, when it applies, the field that must then be present, and what to do.
REQUIRED: tuple[tuple[Kind, Callable[[Mapping[str, Any]], bool], str, str], ...] = (
    (
        Kind.REFERRAL,
        lambda e: e["step"] == "referred",
        "first_responder",
        "name the first responder's code",
    ),
    (
        Kind.REFERRAL,
        lambda e: e["step"] in {"reasonable_grounds", "conclusive_grounds", "reconsidered"},
        "decision",
        "positive or negative",
    ),
    (
        Kind.REFERRAL,
        lambda e: e["step"] == "handed_over",
        "handed_to",
        "name the next competent authority's code",
    ),
)

# One row a pair of dates that must be in order.
PERIODS: Mapping[Kind, tuple[str, str]] = {
    Kind.ASSESSMENT: ("period_from", "period_to"),
    Kind.NIL_RETURN: ("period_from", "period_to"),
}

# Counts and amounts are never negative; these are numbers that may be.
SIGNED = frozenset({"latitude", "longitude"})


def check_event(kind: str, event: Mapping[str, Any], *, ceiling: str) -> list[Problem]:
    """Return everything wrong with the content of a decoded (or ready to encode) event.

    `ceiling` is the highest marking that the deployment accepts. An empty list means acceptable.
    """
    found = list(_values("", event))
    if found:
        return found  # the rules below may assume sound values
    found += _header(event["header"], ceiling)
    found += _subjects(event)
    found += _kind_rules(Kind(kind), event)
    return found


def _values(path: str, value: Any) -> Iterator[Problem]:
    """Walk every value: no NUL, no lone surrogate, no negative count, nothing oversized."""
    match value:
        case str():
            if "\0" in value:
                yield Problem(path, "contains a NUL character", "remove it")
            if any("\ud800" <= char <= "\udfff" for char in value):
                yield Problem(path, "contains half of a surrogate pair", "send valid Unicode")
            if len(value) > TEXT_LIMIT:
                yield Problem(path, f"is over {TEXT_LIMIT} characters long", "shorten it")
        case Mapping():
            for name, inner in value.items():
                yield from _values(f"{path}.{name}" if path else name, inner)
        case list() | tuple():
            if len(value) > LIST_LIMIT:
                yield Problem(path, f"has over {LIST_LIMIT} entries", "split the report")
            for index, inner in enumerate(value):
                yield from _values(f"{path}[{index}]", inner)
        case bool() | None | UUID():
            pass
        case int():
            if value < 0:
                yield Problem(path, "is negative")
        case float():
            name = path.rpartition(".")[2]
            bound = 90.0 if name == "latitude" else 180.0
            if name in SIGNED and not -bound <= value <= bound:
                yield Problem(path, f"is not between -{bound:g} and {bound:g} degrees")
        case datetime():
            if not 1850 <= value.year < MAXYEAR or value.tzinfo is None:
                yield Problem(path, "is not a time between 1850 and 9998 with a time zone")
        case date():
            if not 1850 <= value.year <= 2200:
                yield Problem(path, "is not a date between 1850 and 2200")
        case _:
            yield Problem(path, f"has the unexpected type {type(value).__name__}")


def _header(header: Mapping[str, Any], ceiling: str) -> Iterator[Problem]:
    if not AGENCY_CODE.fullmatch(header["originator"]):
        yield Problem("header.originator", "is no agency code", "for example gla or south-wales")
    reference = header["source_reference"]
    if not reference.strip() or len(reference) > 200:
        yield Problem(
            "header.source_reference",
            "is missing or over 200 characters",
            "give the originator's own record number",
        )
    if header["sequence"] < 1:
        yield Problem("header.sequence", "is below 1")
    if header["marking"] not in MARKINGS:
        yield Problem("header.marking", "is unknown", ", ".join(MARKINGS))
    elif MARKINGS.index(header["marking"]) > MARKINGS.index(ceiling):
        yield Problem(
            "header.marking", f"is above {ceiling}", "use the channel meant for this marking"
        )
    yield from _grading(header)
    if (
        header["occurred"] is not None
        and header["occurred"]["earliest"] > header["occurred"]["latest"]
    ):
        yield Problem("header.occurred", "ends before it begins")


def _grading(header: Mapping[str, Any]) -> Iterator[Problem]:
    scheme = SCHEMES.get(header["grading_scheme"])
    if scheme is None:
        yield Problem("header.grading_scheme", "is unknown", ", ".join(SCHEMES))
        return
    for name, codes in (
        ("source_grade", scheme.source),
        ("information_grade", scheme.information),
        ("handling", scheme.handling),
    ):
        code = header[name]
        if code is None and name != "handling":
            continue
        if code is None or len(code) != 1 or code not in codes:
            yield Problem(
                f"header.{name}", f"{code!r} is no code of the scheme", f"one of {', '.join(codes)}"
            )
    if (header["source_grade"] is None) != (header["information_grade"] is None):
        yield Problem("header.source_grade", "source and information are graded together")
    if header["handling"] == scheme.needs_conditions and not header["handling_conditions"]:
        yield Problem(
            "header.handling_conditions",
            f"is required for handling {scheme.needs_conditions}",
            "state the conditions",
        )


def _subjects(event: Mapping[str, Any]) -> Iterator[Problem]:
    known: set[str] = set()
    for index, subject in enumerate(event.get("subjects", ())):
        path = f"subjects[{index}]"
        if not subject["local_id"] or subject["local_id"] in known:
            yield Problem(f"{path}.local_id", "is empty or used twice", "number them s1, s2, …")
        known.add(subject["local_id"])
        person = subject["details"].get("person")
        if person is not None:
            yield from _person(f"{path}.details.person", person)
    for index, relation in enumerate(event.get("relations", ())):
        for end in ("from_id", "to_id"):
            if relation[end] not in known:
                yield Problem(
                    f"relations[{index}].{end}",
                    f"{relation[end]!r} names no subject of this event",
                    f"one of {', '.join(sorted(known)) or 'none'}",
                )


def _person(path: str, person: Mapping[str, Any]) -> Iterator[Problem]:
    birth = person["date_of_birth"]
    if birth is not None:
        if birth["day"] is not None and birth["month"] is None:
            yield Problem(f"{path}.date_of_birth", "has a day without a month")
        else:
            try:
                date(birth["year"], birth["month"] or 1, birth["day"] or 1)
            except ValueError as error:
                yield Problem(f"{path}.date_of_birth", f"is no date: {error}")
            if not 1850 <= birth["year"] <= 2100:
                yield Problem(f"{path}.date_of_birth.year", "is not between 1850 and 2100")
    low, high = person["age_from"], person["age_to"]
    if low is not None and high is not None and low > high:
        yield Problem(f"{path}.age_from", "is above age_to")
    for index, name in enumerate(person["names"]):
        if not name["full"].strip():
            yield Problem(f"{path}.names[{index}].full", "is empty", "leave the name out")


def _kind_rules(kind: Kind, event: Mapping[str, Any]) -> Iterator[Problem]:
    for rule_kind, applies, field, hint in REQUIRED:
        if rule_kind is kind and applies(event) and event[field] is None:
            yield Problem(field, f"is required for the step {event['step']}", hint)
    if kind in PERIODS:
        first, last = PERIODS[kind]
        if event[first] > event[last]:
            yield Problem(last, f"is before {first}")
    if kind is Kind.INTELLIGENCE and not event["text"].strip():
        yield Problem("text", "is empty", "an intelligence report needs its text")
    if kind is Kind.RETRACTION and event["target_kind"] not in set(Kind) - {Kind.RETRACTION}:
        yield Problem("target_kind", "is no kind that can be retracted")
    if kind is Kind.RETRACTION and event["header"]["corrects"] is not None:
        yield Problem("header.corrects", "a retraction corrects nothing", "leave it empty")
