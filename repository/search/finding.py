"""Finding what fits in the index of terms: the rarest that must be there is followed, newest first.

Whatever else is asked for is looked up for those events alone. So a search costs what its rarest
word costs, and one that finds much stops when it has found enough.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from repository.search.matching import BEGINNING, EXACT, FILTER, FIRST_FILTER, Needed, Range

AT_FIRST = 1_200
"""Events of the rarest term that are looked at first; then GROWS times as many."""
GROWS = 4
MOST_AT_ONCE = 20_000
# What more postings have is common, and nobody counts how common.
COMMON = 3_000
BEGINNING_OF_TIME = 2**62

# One a range of terms, its bounds known to the planner: joined with a list of ranges, it would
# guess that each holds a two-hundredth of all postings, and read them all.
NEWEST = sql.SQL(
    "(SELECT {at}::int, p.position FROM posting p WHERE {within} AND p.position < %(before)s"
    " ORDER BY p.position DESC LIMIT %(most)s)"
)
# Of what was cut off at so many, all is known down to its last position only.
POSITIONS = sql.SQL(
    """
WITH newest(at, position) AS ({newest}), cut AS (
    SELECT coalesce(max(last), 0) AS last FROM (
        SELECT min(position) AS last FROM newest GROUP BY at HAVING count(*) = %(most)s
    ) AS whole
)
SELECT coalesce((SELECT array_agg(DISTINCT position) FROM newest WHERE position >= cut.last)::text,
                '{{}}'), cut.last
FROM cut
"""
)
HOW_MANY = sql.SQL(
    "SELECT {at}::int, count(*) FROM (SELECT FROM posting p WHERE {within} LIMIT %(most)s) AS found"
)
HITS = sql.SQL(
    "SELECT p.position, p.ordinal, n.number, {weight} AS weight FROM posting p"
    " CROSS JOIN unnest({numbers}::int[]) AS n(number)"
    " WHERE {within} AND p.position = ANY(%(at)s::bigint[])"
)
FITTING = sql.SQL(
    """
WITH hit AS ({hits}), best AS (
    SELECT position, number, max(weight) AS weight FROM hit GROUP BY position, number
), fitting AS MATERIALIZED (
    SELECT position, array_agg(number) AS matched, sum(weight)::int AS score FROM best
    GROUP BY position
)
SELECT f.position, l.agency, l.event_id, l.kind, l.marking, l.source_reference, l.reported_at,
       f.matched, f.score, {value} AS value
FROM (
    SELECT * FROM fitting WHERE {condition} ORDER BY position DESC LIMIT %(limit)s
) f LEFT JOIN event_log l USING (position)
{event}
ORDER BY f.position DESC
"""
)
EVENT = sql.SQL("LEFT JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id")
MATCHED = sql.SQL("SELECT position, array_agg(DISTINCT ordinal) FROM ({hits}) AS h GROUP BY 1")


@dataclass(slots=True)
class Found:
    """An event that fits: which words, how well, and its value where the caller checks it."""

    position: int
    agency: str
    event_id: Any
    kind: str
    marking: str
    source_reference: str
    reported_at: Any
    matched: list[int]
    score: int
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: ranges; what must be there; the condition on the numbers `f.matched`."""

    ranges: tuple[Range, ...]
    needed: tuple[Needed, ...]
    condition: str

    def exactly(self) -> "Sought":
        """Return the same by whole words alone."""

        def whole(ranges: Sequence[Range]) -> tuple[Range, ...]:
            return tuple(one for one in ranges if one.weight in {EXACT, FILTER})

        return Sought(whole(self.ranges), tuple(map(whole, self.needed)), self.condition)


def find(
    connection: psycopg.Connection[Any],
    sought: Sought,
    most: int,
    fits: Callable[[Found], bool] | None = None,
) -> list[Found]:
    """Return what fits, best first, the newest of equals first; more than `most` only where there
    is more. Then whole words go before beginnings and sounds, and the latest accepted before what
    was accepted earlier, so that nothing is missed but what is older and fits no better.

    `fits` is asked last, with the event's value. What the connection may not see is not there.
    """
    if not all(sought.needed):
        return []
    which, common = _rarest(connection, sought.needed)
    found: dict[int, Found] = {}
    if common:
        exact = sought.exactly()
        which = _rarest_of_common(connection, exact.needed)
        if exact != sought and exact.needed[which]:
            found = _follow(connection, exact, exact.needed[which], most, fits)
    if len(found) <= most:
        found |= _follow(connection, sought, sought.needed[which], most, fits)
    return sorted(found.values(), key=_rank)


def _rank(one: Found) -> tuple[int, float, int]:
    return (-one.score, -one.reported_at.timestamp(), one.position)


def matched_ordinals(
    connection: psycopg.Connection[Any], sought: Sought, positions: Collection[int]
) -> dict[int, set[int]]:
    """Return which subjects of these events have words that were looked for, by position."""
    words = [one for one in sought.ranges if one.number < FIRST_FILTER]
    if not words or not positions:
        return {}
    statement = MATCHED.format(hits=_hits(words))
    rows = connection.execute(statement, {"at": list(positions)})
    return {position: set(ordinals) for position, ordinals in rows}


