"""Times and dates as people write them: ISO 8601, as exactly as they are known.

"2009", "2009-06" and "2009-06-03" are the whole of that year, month or day, in UTC;
"2009-06-03T10:00Z" is an instant; "2009-06-01/2009-06-20" is between the two, both included.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

EXAMPLES = "2009, 2009-06, 2009-06-03, 2009-06-03T10:00Z or 2009-06-01/2009-06-20"

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?\s?(Z|[+-]\d{2}:?\d{2})"
)
_WHOLE_DAY = timedelta(days=1, microseconds=-1)
# A part of a date that is not given: how exactly the time is then known.
_PRECISION = {1: "year", 2: "month", 3: "day"}


def read_instant(value: Any) -> datetime:
    """Return an instant in UTC. Raises ValueError when it is none or says no zone."""
    if isinstance(value, str):
        if not _INSTANT.fullmatch(value.strip()):
            raise ValueError("not a time with its zone, such as 2009-06-03T10:00Z")
        value = datetime.fromisoformat(value.strip().replace(" Z", "Z").replace(" +", "+"))
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("a time without its zone")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a time of the calendar, in UTC") from None


def read_date(value: Any) -> date:
    """Return a date. Raises ValueError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
        raise ValueError("not a date such as 2009-06-03")
    return date.fromisoformat(value.strip())


def read_partial(value: str | date) -> dict[str, Any]:
    """Return a PartialDate from a year, a month or a day. Raises ValueError."""
    if isinstance(value, date):
        return {"year": value.year, "month": value.month, "day": value.day}
    parts = _parts(value)
    year, month, day = (*parts, None, None)[:3]
    return {"year": year, "month": month, "day": day}


def read_imprecise(value: str | date) -> dict[str, Any]:
    """Return an ImpreciseTime from any of the forms above. Raises ValueError."""
    if isinstance(value, str) and "/" in value:
        first, _, last = value.partition("/")
        begin, end = read_imprecise(first), read_imprecise(last)
        if begin["earliest"] > end["latest"]:
            raise ValueError("it ends before it begins")
        return {"earliest": begin["earliest"], "latest": end["latest"], "precision": "between"}
    if isinstance(value, datetime) or (isinstance(value, str) and ":" in value):
        instant = read_instant(value)
        return {"earliest": instant, "latest": instant, "precision": "instant"}
    parts = [value.year, value.month, value.day] if isinstance(value, date) else _parts(value)
    begin_date = _first_day(parts)
    end_date = begin_date
    if len(parts) == 1:
        end_date = date(parts[0], 12, 31)
    elif len(parts) == 2:
        end_date = date(parts[0], parts[1], monthrange(parts[0], parts[1])[1])
    return {
        "earliest": _midnight(begin_date),
        "latest": _midnight(end_date) + _WHOLE_DAY,
        "precision": _PRECISION[len(parts)],
    }


def write_instant(value: datetime) -> str:
    """Return an instant as ISO 8601 in UTC with Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def write_partial(value: Mapping[str, Any]) -> str | None:
    """Return the short form of a PartialDate, or None where it has none."""
    year, month, day = value["year"], value.get("month"), value.get("day")
    if not 1 <= year <= 9999 or (month is None and day is not None):
        return None
    text = "-".join([f"{year:04d}", *(f"{part:02d}" for part in (month, day) if part is not None)])
    try:
        return text if read_partial(text) == dict(value) else None
    except ValueError:
        return None


def write_imprecise(value: Mapping[str, Any]) -> str | None:
    """Return the short form of an ImpreciseTime, or None where it has none."""
    first, last = value["earliest"], value["latest"]
    text = {
        "instant": write_instant(first),
        "day": f"{first:%Y-%m-%d}",
        "month": f"{first:%Y-%m}",
        "year": f"{first:%Y}",
        "between": f"{write_instant(first)}/{write_instant(last)}",
    }.get(value["precision"])
    try:
        return text if text and read_imprecise(text) == dict(value) else None
    except ValueError:
        return None


def _parts(text: str) -> list[int]:
    match = _PARTIAL.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a year, month or day")
    parts = [int(part) for part in match.groups() if part is not None]
    _first_day(parts)  # raises for a month 13 or a 30 February
    return parts


def _first_day(parts: list[int]) -> date:
    year, month, day = [*parts, 1, 1][:3]
    return date(year, month, day)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
