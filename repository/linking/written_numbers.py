"""Telephones and registrations as people write them in a text or a query: spaced, or not. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

# Abroad and at home; what stands between the digits is no letter, and no other number's digit.
_TELEPHONE = re.compile(
    r"""(?<![\w+])(?:
        (?:\+|00[1-9])\d{0,3}\ ?(?:\(0\)\ ?)?(?:[ .\-/]?\d){6,13}
        | (?:\(0[1-9]\d{1,4}\)|0[1-9])(?:[ .\-/]{0,2}\d){5,9}
    )(?!\w)""",
    re.VERBOSE,
)
_ABROAD, _AT_HOME = range(9, 16), range(10, 12)
"""How many digits a telephone has."""
# Of the form that Britain has given out since 2001, and its two parts.
_REGISTRATION = re.compile(r"([a-z]{2}\d{2})([a-z]{3})")


def telephones(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where a telephone begins and ends in a text, and its digits as they are dialled."""
    for found in _TELEPHONE.finditer(text):
        abroad = found[0][0] == "+" or found[0].startswith("00")
        digits = re.sub(r"\D", "", found[0].replace("(0)", ""))
        if len(digits.removeprefix("00")) in (_ABROAD if abroad else _AT_HOME):
            yield found.start(), found.end(), digits


def registrations(words: Sequence[str]) -> Iterator[str]:
    """Yield what a registration among the words of a text may also be looked for by: as one, if it
    stands in two, or its parts, if it stands as one.
    """
    for word in words:
        if found := _REGISTRATION.fullmatch(word):
            yield from found.groups()
    for pair in pairwise(words):
        if _REGISTRATION.fullmatch("".join(pair)):
            yield "".join(pair)
