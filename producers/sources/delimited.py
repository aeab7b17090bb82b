"""CSV: a header line, then one event a row; separator and encoding found or told."""

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from intelbus.errors import ConfigurationError
from producers.sources.encoding import detect_encoding
from producers.sources.rows import Row

EXTRA = "reject_extra_cells"
HELP = "# help"
"""First cell of a template's row of help, which is no event."""
ROW_LINES = 500
"""Most lines that one row may span, its cells containing line breaks."""
LINE_LIMIT = 4 * 1024 * 1024
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
        self._pushed_back: deque[str] = deque()
        self._separator = ","
        self._number = 0
        self._read = 0
        for _ in range(header_row - 1):
            self._next_line()
        try:
            first = self._next_line()
            self._separator = separator or find_separator(first)
            self._pushed_back.append(first)
            self._number -= 1
            header = self._record() or []
        except (csv.Error, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"the header row cannot be read: {error}",
                subject=str(path),
                hint="check its quotation marks and the file's encoding",
            ) from error
        self.columns = check_columns([name.strip() for name in header], path)

    def rows(self) -> Iterator[Row]:
        """Yield each row that is not blank; a row that cannot be read says why.

        After such a row, reading goes on at the very next line: a quotation mark that is never
        closed costs one row, not the rest of the file.
        """
        while True:
            number = self._number + 1
            self._taken: list[str] = []
            try:
                cells = self._record()
            except csv.Error as error:
                self._pushed_back.extendleft(reversed(self._taken[1:]))
                self._number = number
                yield Row(
                    number,
                    unreadable=f"not CSV: {error}",
                    advice="check the quotation marks of this line",
                    raw={EXTRA: self._taken[0].rstrip("\r\n")},
                )
                continue
            if cells is None:
                return
            if any(cell.strip() for cell in cells) and not cells[0].startswith(HELP):
                yield self._row(number, cells)

    def _record(self) -> list[str] | None:
        """Return the cells of the next row, None at the end. Raises csv.Error."""
        self._taken = []
        return next(csv.reader(self._lines(), delimiter=self._separator, strict=True), None)

    def _lines(self) -> Iterator[str]:
        while len(self._taken) < ROW_LINES and (line := self._next_line()):
            self._taken.append(line)
            yield line

    def _next_line(self) -> str:
        line = self._pushed_back.popleft() if self._pushed_back else self._file.readline(LINE_LIMIT)
        self._number += bool(line)
        self._read += len(line)
        return line

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
