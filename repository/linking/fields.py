"""Fields: what a labelled file or a subject can say, one row each, and how it is compared."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from repository.linking import addresses, ages, identifiers
from repository.linking.legal_forms import without_form
from repository.linking.names import GENERATIONS
from repository.linking.normalise import tokens

KINDS = ("person", "organisation", "place", "object")
# What files write for nothing at all.
NOTHING = frozenset(
    {"", "unknown", "unk", "n/a", "na", "none", "null", "nan", "-", "--", "?", "not known", "nil"}
)


def words(text: str) -> str | None:
    """Return the words of a text, lower-case ASCII."""
    return " ".join(tokens(text)) or None


def organisation(text: str) -> str | None:
    """Return the words of an organisation's name without its legal form."""
    return " ".join(without_form(text)) or None


def generation_told(text: str) -> str | None:
    """Return which of a family's people of one name a column of its own says (`Jr`, `III`)."""
    return next((GENERATIONS[word] for word in tokens(text) if word in GENERATIONS), None)


@dataclass(frozen=True, slots=True)
class Field:
    """One row: how a value is read, how two are compared, and what its agreement may do.

    `group`: fields of one group repeat each other (street, town, postcode): together they count
    less than their sum. `like`: the field of events whose weights it has, as long as it has none of
    its own. `proof`: agreement ties persons whose names agree; sex or a county does
    not. `kin`: the most bits by which agreement tells a person from a relative of the household
    (twins share a date of birth, couples an e-mail address, all of them their street). `whole`: a
    value that is looked up as it stands, never by a slip.
    """

    name: str
    comparison: str
    read: Callable[[str], str | None]
    group: str = ""
    proof: bool = True
    kin: float = 0.0
    whole: bool = False
    like: str = ""


# Read whole, not value by value: see `described.py`.
NAME_FIELDS = ("family_name", "given_names", "middle_names", "full_name")
DATE_PARTS = ("year", "month", "day")
AGE_PARTS = ("age_on", "age_from", "age_to")

