"""Dates as written in files: from text to YYYYMMDD, with 00 for what is not known."""

import re
from collections.abc import Iterable
from datetime import date as day_of
from datetime import timedelta

from repository.linking.months import month_of, names_two, roman
from repository.linking.normalise import plain

_PARTS = re.compile(r"\d+|[a-z]+")
# After the date, or between day and year (ctime): hours and minutes, and what belongs to them.
_TIME = re.compile(
    r"(?:(?<=\d)t|\b)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\b\.?)?"
    r"\s*(?:\bz\b|(?<=\d)z\b|utc|gmt|[+-]\d{2}:?\d{2}\b)?"
)
_DECADE = re.compile(r"\d{3}0'?s\b|\d0'?s\b")
# A two-digit year from here on is of the last century.
PIVOT = 30
# Years in which somebody of whom there is a record was born or died.
_YEARS = range(1700, 2101)
# The Thai solar calendar counts from 543 years before ours.
_BUDDHIST, _BUDDHIST_YEARS = 543, range(2400, 2601)
# The year before the first of each Japanese era.
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_ERA = re.compile(rf"({'|'.join(_ERAS)})\s*(\d+|元)")
# What programs write where there is no end: nobody was born then.
_NEVER = 9999
# Spreadsheets count days from here, with a leap day in 1900 that there was not; of 1927 to 2064.
_SERIAL_FROM, _SERIALS = day_of(1899, 12, 30), range(10_000, 60_000)


def month_first(values: Iterable[str]) -> bool:
    """Tell whether a column writes 12/31/2009: some value has its day second and none first."""
    first = second = 0
    for value in values:
        parts = re.fullmatch(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}.*", value)
        if parts:
            first += int(parts[1]) > 12
            second += int(parts[2]) > 12
    return second > first


def serial(values: Iterable[str]) -> bool:
    """Tell whether a column holds a spreadsheet's numbers of days: nothing but numbers of five
    digits, of which some are no day, month and year (DMMYY).
    """
    said = [value.strip() for value in values if value.strip()]
    days = [value for value in said if re.fullmatch(r"[1-5]\d{4}(?:\.\d+)?", value)]
    return len(days) == len(said) and any(not 1 <= int(value[1:3]) <= 12 for value in days)


def date(  # noqa: PLR0911 - one row a way of writing
    text: str, *, month_before_day: bool = False, serials: bool = False
) -> str | None:
    """Return YYYYMMDD, or None when no year can be read.

    Reads ISO 8601, YYYYMMDD, DDMMYYYY, day/month/year, names of months in many languages
    (`months.py`), Roman months, a month or a year alone, and with `serials` a spreadsheet's days.
    Impossible months and days are kept as they are written: a misread date is still evidence. A
    decade or a range of years is no date, nor one with a month of which there are two.
    """
    said = plain(_ERA.sub(_of_era, text))
    if serials and (day := _of_serial(said)):
        return day
    said = _TIME.sub(" ", said)
    if _DECADE.search(said):
        return None
    words = _PARTS.findall(said)
    numbers = [word for word in words if word.isdigit()]
    named = _month_in(words)
    if named:
        return _named(named, numbers)
    if any(map(names_two, words)):
        return None
    if len(numbers) == 1:
        return _of_one(numbers[0])
    if len(numbers) == 2:
        return _of_two(*numbers)
    if len(numbers) >= 3:
        return _of_three(*numbers[:3], month_before_day=month_before_day)
    return None


def _of_era(found: re.Match[str]) -> str:
    return f"{_ERAS[found[1]] + (1 if found[2] == '元' else int(found[2]))}"


def _month_in(words: list[str]) -> int | None:
    """Return the month that one of these words names; a Roman one stands between two numbers."""
    letters = [word for word in words if word.isalpha()]
    found = next((month for word in letters if (month := month_of(word))), None)
    if found or len(words) != 3 or not (words[0].isdigit() and words[2].isdigit()):
        return found
    return roman(words[1])


