"""The review schedule: which events are due, what suspends them, and what was decided."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from intelbus.errors import InvalidRequestError
from repository.queries.event import NoEventError
from repository.queries.snapshot import snapshot
from repository.retention.rules import SHORTEST, case_of

# A case or operation that goes on suspends the review of every event that names it, or that names
# what one of its events names under the same reference.
LIVE: LiteralString = """
WITH live AS (
    SELECT unnest(positions) AS position FROM nrm_case
    WHERE conclusive_grounds = 'no decision recorded'
      AND reasonable_grounds IN ('positive', 'no decision recorded')
    UNION
    SELECT unnest(positions) FROM (
        SELECT array_agg(position) AS positions FROM counted
        WHERE kind = 'operation' AND stands_until IS NULL
        GROUP BY facts ->> 'operation'
        HAVING NOT bool_or(facts ->> 'step' = 'closed')
    ) AS going_on
), suspended AS (
    SELECT DISTINCT other.position, min(named.label) AS by
    FROM live JOIN record named ON named.position = live.position
        AND named.kind = 'event_reference'
    JOIN record other ON other.entity_position = named.entity_position
        AND other.entity_ordinal = named.entity_ordinal
    GROUP BY other.position
)
"""
# The latest decision on each event counts.
KEPT: LiteralString = """
, kept AS (
    SELECT DISTINCT ON (position) position, keep_until, because FROM retention_review
    ORDER BY position, decided_at DESC, review_no DESC
)
"""
DUE = sql.SQL(
    LIVE
    + KEPT
    + """
, scheduled AS (
    SELECT c.position, c.agency, c.kind, e.event_id, c.reported_on, {rule} AS rule,
        coalesce(k.keep_until,
                 (c.reported_on + make_interval(months => {months}))::date) AS review_on
    FROM counted c JOIN event_log l USING (position)
    JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
    LEFT JOIN kept k ON k.position = c.position
    WHERE c.stands_until IS NULL AND c.reported_on <= %(oldest)s
)
SELECT s.position, s.agency, s.kind, s.event_id, s.reported_on, s.rule, s.review_on, suspended.by
FROM scheduled s LEFT JOIN suspended ON suspended.position = s.position
WHERE s.review_on <= %(by)s AND (%(all)s OR suspended.by IS NULL)
ORDER BY s.review_on, s.position LIMIT %(limit)s OFFSET %(offset)s
"""
).format(rule=sql.SQL(case_of("name")), months=sql.SQL(case_of("months")))
REASONS: LiteralString = (
    LIVE
    + KEPT
    + """
SELECT w.position, s.by, k.keep_until, k.because
FROM unnest(%(positions)s::bigint[]) AS w(position)
LEFT JOIN suspended s USING (position)
LEFT JOIN kept k ON k.position = w.position AND k.keep_until > %(today)s
WHERE s.by IS NOT NULL OR k.keep_until IS NOT NULL ORDER BY w.position
"""
)
OLDEST = "SELECT (%s::date - make_interval(months => %s))::date"
STANDS = "SELECT FROM counted WHERE position = %s AND stands_until IS NULL"
KEEP = """
INSERT INTO retention_review (position, decided_at, decided_by, keep_until, because)
VALUES (%s, %s, %s, %s, %s)
"""


def due(
    connection: psycopg.Connection[Any],
    by: date,
    *,
    suspended: bool = False,
    limit: int = 100,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Return the events whose review falls due by a day, the longest due first.

    With `suspended` also those that a live case keeps, each with its reference.
    """
    with snapshot(connection):
        row = connection.execute(OLDEST, (by, SHORTEST)).fetchone()
        wanted = {"by": by, "oldest": row and row[0], "all": suspended, "limit": limit,
                  "offset": offset}  # fmt: skip
        rows = connection.execute(DUE, wanted).fetchall()
    return [
        {
            "position": position,
            "agency": agency,
            "kind": kind,
            "event_id": str(event_id),
            "reported_on": reported_on.isoformat(),
            "rule": rule,
            "review_on": review_on.isoformat(),
            "suspended_by": reference,
        }
        for position, agency, kind, event_id, reported_on, rule, review_on, reference in rows
    ]


def reasons_to_keep(
    connection: psycopg.Connection[Any], positions: Sequence[int], today: date
) -> list[dict[str, Any]]:
    """Return of these events those that a live case keeps (`suspended_by`) or that somebody decided
    to keep (`keep_until`, `because`): a lawful erasure is not refused for it, but should know.
    """
    if not positions:  # what goes on is worked out from every case and operation
        return []
    rows = connection.execute(REASONS, {"positions": list(positions), "today": today})
    return [
        {
            "position": position,
            "suspended_by": reference,
            "keep_until": until.isoformat() if until else None,
            "because": because,
        }
        for position, reference, until, because in rows
    ]


def keep(
    connection: psycopg.Connection[Any],
    position: int,
    *,
    until: date,
    by: str,
    because: str,
    now: datetime,
) -> None:
    """Record that an event was reviewed and is kept until a day. Raises InvalidRequestError and,
    where nothing stands, NoEventError."""
    if not because.strip():
        raise InvalidRequestError("a review needs its reason", hint="say --because")
    if until <= now.date():
        raise InvalidRequestError(f"{until} is not after today", hint="to let it go, erase it")
    if connection.execute(STANDS, (position,)).fetchone() is None:
        raise NoEventError(
            f"there is no standing event at {position}", hint="see `ukhtc retention due`"
        )
    connection.execute(KEEP, (position, now, by, until, because))