FIELDS: tuple[Field, ...] = (
    Field("date_of_birth", "date", words, kin=5.0),
    Field("date_of_death", "date", words, kin=5.0),
    Field("generation", "category", generation_told, proof=False, kin=5.0),
    Field("age", "number", ages.age, proof=False, kin=3.0),
    Field("sex", "category", words, proof=False, kin=1.0),
    Field("nationality", "category", words, proof=False),
    Field("email", "email", addresses.email, "contact", kin=4.0),
    Field("telephone", "phone", addresses.phone, "contact", kin=1.0),
    Field("online_identity", "code", addresses.code, "contact", kin=8.0, like="online_name"),
    Field("document", "code", addresses.code, kin=12.0),
    Field("passport", "code", addresses.code, kin=12.0),
    Field("driving_licence", "code", addresses.code, kin=12.0),
    Field("national_id", "code", addresses.code, kin=12.0),
    Field("tax_id", "code", addresses.code, kin=12.0),
    Field(
        "registration_number", "code", identifiers.company_number, kin=12.0, like="company_number"
    ),
    Field("licence", "code", addresses.code, kin=12.0, like="gangmaster_licence"),
    Field("registration", "code", identifiers.registration, kin=2.0, like="vehicle_registration"),
    Field("vin", "code", identifiers.vin, kin=2.0, like="vehicle_vin"),
    Field("imei", "code", identifiers.imei, kin=4.0, like="telephone_imei"),
    Field("account", "code", identifiers.account, kin=5.0, like="account_number"),
    # A telephone that is the thing itself, not a person's or a shop's.
    Field("line", "phone", addresses.phone),
    Field("name", "organisation", organisation),
    # The same of an organisation, whose branches have names that differ less than places' do.
    Field("business_name", "organisation", organisation),
    Field("address", "address", addresses.address, "place"),
    Field("house", "code", addresses.code, "place", proof=False),
    Field("street", "address", addresses.address, "place"),
    Field("address_2", "address", addresses.address, "place"),
    Field("town", "text", words, "place"),
    Field("postcode", "postcode", addresses.code, "place"),
    Field("county", "category", words, "place", proof=False),
    Field("country", "category", words, proof=False),
    Field("coordinates", "coordinates", str.strip, "place"),
    Field("occupation", "text", words, kin=2.0),
)
BY_NAME: Mapping[str, Field] = {one.name: one for one in FIELDS}
# What only events say, read in `features.py`: identifiers are checked before they count as such.
SAID: Mapping[str, Field] = {
    name: Field(name, comparison, words, **more)
    for name, comparison, more in (
        ("document_number", "code", {"kin": 12.0, "whole": True}),
        ("born_between", "span", {"proof": False, "kin": 1.0}),
        ("nrm_reference", "code", {"kin": 12.0, "whole": True}),
        ("company_number", "code", {"whole": True}),
        ("gangmaster_licence", "code", {"whole": True}),
        ("organisation_name", "organisation", {}),
        ("vehicle_registration", "code", {"whole": True}),
        ("vehicle_vin", "code", {"whole": True}),
        ("vehicle_make", "category", {"proof": False}),
        ("vehicle_model", "category", {"proof": False}),
        ("vehicle_colour", "category", {"proof": False}),
        ("telephone_number", "code", {"whole": True}),
        ("telephone_imei", "code", {"whole": True}),
        ("telephone_imsi", "code", {"whole": True}),
        ("account_number", "code", {"whole": True}),
        ("account_holder", "organisation", {}),
        ("online_name", "code", {"whole": True}),
        ("building", "code", {"group": "place", "whole": True}),
        ("house_and_street", "address", {"group": "place"}),
        ("place_name", "organisation", {}),
        ("event_reference", "code", {"whole": True}),
    )
}
# For whatever a file says besides: text1, text2, code1 … each is a field of its own.
GENERIC: Mapping[str, Field] = {
    "text": Field("text", "text", words, kin=2.0),
    "code": Field("code", "code", addresses.code, kin=12.0),
    "place": Field("place", "text", words),
    "date": Field("date", "date", words, kin=5.0),
    "number": Field("number", "number", words, proof=False, kin=3.0),
    "category": Field("category", "category", words, proof=False, kin=1.0),
}
# What files and people call the fields.
CALLED: Mapping[str, str] = {
    "family_name": "surname last_name family last lname name_last",
    "given_names": (
        "given_name first_name forename forenames given first_names first fname name_first"
    ),
    "middle_names": "middle_name middle middle_initial mname name_middle",
    "full_name": "person_name names name_full",
    "generation": "name_suffix",
    "year": "birth_year year_of_birth yob",
    "month": "birth_month month_of_birth",
    "day": "birth_day day_of_birth",
    "age_from": "age_min min_age",
    "age_to": "age_max max_age",
    "age_on": "age_date",
    "latitude": "lat",
    "longitude": "lon lng",
    "sort_code": "sortcode",
    "date_of_birth": "dob birth_date born birthday",
    "date_of_death": "dod death_date",
    "sex": "gender",
    "nationality": "nationalities race",
    "email": "email_address e_mail",
    "telephone": (
        "phone phone_number phone_no full_phone_num telephone_number telephone_no mobile "
        "mobile_number cell cell_phone tel"
    ),
    "online_identity": "online handle",
    "document": "document_number document_no",
    "passport": "passport_number passport_no",
    "driving_licence": "drivers_license_number",
    "national_id": "national_id_number ssn ssn_number soc_sec_id nhs_number nhs nino",
    "tax_id": "tax_id_number",
    "registration_number": "company_number company_no",
    "licence": "gla_licence license",
    "registration": "plate vrm",
    "account": "iban account_number bank_account",
    "vin": "vehicle_vin chassis chassis_number vehicle_identification_number",
    "imei": "telephone_imei",
    "name": (
        "organisation_name organization_name organisation organization site_name company name_org"
    ),
    "address": "addr full_address address_full addr_full address_line1 addr_line1",
    "house": "street_number street_no house_number house_no",
    "street": "street_address street_name address_1",
    "address_2": "locality",
    "town": "city suburb addr_city",
    "postcode": "zip zip_code postal_code post_code addr_postal_code",
    "county": "state region province addr_state",
    "country": "addr_country",
    "coordinates": "location lat_lon",
    "occupation": "employer job profession",
    "place1": "birth_place place_of_birth birth_town birth_country country_of_birth",
}
# What is written round a field's name to say only whose it is, or that it is written out.
_PERSON = "person|patient|client|customer|subject|victim|suspect|voter|student|employee|applicant"
_BODY = "company|firm|business|organisation|organization|corporate|legal"
_PLACE = "place|venue|site|property"
_ROUND = re.compile(
    r"^(?:raw|original|res|residential|residence|home|current|primary|secondary|native|main)_"
    r"|_(?:desc|description|code|cd|text|txt|label|lbl)$"
)
_WHOSE = {
    kind: re.compile(f"^(?:{names})_")
    for kind, names in (
        ("person", f"{_PERSON}|author|inventor|member|owner"),
        ("organisation", _BODY),
        ("place", f"{_PLACE}|{_BODY}"),
    )
}
_APART = re.compile(r"[\W_]+")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")
# By letters alone: given_name, givenName and GIVENNAME are one.
_ALIASES: Mapping[str, str] = {
    alias.replace("_", ""): name
    for name in (*CALLED, *BY_NAME)
    for alias in (name, *CALLED.get(name, "").split())
}
# Of a file of objects a telephone is not what they have: it is what they are.
_OF_KIND = {"object": {"telephone": "line"}, "organisation": {"name": "business_name"}}
OF_A_KIND = frozenset(field for fields in _OF_KIND.values() for field in fields.values())
_NUMBERED = re.compile(r"([a-z]+?)_?\d*")


def canonical(name: str, kind: str) -> str | None:
    """Return the field that a name in a column map means, or None when there is none."""
    asked = _APART.sub("_", _HUMPS.sub("_", name.strip()).casefold()).strip("_")
    bare = _ROUND.sub("", asked)
    whose = _WHOSE.get(kind)
    for words in (asked, bare, whose.sub("", bare) if whose else bare):
        if found := _called(words, kind):
            return found
    return None


def _called(words: str, kind: str) -> str | None:
    """Return the field that is called by these words, parted by `_`, and nothing else."""
    asked = words.replace("_", "")
    found = _NUMBERED.fullmatch(asked)
    if asked not in _ALIASES and found and found[1] in GENERIC:
        return asked
    # A second telephone or document is another value of the same field.
    named = _ALIASES.get(asked) or _ALIASES.get(asked.rstrip("0123456789"))
    if asked == "name" and kind == "person":
        return "full_name"
    if named == "full_name" and kind != "person":
        named = "name"
    return _OF_KIND.get(kind, {}).get(named, named) if named else None


@lru_cache(maxsize=1000)
def field_of(name: str) -> Field:
    """Return the row of a canonical field that is not read as a name or a part of a date."""
    known = BY_NAME.get(name) or SAID.get(name)
    if known:
        return known
    found = _NUMBERED.fullmatch(name)
    generic = GENERIC[found[1] if found else name]
    return replace(generic, name=name)
