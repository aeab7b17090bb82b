"""Terms by which events are filtered: postings like those of words, so that search needs no table.

No word begins with a colon. What an event is stands under EVENT_TEXT, what a subject is under the
subject's ordinal, each for whom it is: a filter finds nothing that its reader may not see.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg

OF_EVENTS: LiteralString = """
INSERT INTO posting (term, position, ordinal, access_class)
SELECT f.term, l.position, -1, 128 * o.number + l.audience
FROM event_log l JOIN originator o USING (agency)
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
CROSS JOIN LATERAL (VALUES
    (':kind:' || e.kind), (':agency:' || e.agency), (':marking:' || e.marking),
    (':urgency:' || e.urgency), (':day:' || (e.reported_at AT TIME ZONE 'UTC')::date),
    (':grade:' || upper(concat(e.source_grade, e.information_grade, e.handling)))
) AS f(term)
WHERE {}
"""
OF_SUBJECTS: LiteralString = """
INSERT INTO posting (term, position, ordinal, access_class)
SELECT f.term, r.position, r.ordinal,
       128 * o.number + l.audience + CASE WHEN r.sensitive THEN 64 ELSE 0 END
FROM record r JOIN event_log l USING (position) JOIN originator o ON o.agency = l.agency
CROSS JOIN LATERAL (VALUES (':kind:' || r.kind), (':role:' || r.role)) AS f(term)
WHERE {}
"""


def write_filter_terms(connection: psycopg.Connection[Any], positions: Sequence[int]) -> None:
    """Write the terms of these events and their records, which are written already."""
    at = (list(positions),)
    connection.execute(OF_EVENTS.replace("{}", "l.position = ANY(%s)"), at)
    connection.execute(OF_SUBJECTS.replace("{}", "r.position = ANY(%s)"), at)
