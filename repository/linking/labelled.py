"""Labelled files: a CSV whose rows say what they are about, and which of them are one."""

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from intelbus.errors import ConfigurationError, ContentError
from repository.linking.dates import month_first
from repository.linking.described import Description, describe
from repository.linking.fields import DATE_PARTS, FIELDS, GENERIC, NAME_FIELDS, canonical, field_of
from repository.linking.resolver import Arrived

_EXTRA = frozenset({*NAME_FIELDS, *DATE_PARTS, "latitude", "longitude"})


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
            known = sorted({one.name for one in FIELDS} | _EXTRA)
            numbered = ", ".join(f"{name}1" for name in GENERIC)
            raise MappingError(
                f"no field is called {asked}",
                subject=part,
                hint=f"use one of {', '.join(known)}; or for anything else {numbered}",
            )
        found.append((field, column.strip()))
    if not found:
        raise MappingError("the column map is empty", hint="--map family_name=surname,…")
    return found


def read_labelled(
    path: Path, columns: Sequence[tuple[str, str]], *, truth: str | None, source: str | None = None
) -> Labelled:
    """Read a CSV file, compressed or not. Raises LabelledFileError or MappingError.

    A row without a label is one of a kind. Dates are read as day/month/year unless the column
    itself shows that the month comes first.
    """
    rows = _rows(path)
    header = list(rows[0]) if rows else []
    for column in [c for _, c in columns] + [c for c in (truth, source) if c]:
        if rows and column not in header:
            raise MappingError(
                f"there is no column {column}",
                subject=str(path),
                hint=f"its columns are {', '.join(header)}",
            )
    american = frozenset(
        field
        for field, column in columns
        if field not in _EXTRA
        and field_of(field).comparison == "date"
        and month_first(row[column] for row in rows)
    )
    described = [
        describe(
            ((field, row[column]) for field, column in columns),
            month_first=american,
            source=row[source] if source else "",
        )
        for row in rows
    ]
    if truth and not any(row[truth].strip() for row in rows):
        raise MappingError(
            f"the column {truth} is empty: no row says what it is about",
            subject=str(path),
            hint="--truth names the column that is equal where rows are one",
        )
    labels = [(row[truth] if truth else "") or f"\0{at}" for at, row in enumerate(rows)]
    return Labelled(rows, described, labels)


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise ConfigurationError("there is no such file", subject=str(path))
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    except (OSError, EOFError) as error:
        raise LabelledFileError(f"cannot be read: {error}", subject=str(path)) from error
    reader = csv.DictReader(text.splitlines(keepends=True), restval="", restkey=None)
    try:
        rows = [{k: v or "" for k, v in row.items() if k is not None} for row in reader]
    except csv.Error as error:
        raise LabelledFileError(
            f"line {reader.line_num}: {error}", subject=str(path), hint="a CSV with a header line"
        ) from error
    if not rows:
        raise LabelledFileError("has no rows", subject=str(path))
    return rows
