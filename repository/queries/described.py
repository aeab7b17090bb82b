"""What the store's records say of persons, as training learns from it."""

from functools import lru_cache
from typing import Any, LiteralString

import psycopg

from intelbus.errors import ContentError
from repository.linking.described import Description, unpacked

PERSONS: LiteralString = """
SELECT d.said FROM record r JOIN description d ON d.number = r.description
WHERE r.kind = 'person' ORDER BY r.position, r.ordinal
"""
LAST: LiteralString = "SELECT coalesce(max(position), 0) FROM record"


class NothingToLearnError(ContentError):
    """There are too few records of persons to learn from."""


def described_persons(connection: psycopg.Connection[Any]) -> tuple[list[Description], int]:
    """Return the description of each record of a person that the connection may see, in order of
    position, and the last position. Raises NothingToLearnError.
    """
    read = lru_cache(maxsize=None)(unpacked)
    found = [read(said) for (said,) in connection.execute(PERSONS)]
    if len(found) < 2:
        raise NothingToLearnError(hint="`ukhtc link` makes them; thousands teach something")
    ((last,),) = connection.execute(LAST).fetchall()
    return found, last
