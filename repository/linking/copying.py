"""Many rows at once: what PostgreSQL's COPY takes and a query of numbers takes, made in one go."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import numpy as np
import numpy.typing as npt
import psycopg

# PostgreSQL's binary COPY (its manual, COPY, "Binary Format"): a header of 19 bytes; a row is a
# count of fields, then of each field its length and its big-endian value; the end is a count of -1.
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_BIG_ENDIAN = {"int64": ">i8", "float64": ">f8", "int16": ">i2"}
# What a text in COPY's text format cannot hold as it is.
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def binary_rows(*columns: npt.NDArray[Any]) -> bytes:
    """Return columns of numbers of one length as the rows of a binary COPY."""
    fields = [("count", ">i2")]
    for at, column in enumerate(columns):
        fields += [(f"length{at}", ">i4"), (f"value{at}", _BIG_ENDIAN[column.dtype.name])]
    rows = np.empty(len(columns[0]), np.dtype(fields))
    rows["count"] = len(columns)
    for at, column in enumerate(columns):
        rows[f"length{at}"] = column.dtype.itemsize
        rows[f"value{at}"] = column
    return _HEADER + rows.tobytes() + _END


@contextmanager
def copying_in(
    connection: psycopg.Connection[Any], statement: LiteralString, data: bytes | str
) -> Iterator[None]:
    """Run a COPY … FROM STDIN with all its data, while the block does what needs no connection.

    It has ended when the block has.
    """
    with connection.cursor().copy(statement) as copy:
        copy.write(data)
        yield


def copy_in(
    connection: psycopg.Connection[Any], statement: LiteralString, data: bytes | str
) -> None:
    """Run a COPY … FROM STDIN with all its data."""
    with copying_in(connection, statement, data):
        pass


def fetched(
    connection: psycopg.Connection[Any], statement: LiteralString, params: Sequence[Any], row: Any
) -> npt.NDArray[Any]:
    """Return the rows that a statement gives as one value, a bytea, each laid out as the numpy
    dtype `row`: of thousands of rows that costs a tenth of fetching them one by one.
    """
    return one_value(connection.cursor(binary=True).execute(statement, params), row)


def one_value(cursor: psycopg.Cursor[Any], row: Any) -> npt.NDArray[Any]:
    """Return the rows in the one value, in binary, that a cursor's statement gives (`fetched`)."""
    found = cursor.fetchone()
    return np.frombuffer(found[0] if found and found[0] else b"", row)


def escaped(text: str) -> str:
    """Return a text as a field of COPY's text format."""
    if text.isprintable() and "\\" not in text:
        return text  # nearly all are
    return text.translate(_ESCAPED)


def bigints(numbers: Iterable[int]) -> str:
    """Return numbers as the text of a bigint[], which is quicker to send than a list."""
    return f"{{{','.join(map(str, numbers))}}}"
