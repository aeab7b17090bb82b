"""CSV: a header line, then one event a row; separator and encoding found or told."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from intelbus.errors import ConfigurationError
from producers.sources.encoding import detect_encoding
from producers.sources.rows import Row

EXTRA = "reject_extra_cells"
HELP = "# help"
"""First cell of a template's row of help, which is no event."""
_SEPARATORS = ",;\t|"


class Delimited:
    """A CSV file (also tab- or semicolon-separated)."""

    flat = True

    def __init__(
        self, path: Path, *, encoding: str | None, separator: str | None, header_row: int
    ) -> None:
        # A cell may hold a long text; one that never ends (an unclosed quotation mark) may not.
        csv.field_size_limit(1 << 20)
        self._size = path.stat().st_size
        encoding = encoding or detect_encoding(path)
        try:
            self._file: TextIO = path.open(encoding=encoding, newline="")
        except LookupError as error:
            raise ConfigurationError(f"{error}", subject=str(path)) from error
        first = [self._file.readline() for _ in range(header_row)][-1]
        self._skipped = header_row - 1
        self._file.seek(0)
        for _ in range(self._skipped):
            self._file.readline()
        self._reader = csv.reader(
            self._file, delimiter=separator or find_separator(first), strict=True
        )
        try:
            header = next(self._reader, [])
        except (csv.Error, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"the header row cannot be read: {error}", subject=str(path)
            ) from error
        self.columns = check_columns([name.strip() for name in header], path)
        self._read = 0

    def rows(self) -> Iterator[Row]:
        """Yield each row that is not blank; a row that cannot be read says why."""
        while True:
            number = self._skipped + self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(
                    number,
                    unreadable=f"not CSV: {error}",
                    advice="check the quotation marks from this line on",
                    raw={},
                )
                continue
            self._read += sum(map(len, cells)) + len(cells)
            if any(cell.strip() for cell in cells) and not cells[0].startswith(HELP):
                yield self._row(number, cells)

    def _row(self, number: int, cells: list[str]) -> Row:
        by_column = dict(zip(self.columns, cells, strict=False))
        extra = [cell for cell in cells[len(self.columns) :] if cell.strip()]
        if extra:
            return Row(
                number,
                unreadable=f"has {len(cells)} cells under {len(self.columns)} column names",
                advice="put quotation marks around a cell that contains the separator",
                raw={**by_column, EXTRA: " ".join(extra)},
            )
        by_column.pop("", None)
        return Row(number, cells=by_column, raw=by_column)

    def progress(self) -> tuple[int, int]:
        """Return characters read and bytes in all: near enough for a progress bar."""
        return min(self._read, self._size), self._size

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def find_separator(header: str) -> str:
    """Return the separator that a header line has most of, outside quotation marks."""
    outside = "".join(header.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def check_columns(names: list[str], path: Path) -> tuple[str, ...]:
    """Return column names. Raises ConfigurationError when there are none, or one occurs twice."""
    named = [name for name in names if name]
    if not named:
        raise ConfigurationError(
            "the file has no header row",
            subject=str(path),
            hint="the first row names the columns; see `intelbus template`",
        )
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise ConfigurationError(
            f"two columns are named {twice[0]!r}", subject=str(path), hint="rename one of them"
        )
    return tuple(names)
