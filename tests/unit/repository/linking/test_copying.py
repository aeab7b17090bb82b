"""Rows as PostgreSQL's COPY takes them (its manual, COPY, "Binary Format")."""

import struct

import numpy as np

from repository.linking.copying import bigints, binary_rows, escaped


def test_a_binary_row_is_a_count_and_each_field_with_its_length() -> None:
    made = binary_rows(np.array([1, -2], np.int64), np.array([0.5, -3.25]))
    header = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
    rows = [struct.pack(">hiqid", 2, 8, a, 8, b) for a, b in ((1, 0.5), (-2, -3.25))]
    assert made == header + b"".join(rows) + struct.pack(">h", -1)


def test_no_rows_are_a_header_and_an_end() -> None:
    assert len(binary_rows(np.empty(0, np.int64))) == 19 + 2


def test_what_ends_a_field_or_a_row_is_escaped() -> None:
    assert escaped("a\\b\tc\nd\re ü") == "a\\\\b\\tc\\nd\\re ü"


def test_numbers_are_an_array_in_text() -> None:
    assert [bigints([]), bigints([3, -4])] == ["{}", "{3,-4}"]
