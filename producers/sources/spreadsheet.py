"""XLSX: the first sheet (or a named one), its header row, then one event a row."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from intelbus.errors import ConfigurationError
from producers.sources.delimited import check_columns
from producers.sources.rows import Row

_ZEROS = re.compile(r"0{2,}")
UNPACKED_LIMIT = 2 * 1024**3
"""Most bytes a workbook may unpack to: a spreadsheet that is a zip bomb is refused."""


class Spreadsheet:
    """An XLSX workbook, read row by row."""

    flat = True

    def __init__(self, path: Path, *, sheet: str | None, header_row: int) -> None:
        import openpyxl

        _refuse_bomb(path)
        try:
            self._book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except Exception as error:  # openpyxl lets whatever a damaged zip or XML causes through
            raise ConfigurationError(
                f"the workbook cannot be read: {error}",
                subject=str(path),
                hint="save it as .xlsx (not .xls), without a password",
            ) from error
        if sheet is not None and sheet not in self._book.sheetnames:
            raise ConfigurationError(
                f"there is no sheet {sheet!r}", subject=str(path), hint=str(self._book.sheetnames)
            )
        self._sheet = self._book[sheet] if sheet else self._book.worksheets[0]
        self._rows = self._sheet.iter_rows()
        self._number = 0
        header: list[str] = []
        for _ in range(header_row):
            header = [_text(cell.value) for cell in next(self._rows, ())]
            self._number += 1
        self.columns = check_columns(header, path)

    def rows(self) -> Iterator[Row]:
        """Yield each row that is not blank."""
        for cells in self._rows:
            self._number += 1
            by_column = {
                name: _cell(cell)
                for name, cell in zip(self.columns, cells, strict=False)
                if name and cell.value not in (None, "")
            }
            if by_column:
                wrong = next((v for v in by_column.values() if _is_error(v)), None)
                if wrong:
                    yield Row(
                        self._number,
                        unreadable=f"a cell holds the spreadsheet error {wrong}",
                        advice="mend the formula, or type the value",
                        raw=by_column,
                    )
                else:
                    yield Row(self._number, cells=by_column, raw=by_column)

    def progress(self) -> tuple[int, int]:
        """Return rows read and rows in all, as the workbook claims."""
        return self._number, max(self._number, self._sheet.max_row or 0)

    def close(self) -> None:
        """Close the workbook."""
        self._book.close()


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise ConfigurationError(
            f"not an XLSX workbook: {error}",
            subject=str(path),
            hint="save it as .xlsx (not .xls), without a password",
        ) from error
    if size > UNPACKED_LIMIT:
        raise ConfigurationError(f"the workbook unpacks to {size} bytes", subject=str(path))


def _cell(cell: Any) -> Any:
    """Return a cell's value; a number shown with leading zeros is the text that is shown."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = cell.number_format or ""
        if _ZEROS.fullmatch(shown) and value == int(value):
            return str(int(value)).zfill(len(shown))
    if isinstance(value, Decimal):
        return float(value)
    return value


def _is_error(value: Any) -> bool:
    return isinstance(value, str) and value in {
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "#DIV/0!",
        "#NULL!",
        "#NUM!",
    }


def _text(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return "" if value is None else str(value).strip()
