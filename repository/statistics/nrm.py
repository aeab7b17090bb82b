"""The National Referral Mechanism's bulletin: cases, never events, as at a moment."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, LiteralString

import psycopg

from intelbus.errors import InvalidRequestError
from repository.queries.snapshot import snapshot
from repository.statistics import cases
from repository.statistics.cases import DIMENSIONS
from repository.statistics.first_responders import group_of
from repository.statistics.stage import STAGE

# How far the count has come, up to the moment asked for, and what the log holds beyond it: both as
# far as who asks may see.
AS_AT: LiteralString = """
WITH counted_to AS (
    SELECT coalesce((SELECT position FROM stage_cursor WHERE stage = %(stage)s), 0) AS position
)
SELECT CASE WHEN %(as_at)s::timestamptz IS NULL
            THEN (SELECT l.position FROM event_log l
                  WHERE l.position <= (SELECT position FROM counted_to)
                  ORDER BY l.position DESC LIMIT 1)
            ELSE (SELECT max(position) FROM counted WHERE received_at <= %(as_at)s) END,
       (SELECT count(*) FROM event_log l WHERE l.position > (SELECT position FROM counted_to))
"""


class NoCellError(InvalidRequestError):
    """The bulletin has no such cell."""


def end_of(day: date) -> datetime:
    """Return the last microsecond of a day, UTC: what "as at" a day means."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)


def as_at_of(connection: psycopg.Connection[Any], as_at: datetime | None) -> dict[str, Any]:
    """Return what every table says of its moment: `as_at` (null: now), `as_at_position`, and how
    many events of the log are not counted yet (`not_yet_counted`).
    """
    row = connection.execute(AS_AT, {"as_at": as_at, "stage": STAGE}).fetchone()
    assert row is not None  # noqa: S101  (it has no FROM)
    return {
        "as_at": as_at.isoformat() if as_at else None,
        "as_at_position": int(row[0] or 0),
        "not_yet_counted": int(row[1]),
    }


def nrm_table(
    connection: psycopg.Connection[Any],
    since: date,
    until: date,
    *,
    types: Mapping[str, str] | None = None,
    as_at: datetime | None = None,
    everything: bool = False,
) -> dict[str, Any]:
    """Return the bulletin of the cases referred from `since` to `until`, both included.

    `types` is each agency's type, which says in which published row it counts. `as_at` counts only
    what the broker had received by then. Each table is `{value: cases}`. As of now, cases of which
    who asks may see every step are read as the stage folded them; `everything` says that these are
    all there are, so that no other is looked for.
    """
    now = cases.AS_FOLDED if everything else cases.AS_SEEN
    source = cases.FROM_STEPS if as_at else now
    with snapshot(connection):
        asked = {"since": since, "until": until, "as_at": as_at}
        rows = connection.execute(cases.counts(source), asked).fetchall()
        moment = as_at_of(connection, as_at)
    referrals, tables = _tables(rows, types or {})
    return {
        "period": {"from": since.isoformat(), "to": until.isoformat()},
        **moment,
        "referrals": referrals,
        **{name: _ordered(tables[name], shown) for name, shown in DIMENSIONS.items()},
    }


def _tables(
    rows: Sequence[Sequence[Any]], types: Mapping[str, str]
) -> tuple[int, dict[str, dict[str, int]]]:
    names = list(DIMENSIONS)
    every = 2 ** len(names) - 1
    which = {every - 2 ** (len(names) - 1 - index): index for index in range(len(names))}
    tables: dict[str, dict[str, int]] = {name: {} for name in names}
    referrals = 0
    for *values, mask, count in rows:
        if mask == every:
            referrals = count
            continue
        index = which[mask]
        if values[index] is not None:
            value = _published(names[index], values[index], types)
            tables[names[index]][value] = tables[names[index]].get(value, 0) + count
    return referrals, tables


def _published(name: str, value: str, types: Mapping[str, str]) -> str:
    return group_of(value, types) if name == "first_responder" else value


def _ordered(counts: Mapping[str, int], shown: Sequence[str]) -> dict[str, int]:
    others = sorted(set(counts) - set(shown), key=lambda value: (-counts[value], value))
    return {value: counts.get(value, 0) for value in (*shown, *others)}


def nrm_events(
    connection: psycopg.Connection[Any],
    since: date,
    until: date,
    *,
    dimension: str,
    value: str,
    types: Mapping[str, str] | None = None,
    as_at: datetime | None = None,
) -> list[list[int]]:
    """Return, for each case that one cell counts, the positions of its steps.

    Raises NoCellError when the bulletin has no such table.
    """
    if dimension not in DIMENSIONS:
        raise NoCellError(
            f"the bulletin has no table {dimension!r}", hint="one of: " + ", ".join(DIMENSIONS)
        )
    index = list(DIMENSIONS).index(dimension)
    asked = {"since": since, "until": until, "as_at": as_at}
    with snapshot(connection):
        rows = connection.execute(cases.rows(cases.FROM_STEPS), asked).fetchall()
    return sorted(
        row[-1]
        for row in rows
        if row[index] is not None and _published(dimension, row[index], types or {}) == value
    )


def revisions(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every figure in which two bulletins of one period differ."""
    pairs = [("referrals", "all", before["referrals"], after["referrals"])]
    for name in DIMENSIONS:
        for value in dict.fromkeys((*before[name], *after[name])):
            pairs.append((name, value, before[name].get(value, 0), after[name].get(value, 0)))
    return [
        {"table": name, "value": value, "before": one, "after": other}
        for name, value, one, other in pairs
        if one != other
    ]
