"""What stands of one kind as at a moment, each statement once: the start of most tables' SQL."""

from typing import LiteralString

# Parameters: kind, as_at (a moment, or null for now). Of those that say the same, the first that
# stands counts; so does the restatement of one that was retracted.
STANDING: LiteralString = """
WITH standing AS (
    SELECT DISTINCT ON (statement) * FROM counted
    WHERE kind = %(kind)s
      AND stands_from <= coalesce(%(as_at)s::timestamptz, 'infinity')
      AND (stands_until IS NULL OR stands_until > coalesce(%(as_at)s::timestamptz, 'infinity'))
    ORDER BY statement, position
)
"""
