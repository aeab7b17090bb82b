"""Records and pairs of them, as people write them and as SQL is given them. Pure."""

from collections.abc import Iterable, Sequence

from repository.linking.closure import RecordId

Pair = tuple[RecordId, RecordId]
"""Two records, the older first."""
Columns = tuple[list[int], list[int]]


def ordered(one: RecordId, other: RecordId) -> Pair:
    """Return two records as a pair."""
    return (min(one, other), max(one, other))


def columns(records: Iterable[RecordId]) -> Columns:
    """Return records as two columns, for `unnest`."""
    listed = list(records)
    return [position for position, _ in listed], [ordinal for _, ordinal in listed]


def pair_columns(pairs: Sequence[Pair]) -> tuple[list[int], list[int], list[int], list[int]]:
    """Return pairs as four columns, for `unnest`."""
    return (*columns(one for one, _ in pairs), *columns(other for _, other in pairs))
