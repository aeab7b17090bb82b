"""The cases of the National Referral Mechanism, as SQL over their steps.

A case is an NRM reference, however spelt: restatements and relays are steps of the same case. The
earliest referral counts, the latest reasonable-grounds decision, the earliest conclusive one; a
reconsidered decision replaces the last one made before it. Of what describes the person, the latest
step that says it counts.
"""

from collections.abc import Mapping
from typing import LiteralString

NOT_STATED = "not stated"
UNDECIDED = "no decision recorded"

# Which cases: those referred in a period (parameters since, until: dates, both included), or those
# of a list (parameter cases). Both take as_at (a moment, or null for now).
IN_PERIOD: LiteralString = """
WITH chosen AS (
    SELECT DISTINCT case_position FROM nrm_step
    WHERE step = 'referred' AND step_on BETWEEN %(since)s AND %(until)s
      AND stands_from <= coalesce(%(as_at)s::timestamptz, 'infinity')
      AND (stands_until IS NULL OR stands_until > coalesce(%(as_at)s::timestamptz, 'infinity'))
),
"""
LISTED: LiteralString = """
WITH chosen AS (SELECT DISTINCT unnest(%(cases)s::bigint[]) AS case_position),
"""
# A step stands as at a moment from `stands_from` until before `stands_until`.
FOLDED: LiteralString = """
steps AS (
    SELECT case_position,
        min(step_on) FILTER (WHERE step = 'referred') AS referred_on,
        array_agg(coalesce(first_responder, agency) ORDER BY step_on, position)
            FILTER (WHERE step = 'referred') AS responders,
        array_agg(uk_nation ORDER BY step_on, position)
            FILTER (WHERE uk_nation IS NOT NULL) AS nations,
        array_agg(nationality ORDER BY step_on, position)
            FILTER (WHERE nationality IS NOT NULL) AS nationalities,
        array_agg(sex ORDER BY step_on, position) FILTER (WHERE sex IS NOT NULL) AS sexes,
        array_agg(age ORDER BY step_on, position) FILTER (WHERE age IS NOT NULL) AS ages,
        array_agg(exploitation ORDER BY step_on, position)
            FILTER (WHERE exploitation IS NOT NULL) AS exploitations,
        array_agg(authority ORDER BY step_on, position)
            FILTER (WHERE authority IS NOT NULL) AS authorities,
        array_agg(decision ORDER BY step_on, position)
            FILTER (WHERE step = 'reasonable_grounds' AND decision IS NOT NULL) AS reasonable,
        max(step_on) FILTER (WHERE step = 'reasonable_grounds' AND decision IS NOT NULL)
            AS reasonable_on,
        array_agg(decision ORDER BY step_on, position)
            FILTER (WHERE step = 'conclusive_grounds' AND decision IS NOT NULL) AS conclusive,
        min(step_on) FILTER (WHERE step = 'conclusive_grounds' AND decision IS NOT NULL)
            AS concluded_on,
        array_agg(decision ORDER BY step_on, position)
            FILTER (WHERE step = 'reconsidered' AND decision IS NOT NULL) AS reconsidered,
        max(step_on) FILTER (WHERE step = 'reconsidered' AND decision IS NOT NULL)
            AS reconsidered_on,
        array_agg(CASE step WHEN 'left_uk' THEN 'withdrawn' ELSE 'suspended' END
                  ORDER BY step_on, position)
            FILTER (WHERE step IN ('left_uk', 'absconded', 'reflection_suspended')) AS gone,
        array_agg(position ORDER BY position) AS positions
    FROM nrm_step JOIN chosen USING (case_position)
    WHERE stands_from <= coalesce(%(as_at)s::timestamptz, 'infinity')
      AND (stands_until IS NULL OR stands_until > coalesce(%(as_at)s::timestamptz, 'infinity'))
    GROUP BY case_position
),
decided AS (
    SELECT *,
        concluded_on IS NOT NULL AND reconsidered_on >= concluded_on AS conclusive_again,
        concluded_on IS NULL AND reconsidered_on >= reasonable_on AS reasonable_again
    FROM steps WHERE referred_on IS NOT NULL
),
cases AS (
    SELECT case_position, positions, referred_on,
        responders[1] AS first_responder,
        coalesce(nations[1], 'not stated') AS uk_nation,
        coalesce(nationalities[cardinality(nationalities)], 'not stated') AS nationality,
        coalesce(sexes[cardinality(sexes)], 'not stated') AS sex,
        coalesce(ages[cardinality(ages)], 'not stated') AS age,
        coalesce(exploitations[cardinality(exploitations)], 'not stated') AS exploitation,
        coalesce(authorities[cardinality(authorities)], 'not stated') AS competent_authority,
        coalesce(CASE WHEN reasonable_again THEN reconsidered[cardinality(reconsidered)] END,
                 reasonable[cardinality(reasonable)], gone[cardinality(gone)],
                 'no decision recorded') AS reasonable_grounds,
        coalesce(CASE WHEN conclusive_again THEN reconsidered[cardinality(reconsidered)] END,
                 conclusive[1], 'no decision recorded') AS conclusive_grounds,
        CASE
            WHEN reasonable_on IS NULL THEN NULL
            WHEN reasonable_on - referred_on <= 5 THEN '0-5'
            WHEN reasonable_on - referred_on <= 14 THEN '6-14'
            WHEN reasonable_on - referred_on <= 45 THEN '15-45'
            ELSE 'over 45'
        END AS days_to_reasonable_grounds,
        CASE
            WHEN concluded_on IS NULL THEN NULL
            WHEN concluded_on - referred_on <= 7 THEN '0-7'
            WHEN concluded_on - referred_on <= 45 THEN '8-45'
            WHEN concluded_on <= referred_on + interval '3 months' THEN '46 days-3 months'
            WHEN concluded_on <= referred_on + interval '6 months' THEN '3-6 months'
            ELSE 'over 6 months'
        END AS days_to_conclusive_grounds
    FROM decided
)
"""

