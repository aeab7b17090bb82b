"""Records and pairs of them, as people write them and as SQL is given them. Pure."""

from collections.abc import Iterable, Sequence

from intelbus.errors import InvalidRequestError
from repository.linking.closure import RecordId, parse_entity

Pair = tuple[RecordId, RecordId]
"""Two records, the older first."""
Columns = tuple[list[int], list[int]]


def record_of(name: str) -> RecordId:
    """Return the id in a record's or an entity's name. Raises InvalidRequestError."""
    found = parse_entity(name)
    if found is None:
        raise InvalidRequestError(
            f"{name!r} is no record's or entity's id", hint="for example R140-0"
        )
    return found


def pair_of(name: str) -> tuple[RecordId, RecordId]:
    """Return the two records in a pair's name, `R12-0:R40-1`. Raises InvalidRequestError."""
    one, colon, other = name.partition(":")
    if not colon:
        raise InvalidRequestError(f"{name!r} is no pair", hint="write it as R12-0:R40-1")
    return record_of(one), record_of(other)


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