def _named(month: int, numbers: list[str]) -> str | None:
    """25-Jun-08, June 25 2008, 2008 Jun 25, Jun 2008: the year has four digits or comes last."""
    if not numbers:
        return None
    at = next((n for n, one in enumerate(numbers) if len(one) == 4), len(numbers) - 1)
    if len(numbers) == 1 and len(numbers[0]) <= 2 and int(numbers[0]) <= 31:
        # 1 May says no year.
        return None
    day = next((one for n, one in enumerate(numbers) if n != at), "0")
    return parts_of(numbers[at], str(month), day)


def _of_one(number: str) -> str | None:  # noqa: PLR0911 - one row a length
    """1980, 198005, 19800501, 01051980, 1051980, 010580, 800501."""
    match len(number):
        case 4:
            return parts_of(number, "0", "0")
        case 8 if int(number[:4]) not in _YEARS and int(number[4:]) in _YEARS:
            return parts_of(number[4:], number[2:4], number[:2])
        case 8:
            return parts_of(number[:4], number[4:6], number[6:])
        case 7 if int(number[3:]) in _YEARS and int(number[1:3]) <= 12:
            # A spreadsheet took the first nought away.
            return parts_of(number[3:], number[1:3], number[0])
        case 6 if int(number[:4]) in _YEARS and int(number[4:]) <= 12:
            return parts_of(number[:4], number[4:], "0")
        case 6 if int(number[2:4]) <= 12 and int(number[:2]) <= 31:
            return parts_of(number[4:], number[2:4], number[:2])
        case 6 if int(number[2:4]) <= 12 and int(number[4:]) <= 31:
            return parts_of(number[:2], number[2:4], number[4:])
    return None


def _of_two(first: str, second: str) -> str | None:
    """1980-05, 05/1980, 05/80; no years from 1980 to 1985."""
    if len(first) == 4 and len(second) <= 2 and int(second) <= 12:
        return parts_of(first, second, "0")
    if len(second) == 4 and len(first) <= 2:
        return parts_of(second, first, "0")
    if len(first) <= 2 and len(second) == 2 and int(first) <= 12 and int(second) > 31:
        return parts_of(second, first, "0")
    return None


def _of_three(first: str, second: str, third: str, *, month_before_day: bool) -> str | None:
    if len(first) == 4 or (int(first) > 31 and len(third) <= 2):
        return parts_of(first, second, third)
    month, day = (first, second) if month_before_day else (second, first)
    if int(month) > 12 >= int(day):
        # Whatever the column does, this value can be read in one way only.
        month, day = day, month
    return parts_of(third, month, day)


def _of_serial(text: str) -> str | None:
    whole = text.strip().partition(".")[0]
    if not whole.isdigit() or len(whole) > 5 or int(whole) not in _SERIALS:
        return None
    return f"{_SERIAL_FROM + timedelta(int(whole)):%Y%m%d}"


def parts_of(year: str, month: str | None, day: str | None) -> str | None:
    """Return YYYYMMDD of parts that may be unknown; None without a year."""
    if not year.strip().isdigit():
        year = year.strip().split(".")[0]
    year = year.strip()
    # What is empty in some programs is the first of January of the year 1.
    if not year.isdecimal() or len(year) > 4 or (len(year) > 2 and int(year) <= 1):
        return None
    number = int(year)
    if number == _NEVER:
        return None
    if len(year) <= 2:
        if number == 0 and _two(month) == _two(day) == "00":
            return None
        number += 1900 if number >= PIVOT else 2000
    elif number in _BUDDHIST_YEARS:
        number -= _BUDDHIST
    return f"{number:04}{_two(month)}{_two(day)}"


def _two(part: str | None) -> str:
    text = plain(part or "").strip().split(".")[0]
    if named := month_of(text):
        return f"{named:02}"
    return f"{int(text):02}" if text.isdecimal() and int(text) < 100 else "00"
