"""The index of blocking keys in the store: one narrow table, asked once a batch."""

from collections.abc import Iterable, Mapping
from typing import Any, LiteralString

import numpy as np
import psycopg

from repository.linking.index import STOP_KEY, Ints, worth_comparing

STOPPED: LiteralString = "SELECT key FROM stop_key WHERE key = ANY(%s)"
STOP: LiteralString = (
    "INSERT INTO stop_key (key) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING"
)
DROP: LiteralString = "DELETE FROM link_key WHERE key = ANY(%s)"
STAGE_KEYS: tuple[LiteralString, ...] = (
    "CREATE TEMP TABLE IF NOT EXISTS asked_key (key bigint) ON COMMIT DELETE ROWS",
    "TRUNCATE asked_key",
)
# One answer for the whole batch: of each key those that share it, one more than the stop at most.
SHARING: LiteralString = """
COPY (
    SELECT a.key, k.description FROM asked_key a
    CROSS JOIN LATERAL (
        SELECT description FROM link_key k WHERE k.key = a.key LIMIT {}
    ) k
) TO STDOUT (FORMAT BINARY)
"""
# PostgreSQL's binary COPY: a header of 19 bytes; a row is a count of fields, then of each field
# its length and its big-endian value; the end is a count of -1.
_HEADER = 19
_ROW = np.dtype(
    [("n", ">i2"), ("l1", ">i4"), ("key", ">i8"), ("l2", ">i4"), ("description", ">i8")]
)


def add_keys(
    connection: psycopg.Connection[Any],
    keys: Mapping[int, Iterable[int]],
    population: float,
) -> tuple[Ints, Ints]:
    """Add new descriptions by their keys; return the pairs worth comparing that they bring.

    1 pass over stopped keys · 2 copy the others in · 3 ask who shares them · 4 stop those that too
    many share · 5 choose.
    """
    asked = sorted({key for found in keys.values() for key in found})
    stopped = {key for (key,) in connection.execute(STOPPED, (asked,))}
    rows = [(key, d) for d, found in keys.items() for key in found if key not in stopped]
    cursor = connection.cursor()
    with cursor.copy("COPY link_key (key, description) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int8", "int8"])
        for row in sorted(rows):
            copy.write_row(row)
    for statement in STAGE_KEYS:
        connection.execute(statement)
    with cursor.copy("COPY asked_key (key) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int8"])
        for key in asked:
            if key not in stopped:
                copy.write_row((key,))
    posted = _sharing(connection)
    key_of, who = posted["key"].astype(np.int64), posted["description"].astype(np.int64)
    order = np.argsort(key_of, kind="stable")
    key_of, who = key_of[order], who[order]
    found_keys, starts, counts = np.unique(key_of, return_index=True, return_counts=True)
    full = found_keys[counts > STOP_KEY].tolist()
    if full:
        connection.execute(STOP, (full,))
        connection.execute(DROP, (full,))
    mine = np.array(rows, np.int64).reshape(len(rows), 2)
    at = np.searchsorted(found_keys, mine[:, 0])
    shared = (counts[at] > 1) & (counts[at] <= STOP_KEY) if rows else np.zeros(0, bool)
    mine, at = mine[shared], at[shared]
    times = counts[at]
    ends = np.cumsum(times)
    within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - times, times)
    return worth_comparing(
        np.repeat(mine[:, 1], times),
        who[np.repeat(starts[at], times) + within],
        np.repeat(times, times),
        population,
    )


def _sharing(connection: psycopg.Connection[Any]) -> Any:
    """Return (key, description) of all that share an asked key, as one array."""
    with connection.cursor().copy(SHARING.format(STOP_KEY + 1)) as copy:
        raw = b"".join(bytes(part) for part in copy)
    return np.frombuffer(raw, _ROW, (len(raw) - _HEADER - 2) // _ROW.itemsize, _HEADER)


def remove_keys(connection: psycopg.Connection[Any], keys: Mapping[int, Iterable[int]]) -> None:
    """Take descriptions out of the index."""
    rows = [(key, d) for d, found in keys.items() for key in found]
    connection.execute(
        "DELETE FROM link_key k USING unnest(%s::bigint[], %s::bigint[]) AS w(key, description)"
        " WHERE k.key = w.key AND k.description = w.description",
        ([key for key, _ in rows], [d for _, d in rows]),
    )
