"""Records: what one event says about one subject, with its description and search terms. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from repository.access.masking import masked, withheld_of
from repository.access.sensitivity import IDENTIFYING_FIELDS, PROTECTED_ROLES, sensitive_subjects
from repository.linking import normalise
from repository.linking.features import VICTIM_ROLES
from repository.linking.fields import field_of
from repository.linking.names import sound
from repository.linking.subjects import Described, describe_subject

EVENT_TEXT = -1
"""The ordinal under which an event's own words are posted."""

TERM_LENGTH = 64
SHORT = 5
"""Of a text of so many words at most, all of them together are a term too."""

# Fields of an event's body that name an event of the world: field → kind of event reference.
IMPLIED_REFERENCES: Mapping[str, tuple[str, str]] = {
    "operation_name": ("operation", "operation"),
    "nrm_reference": ("referral", "potential_victim"),
}
# An NRM case is one person's; who else an event names is not who was referred.
CASE_ROLES = frozenset({"potential_victim", "victim"})
# Fields of an event's body whose words can be searched.
SEARCHED_FIELDS = (
    "title",
    "text",
    "operation_name",
    "operation_reference",
    "nrm_reference",
    "nruc_number",
    "case_reference",
    "incident_reference",
    "inspection_reference",
    "watch_reference",
    "place",
    "provider",
    "offence",
    "statute",
    "sector",
    "missing_from",
    "carrier",
    "first_responder",
)

# Codes that half of all records hold: nobody searches for `unknown`.
UNSEARCHED_FIELDS = frozenset({"kind", "order", "script", "sex", "age_status"})


@dataclass(frozen=True, slots=True)
class EventTerms:
    """The search terms of an event's own text; `sensitive` only for readers of victims' data."""

    open: frozenset[str]
    sensitive: frozenset[str]


@dataclass(slots=True)
class NewRecord:
    """A record before it is stored."""

    position: int
    ordinal: int
    agency: str
    kind: str
    role: str
    label: str
    victim: bool
    # Only readers of victims' data may see it.
    sensitive: bool
    described: Described
    terms: frozenset[str]


def label_of(kind: str, details: Mapping[str, Any]) -> str:  # noqa: PLR0911 - one row a kind
    """Return how a list shows a subject: the most telling of what is said of it."""
    match kind:
        case "person":
            names = [name["full"] for name in details["names"]]
            return " alias ".join(names[:2]) or "unnamed person"
        case "account":
            british = f"{details['sort_code'] or ''} {details['account_number'] or ''}".strip()
            return details["iban"] or british or details["holder"] or "account"
        case "location":
            parts = ("name", "house", "street", "town", "postcode", "country")
            return ", ".join(details[part] for part in parts if details[part]) or "place"
        case "online_identity":
            return f"{details['service']}: {details['identifier']}"
        case "document":
            return " ".join(filter(None, (details["kind"], details["issuer"], details["number"])))
        case "vehicle":
            return details["registration"] or details["vin"] or details["make"] or "vehicle"
        case "telephone":
            return details["number"] or details["imei"] or details["imsi"] or "telephone"
        case "organisation":
            return str(details["name"])
        case _:
            return str(details.get("reference", kind))


def _strings(value: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text in what is said of a subject, codes left out."""
    for name, part in value.items():
        if part is None or name in UNSEARCHED_FIELDS:
            continue
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            yield from _strings(part)
        elif isinstance(part, list):
            for one in part:
                if isinstance(one, str):
                    yield one
                elif isinstance(one, dict):
                    yield from _strings(one)


def _terms_of(text: str) -> tuple[str, ...]:
    """Return the words of a text, and a short text without its spaces."""
    words = normalise.tokens(text)
    if 1 < len(words) <= SHORT:
        words.append("".join(words))
    return tuple(dict.fromkeys(word[:TERM_LENGTH] for word in words))


# Names, towns and marks are said again and again.
_remembered = lru_cache(maxsize=100_000)(_terms_of)


def _terms(texts: Iterable[str], identifiers: Iterable[str] = ()) -> frozenset[str]:
    """Return the words of the texts, each short text without its spaces, and the identifiers."""
    found: set[str] = set()
    for text in texts:
        found.update(_remembered(text) if len(text) <= TERM_LENGTH else _terms_of(text))
    for identifier in identifiers:
        term = identifier.rpartition(":")[2].lstrip("+")[:TERM_LENGTH]
        if term:
            found.add(term)
    return frozenset(found)


def _identifiers(described: Described) -> Iterator[str]:
    for field, values in described.description.values.items():
        if field_of(field).whole:
            yield from values


def _sounds(kind: str, details: Mapping[str, Any]) -> frozenset[str]:
    """Return the terms of how a person's names sound; no word as written has a `~`."""
    if kind != "person":
        return frozenset()
    words = {word for name in details["names"] for word in normalise.tokens(name["full"])}
    return frozenset(f"~{sound(word)}"[:TERM_LENGTH] for word in words if word.isalpha())


def _subject_of_the_case(subjects: Sequence[tuple[str, str, Any, Any]]) -> int | None:
    """Return the ordinal of the person whose NRM case an event belongs to; None of several."""
    victims = [
        ordinal
        for ordinal, (role, kind, _, _) in enumerate(subjects)
        if kind == "person" and role in CASE_ROLES
    ]
    return victims[0] if len(victims) == 1 else None


def records_of(
    position: int, agency: str, event: Mapping[str, Any]
) -> tuple[list[NewRecord], EventTerms]:
    """Return the records of a decoded event, and the search terms of its own text.

    Ordinals count the subjects from 0 as the event lists them; the references that its body
    implies follow.
    """
    found = []
    subjects = [
        (subject["role"], *next(iter(subject["details"].items())), subject["text"])
        for subject in event.get("subjects", ())
    ]
    sensitive = sensitive_subjects(event)
    unsaid = withheld_of(event)
    whole: list[str] = []  # texts that are not readable whole to whom a victim is not shown
    for field, (kind, role) in IMPLIED_REFERENCES.items():
        if event.get(field):
            reference = {"kind": kind, "reference": event[field], "originator": None}
            subjects.append((role, "event_reference", reference, None))
    whose_case = _subject_of_the_case(subjects)
    for ordinal, (role, kind, details, text) in enumerate(subjects):
        case = event.get("nrm_reference") if ordinal == whose_case else None
        described = describe_subject(kind, details if case is None else {**details, "nrm": case})
        said = text or ""
        if ordinal not in sensitive:
            whole.append(said)
            said = masked(said, unsaid)
        found.append(
            NewRecord(
                position=position,
                ordinal=ordinal,
                agency=agency,
                kind=kind,
                role=role,
                label=label_of(kind, details),
                victim=role in VICTIM_ROLES,
                sensitive=ordinal in sensitive or role in PROTECTED_ROLES,
                described=described,
                terms=_terms((*_strings(details), said), _identifiers(described))
                | _sounds(kind, details),
            )
        )
    words = {field: str(event[field]) for field in SEARCHED_FIELDS if event.get(field)}
    withheld = _terms(text for field, text in words.items() if field in IDENTIFYING_FIELDS)
    own = [text for field, text in words.items() if field not in IDENTIFYING_FIELDS]
    whole += own
    own = [masked(text, unsaid) for text in own]
    own.append(event["header"]["source_reference"])
    exploitation = {f":exploitation:{one['kind']}" for one in event.get("exploitation", ())}
    open_ = _terms(own)
    if unsaid:
        withheld |= _terms(whole) - open_
    return found, EventTerms(open_ | exploitation, withheld)
