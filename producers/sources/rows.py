"""What every kind of file is read into: rows, and the lines that could not be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

REJECT_PREFIX = "reject_"
"""Columns of a rejects file that say what was wrong; ignored when it is published again."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: what it holds by column, or why it cannot be read.

    `number` is the line in the file, from 1, where the row starts. `cells` is empty when
    `unreadable` says why; `raw` is then what stood there.
    """

    number: int
    cells: Mapping[str, Any] = field(default_factory=dict)
    unreadable: str = ""
    advice: str = ""
    raw: Any = None


class Source(Protocol):
    """A file opened for reading."""

    flat: bool
    """True where cells have column names (CSV, XLSX); False where rows are whole events."""
    columns: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """Yield each row that is not blank, in order, holding one at a time."""

    def progress(self) -> tuple[int, int]:
        """Return how much has been read and how much there is, in one unit."""

    def close(self) -> None:
        """Close the file."""
