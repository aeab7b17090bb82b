"""The rejects file: each row that was not published, what was wrong, and what to do.

It can be mended and published again: what `intelbus publish` wrote into it is ignored.
"""

import csv
import json
import os
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Any, TextIO

from intelbus.checks import Problem
from intelbus.errors import ConfigurationError
from producers.sources.delimited import EXTRA
from producers.sources.rows import REJECT_PREFIX, Row

COLUMNS = tuple(REJECT_PREFIX + name for name in ("line", "field", "problem", "action"))


class Rejects:
    """A rejects file, made when the first row is rejected; none is made where all is well."""

    def __init__(self, wanted: Path, columns: Sequence[str]) -> None:
        """`columns` are the source's, for CSV; without any the file is JSONL."""
        self.path: Path | None = None
        self.count = 0
        self._wanted = wanted
        self._columns = [name for name in columns if name and not name.startswith(REJECT_PREFIX)]
        self._file: TextIO | None = None

    def add(self, row: Row, problems: Sequence[Problem]) -> None:
        """Write a row and what is wrong with it. Raises ConfigurationError."""
        self.count += 1
        try:
            file = self._file or self._open()
            if self._columns:
                csv.writer(file).writerow(self._csv_cells(row, problems))
            else:
                file.write(json.dumps(_json_line(row, problems), ensure_ascii=False) + "\n")
        except OSError as error:
            raise ConfigurationError(
                f"the rejects file cannot be written: {error}", subject=str(self._wanted)
            ) from error

    def _open(self) -> TextIO:
        """Make the file, private, and never over one that may hold mended rows."""
        path = self._wanted
        for number in range(2, 1000):
            try:
                handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                break
            except FileExistsError:
                start = self._wanted.stem.removesuffix(".rejects")
                path = self._wanted.with_name(f"{start}.rejects-{number}{self._wanted.suffix}")
        else:
            raise ConfigurationError("too many rejects files", subject=str(path), hint="tidy up")
        self.path = path
        # The byte order mark tells Excel that the CSV is UTF-8.
        encoding = "utf-8-sig" if self._columns else "utf-8"
        self._file = os.fdopen(handle, "w", encoding=encoding, errors="replace", newline="")
        if self._columns:
            csv.writer(self._file).writerow([*COLUMNS, *self._columns, EXTRA])
        return self._file

    def _csv_cells(self, row: Row, problems: Sequence[Problem]) -> list[Any]:
        original = row.raw if isinstance(row.raw, dict) else {}
        return [
            row.number,
            "\n".join(one.path for one in problems),
            "\n".join(one.message for one in problems),
            "\n".join(one.hint for one in problems),
            *[_plain(original.get(name, "")) for name in self._columns],
            original.get(EXTRA, ""),
        ]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def rejects_path(source: Path, *, flat: bool) -> Path:
    """Return where a file's rejects go: beside it."""
    return source.with_name(f"{source.name}.rejects.{'csv' if flat else 'jsonl'}")


def _json_line(row: Row, problems: Sequence[Problem]) -> dict[str, Any]:
    listed = [{"field": one.path, "problem": one.message, "action": one.hint} for one in problems]
    return {"reject": {"line": row.number, "problems": listed}, "row": row.raw}


def _plain(value: Any) -> Any:
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    return "" if value is None else value
