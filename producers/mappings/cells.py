"""One cell to one value of the source form. No I/O; what cannot be read raises CellError."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import isfinite
from typing import Any

from producers.mappings.fields import Field, Form

YES = frozenset({"yes", "y", "true", "1", "t", "x"})
NO = frozenset({"no", "n", "false", "0", "f"})

# Day before month, as British offices write dates; ISO 8601 is always read.
DEFAULT_DATES = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y")

_SERIAL = re.compile(r"[1-9][0-9]{4}(\.[0-9]+)?")
_ISO_PART = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_ISO_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*")
_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)

# Day 0 of the 1900 date system for days after the 29 February 1900 that never was.
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  (a spreadsheet's clock has no zone)

# A spreadsheet keeps 15 significant digits of a number.
_EXACT = 10**15


class CellError(ValueError):
    """A cell does not hold what its field needs."""

    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one column are read."""

    dates: tuple[str, ...] = DEFAULT_DATES
    zone: tzinfo = UTC
    codes: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    empty: frozenset[str] = frozenset()
    width: int = 0


def read_cell(cell: Any, target: Field, reading: Reading) -> Any:
    """Return a cell's value for a field, None when the cell is empty. Raises CellError."""
    if isinstance(cell, str):
        cell = cell.replace("\u00a0", " ").strip()
    if cell is None or cell == "" or (isinstance(cell, str) and cell in reading.empty):
        return None
    if target.many:
        parts = [cell]
        if isinstance(cell, str):
            parts = [one.strip() for one in cell.split(reading.separator or ";")]
        return [_read_one(one, target, reading) for one in parts if one != ""] or None
    return _read_one(cell, target, reading)


def _read_one(cell: Any, target: Field, reading: Reading) -> Any:
    listed = reading.codes.get(_folded(_as_text(cell))) if reading.codes else None
    if listed is not None:
        cell = listed
    match target.form:
        case Form.TEXT:
            return _text(cell, reading)
        case Form.CODE:
            return _code(cell, target)
        case Form.WHOLE_NUMBER:
            return _whole_number(cell)
        case Form.NUMBER:
            return _number(cell)
        case Form.YES_NO:
            return _yes_no(cell)
        case Form.DATE | Form.TIME | Form.IMPRECISE | Form.PARTIAL_DATE:
            return _dated(cell, target.form, reading)


def _text(cell: Any, reading: Reading) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT:
            raise CellError(
                "a number of more than 15 digits, which the spreadsheet has rounded",
                "format the column as text and type the number again",
            )
    elif isinstance(cell, str) and _ROUNDED.fullmatch(cell):
        raise CellError(
            f"{cell!r} is a long number that a spreadsheet has rounded",
            "format the column as text and type the number again",
        )
    text = _as_text(cell)
    return text.zfill(reading.width) if reading.width and text.isdigit() else text


def _as_text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    return str(cell)


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.strip()).casefold()


def fold_codes(codes: Mapping[str, str]) -> dict[str, str]:
    """Return a code list that is looked up without regard to case, spaces and hyphens."""
    return {_folded(name): value for name, value in codes.items()}


def _code(cell: Any, target: Field) -> str:
    code = _folded(_as_text(cell))
    if code not in target.codes:
        raise CellError(f"{_as_text(cell)!r} is no code", f"one of {', '.join(target.codes)}")
    return code


def _whole_number(cell: Any) -> int:
    number = _number(cell)
    if not float(number).is_integer():
        raise CellError(f"{cell!r} is not a whole number", "for example 12")
    return int(number)


def _number(cell: Any) -> float | int:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    text = str(cell).replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+", str(cell)) else cell
    try:
        value = float(str(text))
    except ValueError:
        raise CellError(f"{cell!r} is not a number", "for example 12") from None
    if not isfinite(value):
        raise CellError(f"{cell!r} is not a number", "for example 12")
    return int(str(text)) if re.fullmatch(r"-?\d+", str(text)) else value


def _yes_no(cell: Any) -> bool:
    word = _as_text(cell).casefold()
    if word in YES | NO:
        return word in YES
    raise CellError(f"{cell!r} is neither yes nor no", "write yes or no")


def _dated(cell: Any, form: Form, reading: Reading) -> Any:
    """Return the ISO text of a date or time (a mapping for a partial date)."""
    if isinstance(cell, bool | time):
        raise CellError(f"{cell!r} is no date", "write it as 2009-06-30")
    text = _as_text(cell)
    loose = form in {Form.IMPRECISE, Form.PARTIAL_DATE}
    if loose and _ISO_PART.fullmatch(text):
        return _partial(text) if form is Form.PARTIAL_DATE else text
    if form is Form.IMPRECISE and "/" in text and _ISO_PART.fullmatch(text.split("/")[0]):
        return text  # an ISO 8601 interval
    found = _moment(cell, text, reading)
    if found is None:
        raise CellError(
            f"{text!r} is no date that the mapping knows",
            f"write it as 2009-06-30, or as {' or '.join(reading.dates)}",
        )
    at, has_time = found
    match form:
        case Form.DATE:
            return at.date().isoformat()
        case Form.PARTIAL_DATE:
            return _partial(at.date().isoformat())
        case Form.IMPRECISE if not has_time:
            return at.date().isoformat()
        case _:
            zoned = at if at.tzinfo else at.replace(tzinfo=reading.zone)
            return zoned.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment(  # noqa: PLR0911  (one a way of writing a date)
    cell: Any, text: str, reading: Reading
) -> tuple[datetime, bool] | None:
    """Return the moment a cell names and whether it names a time of day."""
    if isinstance(cell, datetime):
        return cell, cell.time() != time()
    if isinstance(cell, date):
        return datetime.combine(cell, time()), False
    if _SERIAL.fullmatch(text):
        # Whole seconds: a serial is a binary fraction of a day, never exact.
        at = _EPOCH + timedelta(seconds=round(float(text) * 86400))
        return at, at.time() != time()
    try:
        if _ISO_TIME.fullmatch(text):
            return datetime.fromisoformat(text), True
        if _ISO_PART.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time()), False
    except ValueError:
        return None
    for shape in reading.dates:
        try:
            at = datetime.strptime(text, shape)  # noqa: DTZ007  (the zone is the mapping's)
        except ValueError:
            continue
        return at, any(mark in shape for mark in ("%H", "%I", "%X", "%c"))
    return None


def _partial(text: str) -> dict[str, int]:
    parts = [int(part) for part in text.split("-")]
    return dict(zip(("year", "month", "day"), parts, strict=False))
