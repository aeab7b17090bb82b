"""Ages: when somebody was born who was of an age, or between two, on a day. Pure.

An age is an estimate, and weak evidence: it fits many, but one that does not fit tells two apart.
"""

import re
from functools import lru_cache

from repository.linking.normalise import plain

OLDEST = 110
# Said of an age, and no part of it.
_UNITS = re.compile(
    r"(?<![a-z])(?:years?|yrs?|y/?o|y|old|aged?|of|about|approx\w*|circa|ca?|est\w*)(?![a-z])\.?|~"
)
_EXACT = re.compile(r"(\d{1,3})(?:\.0+)?")
_BETWEEN = re.compile(r"(?:between)?(\d{1,3})(?:-|–|to|and|/)+(\d{1,3})")
_FROM = re.compile(r"(?:(?:over|above|from|>=?)(\d{1,3})|(\d{1,3})(?:\+|orover|andover))")
_UNTIL = re.compile(r"(?:under|below|upto|until|<=?)(\d{1,3})")
_DECADE = re.compile(r"(early|mid|late)?(\d)0'?s")
_WITHIN = {"early": (0, 4), "mid": (3, 7), "late": (6, 9), None: (0, 9)}
_BORN_DECADE = re.compile(r"(?:c(?:irca|a)?\.?\s*)?((?:1[89]|20)\d)0'?s")
_BORN_BETWEEN = re.compile(r"((?:1[89]|20)\d\d)\s*(?:-|–|/|to|and)\s*((?:1[89]|20)?\d\d)")


def span_of(text: str) -> tuple[int, int] | None:
    """Return the lowest and the highest age that a text says, in years; None if it says none."""
    said = re.sub(r"\s+", "", _UNITS.sub("", plain(text)))
    found: tuple[int, int] | None = None
    if exact := _EXACT.fullmatch(said):
        found = int(exact[1]), int(exact[1])
    elif between := _BETWEEN.fullmatch(said):
        found = int(between[1]), int(between[2])
    elif decade := _DECADE.fullmatch(said):
        low, high = _WITHIN[decade[1]]
        found = int(decade[2]) * 10 + low, int(decade[2]) * 10 + high
    elif least := _FROM.fullmatch(said):
        found = int(least[1] or least[2]), OLDEST
    elif most := _UNTIL.fullmatch(said):
        found = 0, int(most[1]) - (not said.startswith(("upto", "until", "<=")))
    return found if found and 0 <= found[0] <= found[1] <= OLDEST + 10 else None


def age(text: str) -> str | None:
    """Return an age as it is compared: `34`, or `25-35` of what is between; else None."""
    span = span_of(text)
    if span is None:
        return None
    return str(span[0]) if span[0] == span[1] else f"{span[0]}-{span[1]}"


def born_between(low: int, high: int, year: int, month: int, day: int) -> str:
    """Return the first and the last day (YYYYMMDD-YYYYMMDD) on which somebody may have been born
    who was from `low` to `high` years old on a day.
    """
    on = month * 100 + day
    first = max(year - high - 1, 1) * 10_000 + on + 1
    return f"{first:08}-{max(year - low, 1) * 10_000 + on:08}"


def born_in(text: str) -> str | None:
    """Return the days between which somebody was born by a decade or by years (1980s, 1980-85)."""
    said = plain(text).strip()
    if decade := _BORN_DECADE.fullmatch(said):
        return f"{decade[1]}00101-{decade[1]}91231"
    if years := _BORN_BETWEEN.fullmatch(said):
        first = years[1]
        last = years[2] if len(years[2]) == 4 else first[:2] + years[2]
        # 1980/05 is a month.
        if first < last:
            return f"{first}0101-{last}1231"
    return None


@lru_cache(maxsize=100_000)
def days_of(text: str) -> tuple[int, int]:
    """Return the first and the last day, as numbers in order, of a span or of a date (YYYYMMDD, 00
    for unknown parts; the first of January says the year alone).
    """
    first, dash, last = text.partition("-")
    if dash:
        return int(first), int(last)
    if text[4:] in {"0000", "0101"}:
        return int(f"{text[:4]}0000"), int(f"{text[:4]}1231")
    return int(text), int(f"{text[:6]}31") if text.endswith("00") else int(text)
