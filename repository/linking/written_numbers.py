"""Telephones, registrations and dates as people write them in a text or a query. Pure."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from itertools import pairwise

from repository.linking.months import ENGLISH

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
_YEAR = r"(?:1[89]|2[01])\d\d"
_HAS_A_YEAR = re.compile(_YEAR)
_MONTHS = tuple(name[:3] for name in ENGLISH)
# 1990-05-14; 14/05/1990, 14.5.1990; 14 May 1990, 14th of May 1990. The day goes before the month,
# as Britain has it.
_DATE = re.compile(
    rf"""(?<![\w/.\-])(?:
        (?P<y>{_YEAR})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})
        | (?P<day>\d{{1,2}})(?P<by>[/.\-])(?P<month>\d{{1,2}})(?P=by)(?P<year>{_YEAR})
        | (?P<nth>\d{{1,2}})(?:st|nd|rd|th)?\ (?:of\ )?
          (?P<named>{"|".join(_MONTHS)})[a-z]*\ (?P<of>{_YEAR})
    )(?![\w/\-]|\.\d)""",
    re.VERBOSE | re.IGNORECASE,
)
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


def dates(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where a whole date begins and ends in a text, and it as YYYYMMDD (ISO 8601)."""
    if not _HAS_A_YEAR.search(text):  # most texts have none
        return
    for found in _DATE.finditer(text):
        year = found["y"] or found["year"] or found["of"]
        day = found["d"] or found["day"] or found["nth"]
        named = found["named"]
        month = _MONTHS.index(named.casefold()) + 1 if named else found["m"] or found["month"]
        with suppress(ValueError):  # the 31st of February is a number, and no day
            read = date(int(year), int(month), int(day))
            yield found.start(), found.end(), f"{read:%Y%m%d}"
