"""Normalising: one spelling for what is the same, or None for what identifies nothing.

Each function returns the comparable form of one value. They never raise: agencies write what they
were told, and a value that cannot be read is no identifier.
"""

import re
from functools import lru_cache

import phonenumbers
from anyascii import anyascii
from stdnum import iban as iban_number
from stdnum import luhn

_WORD = re.compile(r"[a-z0-9]+")
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_UK_POSTCODE = re.compile(r"[a-z]{1,2}[0-9][a-z0-9]?[0-9][a-z]{2}")
# Joined to what follows: O'Brien, N'Golo, al-Amin are one token however they are typed.
_APOSTROPHES = re.compile(r"['’‘ʼʻ`´]")
DEFAULT_REGION = "GB"
# Registrations abroad bear only such letters as both alphabets have (Vienna Convention on Road
# Traffic 1968, annex 2): by these they are read, whichever alphabet they were typed in.
_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABESIJKMHOPCTYXabesijkmhopctyxABEZHIKMNOPTYX"
)
# A VIN has neither letter, since they are taken for these digits.
_VIN_DIGITS = str.maketrans("oiq", "010")


def plain(text: str) -> str:
    """Return the text in lower-case ASCII, whatever its script (ISC anyascii)."""
    return (text if text.isascii() else _NOT_ASCII.sub(_in_ascii, text)).casefold()


def _in_ascii(run: re.Match[str]) -> str:
    return _written_in_ascii(run[0])


# Each sign is written by itself, whatever stands beside it; and names share their few signs.
@lru_cache(maxsize=50_000)
def _written_in_ascii(run: str) -> str:
    return anyascii(run)


def squashed(text: str | None) -> str | None:
    """Return the letters and digits alone, in lower-case ASCII; None when there are none."""
    return (_NOT_ALNUM.sub("", plain(text)) or None) if text else None


def tokens(text: str | None) -> list[str]:
    """Return the words of a text, in lower-case ASCII, in order."""
    if not text:
        return []
    return _WORD.findall(_APOSTROPHES.sub("", plain(text)))


def full_name(text: str | None) -> str | None:
    """Return a name's words in alphabetical order; None unless there are two.

    Sorted, since the family name comes first in half the world; a single word identifies nobody.
    """
    words = tokens(text)
    return " ".join(sorted(words)) if len(words) > 1 else None


def registration(text: str | None) -> str | None:
    """Return a vehicle registration mark without spaces or dashes; None under four characters.

    Cyrillic and Greek letters that look like Latin ones are these.
    """
    mark = squashed(text.translate(_ALIKE)) if text else None
    return mark if mark and len(mark) >= 4 else None


def vin(text: str | None) -> str | None:
    """Return a vehicle identification number (ISO 3779: 17 characters, never I, O or Q).

    Where these are written, 1 and 0 are meant.
    """
    said = squashed(text) or ""
    if len(said) != 17 or filled(said) or said.isalpha():
        return None
    return said.translate(_VIN_DIGITS)


def filled(number: str) -> bool:
    """Whether a number is one character over and over, as fills a form: it identifies nothing."""
    return number == number[:1] * len(number)


@lru_cache(maxsize=20_000)
def telephone(text: str) -> str | None:
    """Return a telephone number in E.164; a number without a country code is British."""
    try:
        number = phonenumbers.parse(text, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def imei(text: str | None) -> str | None:
    """Return the 14 digits of an IMEI that name the handset, if its check digit holds.

    3GPP TS 23.003 §6.2: 15 digits end in a Luhn digit; 16 are an IMEISV, which has none, as 14 have
    that leave it out.
    """
    digits = squashed(text)
    if not digits or not digits.isdigit() or filled(digits):
        return None
    if len(digits) in {14, 16} or (len(digits) == 15 and luhn.is_valid(digits)):
        return digits[:14]
    return None


def iban(text: str | None) -> str | None:
    """Return a compact IBAN whose check digits hold (ISO 13616)."""
    number = squashed(text)
    if not number or not iban_number.is_valid(number.upper(), check_country=False):
        return None
    return number


def company_number(text: str | None) -> str | None:
    """Return a company's registration number: eight characters, leading zeros restored.

    Those of Companies House begin with two letters outside England and Wales (SC, NI, OC …).
    """
    number = squashed(text)
    if not number or len(number) < 5:
        return None
    found = re.fullmatch(r"([a-z]{2})(\d{3,6})", number)
    return found[1] + found[2].zfill(6) if found else number.zfill(8)


def uk_account(sort_code: str | None, number: str | None) -> str | None:
    """Return sort code and account number as 14 digits; None unless both are complete."""
    sort, account = squashed(sort_code), squashed(number)
    if not sort or not account or not re.fullmatch(r"\d{6}", sort):
        return None
    return sort + account.zfill(8) if re.fullmatch(r"\d{6,8}", account) else None


def uk_account_of_iban(number: str) -> str | None:
    """Return the sort code and account number that a British IBAN carries (GB, bank, 6 + 8)."""
    return number[8:] if re.fullmatch(r"gb[a-z0-9]{2}[a-z]{4}\d{14}", number) else None


def online(service: str, identifier: str) -> str | None:
    """Return service and identifier; e-mail addresses lose their case and surrounding space."""
    name = " ".join(identifier.split()).casefold()
    return f"{squashed(service)}:{name}" if name and squashed(service) else None


def postcode(text: str | None) -> str | None:
    """Return a complete British postcode without its space (BS 7666), or None."""
    code = squashed(text)
    return code if code and _UK_POSTCODE.fullmatch(code) else None
