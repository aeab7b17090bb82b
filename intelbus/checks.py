"""Content rules that Avro cannot say, in tables: the same at the publisher and when opening."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime
from functools import lru_cache
from itertools import islice
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
PROBLEM_LIMIT = 100
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

# The kinds of which `kind_problems` may find some.
RULED_KINDS = frozenset({*(kind for kind, *_ in REQUIRED), *PERIODS, Kind.RETRACTION})

# One row a field that holds degrees: how far it reaches on either side of nought.
DEGREES: Mapping[str, float] = {"latitude": 90.0, "longitude": 180.0}

# One row a field (or list) whose text has a form: the form, what it is, and an example.
FORMS: Mapping[str, tuple[re.Pattern[str], str, str]] = {
    name: form
    for names, form in (
        (
            ("country", "from_country", "to_country", "issuer", "nationalities"),
            (re.compile(r"[A-Z]{2}"), "is no country code", "ISO 3166-1 alpha-2, for example GB"),
        ),
        (
            ("script",),
            (re.compile(r"[A-Z][a-z]{3}"), "is no script", "ISO 15924, for example Latn"),
        ),
    )
    for name in names
}

_UNSAFE = re.compile("[\0\ud800-\udfff]")
FIRST_YEAR = 1850
LAST_YEAR_OF_A_DATE = 2200


def check_event(kind: str, event: Mapping[str, Any], *, ceiling: str) -> list[Problem]:
    """Return everything wrong with the content of a decoded (or ready to encode) event.

    `ceiling` is the highest marking that the deployment accepts. An empty list means acceptable;
    of unsound values, the first `PROBLEM_LIMIT` are returned.
    """
    found = [] if _sound("", event) else list(islice(_values("", "", event), PROBLEM_LIMIT))
    if found:
        return found  # the rules below may assume sound values
    found += header_problems(event["header"], ceiling)
    found += _subjects(event)
    found += kind_problems(Kind(kind), event)
    return found


def _sound(name: str, value: Any) -> bool:
    """Return whether no value within breaks a rule of `_values`: the quick answer, without paths.

    Nearly all events are sound, and a path for every value cost more than all other checks.
    """
    kind = type(value)
    if kind is str:
        return not _faults(name, value)
    if kind is dict:
        return all(_sound(inner, one) for inner, one in value.items() if one is not None)
    if kind is list:
        return len(value) <= LIST_LIMIT and all(_sound(name, one) for one in value)
    return not next(_values("", name, value), None)


def _faults(name: str, text: str) -> tuple[str, str] | None:
    if not text or text.isspace():
        return ("is blank", "leave it out")
    if _UNSAFE.search(text):
        return ("contains a NUL character or half of a surrogate pair", "send valid Unicode")
    if len(text) > TEXT_LIMIT:
        return (f"is over {TEXT_LIMIT} characters long", "shorten it")
    form = FORMS.get(name)
    if form is not None and not form[0].fullmatch(text):
        return form[1:]
    return None


def _values(path: str, name: str, value: Any) -> Iterator[Problem]:
    """Walk every value: sound text, no negative count, real times, nothing oversized.

    `name` is the field that the value stands in, itself or in a list.
    """
    match value:
        case str():
            fault = _faults(name, value)
            if fault:
                yield Problem(path, *fault)
        case Mapping():
            for field, inner in value.items():
                yield from _values(f"{path}.{field}" if path else field, field, inner)
        case list() | tuple():
            if len(value) > LIST_LIMIT:
                yield Problem(path, f"has over {LIST_LIMIT} entries", "split the report")
                return  # 130,000 entries fit a message, and each would be said again
            for index, inner in enumerate(value):
                yield from _values(f"{path}[{index}]", name, inner)
        case bool() | None | UUID():
            pass
        case int() | float():
            yield from _number(path, name, value)
        case date():
            yield from _moment(path, value)
        case _:
            yield Problem(path, f"has the unexpected type {type(value).__name__}")


def _moment(path: str, value: date) -> Iterator[Problem]:
    if not isinstance(value, datetime):
        if not FIRST_YEAR <= value.year <= LAST_YEAR_OF_A_DATE:
            yield Problem(path, "is not a date between 1850 and 2200")
    elif not FIRST_YEAR <= value.year < MAXYEAR or value.tzinfo is None:
        yield Problem(path, "is not a time between 1850 and 9998 with a time zone")


def _number(path: str, name: str, value: float) -> Iterator[Problem]:
    bound = DEGREES.get(name)
    if bound is None:
        if not value >= 0:
            yield Problem(path, "is negative")
    elif not -bound <= value <= bound:
        yield Problem(path, f"is not between -{bound:g} and {bound:g} degrees")


def header_problems(header: Mapping[str, Any], ceiling: str) -> Iterator[Problem]:
    """Say what is wrong with a header whose values are sound."""
    yield from identity_problems(header)
    yield from handling_problems(header, ceiling)
    yield from order_problems("header.occurred", header["occurred"])


def identity_problems(header: Mapping[str, Any]) -> Iterator[Problem]:
    """Say what is wrong with what identifies an event."""
    if not _is_agency_code(header["originator"]):
        yield Problem("header.originator", "is no agency code", "for example gla or south-wales")
    reference = header["source_reference"]
    if len(reference) > 200:
        yield Problem(
            "header.source_reference",
            "is over 200 characters",
            "give the originator's own record number",
        )
    if header["sequence"] < 1:
        yield Problem("header.sequence", "is below 1")
    if header["corrects"] is not None and header["corrects"] == header["event_id"]:
        yield Problem("header.corrects", "the event corrects itself", "name the first version")


@lru_cache(maxsize=4096)
def _is_agency_code(code: str) -> bool:
    return AGENCY_CODE.fullmatch(code) is not None


# The fields of the header that `handling_problems` looks at.
HANDLING_FIELDS = (
    "marking",
    "grading_scheme",
    "source_grade",
    "information_grade",
    "handling",
    "handling_conditions",
)


def handling_problems(header: Mapping[str, Any], ceiling: str) -> Iterator[Problem]:
    """Say what is wrong with a header's marking and grades."""
    if header["marking"] not in MARKINGS:
        yield Problem("header.marking", "is unknown", ", ".join(MARKINGS))
    elif MARKINGS.index(header["marking"]) > MARKINGS.index(ceiling):
        yield Problem(
            "header.marking", f"is above {ceiling}", "use the channel meant for this marking"
        )
    yield from _grading(header)


