"""Tellings: what one version of an event holds that can show whose words it repeats. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from repository.access.redaction import open_text
from repository.linking import normalise
from repository.relays.sources import Citation, citations_of, name_of, source_of
from repository.relays.wording import Passage, hash64, passages

# What a kind of event can be the origin of: a watch asks, an assessment rests on others' reports.
ASSERTS: Mapping[str, bool] = {
    "intelligence": True,
    "operation": True,
    "referral": True,
    "outcome": True,
    "port-encounter": True,
    "missing-child": True,
    "inspection": True,
    "victim-support": True,
    "assessment": False,
    "watch": False,
    "nil-return": False,
}
# Fields that name things as the subjects do: their words are masked too.
NAMING_FIELDS = ("title", "operation_name", "operation_reference", "place")
_DESCRIBING = frozenset({"kind", "order", "script", "sex", "age_status"})


@dataclass(frozen=True, slots=True)
class Telling:
    """One version of an event, as the relays stage compares it.

    `relations` are stated between its records: (from ordinal, to ordinal, kind).
    """

    position: int
    agency: str
    root_event_id: UUID
    event_id: UUID
    name: str
    reported_at: datetime
    asserts: bool
    source: str
    subjects: frozenset[int]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    relations: tuple[tuple[int, int, str], ...] = ()


def telling_of(position: int, kind: str, event: Mapping[str, Any]) -> Telling:
    """Return what a decoded event of a kind tells."""
    header = event["header"]
    subjects = [next(iter(one["details"].items())) for one in event.get("subjects", ())]
    masked = {word for _, details in subjects for word in _words(details)}
    masked.update(*(normalise.tokens(event.get(field)) for field in NAMING_FIELDS))
    return Telling(
        position=position,
        agency=header["originator"],
        root_event_id=header["corrects"] or header["event_id"],
        event_id=header["event_id"],
        name=name_of(header["originator"], header["source_reference"]),
        reported_at=header["reported_at"],
        asserts=ASSERTS.get(kind, False),
        source=source_of(event.get("provenance", ())),
        subjects=frozenset(
            hash64(f"{kind}:{key}")
            for kind, details in subjects
            for key in _identifying(kind, details)
        ),
        citations=citations_of(event),
        passages=tuple(passages(open_text(event.get("text"), event), masked)),
        relations=relations_of(event),
    )


def relations_of(event: Mapping[str, Any]) -> tuple[tuple[int, int, str], ...]:
    """Return the relations that an originator states: from which record to which, and the kind.

    Records are numbered as the event lists its subjects (`repository.linking.records`).
    """
    ordinals = {one["local_id"]: n for n, one in enumerate(event.get("subjects", ()))}
    found = {
        (ordinals[one["from_id"]], ordinals[one["to_id"]], one["kind"])
        for one in event.get("relations", ())
        if one["from_id"] in ordinals and one["to_id"] in ordinals
    }
    return tuple(sorted(found))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from normalise.tokens(value)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if name not in _DESCRIBING:
                yield from _words(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)


def _identifying(kind: str, details: Mapping[str, Any]) -> Iterator[str]:
    """Yield what two reports of one thing would both say of it; a name is enough here.

    Nothing is linked by this: it only tells which reports may be on the same matter.
    """
    match kind:
        case "person":
            yield from filter(None, (normalise.full_name(n["full"]) for n in details["names"]))
            numbers = (normalise.squashed(one["number"]) for one in details["documents"])
            yield from filter(None, numbers)
        case "organisation":
            yield normalise.squashed(details["name"]) or ""
        case "vehicle":
            found = (normalise.registration(details["registration"]), normalise.vin(details["vin"]))
            yield from filter(None, found)
        case "telephone":
            number = normalise.telephone(details["number"]) if details["number"] else None
            yield from filter(None, (number, normalise.imei(details["imei"])))
        case "account":
            british = normalise.uk_account(details["sort_code"], details["account_number"])
            yield from filter(None, (british, normalise.iban(details["iban"])))
        case "online_identity":
            yield normalise.online(details["service"], details["identifier"]) or ""
        case "document":
            yield normalise.squashed(details["number"]) or ""
        case "location":
            code, house = normalise.postcode(details["postcode"]), details["house"]
            if code and house:
                yield f"{code}:{normalise.squashed(house)}"
        case "event_reference":
            yield normalise.squashed(details["reference"]) or ""
