"""Where intelligence comes from: by route, and by agency, nothing and silence apart."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg

from repository.access.context import context_of
from repository.queries.snapshot import snapshot
from repository.statistics.standing import STANDING, TOLD_WHOLE

BY_ROUTE: LiteralString = f"""{STANDING}
SELECT coalesce(facts->>'route', 'not stated'), count(*), array_agg(position ORDER BY position)
FROM standing WHERE reported_on BETWEEN %(since)s AND %(until)s
GROUP BY 1 ORDER BY 2 DESC, 1
"""
BY_AGENCY: LiteralString = f"""
WITH {TOLD_WHOLE}
SELECT agency, kind, count(DISTINCT statement) FROM counted
WHERE kind <> 'nil-return' AND reported_on BETWEEN %(since)s AND %(until)s
  AND stands_from <= coalesce(%(as_at)s::timestamptz, 'infinity')
  AND (stands_until IS NULL OR stands_until > coalesce(%(as_at)s::timestamptz, 'infinity'))
  AND statement NOT IN (SELECT statement FROM told_whole)
GROUP BY 1, 2
"""
NIL: LiteralString = f"""{STANDING}
SELECT agency, count(*) FROM standing
WHERE (facts->>'from')::date <= %(until)s AND (facts->>'to')::date >= %(since)s
GROUP BY 1
"""


def by_route(
    connection: psycopg.Connection[Any],
    since: date,
    until: date,
    *,
    as_at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return the reports of a period by the route they took: count, share of all, positions."""
    asked = {"kind": "intelligence", "since": since, "until": until, "as_at": as_at}
    with snapshot(connection):
        rows = connection.execute(BY_ROUTE, asked).fetchall()
    total = sum(count for _, count, _ in rows)
    return [
        {"route": route, "reports": count, "share": count / total, "positions": positions}
        for route, count, positions in rows
    ]


def by_agency(
    connection: psycopg.Connection[Any],
    since: date,
    until: date,
    *,
    expected: Sequence[str] = (),
    as_at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return a row an agency: events by kind, nil returns that touch the period, and `status`:
    `reported`, `nil` (it said that there was nothing), `silent` (it said nothing at all) or
    `none_seen` (nothing that may be seen: whether it is silent, who may not see all of it is not
    told).

    `expected` names those that must be in the table even if nothing came: the enrolled agencies.
    """
    asked = {"kind": "nil-return", "since": since, "until": until, "as_at": as_at}
    with snapshot(connection):
        counts = connection.execute(BY_AGENCY, asked).fetchall()
        nil: dict[str, int] = dict(connection.execute(NIL, asked).fetchall())
        context = context_of(connection)
    kinds: dict[str, dict[str, int]] = {}
    for agency, kind, count in counts:
        kinds.setdefault(agency, {})[kind] = count
    rows = []
    for agency in sorted({*kinds, *nil, *expected}):
        said = kinds.get(agency, {})
        own = context.own_everything and agency == context.organisation
        nothing = "silent" if context.everything or own else "none_seen"
        status = "reported" if said else "nil" if agency in nil else nothing
        rows.append(
            {
                "agency": agency,
                "status": status,
                "events": sum(said.values()),
                "kinds": dict(sorted(said.items())),
                "nil_returns": nil.get(agency, 0),
            }
        )
    return sorted(rows, key=lambda row: (-row["events"], row["agency"]))
