"""What competent authorities must do next, and when: decisions due, reflection periods over."""

from datetime import date, datetime
from typing import Any, LiteralString

import psycopg

from repository.access.context import context_of
from repository.access.redaction import WITHHELD
from repository.queries.snapshot import snapshot

REFLECTION_DAYS = 45  # from positive reasonable grounds, unless extended (DOMAIN: NRM case events)
REASONABLE_DAYS = 5  # the guidance's time for the first decision, from the referral

# Cases without a conclusive decision whose person is not gone. A case's reflection ends at the last
# date a step gave, or 45 days after the decision; `reflection_ended` ends it whatever was given.
OPEN_CASES: LiteralString = """
WITH standing AS (
    SELECT * FROM nrm_step
    WHERE stands_from <= coalesce(%(as_at)s::timestamptz, 'infinity')
      AND (stands_until IS NULL OR stands_until > coalesce(%(as_at)s::timestamptz, 'infinity'))
      AND step_on <= %(today)s
), cases AS (
    SELECT case_position, min(reference) AS reference,
        min(step_on) FILTER (WHERE step = 'referred') AS referred_on,
        (array_agg(authority ORDER BY step_on DESC, position DESC)
            FILTER (WHERE authority IS NOT NULL))[1] AS authority,
        (array_agg(decision ORDER BY step_on DESC, position DESC)
            FILTER (WHERE step = 'reasonable_grounds' AND decision IS NOT NULL))[1] AS decision,
        max(step_on) FILTER (WHERE step = 'reasonable_grounds' AND decision IS NOT NULL)
            AS decided_on,
        (array_agg(reflection_until ORDER BY step_on DESC, position DESC)
            FILTER (WHERE reflection_until IS NOT NULL))[1] AS reflection_until,
        (array_agg(step ORDER BY step_on DESC, position DESC))[1] AS last_step,
        bool_or(step = 'reflection_ended') AS reflection_ended,
        array_agg(position ORDER BY position) AS positions
    FROM standing GROUP BY case_position
    HAVING NOT bool_or(step = 'conclusive_grounds' AND decision IS NOT NULL)
), due AS (
    SELECT *, CASE WHEN decision IS NULL THEN 'reasonable_grounds'
                   ELSE 'conclusive_grounds' END AS due_for,
        CASE WHEN decision IS NULL THEN referred_on + %(reasonable)s::int
             ELSE coalesce(reflection_until, decided_on + %(reflection)s::int) END AS due_on
    FROM cases
    WHERE referred_on IS NOT NULL AND (decision IS NULL OR decision = 'positive')
      AND last_step NOT IN ('absconded', 'left_uk', 'reflection_suspended')
)
SELECT reference, authority, due_for, due_on, referred_on, positions,
    due_on < %(today)s AND due_for = 'conclusive_grounds' AND NOT reflection_ended
FROM due WHERE %(authority)s::text IS NULL OR authority = %(authority)s
ORDER BY due_on, reference
"""


def due_dates(
    connection: psycopg.Connection[Any],
    today: date,
    *,
    authority: str | None = None,
    as_at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return the open cases, most urgent first: what is due, when, by whom, days over (negative:
    days left), and whether a reflection period has run out with nobody saying so.
    """
    asked = {
        "today": today,
        "authority": authority,
        "as_at": as_at,
        "reflection": REFLECTION_DAYS,
        "reasonable": REASONABLE_DAYS,
    }
    with snapshot(connection):
        rows = connection.execute(OPEN_CASES, asked).fetchall()
        named = context_of(connection).victims
    return [
        {
            "reference": reference if named else WITHHELD,
            "competent_authority": owner,
            "due_for": due_for,
            "due_on": due_on.isoformat(),
            "days_over": (today - due_on).days,
            "referred_on": referred_on.isoformat(),
            "reflection_overdue": overdue,
            "positions": positions,
        }
        for reference, owner, due_for, due_on, referred_on, positions, overdue in rows
    ]