def order_problems(path: str, time: Mapping[str, Any] | None) -> Iterator[Problem]:
    """Say what is wrong with an imprecise time; None is no time."""
    if time is None:
        return
    if time["earliest"] > time["latest"]:
        yield Problem(path, "ends before it begins")
    elif time["precision"] == "instant" and time["earliest"] != time["latest"]:
        yield Problem(path, "is no instant", "let earliest and latest be the same")


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
            yield from person_problems(f"{path}.details.person", person)
    for index, relation in enumerate(event.get("relations", ())):
        for end in ("from_id", "to_id"):
            if relation[end] not in known:
                yield Problem(
                    f"relations[{index}].{end}",
                    f"{relation[end]!r} names no subject of this event",
                    f"one of {', '.join(sorted(known)) or 'none'}",
                )


def person_problems(path: str, person: Mapping[str, Any]) -> Iterator[Problem]:
    """Say what is wrong with a person's birth and ages."""
    birth = person["date_of_birth"]
    if birth is not None:
        if birth["day"] is not None and birth["month"] is None:
            yield Problem(f"{path}.date_of_birth", "has a day without a month")
        else:
            try:
                month, day = (
                    1 if birth[part] is None else birth[part] for part in ("month", "day")
                )
                date(birth["year"], month, day)
            except ValueError as error:
                yield Problem(f"{path}.date_of_birth", f"is no date: {error}")
            if not 1850 <= birth["year"] <= 2100:
                yield Problem(f"{path}.date_of_birth.year", "is not between 1850 and 2100")
    low, high = person["age_from"], person["age_to"]
    if low is not None and high is not None and low > high:
        yield Problem(f"{path}.age_from", "is above age_to")


def kind_problems(kind: Kind, event: Mapping[str, Any]) -> Iterator[Problem]:
    """Say what is wrong with the fields of one kind, by the tables above."""
    for rule_kind, applies, field, hint in REQUIRED:
        if rule_kind is kind and applies(event) and event[field] is None:
            yield Problem(field, f"is required for the step {event['step']}", hint)
    for index, step in enumerate(event.get("provenance", ())):
        yield from order_problems(f"provenance[{index}].received", step["received"])
    if kind in PERIODS:
        first, last = PERIODS[kind]
        if event[first] > event[last]:
            yield Problem(last, f"is before {first}")
    if kind is Kind.RETRACTION and event["target_kind"] not in set(Kind) - {Kind.RETRACTION}:
        yield Problem("target_kind", "is no kind that can be retracted")
    if kind is Kind.RETRACTION and event["header"]["corrects"] is not None:
        yield Problem("header.corrects", "a retraction corrects nothing", "leave it empty")
