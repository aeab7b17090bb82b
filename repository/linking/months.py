"""Months by their names, in the languages of those who fill in forms."""

import re
from functools import cache

from rapidfuzz.distance import OSA

from repository.linking.normalise import plain

ENGLISH = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
# Where a word is of two languages (listopad: November in Polish, October in Croatian), the first
# has it.
LOCALES = (
    "en en_GB pl ro uk cs sk hu bg sq lt lv et ru be sr sr_Latn bs sl hr mk de fr nl it es pt el "
    "tr sv da nb fi is ga cy az ka hy kk uz ar fa ps ku he hi ur bn pa id ms th sw so am ti fil"
)
_ROMAN = {
    roman: at
    for at, roman in enumerate("i ii iii iv v vi vii viii ix x xi xii".split(), 1)  # noqa: SIM905
}
_LEAST = 3


@cache
def _named() -> dict[str, int]:
    """Return the month of each name and abbreviation in CLDR, in lower-case ASCII (Babel).

    Both as it stands in a date (maja) and by itself (maj).
    """
    from babel import Locale

    found: dict[str, int] = {}
    for code in LOCALES.split():
        months = Locale.parse(code).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    word = plain(name)
                    if len(word.strip(". ")) >= _LEAST and not re.search(r"\d", word):
                        found.setdefault(re.sub(r"[^a-z]", "", word), number)
    return found


def month_of(word: str) -> int | None:
    """Return the month that a word (lower-case ASCII) names, in any of these languages.

    English names may have one slip of the hand, or be cut short; None if it names none.
    """
    if len(word) < _LEAST:
        return None
    for number, name in enumerate(ENGLISH, 1):
        if name.startswith(word):
            return number
    if word in _named():
        return _named()[word]
    for number, name in enumerate(ENGLISH, 1):
        if len(word) > _LEAST + 1 and OSA.distance(word, name, score_cutoff=1) <= 1:
            return number
    return None


def roman(word: str) -> int | None:
    """Return the month of a Roman number (1.V.1980, as in much of Europe), or None."""
    return _ROMAN.get(word)
