"""What came of it: operations' arrests and sentences, victims who declined, children missing."""

from datetime import date, datetime
from itertools import chain
from typing import Any, LiteralString

import psycopg

from repository.queries.snapshot import snapshot
from repository.statistics.standing import STANDING

OPERATIONS: LiteralString = f"""{STANDING}
SELECT facts->>'operation', sum((facts->>'arrests')::bigint), sum((facts->>'charges')::bigint),
    sum((facts->>'victims_encountered')::bigint),
    sum((facts->>'potential_victims_screened')::bigint), array_agg(position ORDER BY position)
    {{}}
FROM standing GROUP BY 1 ORDER BY 1
"""
# Whoever reports a step or a conviction took part, and whom a step names; a step has its day.
STEPPED: LiteralString = """, min(occurred_on), max(occurred_on), array_agg(DISTINCT agency),
    array_agg(DISTINCT facts->>'led_by'), array_agg(DISTINCT facts->'partners')"""
SENTENCES: LiteralString = f"""{STANDING}
SELECT operation, count(*), coalesce(sum((facts->>'sentence_months')::bigint), 0),
    array_agg(position ORDER BY position) {{}}
FROM standing, jsonb_array_elements_text(facts->'operations') AS operation
WHERE facts->>'result' = 'convicted' GROUP BY 1 ORDER BY 1
"""
TRIED: LiteralString = ", array_agg(DISTINCT agency)"
DECLINED: LiteralString = f"""{STANDING}
SELECT reason, sum(number::bigint), array_agg(position ORDER BY position)
FROM standing, jsonb_each_text(facts->'declined') AS d(reason, number)
WHERE reported_on BETWEEN %(since)s AND %(until)s
GROUP BY 1 ORDER BY 2 DESC, 1
"""
# An incident counts once, however many steps are reported, in the period of its first step; the
# latest step that went or was found says how it stands.
MISSING: LiteralString = f"""{STANDING}
, incidents AS (
    SELECT facts->>'incident' AS incident, min(occurred_on) AS since,
        (array_agg(facts->>'step' ORDER BY occurred_on DESC, position DESC)
            FILTER (WHERE facts->>'step' IN ('went_missing', 'found')))[1] AS last_step,
        bool_or(facts->>'step' = 'link_suspected') AS linked,
        array_agg(position ORDER BY position) AS positions
    FROM standing GROUP BY 1
)
SELECT incident, since, coalesce(last_step, 'not stated'), linked, positions FROM incidents
WHERE since BETWEEN %(since)s AND %(until)s ORDER BY since, incident
"""


def operation_outcomes(
    connection: psycopg.Connection[Any], *, as_at: datetime | None = None, who: bool = False
) -> list[dict[str, Any]]:
    """Return a row an operation: arrests, charges, victims, convictions and months of imprisonment
    in all (None: nobody said), and the positions behind them.

    A conviction belongs to the operations that its outcome names as subjects. With `who`, also who
    led each, whose it was, and its first and last day, as steps report it: one that a conviction
    alone names has no day.
    """
    stepped = OPERATIONS.replace("{}", STEPPED if who else "")
    sentenced = SENTENCES.replace("{}", TRIED if who else "")
    with snapshot(connection):
        steps = connection.execute(stepped, {"kind": "operation", "as_at": as_at}).fetchall()
        tried = connection.execute(sentenced, {"kind": "outcome", "as_at": as_at}).fetchall()
    names = ("arrests", "charges", "victims_encountered", "potential_victims_screened")
    rows: dict[str, dict[str, Any]] = {}

    def row_of(name: str) -> dict[str, Any]:
        empty: dict[str, Any] = {
            **dict.fromkeys(names),
            "convictions": 0,
            "sentence_months": 0,
            "positions": [],
        }
        if who:
            empty |= {"led_by": [], "agencies": [], "from": None, "to": None}
        return rows.setdefault(name, {"operation": name, **empty})

    for name, arrests, charges, encountered, screened, positions, *told in steps:
        row = row_of(name)
        counts = (arrests, charges, encountered, screened)
        row |= {
            column: None if count is None else int(count)
            for column, count in zip(names, counts, strict=True)
        }
        row["positions"] = positions
        if told:
            first, last, agencies, led, partners = told
            every = {*agencies, *led, *chain.from_iterable(partners)}
            row |= {"led_by": sorted(led), "agencies": sorted(every)}
            row |= {"from": first.isoformat(), "to": last.isoformat()}
    for name, convicted, months, positions, *told in tried:
        row = row_of(name)
        row |= {"convictions": convicted, "sentence_months": int(months)}
        row["positions"] = sorted({*row["positions"], *positions})
        for agencies in told:
            row["agencies"] = sorted({*row["agencies"], *agencies})
    return [rows[name] for name in sorted(rows)]


def victims_who_declined(
    connection: psycopg.Connection[Any],
    since: date,
    until: date,
    *,
    as_at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return the victims who declined to give evidence, by reason, in outcomes of a period."""
    asked = {"kind": "outcome", "since": since, "until": until, "as_at": as_at}
    with snapshot(connection):
        rows = connection.execute(DECLINED, asked).fetchall()
    return [
        {"reason": reason, "victims": int(number), "positions": positions}
        for reason, number, positions in rows
    ]


def missing_children(
    connection: psycopg.Connection[Any],
    since: date,
    until: date,
    *,
    as_at: datetime | None = None,
) -> dict[str, Any]:
    """Return the incidents that began in a period: in all, by how they stand, linked; and each."""
    asked = {"kind": "missing-child", "since": since, "until": until, "as_at": as_at}
    with snapshot(connection):
        rows = connection.execute(MISSING, asked).fetchall()
    steps = [step for _, _, step, _, _ in rows]
    return {
        "incidents": len(rows),
        "found": steps.count("found"),
        "still_missing": steps.count("went_missing"),
        "link_suspected": sum(linked for *_, linked, _ in rows),
        "each": [
            {"incident": incident, "since": first.isoformat(), "status": step, "positions": where}
            for incident, first, step, _, where in rows
        ],
    }
