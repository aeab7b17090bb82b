"""Records: what one event says about one subject, with its description. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from intelbus.excerpts import REMEMBERED, Details
from repository.access.sensitivity import PROTECTED_ROLES, sensitive_subjects
from repository.linking.features import VICTIM_ROLES
from repository.linking.subjects import Described, describe_subject

# Fields of an event's body that name an event of the world: field → kind of event reference.
IMPLIED_REFERENCES: Mapping[str, tuple[str, str]] = {
    "operation_name": ("operation", "operation"),
    "nrm_reference": ("referral", "potential_victim"),
}
# An NRM case is one person's; who else an event names is not who was referred.
CASE_ROLES = frozenset({"potential_victim", "victim"})


@dataclass(slots=True)
class NewRecord:
    """A record before it is stored. It crosses from one process to another as its `values`."""

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

    @property
    def values(self) -> tuple[Any, ...]:
        """What it is made of again."""
        said = (self.position, self.ordinal, self.agency, self.kind, self.role, self.label)
        return (*said, self.victim, self.sensitive, self.described)


class Saying:
    """What is said of one subject, told from other sayings by its text, or its bytes (`raw`).

    `case`: the reference of the NRM case that the event belongs to, if this subject's it is.
    """

    __slots__ = ("_told", "case", "details", "kind", "shown")

    def __init__(
        self, kind: str, details: Mapping[str, Any], case: str | None, raw: bytes | None = None
    ) -> None:
        self.kind, self.details, self.case = kind, details, case
        self._told = (kind, case, raw or repr(details))
        self.shown: tuple[Described, str] | None = None
        """How it is described and shown, once somebody has asked."""

    def __hash__(self) -> int:
        return hash(self._told)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Saying) and self._told == other._told


def _saying(details: Mapping[str, Any], case: str | None) -> Saying:
    """Return what a subject's details say: of those that are kept, made once."""
    kept = details if isinstance(details, Details) else None
    if kept is not None and case is None and kept.saying is not None:
        known: Saying = kept.saying
        return known
    ((kind, fields),) = details.items()
    said = Saying(kind, fields, case, kept.raw if kept is not None else None)
    if kept is not None and case is None:
        kept.saying = said
    return said


class Subject(NamedTuple):
    """One subject of an event. `sensitive`: only readers of victims' data may see it."""

    ordinal: int
    role: str
    text: str
    sensitive: bool
    said: Saying


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


def _subject_of_the_case(subjects: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the ordinal of the person whose NRM case an event belongs to; None of several."""
    victims = [
        ordinal
        for ordinal, one in enumerate(subjects)
        if one["role"] in CASE_ROLES and "person" in one["details"]
    ]
    return victims[0] if len(victims) == 1 else None


def subjects_of(event: Mapping[str, Any]) -> Iterator[Subject]:
    """Yield the subjects of a decoded event, counted from 0 as it lists them; the references that
    its body implies follow.
    """
    subjects = event.get("subjects", ())
    sensitive = sensitive_subjects(event)
    case = event.get("nrm_reference")
    whose_case = _subject_of_the_case(subjects) if case else None
    for ordinal, one in enumerate(subjects):
        said = _saying(one["details"], case if ordinal == whose_case else None)
        yield Subject(ordinal, one["role"], one["text"] or "", ordinal in sensitive, said)
    implied = [field for field in IMPLIED_REFERENCES if event.get(field)]
    for ordinal, field in enumerate(implied, len(subjects)):
        kind, role = IMPLIED_REFERENCES[field]
        reference = {"kind": kind, "reference": event[field], "originator": None}
        yield Subject(ordinal, role, "", False, Saying("event_reference", reference, None))


# The same car and the same suspect are told of again and again, in the same words: of generated
# subjects three in four are among so many, 46 in 100 among a quarter of them.
@lru_cache(maxsize=REMEMBERED)
def _describe(said: Saying) -> tuple[Described, str]:
    details = said.details if said.case is None else {**said.details, "nrm": said.case}
    return describe_subject(said.kind, details), label_of(said.kind, said.details)


def _shown(said: Saying) -> tuple[Described, str]:
    """Return a saying's description, and how a list shows its subject."""
    if said.shown is None:
        said.shown = _describe(said)
    return said.shown


def described(said: Saying) -> Described:
    """Return what is said of a subject, ready to compare."""
    return _shown(said)[0]


def records_of(position: int, agency: str, event: Mapping[str, Any]) -> list[NewRecord]:
    """Return the records of a decoded event, one a subject."""
    records = []
    for ordinal, role, _, leads, said in subjects_of(event):
        found, label = _shown(said)
        victim, sensitive = role in VICTIM_ROLES, leads or role in PROTECTED_ROLES
        one = (position, ordinal, agency, said.kind, role, label, victim, sensitive, found)
        records.append(NewRecord(*one))
    return records
