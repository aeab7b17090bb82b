"""Reading the audit: who has seen this, what a supervisor should look at, what is unusual.

All of it runs in a supervisor's session, whose policies show the looks of those readers alone who
may see no more than the supervisor.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, LiteralString

import psycopg

from intelbus.errors import (
    ConflictError,
    ContentError,
    InvalidRequestError,
    RefusedError,
)
from repository.access.audit import position_of
from repository.access.patterns import HISTORY, Day, unusual
from repository.access.reader import Reader

ONE_IN = 10
VERDICTS = ("in order", "to be followed up")
COLUMNS = ("audit_no", "at", "reader", "organisation", "os_user", "purpose", "operation", "asked",
           "outcome", "ids")  # fmt: skip
_COLUMNS: LiteralString = """
a.audit_no, a.at, a.reader, a.organisation, a.os_user, a.purpose, a.operation, a.asked, a.outcome,
a.ids
"""
SEEN: LiteralString = """
SELECT {} FROM unnest(%s::text[]) AS w(id)
JOIN LATERAL (SELECT audit_no FROM audit_seen s WHERE s.id = w.id) s ON true
JOIN audit a USING (audit_no)
ORDER BY a.at, a.audit_no
""".replace("{}", _COLUMNS)
# Whatever has to do with a broken glass comes first, and all of it. Which other looks are drawn is
# settled by the chain's hash, which nobody knows before the row is there.
SAMPLE: LiteralString = """
SELECT {} FROM audit a
WHERE a.at >= %(since)s
  AND (audit_draw(a.audit_no) %% %(one_in)s = 0 OR a.operation = 'glass' OR a.asked ? 'glass')
  AND NOT EXISTS (SELECT FROM audit_review r WHERE r.audit_no = a.audit_no)
ORDER BY (a.operation = 'glass' OR a.asked ? 'glass') DESC, a.at, a.audit_no
OFFSET %(offset)s LIMIT %(limit)s
""".replace("{}", _COLUMNS)
BETWEEN: LiteralString = """
SELECT {} FROM audit a WHERE a.at >= %(since)s AND a.at < %(until)s ORDER BY a.at
""".replace("{}", _COLUMNS)
VISIBLE: LiteralString = "SELECT position::text FROM event_log WHERE position = ANY(%s)"
REVIEW: LiteralString = """
INSERT INTO audit_review (audit_no, reviewed_by, verdict, note) VALUES (%s, %s, %s, %s)
"""
DAYS: LiteralString = """
SELECT reader, (at AT TIME ZONE 'UTC')::date, count(*), count(DISTINCT purpose),
       count(*) FILTER (WHERE outcome IN ('nothing', 'refused')), sum(cardinality(ids))
FROM audit WHERE at >= %(since)s AND at < %(until)s GROUP BY 1, 2 ORDER BY 1, 2
"""


class NoLookError(ContentError):
    """There is no such look."""


def require_supervisor(reader: Reader) -> None:
    """Raise RefusedError unless the reader is a supervisor."""
    if not reader.has("supervisor"):
        raise RefusedError("only a supervisor reads the audit", hint="the role is `supervisor`")


def looks_at(connection: psycopg.Connection[Any], ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return every look in whose answer one of these ids was, the oldest first."""
    found = {row[0]: row for row in connection.execute(SEEN, (list(ids),))}
    return _shown(connection, list(found.values()))


def sample(
    connection: psycopg.Connection[Any],
    since: datetime,
    *,
    one_in: int = ONE_IN,
    limit: int = 100,
    offset: int = 0,
) -> tuple[list[dict[str, Any]], bool]:
    """Return a page of every look that has to do with a broken glass, and one in so many others,
    since a moment, that nobody has reviewed yet; and whether there are more.
    """
    asked = {"since": since, "one_in": one_in, "limit": limit + 1, "offset": offset}
    rows = connection.execute(SAMPLE, asked).fetchall()
    return _shown(connection, rows[:limit]), len(rows) > limit


def looks_between(
    connection: psycopg.Connection[Any], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Return every look from a moment until before another."""
    asked = {"since": since, "until": until}
    return _shown(connection, connection.execute(BETWEEN, asked).fetchall())


def review(
    connection: psycopg.Connection[Any], reader: Reader, audit_no: int, verdict: str, note: str
) -> None:
    """Put on record what a supervisor found of a look.

    Raises NoLookError, InvalidRequestError, ConflictError, and RefusedError for one's own.
    """
    if verdict not in VERDICTS:
        raise InvalidRequestError(
            f"{verdict!r} is no verdict", hint=f"known: {', '.join(VERDICTS)}"
        )
    row = connection.execute("SELECT reader FROM audit WHERE audit_no = %s", (audit_no,)).fetchone()
    if row is None:
        raise NoLookError(subject=str(audit_no))
    if row[0] == reader.name:
        raise RefusedError("nobody reviews their own looks", subject=str(audit_no))
    try:
        with connection.transaction():
            connection.execute(REVIEW, (audit_no, reader.name, verdict, note))
    except psycopg.errors.UniqueViolation as error:
        raise ConflictError("it was reviewed before", subject=str(audit_no)) from error


def unusual_on(connection: psycopg.Connection[Any], day: date) -> list[dict[str, Any]]:
    """Return what readers did on a day that is unusual for them: a row a rule that it breaks."""
    midnight = datetime.combine(day, time(), UTC)
    asked = {"since": midnight - HISTORY, "until": midnight + timedelta(days=1)}
    counted = [Day(*row) for row in connection.execute(DAYS, asked)]
    return [{**asdict(one), "day": one.day.isoformat()} for one in unusual(counted, day)]


def _shown(
    connection: psycopg.Connection[Any], rows: Sequence[tuple[Any, ...]]
) -> list[dict[str, Any]]:
    """Return looks with those ids alone that may be seen today: codes may have changed since."""
    found = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    named = {name: position_of(name) for one in found for name in one["ids"]}
    asked = sorted({position for position in named.values() if position is not None})
    visible = {name for (name,) in connection.execute(VISIBLE, (asked,))}
    return [
        {
            **one,
            "at": one["at"].isoformat(),
            "ids": [name for name in one["ids"] if str(named[name]) in visible],
        }
        for one in found
    ]
