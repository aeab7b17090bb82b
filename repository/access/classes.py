"""Access classes: what a posting carries, in one number, of who may read it.

A class is OWN × the originator's number + VICTIM if it identifies a victim + the audience.
"""

from collections.abc import Collection
from typing import Any, LiteralString

import psycopg

from repository.access.policy import OWN

NUMBER_ORIGINATORS: LiteralString = """
INSERT INTO originator (agency) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING
"""
NUMBERS: LiteralString = "SELECT agency, number FROM originator WHERE agency = ANY(%s)"


def numbers_of(connection: psycopg.Connection[Any], agencies: Collection[str]) -> dict[str, int]:
    """Return the numbers of originators, giving one to each that has none yet."""
    asked = sorted(agencies)
    numbers = dict(connection.execute(NUMBERS, (asked,)).fetchall())
    if new := [agency for agency in asked if agency not in numbers]:
        connection.execute(NUMBER_ORIGINATORS, (new,))
        numbers = dict(connection.execute(NUMBERS, (asked,)).fetchall())
    return numbers


def class_of(number: int, audience: int) -> int:
    """Return the class of what an originator's event says and what identifies no victim."""
    return OWN * number + audience
