"""Labelled files: a CSV whose rows say what they are about, and which of them are one."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from intelbus.errors import ConfigurationError, ContentError
from repository.linking.dates import month_first, serial
from repository.linking.described import Description, can_be_read, describe, is_nothing
from repository.linking.fields import (
    AGE_PARTS,
    DATE_PARTS,
    FIELDS,
    GENERIC,
    NAME_FIELDS,
    OF_A_KIND,
    canonical,
    field_of,
)
from repository.linking.fillers import without_fillers
from repository.linking.months import in_english, settled
from repository.linking.resolver import Arrived

if TYPE_CHECKING:
    import _csv

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
# The longer mark first: it begins as the shorter one does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATOR = re.compile(r"\Asep=.[\r\n]+", re.IGNORECASE)
_DELIMITERS = (",", ";", "\t", "|")
_EXTRA = frozenset({*NAME_FIELDS, *DATE_PARTS, *AGE_PARTS, "latitude", "longitude", "sort_code"})


class MappingError(ConfigurationError):
    """A column map does not fit."""

    exit_status = 2


class LabelledFileError(ContentError):
    """A file of records cannot be read."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """The rows of a file in order: as written, described, and with the truth about each."""

    rows: Sequence[Mapping[str, str]]
    descriptions: Sequence[Description]
    truth: Sequence[str]
    # Of generated events: which records are of victims. A file's rows are of nobody's.
    victims: Sequence[bool] | None = None
    # Of each column, how many values say something that could not be read.
    unread: Mapping[str, int] = field(default_factory=dict)
    # Of each field, how many values only fill it (`fillers.py`): they were left out.
    fillers: Mapping[str, int] = field(default_factory=dict)

    def arrived(self) -> list[Arrived]:
        """Return the records as the linker receives them."""
        if self.victims is None:
            return [Arrived(one) for one in self.descriptions]
        return [
            Arrived(one, one.source, victim)
            for one, victim in zip(self.descriptions, self.victims, strict=True)
        ]

    def shuffled(self, seed: int) -> "Labelled":
        """Return the records in another order."""
        order = np.random.default_rng(seed).permutation(len(self.rows)).tolist()
        return Labelled(
            [self.rows[at] for at in order],
            [self.descriptions[at] for at in order],
            [self.truth[at] for at in order],
            None if self.victims is None else [self.victims[at] for at in order],
            self.unread,
            self.fillers,
        )


def parse_map(text: str, kind: str) -> list[tuple[str, str]]:
    """Return (field, column) of `field=column,…`. Raises MappingError."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        asked, equals, column = part.partition("=")
        if not equals or not column.strip():
            raise MappingError(
                "a column map is field=column", subject=part, hint="--map family_name=surname"
            )
        field = canonical(asked, kind)
        if field is None:
            known = sorted({one.name for one in FIELDS} - OF_A_KIND | _EXTRA)
            near = get_close_matches(asked, known, 1)
            meant = f"did you mean {near[0]}? " if near else ""
            numbered = ", ".join(f"{name}1" for name in GENERIC)
            raise MappingError(
                f"no field is called {asked}",
                subject=part,
                hint=f"{meant}use one of {', '.join(known)}; or for anything else {numbered}",
            )
        found.append((field, column.strip()))
    if not found:
        raise MappingError("the column map is empty", hint="--map family_name=surname,…")
    return found


