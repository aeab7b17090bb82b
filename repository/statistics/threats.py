"""The quarterly threat view: reports by type, area or nationality, with what chance alone does."""

from datetime import date, datetime, timedelta
from typing import Any, LiteralString

import psycopg

from repository.queries.snapshot import snapshot
from repository.statistics.standing import STANDING

CONFIDENCE = 0.95
# The five boroughs that hosted the Games of 2012.
OLYMPIC_BOROUGHS = ("greenwich", "hackney", "newham", "tower hamlets", "waltham forest")
# One row a view: the column whose values it counts by. A report with two values counts under both.
VIEWS = {"exploitation": "exploitation", "area": "areas", "nationality": "nationalities"}

REPORTS: LiteralString = f"""{STANDING}
SELECT coalesce(value, 'not stated'),
    count(*) FILTER (WHERE occurred_on < %(since)s),
    count(*) FILTER (WHERE occurred_on >= %(since)s),
    array_agg(position ORDER BY position) FILTER (WHERE occurred_on >= %(since)s)
FROM standing LEFT JOIN LATERAL unnest({{column}}) AS value ON true
WHERE occurred_on BETWEEN %(before)s AND %(until)s
  AND (%(areas)s::text[] IS NULL OR areas && %(areas)s::text[])
GROUP BY 1 ORDER BY 3 DESC, 1
"""


def poisson_interval(count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact (Garwood) interval of the mean of which `count` is one observation."""
    from scipy.stats import chi2

    tail = (1 - confidence) / 2
    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    return low, float(chi2.ppf(1 - tail, 2 * (count + 1))) / 2


def threat_view(
    connection: psycopg.Connection[Any],
    since: date,
    until: date,
    *,
    by: str = "exploitation",
    areas: tuple[str, ...] | None = None,
    as_at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return a row a value of a view (VIEWS): reports of the period and of the equally long one
    before it, the interval of the first, the p of the two-sided E-test that both have one mean,
    and the positions behind it. `areas` keeps only reports that name one of these towns.

    Reports are the current intelligence, restatements once; relays are reports of their own.
    """
    from scipy.stats import poisson_means_test

    before = since - (until - since) - timedelta(days=1)
    asked = {
        "kind": "intelligence",
        "since": since,
        "until": until,
        "before": before,
        "areas": list(areas) if areas else None,
        "as_at": as_at,
    }
    with snapshot(connection):
        rows = connection.execute(REPORTS.replace("{column}", VIEWS[by]), asked).fetchall()
    return [
        {
            "value": value,
            "reports": now,
            "interval": [round(bound, 1) for bound in poisson_interval(now)],
            "before": then,
            "p": float(poisson_means_test(now, 1, then, 1).pvalue),
            "positions": positions or [],
        }
        for value, then, now, positions in rows
    ]
