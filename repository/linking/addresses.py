"""Addresses and telephone numbers: one spelling for what is the same."""

import re

from repository.linking.normalise import filled, squashed, tokens
from repository.street_types import SHORT

_HOUSE = re.compile(r"\d+[a-z]?")
# An identifier of so many characters, all of them the same, fills a form.
FILLED = 6
# Street types and quarters: two addresses that share nothing else share nothing.
COMMON = frozenset(SHORT.values()) | {"no", "the", "of"}


def address(text: str | None) -> str | None:
    """Return the words of an address, lower-case ASCII, with street types written short."""
    words = [SHORT.get(word, word) for word in tokens(text)]
    return " ".join(words) or None


def house_of(address: str) -> str:
    """Return the first number in a normalised address, or ""."""
    return next((word for word in address.split() if _HOUSE.fullmatch(word)), "")


def street_words(address: str) -> list[str]:
    """Return the words of a normalised address that tell one street from another."""
    return [w for w in address.split() if w not in COMMON and not _HOUSE.fullmatch(w)]


def phone(text: str | None) -> str | None:
    """Return a telephone number's significant digits: no zeros or plus in front, at most eleven.

    Files give numbers with and without the country; the comparison reads them from the right.
    """
    digits = re.sub(r"\D", "", re.split(r"(?i)\s*(?:x|ext)", squashed_dots(text or ""))[0])
    digits = digits.lstrip("0")
    return digits[-11:] if len(digits) >= 5 else None


def squashed_dots(text: str) -> str:
    """Return the text with decimal endings that spreadsheets add to numbers removed."""
    return text[:-2] if text.endswith(".0") else text


def email(text: str | None) -> str | None:
    """Return an e-mail address in lower case, freed of a display name; None when it is none."""
    if not text:
        return None
    found = re.search(r"[^\s<>,;]+@[^\s<>,;]+", text.replace("<", " ").replace(">", " "))
    return found[0].casefold() if found else (text.strip().casefold() or None)


def code(text: str | None) -> str | None:
    """Return the letters and digits of an identifier, without leading zeros; None of `999999`."""
    found = squashed(squashed_dots((text or "").strip()))
    if not found or (len(found) >= FILLED and filled(found)):
        return None
    return found.lstrip("0") or None