def guess_map(
    path: Path, kind: str, *, besides: Collection[str | None]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (field, column) of the columns that are called what a field is, but for those that are
    something else, and the columns that are called nothing known. Raises LabelledFileError or
    MappingError.
    """
    first = _first_line(_text(path))
    if not first.strip():
        raise LabelledFileError("has no rows", subject=str(path))
    header = max((_fields(first, delimiter) for delimiter in _DELIMITERS), key=len)
    names = [name.strip() for name in header]
    asked = [(_guessed(name, kind), name) for name in names if name not in besides]
    found = [(field, name) for field, name in asked if field]
    if not found:
        raise MappingError(
            "no column is called as a field is",
            subject=str(path),
            hint=f"its columns are {', '.join(names)}: say --map field=column,…",
        )
    return found, [name for field, name in asked if field is None and name]


def _guessed(name: str, kind: str) -> str | None:
    """Return the field that a column is called as; a bare `date` or `code` is one of anything."""
    field = canonical(name, kind)
    return None if field in GENERIC else field


def read_labelled(
    path: Path, columns: Sequence[tuple[str, str]], *, truth: str | None, source: str | None = None
) -> Labelled:
    """Read a CSV file, compressed or not. Raises LabelledFileError or MappingError.

    A row without a label is one of a kind. Dates are read as day/month/year unless the column
    itself shows that the month comes first.
    """
    if truth and any(column == truth for _, column in columns):
        raise MappingError(
            f"the column {truth} says what the rows are about: it cannot be compared too",
            subject=str(path),
            hint="leave it out of --map",
        )
    rows = _rows(path, [c for _, c in columns] + [c for c in (truth, source) if c])
    if source and len(_distinct(rows, source)) < 2:
        raise MappingError(
            f"the column {source} names one source: there is nothing to link between",
            subject=str(path),
            hint="leave --link-by out, or name the column that tells the sources apart",
        )
    months = settled(
        text for field, column in columns if _is_dated(field) for text in _distinct(rows, column)
    )
    said = {
        column: [
            in_english(row[column], months) if _is_dated(field) else row[column] for row in rows
        ]
        for field, column in columns
    }
    dated = [
        (field, said[column]) for field, column in columns if _is_dated(field) and field != "month"
    ]
    american = frozenset(field for field, values in dated if month_first(values))
    serials = frozenset(
        field for field, values in dated if serial(v for v in values if not is_nothing(v))
    )
    described = [
        describe(
            ((field, said[column][at]) for field, column in columns),
            month_first=american,
            serials=serials,
            source=row[source] if source else "",
        )
        for at, row in enumerate(rows)
    ]
    described, fillers = without_fillers(described)
    if truth and not any(row[truth].strip() for row in rows):
        raise MappingError(
            f"the column {truth} is empty: no row says what it is about",
            subject=str(path),
            hint="--truth names the column that is equal where rows are one",
        )
    labels = [(row[truth].strip() if truth else "") or f"\0{at}" for at, row in enumerate(rows)]
    unread = {
        column: _unread(said[column], field, american=field in american, days=field in serials)
        for field, column in columns
    }
    return Labelled(rows, described, labels, unread=unread, fillers=fillers)


def _is_dated(field: str) -> bool:
    """Whether a field's values may name months."""
    return field == "month" or (field not in _EXTRA and field_of(field).comparison == "date")


def _distinct(rows: Iterable[Mapping[str, str]], column: str) -> set[str]:
    return {row[column] for row in rows}


def _unread(values: Iterable[str], field: str, *, american: bool, days: bool) -> int:
    """Return how many values of a column say something that cannot be read."""
    return sum(
        count
        for text, count in Counter(values).items()
        if not is_nothing(text)
        and not can_be_read(field, " ".join(text.split()), month_first=american, serials=days)
    )


def _rows(path: Path, asked: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows by the columns asked for, all as text."""
    text = _text(path)
    first = _first_line(text)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_delimiter(first, asked), strict=True
    )
    lines = _lines(path, reader)
    _, header = next(lines, (0, []))
    names = [name.strip() for name in header]
    _check_header(path, names, asked)
    rows = []
    for line, row in lines:
        while len(row) > len(names) and not row[-1].strip():
            # Some programs write a delimiter after the last field too.
            row.pop()
        if len(row) != len(names):
            raise LabelledFileError(
                f"line {line}: {len(row)} fields where the header has {len(names)}",
                subject=str(path),
                hint="mend that line: a field that holds the delimiter or a line break is quoted",
            )
        rows.append(dict(zip(names, row, strict=True)))
    if not rows:
        raise LabelledFileError("has no rows", subject=str(path))
    return rows


def _lines(path: Path, reader: "_csv.Reader") -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that say anything, each with the line on which it begins."""
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            # Of a quote that is never closed the reader notices the end of the file, if not before.
            unclosed = reader.line_num > line or "end of data" in str(error)
            what = "a quote that is opened here is not closed" if unclosed else str(error)
            raise LabelledFileError(
                f"line {line}: {what}",
                subject=str(path),
                hint='close the quote on that line; within a quoted field, write a quote as ""',
            ) from error
        if row is None:
            return
        if len(row) > 1 or any(field.strip() for field in row):
            yield line, row


def _text(path: Path) -> str:
    """Return what a file says: UTF-8, UTF-16 with its mark, or else Windows-1252; unpacked."""
    if not path.is_file():
        raise ConfigurationError("there is no such file", subject=str(path))
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw.startswith(_GZIP) or path.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise LabelledFileError(
            f"cannot be read: {error}",
            subject=str(path),
            hint="it is cut off, damaged or no gzip file at all: fetch or pack it again",
        ) from error
    text = _decoded(raw)
    if raw.startswith(_ZIP) or "\0" in text:
        raise LabelledFileError(
            "is no text", subject=str(path), hint="save the sheet or table as CSV, in UTF-8"
        )
    # What a spreadsheet is told beforehand; which delimiter it is, the header shows.
    return _SEPARATOR.sub("", text)


def _decoded(raw: bytes) -> str:
    """Return a text by its mark; without one as UTF-8, UTF-16 if every other byte is nought, or
    else Windows-1252.
    """
    marked = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    start = raw[:1000]
    if marked is None and b"\0" in start:
        halves = [start[at::2].count(0) * 5 > len(start) for at in (1, 0)]
        marked = "utf-16-le" if halves == [True, False] else "utf-16-be" if halves[1] else None
    try:
        return raw.decode(marked or "utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _first_line(text: str) -> str:
    return re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _delimiter(first: str, asked: Sequence[str]) -> str:
    """Return what parts the columns: by which of the delimiters most of those asked for are."""

    def found(delimiter: str) -> int:
        return len({name.strip() for name in _fields(first, delimiter)} & set(asked))

    return max(_DELIMITERS, key=found)


def _check_header(path: Path, header: Sequence[str], asked: Sequence[str]) -> None:
    for column in asked if header else ():
        if header.count(column) != 1:
            there = "no column" if column not in header else "more than one column"
            known = {name.casefold(): name for name in header}
            near = [] if column in header else get_close_matches(column.casefold(), known, 1)
            meant = f"did you mean {known[near[0]]}? " if near else ""
            raise MappingError(
                f"there is {there} {column}",
                subject=str(path),
                hint=f"{meant}its columns are {', '.join(header)}",
            )
