"""Dates as written in files: from text to YYYYMMDD, with 00 for what is not known."""

import re
from collections.abc import Iterable

from repository.linking.normalise import plain

_PARTS = re.compile(r"\d+|[a-z]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# A two-digit year from here on is of the last century.
PIVOT = 30


def month_first(values: Iterable[str]) -> bool:
    """Tell whether a column writes 12/31/2009: some value has its day second and none first."""
    first = second = 0
    for value in values:
        parts = re.fullmatch(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}.*", value)
        if parts:
            first += int(parts[1]) > 12
            second += int(parts[2]) > 12
    return second > first


def date(  # noqa: PLR0911 - one row a way of writing
    text: str, *, month_before_day: bool = False
) -> str | None:
    """Return YYYYMMDD, or None when no year can be read.

    Reads ISO 8601, YYYYMMDD, day/month/year, month names and a year alone. Impossible months and
    days are kept as they are written: a misread date is still evidence.
    """
    words = _PARTS.findall(plain(text.split("T", maxsplit=1)[0].split(" 00:", maxsplit=1)[0]))
    named = [_MONTHS.index(word[:3]) + 1 for word in words if word[:3] in _MONTHS]
    numbers = [word for word in words if word.isdigit()]
    if len(numbers) == 1 and len(numbers[0]) in {6, 8}:
        whole = numbers[0].ljust(8, "0")
        return parts_of(whole[:4], whole[4:6], whole[6:8])
    if named and numbers:
        # 25-Jun-08, June 25 2008, 2008 Jun 25: the year has four digits or comes last.
        year = numbers[0] if len(numbers[0]) == 4 else numbers[-1]
        day = next((n for n in numbers if n is not year), "0")
        return parts_of(year, str(named[0]), day)
    match numbers:
        case [year]:
            return parts_of(year, "0", "0") if len(year) == 4 else None
        case [first, second] if len(first) == 4:
            return parts_of(first, second, "0")
        case [first, second] if len(second) == 4:
            return parts_of(second, first, "0")
        case [first, second, third, *_]:
            if len(first) == 4:
                return parts_of(first, second, third)
            month, day = (first, second) if month_before_day else (second, first)
            return parts_of(third, month, day)
    return None


def parts_of(year: str, month: str | None, day: str | None) -> str | None:
    """Return YYYYMMDD of parts that may be unknown; None without a year."""
    if not year.strip().isdigit():
        year = year.strip().split(".")[0]
    if not year.isdigit() or int(year) == 0 or int(year) > 9999:
        return None
    if len(year.strip()) <= 2:
        number = int(year)
        year = str(number + (1900 if number >= PIVOT else 2000))
    return f"{int(year):04}{_two(month)}{_two(day)}"


def _two(part: str | None) -> str:
    text = (part or "").strip().split(".")[0]
    if text[:3].lower() in _MONTHS:
        return f"{_MONTHS.index(text[:3].lower()) + 1:02}"
    return f"{int(text):02}" if text.isdigit() and int(text) < 100 else "00"
