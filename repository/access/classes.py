"""Access classes: what a posting carries, in one number, of who may read it.

A class is OWN × the originator's number + VICTIM if it identifies a victim + the audience. Numbers
from FAR on are of originators that neither enforce law nor prosecute: their own readers see little
besides, so that what they look through is an index of what is told to them or by them.
"""

from collections.abc import Collection
from typing import Any, LiteralString

import psycopg

from repository.access.policy import AT_HOME, OWN, party_of
from repository.registry import agency_types

FAR = 1 << 20
NUMBER_ORIGINATORS: LiteralString = """
INSERT INTO originator (agency, number)
SELECT agency, nextval(pg_get_serial_sequence('originator', 'number')) + CASE WHEN far THEN %s
                                                                         ELSE 0 END
FROM unnest(%s::text[], %s::boolean[]) AS new(agency, far)
ON CONFLICT DO NOTHING
"""
NUMBERS: LiteralString = "SELECT agency, number FROM originator WHERE agency = ANY(%s)"


def numbers_of(connection: psycopg.Connection[Any], agencies: Collection[str]) -> dict[str, int]:
    """Return the numbers of originators, giving one to each that has none yet."""
    asked = sorted(agencies)
    numbers = dict(connection.execute(NUMBERS, (asked,)).fetchall())
    if new := [agency for agency in asked if agency not in numbers]:
        types = agency_types(connection)
        far = [is_far(types.get(agency, "")) for agency in new]
        connection.execute(NUMBER_ORIGINATORS, (FAR, new, far))
        numbers = dict(connection.execute(NUMBERS, (asked,)).fetchall())
    return numbers


def is_far(agency_type: str) -> bool:
    """Return whether an agency of this type neither enforces law nor prosecutes."""
    return bool(agency_type) and party_of(agency_type) not in AT_HOME


def class_of(number: int, audience: int) -> int:
    """Return the class of what an originator's event says and what identifies no victim."""
    return OWN * number + audience