# One row a published table: its rows that are always shown, in order; others follow by count.
DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "first_responder": (),
    "nationality": (),
    "sex": ("female", "male"),
    "age": ("adult", "child", "disputed"),
    "exploitation": (),
    "competent_authority": (),
    "reasonable_grounds": ("positive", "negative", "suspended", "withdrawn", UNDECIDED),
    "conclusive_grounds": ("positive", "negative", UNDECIDED),
    "days_to_reasonable_grounds": ("0-5", "6-14", "15-45", "over 45"),
    "days_to_conclusive_grounds": (
        "0-7",
        "8-45",
        "46 days-3 months",
        "3-6 months",
        "over 6 months",
    ),
    "uk_nation": ("england", "scotland", "wales", "northern_ireland"),
}
_NAMES = ", ".join(DIMENSIONS)
_SETS = ", ".join(f"({name})" for name in DIMENSIONS)
_REFERRED = "referred_on BETWEEN %(since)s AND %(until)s"
# Of these the stage has folded what the reader sees every step of: only the others are left.
_IN_PART = IN_PERIOD.replace(
    "WITH chosen",
    f"WITH whole AS MATERIALIZED (SELECT * FROM nrm_case WHERE {_REFERRED}),\nchosen",
).replace(
    "WHERE step",
    "WHERE NOT EXISTS (SELECT FROM whole WHERE whole.case_position = nrm_step.case_position)\n"
    "      AND step",
)
# Where the cases of a period are read: folded from their steps; as the stage has folded them now,
# which for those is all who may see every step; or so where the reader sees every step of a case
# and else from those steps that they see, which is the same as the first.
FROM_STEPS = (IN_PERIOD + FOLDED, f"FROM cases WHERE {_REFERRED}")
AS_FOLDED = ("", f"FROM nrm_case WHERE {_REFERRED}")
_SEEN = f"SELECT {_NAMES} FROM whole UNION ALL SELECT {_NAMES} FROM cases WHERE {_REFERRED}"
AS_SEEN = (_IN_PART + FOLDED, f"FROM ({_SEEN}) AS seen")


def counts(source: tuple[str, str]) -> str:
    """Return a query of one column a dimension, null but for the one that the row counts by; then
    a bit for each that it does not count by, the first one highest; then how many cases.
    """
    sets = f"GROUP BY GROUPING SETS ((), {_SETS})"
    return f"{source[0]} SELECT {_NAMES}, GROUPING({_NAMES}), count(*) {source[1]} {sets}"


def rows(source: tuple[str, str]) -> str:
    """Return a query of one row a case: a column a dimension, then the positions of its steps."""
    return f"{source[0]} SELECT {_NAMES}, positions {source[1]}"


# The policy on folded cases goes by the audiences of all steps that stand, a bit each.
FOLD = f"""
{LISTED}{FOLDED}
INSERT INTO nrm_case (case_position, positions, referred_on, audiences, {_NAMES})
SELECT case_position, positions, referred_on,
    (SELECT bit_or(set_bit(0::bigint::bit(64), audience, 1)
                   | set_bit(0::bigint::bit(64), coalesce(also, audience), 1))
     FROM nrm_step WHERE nrm_step.case_position = cases.case_position AND stands_until IS NULL),
    {_NAMES}
FROM cases
"""
UNFOLD: LiteralString = "DELETE FROM nrm_case WHERE case_position = ANY(%(cases)s)"
