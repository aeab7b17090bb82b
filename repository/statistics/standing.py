"""What stands of one kind as at a moment, each statement once: the start of most tables' SQL."""

from typing import LiteralString

# Parameter: as_at (a moment, or null for now). What was said of an event whole, and is said again
# in a sanitised version of it: where both stand for a reader, the whole one counts. A tie is of
# two events, so it holds for whichever versions of them stand; it is read row by row, for ties are
# few and events many.
TOLD_WHOLE: LiteralString = """
side AS (
    SELECT s.position, s.full_position, one.whole, l.agency, coalesce((
        SELECT target_event_id FROM amendment
        WHERE agency = l.agency AND amending_event_id = l.event_id
    ), l.event_id) AS first_event_id
    FROM sanitised_version s
    CROSS JOIN LATERAL (VALUES (false, s.position), (true, s.full_position)) AS one(whole, position)
    CROSS JOIN LATERAL (
        SELECT agency, event_id FROM event_log WHERE position = one.position OFFSET 0
    ) AS l
    WHERE s.said_at <= coalesce(%(as_at)s::timestamptz, 'infinity')
      AND (s.undone_at IS NULL OR s.undone_at > coalesce(%(as_at)s::timestamptz, 'infinity'))
), tied AS MATERIALIZED (
    SELECT side.position, side.full_position, side.whole, c.statement
    FROM side
    CROSS JOIN LATERAL (
        SELECT position FROM event_log
        WHERE agency = side.agency AND event_id = side.first_event_id
        UNION ALL
        SELECT position FROM amendment
        WHERE agency = side.agency AND target_event_id = side.first_event_id OFFSET 0
    ) AS version
    CROSS JOIN LATERAL (
        SELECT statement FROM counted
        WHERE position = version.position
          AND stands_from <= coalesce(%(as_at)s::timestamptz, 'infinity')
          AND (stands_until IS NULL OR stands_until > coalesce(%(as_at)s::timestamptz, 'infinity'))
        OFFSET 0
    ) AS c
), told_whole AS MATERIALIZED (
    SELECT v.statement FROM tied v JOIN tied w USING (position, full_position)
    WHERE w.whole AND NOT v.whole AND v.statement <> w.statement
)
"""
# Parameters: kind, as_at. Of those that say the same, the first that stands counts; so does the
# restatement of one that was retracted.
STANDING: LiteralString = f"""
WITH {TOLD_WHOLE}, standing AS (
    SELECT DISTINCT ON (statement) * FROM counted
    WHERE kind = %(kind)s
      AND stands_from <= coalesce(%(as_at)s::timestamptz, 'infinity')
      AND (stands_until IS NULL OR stands_until > coalesce(%(as_at)s::timestamptz, 'infinity'))
      AND statement NOT IN (SELECT statement FROM told_whole)
    ORDER BY statement, position
)
"""
