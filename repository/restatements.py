"""Restatements: an agency says again, under a new id, exactly what it has already said.

Both are accepted; the later one is tied to the first, so that no statistic counts it twice. A
correction that returns to an earlier wording is a version of its event and no restatement.
"""

from typing import Any, LiteralString

import psycopg

FIRSTS: LiteralString = """
INSERT INTO first_statement (agency, content_digest, position)
SELECT DISTINCT ON (e.agency, e.content_digest) e.agency, e.content_digest, l.position
FROM event_log l JOIN event e USING (agency, event_id)
WHERE l.position > %s AND e.corrects IS NULL AND e.kind <> 'retraction'
ORDER BY e.agency, e.content_digest, l.position
ON CONFLICT DO NOTHING
"""
RESTATEMENTS: LiteralString = """
INSERT INTO restatement (position, first_position)
SELECT l.position, f.position
FROM event_log l JOIN event e USING (agency, event_id)
JOIN first_statement f ON f.agency = e.agency AND f.content_digest = e.content_digest
WHERE l.position > %s AND f.position < l.position
  AND e.corrects IS NULL AND e.kind <> 'retraction'
"""


def record_restatements(connection: psycopg.Connection[Any], after: int) -> int:
    """Tie the restatements among the positions after `after` to their first; return how many."""
    connection.execute(FIRSTS, (after,))
    return connection.execute(RESTATEMENTS, (after,)).rowcount
