"""The index of blocking keys in the store: one narrow table, asked once a batch."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import numpy as np
import psycopg

from repository.linking.copying import bigints, binary_rows, copying_in, one_value
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


@dataclass(slots=True)
class Sharing:
    """The keys of new descriptions, and who has them already: (key, description), one row each.

    `stopped` are those of the keys that too many share.
    """

    new: Ints
    stopped: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    stored: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int64))


@contextmanager
def asking_who_shares(
    connection: psycopg.Connection[Any], keys: Mapping[int, bytes]
) -> Iterator[Sharing]:
    """Ask who shares the keys of new descriptions, as `Described` has them, while the block does
    what needs no connection. It is answered when the block has ended.
    """
    each = np.fromiter(map(len, keys.values()), np.int64, len(keys)) // np.int64().itemsize
    found = Sharing(
        np.stack(
            [
                np.frombuffer(b"".join(keys.values()), np.int64),
                np.repeat(np.fromiter(keys, np.int64, len(keys)), each),
            ],
            axis=1,
        )
    )
    asked = bigints(np.unique(found.new[:, 0]).tolist())
    with connection.pipeline():
        stopped = connection.execute(STOPPED, (asked,))
        sharing = connection.cursor(binary=True).execute(SHARING, (asked, STOP_KEY + 1))
        yield found
        found.stopped = np.array([key for (key,) in stopped.fetchall()], np.int64)
        found.stored = one_value(sharing, ">i8").astype(np.int64).reshape(-1, 2)


def add_keys(
    connection: psycopg.Connection[Any],
    sharing: Sharing,
    numbers: Collection[int],
    population: float,
) -> tuple[Ints, Ints]:
    """Add some of the new descriptions by their keys; return the pairs worth comparing that they
    bring.

    1 pass over stopped keys · 2 stop those that too many share, the new ones counted · 3 copy the
    rest in · 4 choose.
    """
    rows = sharing.new
    rows = rows[np.isin(rows[:, 1], np.fromiter(numbers, np.int64, len(numbers)))]
    rows = rows[~np.isin(rows[:, 0], sharing.stopped)]
    asked = np.unique(rows[:, 0])
    stored = sharing.stored[np.isin(sharing.stored[:, 0], asked)]
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


def remove_keys(connection: psycopg.Connection[Any], keys: Mapping[int, Iterable[int]]) -> None:
    """Take descriptions out of the index."""
    rows = [(key, d) for d, found in keys.items() for key in found]
    if rows:
        connection.execute(REMOVE, (bigints(k for k, _ in rows), bigints(d for _, d in rows)))
