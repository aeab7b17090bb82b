"""Months by their names, in the languages of those who fill in forms."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from rapidfuzz.distance import OSA

from repository.linking.normalise import plain

ENGLISH = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
# A word that names two months (listopad: November in Polish, October in Croatian) names neither by
# itself: `settled` asks the words beside it.
LOCALES = (
    "en en_GB pl ro uk cs sk hu bg sq lt lv et ru be sr sr_Latn bs sl hr mk de fr nl it es pt el "
    "tr sv da nb fi is ga cy az ka hy kk uz ar fa ps ku he hi ur bn pa id ms th sw so am ti fil"
)
_ROMAN = {
    roman: at
    for at, roman in enumerate("i ii iii iv v vi vii viii ix x xi xii".split(), 1)  # noqa: SIM905
}
_LEAST = 3
_LETTERS, _WORD = re.compile(r"[a-z]+"), re.compile(r"[^\W\d_]+")


@cache
def _names() -> dict[str, dict[int, set[str]]]:
    """Return of each name and abbreviation in CLDR, in lower-case ASCII (Babel), the months that it
    names, and in which languages. Both as it stands in a date (maja) and by itself (maj).
    """
    from babel import Locale

    found: dict[str, dict[int, set[str]]] = {}
    for code in LOCALES.split():
        months = Locale.parse(code).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    word = plain(name)
                    if len(word.strip(". ")) >= _LEAST and not re.search(r"\d", word):
                        named = found.setdefault(re.sub(r"[^a-z]", "", word), {})
                        named.setdefault(number, set()).add(code)
    return found


@cache
def _named() -> dict[str, int]:
    """Return the month of each word that names one."""
    return {word: next(iter(named)) for word, named in _names().items() if len(named) == 1}


def names_two(word: str) -> bool:
    """Whether a word (lower-case ASCII) names two months, in two languages."""
    return len(_names().get(word, ())) > 1


def settled(values: Iterable[str]) -> dict[str, int]:
    """Return the month of each word among a file's dates that names two, where the languages that
    know most of its other names of months agree on one.
    """
    words = {word for text in values for word in _LETTERS.findall(plain(text))}
    disputed = [word for word in words if names_two(word)]
    if not disputed:
        return {}
    languages = Counter(
        code for word in words if word in _named() for code in _names()[word][_named()[word]]
    )
    most = max(languages.values(), default=0)
    spoken = {code for code, count in languages.items() if count == most}
    found = {}
    for word in disputed:
        months = [month for month, codes in _names()[word].items() if codes & spoken]
        if len(months) == 1:
            found[word] = months[0]
    return found


def in_english(text: str, found: Mapping[str, int]) -> str:
    """Return a date with the words of `settled` in English."""

    def english(word: re.Match[str]) -> str:
        month = found.get(plain(word[0]))
        return ENGLISH[month - 1] if month else word[0]

    return _WORD.sub(english, text) if found else text


def month_of(word: str) -> int | None:
    """Return the month that a word (lower-case ASCII) names, in any of these languages.

    English names may have one slip of the hand, or be cut short; None if it names none, or two.
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
