"""Records: what one event says about one subject, with its description. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from intelbus.excerpts import REMEMBERED
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
    """A record before it is stored. It crosses from one process to another as its values."""

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

    def __reduce__(self) -> tuple[type["NewRecord"], tuple[Any, ...]]:
        said = (self.position, self.ordinal, self.agency, self.kind, self.role, self.label)
        return NewRecord, (*said, self.victim, self.sensitive, self.described)


class Saying:
    """What is said of one subject, told from other sayings by its text, or its bytes (`raw`).

    `case`: the reference of the NRM case that the event belongs to, if this subject's it is.
    """

    __slots__ = ("_told", "case", "details", "kind")

    def __init__(
        self, kind: str, details: Mapping[str, Any], case: str | None, raw: bytes | None = None
    ) -> None:
        self.kind, self.details, self.case = kind, details, case
        self._told = (kind, case, raw or repr(details))

    def __hash__(self) -> int:
        return hash(self._told)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Saying) and self._told == other._told


@dataclass(frozen=True, slots=True)
class Subject:
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


def _subject_of_the_case(subjects: Sequence[tuple[str, str, Any, Any, Any]]) -> int | None:
    """Return the ordinal of the person whose NRM case an event belongs to; None of several."""
    victims = [
        ordinal
        for ordinal, (role, kind, *_) in enumerate(subjects)
        if kind == "person" and role in CASE_ROLES
    ]
    return victims[0] if len(victims) == 1 else None


def subjects_of(event: Mapping[str, Any]) -> Iterator[Subject]:
    """Yield the subjects of a decoded event, counted from 0 as it lists them; the references that
    its body implies follow.
    """
    subjects = [
        (
            subject["role"],
            *next(iter(subject["details"].items())),
            subject["text"],
            getattr(subject["details"], "raw", None),
        )
        for subject in event.get("subjects", ())
    ]
    for field, (kind, role) in IMPLIED_REFERENCES.items():
        if event.get(field):
            reference = {"kind": kind, "reference": event[field], "originator": None}
            subjects.append((role, "event_reference", reference, None, None))
    sensitive = sensitive_subjects(event)
    whose_case = _subject_of_the_case(subjects)
    for ordinal, (role, kind, details, text, raw) in enumerate(subjects):
        case = event.get("nrm_reference") if ordinal == whose_case else None
        said = Saying(kind, details, case, raw)
        yield Subject(ordinal, role, text or "", ordinal in sensitive, said)


# The same car and the same suspect are told of again and again, in the same words: of generated
# subjects three in four are among so many, 46 in 100 among a quarter of them.
@lru_cache(maxsize=REMEMBERED)
def _shown(said: Saying) -> tuple[Described, str]:
    details = said.details if said.case is None else {**said.details, "nrm": said.case}
    return describe_subject(said.kind, details), label_of(said.kind, said.details)


def described(said: Saying) -> Described:
    """Return what is said of a subject, ready to compare."""
    return _shown(said)[0]


def records_of(position: int, agency: str, event: Mapping[str, Any]) -> list[NewRecord]:
    """Return the records of a decoded event, one a subject."""
    records = []
    for one in subjects_of(event):
        found, label = _shown(one.said)
        records.append(
            NewRecord(
                position=position,
                ordinal=one.ordinal,
                agency=agency,
                kind=one.said.kind,
                role=one.role,
                label=label,
                victim=one.role in VICTIM_ROLES,
                sensitive=one.sensitive or one.role in PROTECTED_ROLES,
                described=found,
            )
        )
    return records
