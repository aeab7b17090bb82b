"""Features: what a subject says that tells it from others, one row each.

A row names the kind of subject, the field that its values are compared as (`fields.py` says how,
`weights/shipped.json` what agreement weighs) and how the values are read. What is no identifier
after all (an IMEI whose check digit fails, a document without an issuer) is not read. Persons'
names are read whole, in `subjects.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from repository.linking import ages, normalise
from repository.linking.addresses import address
from repository.linking.fields import organisation, words

Details = Mapping[str, Any]
Values = Iterator[str | None]

VICTIM_ROLES = frozenset({"victim", "potential_victim", "witness", "missing_child"})


def date_of_birth(person: Details) -> Values:
    """The date of birth, as far as it is known."""
    born = person["date_of_birth"]
    if born:
        yield f"{born['year']:04}{born['month'] or 0:02}{born['day'] or 0:02}"


def born_between(person: Details) -> Values:
    """The days between which somebody of that age was born, against another's or a birth."""
    low, high, on = (person.get(name) for name in ("age_from", "age_to", "age_on"))
    if on is not None and (low is not None or high is not None):
        oldest = ages.OLDEST if high is None else high
        yield ages.born_between(low or 0, oldest, on.year, on.month, on.day)


def sex(person: Details) -> Values:
    """The sex, as recorded."""
    said = person.get("sex")
    yield said if said in {"female", "male"} else None


def nationality(person: Details) -> Values:
    """Each nationality."""
    for code in person.get("nationalities", ()):
        yield words(code)


def _document(details: Details) -> str | None:
    """Kind, issuer and number: numbers repeat among issuers and kinds."""
    number = normalise.squashed(details["number"])
    if not number or len(number) < 5 or normalise.filled(number) or not details["issuer"]:
        return None
    return f"{details['kind']}:{details['issuer'].casefold()}:{number}"


def person_document(person: Details) -> Values:
    """A document of the same kind, issuer and number."""
    for document in person["documents"]:
        yield _document(document)


def nrm_reference(person: Details) -> Values:
    """The same case of the National Referral Mechanism, which is one person's."""
    number = normalise.squashed(person.get("nrm"))
    yield number if number and len(number) >= 5 else None


def document_number(document: Details) -> Values:
    """The same kind, issuer and number of a document."""
    yield _document(document)


def organisation_name(details: Details) -> Values:
    """The name or an alias, without its legal form."""
    yield organisation(details["name"])
    for alias in details.get("aliases", ()):
        yield organisation(alias)


def organisation_number(details: Details) -> Values:
    """The same company registration number (eight characters, leading zeros restored)."""
    yield normalise.company_number(details["registration_number"])


def gangmaster_licence(details: Details) -> Values:
    """The same Gangmasters Licensing Authority licence."""
    yield normalise.squashed(details["gla_licence"])


def vehicle_registration(vehicle: Details) -> Values:
    """The same registration mark in the same country, of any country where one does not say it."""
    mark = normalise.registration(vehicle["registration"])
    yield f"{(vehicle['country'] or '').casefold()}:{mark}" if mark else None


def vehicle_vin(vehicle: Details) -> Values:
    """The same vehicle identification number."""
    yield normalise.vin(vehicle["vin"])


def _worded(field: str) -> Callable[[Details], Values]:
    def read(details: Details) -> Values:
        yield words(details[field]) if details.get(field) else None

    read.__doc__ = f"The {field}, as it was written."
    return read


def telephone_number(telephone: Details) -> Values:
    """The same number in E.164."""
    yield normalise.telephone(telephone["number"]) if telephone["number"] else None


def telephone_imei(telephone: Details) -> Values:
    """The same handset."""
    yield normalise.imei(telephone["imei"])


def telephone_imsi(telephone: Details) -> Values:
    """The same SIM card (14 or 15 digits, ITU-T E.212)."""
    imsi = normalise.squashed(telephone["imsi"])
    yield imsi if imsi and imsi.isdigit() and len(imsi) in {14, 15} else None


