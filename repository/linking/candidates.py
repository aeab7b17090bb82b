"""The index of blocking keys in the store: one narrow table, asked once a batch."""

from collections.abc import Iterable, Mapping
from typing import Any, LiteralString

import numpy as np
import psycopg

from repository.linking.copying import bigints, binary_rows, copying_in, fetched
from repository.linking.index import STOP_KEY, Ints, evidence_of, in_order, worth_comparing

STOPPED: LiteralString = "SELECT key FROM stop_key WHERE key = ANY(%s::bigint[])"
STOP: LiteralString = (
    "INSERT INTO stop_key (key) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING"
)
DROP: LiteralString = "DELETE FROM link_key WHERE key = ANY(%s::bigint[])"
# One answer for the whole batch, as one value: of each key those that share it, at most so many,
# 8 bytes the key and 8 the description.
SHARING: LiteralString = """
SELECT string_agg(int8send(a.key) || int8send(k.description), ''::bytea)
FROM unnest(%s::bigint[]) AS a(key) CROSS JOIN LATERAL (
    SELECT description FROM link_key k WHERE k.key = a.key LIMIT %s
) k
"""
ADD: LiteralString = "COPY link_key (key, description) FROM STDIN (FORMAT BINARY)"
REMOVE: LiteralString = """
DELETE FROM link_key k USING unnest(%s::bigint[], %s::bigint[]) AS w(key, description)
WHERE k.key = w.key AND k.description = w.description
"""


def add_keys(
    connection: psycopg.Connection[Any],
    keys: Mapping[int, bytes],
    population: float,
) -> tuple[Ints, Ints]:
    """Add new descriptions by their keys, as `Described` has them; return the pairs worth
    comparing that they bring.

    1 pass over stopped keys · 2 ask who shares the others · 3 stop those that too many share, the
    new ones counted · 4 copy the rest in · 5 choose.
    """
    each = np.fromiter(map(len, keys.values()), np.int64, len(keys)) // np.int64().itemsize
    rows = np.stack(
        [
            np.frombuffer(b"".join(keys.values()), np.int64),
            np.repeat(np.fromiter(keys, np.int64, len(keys)), each),
        ],
        axis=1,
    )
    asked = np.unique(rows[:, 0])
    stopped = connection.execute(STOPPED, (bigints(asked.tolist()),)).fetchall()
    known = np.array([key for (key,) in stopped], np.int64)
    rows, asked = rows[~np.isin(rows[:, 0], known)], np.setdiff1d(asked, known)
    stored = _sharing(connection, asked)
    posted = np.concatenate([stored, rows])
    posted = posted[in_order(np.searchsorted(asked, posted[:, 0]))]
    starts = np.flatnonzero(np.append(True, posted[1:, 0] != posted[:-1, 0])[: len(posted)])
    found_keys, counts = posted[starts, 0], np.diff(np.append(starts, len(posted)))
    full = found_keys[counts > STOP_KEY]
    if len(full):
        connection.execute(STOP, (bigints(full.tolist()),))
        connection.execute(DROP, (bigints(full.tolist()),))
    at = np.searchsorted(found_keys, rows[:, 0])
    fitting = counts[at] <= STOP_KEY if len(rows) else np.zeros(0, bool)
    rows, at = rows[fitting], at[fitting]
    added = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    with copying_in(connection, ADD, binary_rows(added[:, 0], added[:, 1])):
        shared = counts[at] > 1 if len(rows) else np.zeros(0, bool)
        mine, at = rows[shared, 1], at[shared]
        # In whole numbers from 0 on, in the order of the descriptions' own.
        numbers, places = np.unique(posted[:, 1], return_inverse=True)
        times = counts[at]
        ends = np.cumsum(times)
        within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - times, times)
        a, b = worth_comparing(
            np.repeat(np.searchsorted(numbers, mine), times),
            places[np.repeat(starts[at], times) + within],
            np.repeat(evidence_of(times, population), times),
            population,
        )
    return numbers[a], numbers[b]


def _sharing(connection: psycopg.Connection[Any], asked: Ints) -> Ints:
    """Return (key, description) of all that share an asked key, one row each."""
    rows = fetched(connection, SHARING, (bigints(asked.tolist()), STOP_KEY + 1), ">i8")
    return rows.astype(np.int64).reshape(-1, 2)


def remove_keys(connection: psycopg.Connection[Any], keys: Mapping[int, Iterable[int]]) -> None:
    """Take descriptions out of the index."""
    rows = [(key, d) for d, found in keys.items() for key in found]
    if rows:
        connection.execute(REMOVE, (bigints(k for k, _ in rows), bigints(d for _, d in rows)))
