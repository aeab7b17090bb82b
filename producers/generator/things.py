"""Invented objects and places, from ranges that belong to nobody.

Telephone numbers are those Ofcom reserves for drama; postcodes use areas Royal Mail never
allocated; e-mail domains are reserved by RFC 2606.
"""

from random import Random
from typing import Any

# Prefixes of the reserved ranges; three digits follow.
DRAMA_RANGES = (
    *("+447700900", "+442079460", "+441632960", "+441134960", "+441144960", "+441154960"),
    *("+441164960", "+441174960", "+441184960", "+441214960", "+441314960", "+441414960"),
    *("+441514960", "+441614960", "+441914980", "+442896496", "+442920180"),
)
DRAMA_NUMBERS = 1000 * len(DRAMA_RANGES)
_AREAS = ("QA", "QB", "VX", "XA", "XZ", "ZA")
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_STREETS = ("Orchard Row", "Tannery Lane", "Mill Parade", "Station Approach", "Chapel Rise")
_TOWNS = ("Kettlewick", "Northby", "Saltmere", "Harrowgate Cross", "Eastlow", "Brackenford")
_MAKES = (("Ford", "Transit"), ("Volkswagen", "Caddy"), ("Mercedes-Benz", "Sprinter"))


def telephone(number: int) -> dict[str, Any] | None:
    """Return the `number`th drama telephone, or None when all are used: they are never shared."""
    if number >= DRAMA_NUMBERS:
        return None
    digits = f"{DRAMA_RANGES[number // 1000]}{number % 1000:03d}"
    return {"telephone": {"number": digits}}


def as_written(random: Random, telephone_number: str) -> str:
    """Return a British number as somebody wrote it: international, national, with spaces."""
    national = "0" + telephone_number.removeprefix("+44")
    spaced = f"{national[:5]} {national[5:]}"
    return random.choice((telephone_number, national, spaced))


def vehicle(random: Random, number: int) -> dict[str, Any]:
    """Return a van; each `number` has its own registration, below 3.2 million."""
    make, model = random.choice(_MAKES)
    number, first = divmod(number, 20)
    number, second = divmod(number, 20)
    number, third = divmod(number, 20)
    area, year = divmod(number, 20)
    plate = f"Q{_LETTERS[area % 20]}{year + 50:02d} " + "".join(
        _LETTERS[i] for i in (first, second, third)
    )
    return {
        "vehicle": {
            "registration": plate,
            "country": "GB",
            "make": make,
            "model": model,
            "colour": "white",
        }
    }


def place(random: Random, number: int, kind: str) -> dict[str, Any]:
    """Return a building; each `number` has its own house and postcode."""
    rest, house = divmod(number, 90)
    rest, last = divmod(rest, 20)
    rest, sector = divmod(rest, 9)
    area, district = divmod(rest, 20)
    code = f"{_AREAS[area % 6]}{district + 1} {sector + 1}{_LETTERS[last]}{_LETTERS[number % 19]}"
    return {
        "location": {
            "kind": kind,
            "house": str(house + 1),
            "street": random.choice(_STREETS),
            "town": random.choice(_TOWNS),
            "postcode": code,
            "country": "GB",
        }
    }


def account(number: int) -> dict[str, Any]:
    """Return a bank account of an invented bank (sort code 00-00-00)."""
    return {
        "account": {
            "kind": "bank_account",
            "sort_code": "00-00-00",
            "account_number": f"{number:08d}",
            "bank": "Bank of Nowhere",
        }
    }


def email(number: int) -> dict[str, Any]:
    """Return an e-mail address in a reserved domain."""
    return {"online_identity": {"service": "email", "identifier": f"contact{number}@example.org"}}
