"""Emptying a message's row: its content goes, that there was one stays."""

from typing import Any, LiteralString

import psycopg

ERASED = "erased"
"""The kind of an event whose content was erased: no stage and no query reads it any more."""

# What no longer has a content must not be found by the digest of one either; and the log says no
# more of it than the row itself. `rowcount` is how many were emptied.
_EMPTY: LiteralString = """
WITH emptied AS (
    UPDATE event e SET kind = 'erased', value = '', headers = '\\x00', source_reference = '',
        occurred_from = NULL, occurred_to = NULL, content_digest = e.digest, source_grade = NULL,
        information_grade = NULL
    {}
    RETURNING e.agency, e.event_id
), logged AS (
    UPDATE event_log l SET kind = 'erased', source_reference = '' FROM emptied
    WHERE l.agency = emptied.agency AND l.event_id = emptied.event_id
)
SELECT FROM emptied
"""
BY_ID: LiteralString = _EMPTY.replace(
    "{}", "WHERE e.agency = %(agency)s AND e.event_id = ANY(%(events)s)"
)
# Ordered elsewhere, and numbered here by now; an index holds what is pending, as a rule nothing.
PENDING: LiteralString = _EMPTY.replace(
    "{}",
    """FROM erasure x JOIN event_log n ON n.agency = x.agency AND n.event_id = x.event_id
    WHERE x.pending AND e.agency = x.agency AND e.event_id = x.event_id""",
)
FORGET_PENDING: LiteralString = """
WITH done AS (
    UPDATE erasure x SET pending = false FROM event_log l
    WHERE x.pending AND l.agency = x.agency AND l.event_id = x.event_id
    RETURNING x.agency, l.position
), first AS (
    DELETE FROM first_statement f USING done WHERE f.agency = done.agency
        AND f.position = done.position
)
DELETE FROM restatement r USING done WHERE r.position = done.position
    OR r.first_position = done.position
"""


def empty_pending(connection: psycopg.Connection[Any]) -> int:
    """Empty every numbered event whose erasure was ordered before it came; return how many."""
    emptied = connection.execute(PENDING).rowcount
    if emptied:
        connection.execute(FORGET_PENDING)
    return emptied
