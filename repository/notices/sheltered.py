"""Reading which records lead to a refuge that another report, maybe another agency's, names as one.

One agency says that a house is a refuge; another writes the same house and its telephone, and does
not know. What an event says of itself is noted with its record (`holding`); this is known only once
records are linked, and is asked anew whenever an entity is looked at.
"""

from collections.abc import Iterable
from typing import Any, LiteralString

import psycopg

from intelbus.reading import read_event
from repository.linking.closure import RecordId
from repository.linking.store import split
from repository.notices.shelters import BESIDE_SHELTER, SHELTERS, beside_shelters
from repository.notices.subjects import CRIME_ROLES, subjects_of

# Places and organisations that stand in an event with a record of these entities, and that any
# report says are a refuge, support victims, or are tied to such.
KNOWN_SHELTERS: LiteralString = """
SELECT n.position, n.ordinal
FROM (
    SELECT DISTINCT b.position, b.ordinal, b.entity_position, b.entity_ordinal
    FROM unnest(%s::bigint[], %s::smallint[]) AS t(position, ordinal)
    JOIN record r ON r.entity_position = t.position AND r.entity_ordinal = t.ordinal
    JOIN record b ON b.position = r.position AND b.kind IN ('location', 'organisation')
) n
WHERE EXISTS (
    SELECT FROM record s JOIN holding h ON h.position = s.position AND h.ordinal = s.ordinal
    WHERE s.entity_position = n.entity_position AND s.entity_ordinal = n.entity_ordinal
      AND (h.protects = ANY(%s) OR (h.protects = %s AND s.role <> ALL(%s)))
)
"""
EVENTS: LiteralString = """
SELECT l.position, e.value
FROM unnest(%s::bigint[]) AS w(position)
JOIN event_log l USING (position) JOIN event e USING (agency, event_id)
WHERE e.kind <> 'erased'
"""


def sheltered(connection: psycopg.Connection[Any], entities: Iterable[RecordId]) -> set[RecordId]:
    """Return the records, of events in which these entities are, that lead to a known shelter."""
    asked = (*split(entities), list(SHELTERS), BESIDE_SHELTER, sorted(CRIME_ROLES))
    known: dict[int, set[int]] = {}
    for position, ordinal in connection.execute(KNOWN_SHELTERS, asked).fetchall():
        known.setdefault(position, set()).add(ordinal)
    found: set[RecordId] = set()
    for position, value in connection.execute(EVENTS, (sorted(known),)).fetchall():
        event = read_event(bytes(value))
        subjects = subjects_of(event)
        shelters = {one.local_id for one in subjects if one.ordinal in known[position]}
        beside = beside_shelters(event, shelters)
        found |= {(position, one.ordinal) for one in subjects if one.local_id in beside}
    return found
