"""Identifiers as files write them: as the linker reads them of events, or else as they stand. Pure.

What is well-formed (`normalise.py`) gets the spelling that an event's would get. What is not keeps
its letters and digits, and is compared with slips: it may be a slip.
"""

import re
from functools import lru_cache

from stdnum import iban as iban_number
from stdnum import luhn

from repository.linking import normalise
from repository.linking.addresses import code

_IBAN = re.compile(r"[a-z]{2}\d{2}[a-z0-9]{11,30}")
# What a character of a VIN counts, and how much by its place (49 CFR 565.15, ISO 3779).
_WORTH = {c: n % 10 for n, c in enumerate("0123456789")} | {
    c: n for row in ("abcdefgh", "jklmn", " stuvwxyz") for n, c in enumerate(row, 1) if c != " "
} | {"p": 7, "r": 9}  # fmt: skip
_PLACES = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECKS = "0123456789x"


def vin(text: str) -> str | None:
    """Return a vehicle identification number, or whatever else its column says."""
    return normalise.vin(text) or code(text)


def imei(text: str) -> str | None:
    """Return an IMEI as 15 digits, its check digit worked out where it is left out.

    Of one whose check digit fails a digit is wrong: it stays as it is, to be compared with slips.
    """
    handset = normalise.imei(text)
    return handset + luhn.calc_check_digit(handset) if handset else code(text)


def registration(text: str) -> str | None:
    """Return a vehicle's registration mark, of any country."""
    return normalise.registration(text) or code(text)


def account(text: str) -> str | None:
    """Return an account by its IBAN, a British one by its sort code and number, however told."""
    said = normalise.squashed(text)
    return code((normalise.uk_account_of_iban(said) if said else None) or text)


def sorted_account(sort_code: str, number: str) -> str:
    """Return what an account's sort code and number say together; an IBAN needs no sort code."""
    british = normalise.uk_account(sort_code, number)
    return british or number


def company_number(text: str) -> str | None:
    """Return a company's registration number as events have it, without leading zeros."""
    return code(normalise.company_number(text)) or code(text)


@lru_cache(maxsize=50_000)
def _proves_itself(text: str) -> bool:
    """Whether an identifier carries check digits that hold: an IMEI, an IBAN or a VIN."""
    if len(text) == 17 and normalise.vin(text):
        return (
            _CHECKS[sum(_WORTH[c] * n for c, n in zip(text, _PLACES, strict=True)) % 11] == text[8]
        )
    if len(text) == 15 and text.isdigit():
        return bool(luhn.is_valid(text))
    return bool(_IBAN.fullmatch(text)) and iban_number.is_valid(text, check_country=False)


def two_for_certain(one: str, other: str) -> bool:
    """Whether two identifiers that nearly agree are no slips of each other.

    Check digits that hold exclude a slip of one character, and bought together, handsets have
    numbers that follow each other. So have a fleet's vehicles, whose VINs outside America carry no
    check digit: of two, only one that is checked tells that the other is a slip of it.
    """
    if len(one) == len(other) == 17 and normalise.vin(one) and normalise.vin(other):
        return _proves_itself(one) == _proves_itself(other)
    return _proves_itself(one) and _proves_itself(other)