def _follow(
    connection: psycopg.Connection[Any],
    sought: Sought,
    rarest: Needed,
    most: int,
    fits: Callable[[Found], bool] | None,
) -> dict[int, Found]:
    """Return what fits, by position, following what `rarest` holds until there is enough."""
    statement = FITTING.format(
        hits=_hits(sought.ranges),
        condition=sql.SQL(sought.condition),
        value=sql.SQL("e.value" if fits else "NULL"),
        event=EVENT if fits else sql.SQL(""),
    )
    found: dict[int, Found] = {}
    before, size = BEGINNING_OF_TIME, AT_FIRST
    while before and len(found) <= most:
        positions, last = _newest(connection, rarest, before, size)
        missing = most + 1 - len(found)
        rows = connection.execute(statement, {"at": positions, "limit": missing}).fetchall()
        for row in rows:
            one = Found(*row)
            # what is hidden, though its terms are not, is not there
            if row[1] is not None and (fits is None or fits(one)):
                found[one.position] = one
        before = rows[-1][0] if len(rows) == missing else last
        size = _next_size(size, len(rows), most + 1 - len(found))
    return found


def _next_size(size: int, fitted: int, missing: int) -> int:
    """Return how many events to look at next, when of `size` so many fitted."""
    grown = size * GROWS
    likely = round(1.3 * missing * size / fitted) if fitted else grown
    return min(max(likely, AT_FIRST), grown, MOST_AT_ONCE)


def _rarest(connection: psycopg.Connection[Any], needed: Sequence[Needed]) -> tuple[int, bool]:
    """Return which of these fewest postings have, and whether even those are COMMON."""
    counts = [
        HOW_MANY.format(at=sql.Literal(at), within=_within(one))
        for at, ranges in enumerate(needed)
        for one in ranges
    ]
    many = [0] * len(needed)
    statement = sql.SQL(" UNION ALL ").join(counts)
    for at, count in connection.execute(statement, {"most": COMMON}):
        many[at] = min(many[at] + count, COMMON)
    least = min(range(len(needed)), key=lambda at: many[at])
    return least, many[least] == COMMON


def _rarest_of_common(connection: psycopg.Connection[Any], needed: Sequence[Needed]) -> int:
    """Return which of these goes furthest back with its newest events: those whose order the index
    has are asked.
    """
    ordered = [
        at
        for at, ranges in enumerate(needed)
        if ranges and all(one.one_term is not None for one in ranges)
    ]
    if len(ordered) < 2:
        return ordered[0] if ordered else 0
    return min(
        ordered,
        key=lambda at: _newest(connection, needed[at], BEGINNING_OF_TIME, AT_FIRST)[1],
    )


def _newest(
    connection: psycopg.Connection[Any], ranges: Needed, before: int, size: int
) -> tuple[str, int]:
    """Return the newest positions before one that these ranges hold, about `size` of them, as an
    array's text, and the last of them if there are older ones: 0 when there are none.
    """
    newest = sql.SQL(" UNION ALL ").join(
        NEWEST.format(at=sql.Literal(at), within=_within(one)) for at, one in enumerate(ranges)
    )
    statement = POSITIONS.format(newest=newest)
    ((positions, last),) = connection.execute(statement, {"before": before, "most": size})
    return str(positions), int(last)


def _hits(ranges: Sequence[Range]) -> sql.Composed:
    """Return what these ranges hold, each looked up once: a beginning holds its whole word too, and
    words that are also written as one share what that is.
    """
    begun = {(one.number, one.low) for one in ranges if one.one_term is None}
    shared: dict[tuple[str, str, int], list[int]] = {}
    for one in ranges:
        if one.one_term is None or (one.number, one.low) not in begun:
            shared.setdefault((one.low, one.high, one.weight), []).append(one.number)
    return sql.SQL(" UNION ALL ").join(
        HITS.format(
            numbers=sql.Literal(numbers),
            weight=_weight(low, weight),
            within=_within(Range(numbers[0], low, high, weight)),
        )
        for (low, high, weight), numbers in shared.items()
    )


def _weight(low: str, weight: int) -> sql.Composed:
    if weight != BEGINNING:
        return sql.SQL("{}::int").format(sql.Literal(weight))
    return sql.SQL("CASE p.term WHEN {} THEN {} ELSE {} END").format(
        _text(low), sql.Literal(EXACT), sql.Literal(weight)
    )


def _within(one: Range) -> sql.Composable:
    if one.one_term is not None:
        return sql.SQL("p.term = {}").format(_text(one.one_term))
    return sql.SQL("p.term >= {} AND p.term < {}").format(_text(one.low), _text(one.high))


def _text(value: str) -> sql.SQL:
    """Return a text as a literal, so that the planner knows it, in a query that has parameters."""
    return sql.SQL(sql.Literal(value).as_string().replace("%", "%%"))
