"""Access classes: what a posting carries, in one number, of who may read it.

A class is OWN × the originator's number + VICTIM if it identifies a victim + the audience.
"""

from collections.abc import Collection
from typing import Any, LiteralString

import psycopg

from repository.access.policy import OWN

AUDIENCES_OF: LiteralString = (
    "SELECT position, agency, audience FROM event_log WHERE position = ANY(%s)"
)
NUMBER_ORIGINATORS: LiteralString = """
INSERT INTO originator (agency) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING
"""
NUMBERS: LiteralString = "SELECT agency, number FROM originator WHERE agency = ANY(%s)"


def access_classes(
    connection: psycopg.Connection[Any], positions: Collection[int]
) -> dict[int, int]:
    """Return the class of each event at these positions, for what identifies no victim."""
    rows = connection.execute(AUDIENCES_OF, (list(positions),)).fetchall()
    agencies = sorted({agency for _, agency, _ in rows})
    numbers = dict(connection.execute(NUMBERS, (agencies,)).fetchall())
    if new := [agency for agency in agencies if agency not in numbers]:
        connection.execute(NUMBER_ORIGINATORS, (new,))
        numbers = dict(connection.execute(NUMBERS, (agencies,)).fetchall())
    return {position: OWN * numbers[agency] + audience for position, agency, audience in rows}
