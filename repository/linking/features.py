"""Features: what two records can agree on, one row each, and what that weighs.

A weight is the evidence in bits: how many times likelier (as a power of two) agreement is between
records of one thing than between records of two. `THRESHOLD` is what joins. Nothing here weighs
a name alone: a name without a full date of birth has no feature, so it can never join people.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from repository.linking import normalise

Details = Mapping[str, Any]
Keys = Iterator[str | None]

THRESHOLD = 10.0
# A record of a victim, potential victim, witness or child is joined across agencies on more.
VICTIM_THRESHOLD = 11.0
VICTIM_ROLES = frozenset({"victim", "potential_victim", "witness", "missing_child"})


def person_name_and_birth(person: Details) -> Keys:
    """The same full name, in any order and script, and the same full date of birth."""
    born = normalise.full_date(person["date_of_birth"])
    for name in person["names"] if born else ():
        known = {
            normalise.full_name(name["full"]),
            normalise.full_name(f"{name['given'] or ''} {name['family'] or ''}"),
        }
        for one in known - {None}:
            yield f"{one}|{born}"


def _document(details: Details) -> str | None:
    """Kind, issuer and number: numbers repeat among issuers and kinds."""
    number = normalise.squashed(details["number"])
    if not number or len(number) < 5 or not details["issuer"]:
        return None
    return f"{details['kind']}:{details['issuer'].casefold()}:{number}"


def person_document(person: Details) -> Keys:
    """A document of the same kind, issuer and number."""
    for document in person["documents"]:
        yield _document(document)


def document_number(document: Details) -> Keys:
    """The same kind, issuer and number of a document."""
    yield _document(document)


def organisation_number(organisation: Details) -> Keys:
    """The same company registration number (eight characters, leading zeros restored)."""
    number = normalise.squashed(organisation["registration_number"])
    yield number.zfill(8) if number and len(number) >= 5 else None


def gangmaster_licence(organisation: Details) -> Keys:
    """The same Gangmasters Licensing Authority licence."""
    yield normalise.squashed(organisation["gla_licence"])


def vehicle_registration(vehicle: Details) -> Keys:
    """The same registration mark in the same country (British when none is given)."""
    mark = normalise.registration(vehicle["registration"])
    yield f"{(vehicle['country'] or 'GB').casefold()}:{mark}" if mark else None


def vehicle_vin(vehicle: Details) -> Keys:
    """The same vehicle identification number."""
    yield normalise.vin(vehicle["vin"])


def telephone_number(telephone: Details) -> Keys:
    """The same number in E.164."""
    yield normalise.telephone(telephone["number"]) if telephone["number"] else None


def telephone_imei(telephone: Details) -> Keys:
    """The same handset."""
    yield normalise.imei(telephone["imei"])


def telephone_imsi(telephone: Details) -> Keys:
    """The same SIM card (14 or 15 digits, ITU-T E.212)."""
    imsi = normalise.squashed(telephone["imsi"])
    yield imsi if imsi and imsi.isdigit() and len(imsi) in {14, 15} else None


def account_number(account: Details) -> Keys:
    """The same bank account, by IBAN or by sort code and number; a British IBAN carries both."""
    iban = normalise.iban(account["iban"])
    british = normalise.uk_account(account["sort_code"], account["account_number"])
    british = british or (normalise.uk_account_of_iban(iban) if iban else None)
    yield f"uk:{british}" if british else None
    yield f"iban:{iban}" if iban else None


def online_identity(identity: Details) -> Keys:
    """The same identifier on the same service."""
    yield normalise.online(identity["service"], identity["identifier"])


def address(location: Details) -> Keys:
    """The same postcode and the same house, by its number or name."""
    code = normalise.postcode(location["postcode"])
    house = normalise.squashed(location["house"])
    yield f"{code}:{house}" if code and house else None


def event_reference(reference: Details) -> Keys:
    """The same reference: operation names by themselves, other references by whose they are."""
    number = normalise.squashed(reference["reference"])
    if not number:
        yield None
    elif reference["kind"] in {"operation", "referral"}:
        yield f"{reference['kind']}:{number.removeprefix('operation')}"
    elif reference["originator"]:
        yield f"{reference['kind']}:{reference['originator']}:{number}"


@dataclass(frozen=True, slots=True)
class Feature:
    """One row: on which kind of subject, how its keys are made, what agreement weighs."""

    name: str
    subject: str
    keys: Callable[[Details], Keys]
    weight: float

    @property
    def meaning(self) -> str:
        """The feature's public explanation."""
        return (self.keys.__doc__ or "").strip()


FEATURES: tuple[Feature, ...] = (
    Feature("person_document", "person", person_document, 18.0),
    Feature("person_name_and_birth", "person", person_name_and_birth, 12.0),
    Feature("document_number", "document", document_number, 18.0),
    Feature("organisation_number", "organisation", organisation_number, 18.0),
    Feature("gangmaster_licence", "organisation", gangmaster_licence, 18.0),
    Feature("vehicle_registration", "vehicle", vehicle_registration, 15.0),
    Feature("vehicle_vin", "vehicle", vehicle_vin, 20.0),
    Feature("telephone_number", "telephone", telephone_number, 15.0),
    Feature("telephone_imei", "telephone", telephone_imei, 15.0),
    Feature("telephone_imsi", "telephone", telephone_imsi, 18.0),
    Feature("account_number", "account", account_number, 18.0),
    Feature("online_identity", "online_identity", online_identity, 15.0),
    Feature("address", "location", address, 13.0),
    Feature("event_reference", "event_reference", event_reference, 14.0),
)
BY_NAME: Mapping[str, Feature] = {feature.name: feature for feature in FEATURES}


def keys_of(subject: str, details: Details) -> set[tuple[str, str]]:
    """Return every (feature, key) of one subject."""
    return {
        (feature.name, key)
        for feature in FEATURES
        if feature.subject == subject
        for key in feature.keys(details)
        if key
    }


@dataclass(frozen=True, slots=True)
class Score:
    """What a pair of records weighs, why, and whether that joins them."""

    weight: float
    reasons: tuple[Mapping[str, Any], ...]
    joins: bool


def score(agreeing: Iterable[tuple[str, str]], *, guarded: bool) -> Score:
    """Weigh the (feature, key) pairs that two records agree on.

    Agreement on several keys of one feature counts once. `guarded` asks for the victims' bar.
    """
    first: dict[str, str] = {}
    for feature, key in sorted(agreeing):
        first.setdefault(feature, key)
    reasons = tuple(
        {"feature": name, "key": key, "weight": BY_NAME[name].weight} for name, key in first.items()
    )
    weight = sum(BY_NAME[name].weight for name in first)
    return Score(weight, reasons, weight >= (VICTIM_THRESHOLD if guarded else THRESHOLD))
