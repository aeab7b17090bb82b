"""Cells that a spreadsheet must not take for a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

# What starts a formula, or a field that a lenient reader splits off (OWASP, "CSV Injection"), also
# in the full-width forms that some programs fold.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> object:
    """Return a cell's value; a text that a spreadsheet could run gets an apostrophe before it.

    Numbers are numbers. Spaces and characters that print nothing do not hide what follows them.
    """
    if not isinstance(value, str):
        return value
    shown = value.lstrip("".join({c for c in value[:64] if c.isspace() or not c.isprintable()}))
    return "'" + value if value.startswith(DANGEROUS) or shown.startswith(DANGEROUS) else value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a CSV file (RFC 4180: CRLF, every text quoted), its cells safe to open."""
    out = StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([safe_cell("" if cell is None else cell) for cell in row] for row in rows)
    return out.getvalue()