def account_number(account: Details) -> Values:
    """The same bank account, by IBAN or by sort code and number; a British IBAN carries both."""
    iban = normalise.iban(account["iban"])
    british = normalise.uk_account(account["sort_code"], account["account_number"])
    british = british or (normalise.uk_account_of_iban(iban) if iban else None)
    yield f"uk:{british}" if british else None
    yield f"iban:{iban}" if iban else None


def online_identity(identity: Details) -> Values:
    """The same identifier on the same service."""
    yield normalise.online(identity["service"], identity["identifier"])


def building(location: Details) -> Values:
    """The same postcode and the same house, by its number or name."""
    code = normalise.postcode(location["postcode"])
    house = normalise.squashed(location["house"])
    yield f"{code}:{house}" if code and house else None


def house_and_street(location: Details) -> Values:
    """The same house in a street of the same name."""
    if location["house"] and location["street"]:
        yield address(f"{location['house']} {location['street']}")


def place_name(location: Details) -> Values:
    """What the place is called."""
    yield organisation(location["name"]) if location["name"] else None


def coordinates(location: Details) -> Values:
    """How far apart on the ground."""
    north, east = location["latitude"], location["longitude"]
    if north is not None and east is not None and abs(north) <= 90 and abs(east) <= 180:
        yield f"{north:.6f},{east:.6f}"


def event_reference(reference: Details) -> Values:
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
    """One row: the kind of subject, the field it is compared as, how its values are read."""

    subject: str
    field: str
    values: Callable[[Details], Values]

    @property
    def meaning(self) -> str:
        """The feature's public explanation."""
        return (self.values.__doc__ or "").strip()


FEATURES: tuple[Feature, ...] = (
    Feature("person", "date_of_birth", date_of_birth),
    Feature("person", "born_between", born_between),
    Feature("person", "sex", sex),
    Feature("person", "nationality", nationality),
    Feature("person", "document_number", person_document),
    Feature("person", "nrm_reference", nrm_reference),
    Feature("document", "document_number", document_number),
    Feature("organisation", "organisation_name", organisation_name),
    Feature("organisation", "company_number", organisation_number),
    Feature("organisation", "gangmaster_licence", gangmaster_licence),
    Feature("vehicle", "vehicle_registration", vehicle_registration),
    Feature("vehicle", "vehicle_vin", vehicle_vin),
    Feature("vehicle", "vehicle_make", _worded("make")),
    Feature("vehicle", "vehicle_model", _worded("model")),
    Feature("vehicle", "vehicle_colour", _worded("colour")),
    Feature("telephone", "telephone_number", telephone_number),
    Feature("telephone", "telephone_imei", telephone_imei),
    Feature("telephone", "telephone_imsi", telephone_imsi),
    Feature("account", "account_number", account_number),
    Feature("account", "account_holder", _worded("holder")),
    Feature("online_identity", "online_name", online_identity),
    Feature("location", "building", building),
    Feature("location", "house_and_street", house_and_street),
    Feature("location", "town", _worded("town")),
    Feature("location", "place_name", place_name),
    Feature("location", "coordinates", coordinates),
    Feature("event_reference", "event_reference", event_reference),
)
_OF: Mapping[str, tuple[Feature, ...]] = {
    kind: tuple(one for one in FEATURES if one.subject == kind)
    for kind in {one.subject for one in FEATURES}
}
MEANINGS: Mapping[str, str] = {
    "family_name": "The family name: spelling, sound, short forms, in either order.",
    "given_names": "The given name: spelling, sound, initials, short forms, in either order.",
    "middle_names": "Further given names.",
    "name_order": "Whether given and family name have changed places.",
    "generation": "Which of a family's people of one name.",
    **{one.field: one.meaning for one in FEATURES},
}


def values_of(subject: str, details: Details) -> dict[str, tuple[str, ...]]:
    """Return what a subject says, by field, normalised; fields of which nothing is said are out."""
    found = {}
    for feature in _OF.get(subject, ()):
        known = tuple(dict.fromkeys(filter(None, feature.values(details))))
        if known:
            found[feature.field] = known
    return found
