"""Finding what fits in the index of terms: the rarest that must be there is followed, newest first.

Whatever else is asked for is looked up for those events alone. So a search costs what its rarest
word costs, and one that finds much stops when it has found enough.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from repository.search.matching import AFTER, BEGINNING, EXACT, FILTER, Needed, Range

AT_FIRST = 1_200
"""Events of the rarest term that are looked at first; then GROWS times as many."""
GROWS = 4
MOST_AT_ONCE = 60_000
# What more postings have is common, and nobody counts how common.
COMMON = 3_000
BEGINNING_OF_TIME = 2**62

_UNION_ALL = sql.SQL(" UNION ALL ")
# One a range of terms, its bounds known to the planner: joined with a list of ranges, it would
# guess that each holds a two-hundredth of all postings, and read them all.
NEWEST = sql.SQL(
    "ARRAY(SELECT p.position FROM posting p WHERE {within} AND p.position < %(before)s"
    " ORDER BY p.position DESC LIMIT %(most)s) AS {name}"
)
CUT_OFF = sql.SQL("CASE WHEN cardinality({name}) = %(most)s THEN {name}[%(most)s] ELSE 0 END")
# What is looked at: of what was cut off at so many, all is known down to its last position only.
# It stays in the database: in an array that is sent, the planner looks at every element.
LOOKED_AT = sql.SQL(
    """newest AS MATERIALIZED (SELECT {newest}),
cut AS MATERIALIZED (SELECT greatest({cuts}) AS last, {every} AS every FROM newest),
looked AS MATERIALIZED (
    SELECT last, CASE WHEN last = 0 THEN every
                      ELSE ARRAY(SELECT p FROM unnest(every) AS p WHERE p >= last) END AS at
    FROM cut
)"""
)
# Of several ranges the later are not counted when the first hold enough.
HOW_MANY = sql.SQL("SELECT {at}::int, count(*) FROM ({every} LIMIT %(most)s) AS found")
ANY_OF = sql.SQL("SELECT FROM posting p WHERE {within}")
REACH = sql.SQL(
    "SELECT {at}::int, (SELECT p.position FROM posting p WHERE {within}"
    " ORDER BY p.position DESC OFFSET %(most)s LIMIT 1)"
)
HITS = sql.SQL(
    "SELECT p.position, p.ordinal, n.number, {weight} AS weight FROM posting p"
    " CROSS JOIN unnest({numbers}::int[]) AS n(number)"
    " WHERE {within} AND p.position = ANY({at})"
)
AT = sql.SQL("%(at)s::bigint[]")
# Of events looked at, those that also hold one of some ranges.
NARROWED = sql.SQL("{name} AS MATERIALIZED (SELECT ARRAY({holding}) AS at)")
LEFT = sql.SQL("(SELECT at FROM {name})::bigint[]")
LOOKED = LEFT.format(name=sql.Identifier("looked"))
HOLDING = sql.SQL("SELECT p.position FROM posting p WHERE {within} AND p.position = ANY({at})")
# Of a period the log says it: of a few events, without all the terms of its days.
REPORTED = sql.SQL(
    "SELECT l.position FROM event_log l WHERE l.position = ANY({at})"
    " AND l.reported_at >= {since}::timestamp AT TIME ZONE 'UTC'"
    " AND l.reported_at < {until}::timestamp AT TIME ZONE 'UTC'"
)
OF_WORDS = sql.SQL(
    "fitting AS MATERIALIZED (SELECT position, array_agg(number) AS matched, {score} AS score,"
    " {words} AS words FROM ({hits}) AS hit GROUP BY position)"
)
# Where no word need be there, what has none is looked at too.
WORDLESS = sql.SQL(" UNION ALL SELECT position, -1, -1, 0 FROM unnest({at}) AS looked(position)")
OF_FILTERS = sql.SQL(
    "fitting AS MATERIALIZED (SELECT DISTINCT position, '{{}}'::int[] AS matched, 0 AS score,"
    " 0 AS words FROM unnest({at}) AS looked(position))"
)
SCORE = sql.SQL("coalesce(max(weight) FILTER (WHERE number = {number}), 0)")
WORD = sql.SQL("bool_or(number = {number})::int")
# The log says all that is asked of a thousand results; the event is read for phrases alone.
FITTING = sql.SQL(
    """
WITH {looked}, {narrowed}
SELECT looked.last, f.position, l.agency, l.kind, l.marking, date_part('epoch', l.reported_at),
       f.score, f.words, {matched} AS matched, {value} AS value
FROM looked LEFT JOIN (
    SELECT * FROM fitting WHERE {condition} ORDER BY position DESC LIMIT %(limit)s
) f ON true LEFT JOIN event_log l USING (position)
{event}
ORDER BY f.position DESC
"""
)
EVENT = sql.SQL("LEFT JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id")
MATCHED = sql.SQL("SELECT position, array_agg(DISTINCT ordinal) FROM ({hits}) AS h GROUP BY 1")


@dataclass(slots=True)
class Found:
    """An event that fits: when it was reported (seconds since 1970), how well it fits, and how many
    words it has; which they are and its value only where the caller checks it.
    """

    position: int
    agency: str
    kind: str
    marking: str
    reported: float
    score: int
    words: int
    matched: list[int] | None
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: the ranges of words; what must be there, filters too; the condition on
    the numbers of words, `matched`.
    """

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
    order, common = _rarest_first(connection, sought.needed)
    found: dict[int, Found] = {}
    size = AT_FIRST
    if common:
        exact = sought.exactly()
        order = _rarest_of_common(connection, exact.needed, order)
        if exact != sought and all(exact.needed):
            found = _follow(connection, exact, order, size=size, most=most, fits=fits)
            size *= GROWS  # whole words have all been looked at: likenesses may be few
    if len(found) <= most:
        found |= _follow(connection, sought, order, size=size, most=most, fits=fits)
    return sorted(found.values(), key=_rank)


def _rank(one: Found) -> tuple[int, float, int]:
    return (-one.score, -one.reported, one.position)


def matched_ordinals(
    connection: psycopg.Connection[Any], sought: Sought, positions: Collection[int]
) -> dict[int, set[int]]:
    """Return which subjects of these events have words that were looked for, by position."""
    if not sought.ranges or not positions:
        return {}
    statement = MATCHED.format(hits=_hits(sought.ranges, AT))
    rows = connection.execute(statement, {"at": list(positions)}, prepare=False)
    return {position: set(ordinals) for position, ordinals in rows}


def _follow(
    connection: psycopg.Connection[Any],
    sought: Sought,
    order: Sequence[int],
    *,
    size: int,
    most: int,
    fits: Callable[[Found], bool] | None,
) -> dict[int, Found]:
    """Return what fits, by position, following what the first of `order` holds until there is
    enough (at first `size` events of it), and narrowing it by the others in turn.
    """
    rarest, *others = (sought.needed[at] for at in order)
    statement = FITTING.format(
        looked=_looked_at(rarest),
        narrowed=_narrowed(sought, others),
        condition=sql.SQL(sought.condition),
        matched=sql.SQL("f.matched" if fits else "NULL"),
        value=sql.SQL("e.value" if fits else "NULL"),
        event=EVENT if fits else sql.SQL(""),
    )
    found: dict[int, Found] = {}
    before = BEGINNING_OF_TIME
    while before and len(found) <= most:
        missing = most + 1 - len(found)
        wanted = {"before": before, "most": size, "limit": missing}
        rows = connection.execute(statement, wanted, prepare=False).fetchall()
        fitting = [row for row in rows if row[1] is not None]
        for _, *row in fitting:
            one = Found(*row)
            # what is hidden, though its terms are not, is not there
            if row[1] is not None and (fits is None or fits(one)):
                found[one.position] = one
        before = fitting[-1][1] if len(fitting) == missing else rows[0][0]
        size = _next_size(size, len(fitting), most + 1 - len(found))
    return found


def _next_size(size: int, fitted: int, missing: int) -> int:
    """Return how many events to look at next, when of `size` so many fitted."""
    grown = size * GROWS
    likely = round(1.3 * missing * size / fitted) if fitted else grown
    return min(max(likely, AT_FIRST), grown, MOST_AT_ONCE)


def _looked_at(ranges: Needed) -> sql.Composed:
    """Return the newest events that these ranges hold, and down to which position they are all."""
    wanted = [each for one in _apart(ranges) for each in _ordered(one)]
    names = [sql.Identifier(f"of_{at}") for at in range(len(wanted))]
    comma = sql.SQL(", ")
    return LOOKED_AT.format(
        cuts=comma.join(CUT_OFF.format(name=name) for name in names),
        every=sql.SQL(" || ").join(names),
        newest=comma.join(
            NEWEST.format(within=_within(one), name=name)
            for one, name in zip(wanted, names, strict=True)
        ),
    )


def _apart(ranges: Needed) -> list[Range]:
    """Return what holds the same, without what others of them hold: a beginning has its whole word
    too, and words written as one stand for each of them.
    """
    begun = {one.low for one in ranges if one.one_term is None}
    wanted = [one for one in ranges if one.one_term is None or one.low not in begun]
    return list({(one.low, one.high): one for one in wanted}.values())


def _ordered(one: Range) -> list[Range]:
    """Return a range as its first term, whose events the index has in order, and what is longer,
    which is little as a rule and must be sorted.
    """
    if one.one_term is not None:
        return [one]
    return [replace(one, high=one.low + AFTER), replace(one, low=one.low + AFTER)]


def _narrowed(sought: Sought, others: Sequence[Needed]) -> sql.Composed:
    """Return what is left of the events looked at, part by part, and how well the rest fits."""
    steps: list[sql.Composable] = []
    at: sql.Composable = LOOKED
    for number, part in enumerate(others):
        holding = sql.SQL(" UNION ").join(_holding(one, at) for one in _apart(part))
        name = sql.Identifier(f"left_{number}")
        steps.append(NARROWED.format(name=name, holding=holding))
        at = LEFT.format(name=name)
    numbers = [sql.Literal(number) for number in sorted({one.number for one in sought.ranges})]
    if numbers:
        hits = _hits(sought.ranges, at)
        if all(one.weight == FILTER for part in sought.needed for one in part):
            hits += WORDLESS.format(at=at)
        fitting = OF_WORDS.format(
            hits=hits,
            score=sql.SQL(" + ").join(SCORE.format(number=number) for number in numbers),
            words=sql.SQL(" + ").join(WORD.format(number=number) for number in numbers),
        )
    else:
        fitting = OF_FILTERS.format(at=at)
    return sql.SQL(", ").join([*steps, fitting])


def _holding(one: Range, at: sql.Composable) -> sql.Composed:
    if one.days is None:
        return HOLDING.format(within=_within(one), at=at)
    since, until = one.days
    return REPORTED.format(since=_text(since), until=_text(until), at=at)


def _rarest_first(
    connection: psycopg.Connection[Any], needed: Sequence[Needed]
) -> tuple[list[int], bool]:
    """Return the numbers of these, the rarest first, and whether even that is COMMON."""
    counts = [
        HOW_MANY.format(
            at=sql.Literal(at),
            every=_UNION_ALL.join(ANY_OF.format(within=_within(one)) for one in _apart(ranges)),
        )
        for at, ranges in enumerate(needed)
    ]
    statement = _UNION_ALL.join(counts)
    many = dict(connection.execute(statement, {"most": COMMON}, prepare=False).fetchall())
    order = sorted(range(len(needed)), key=lambda at: many[at])
    return order, many[order[0]] == COMMON


def _rarest_of_common(
    connection: psycopg.Connection[Any], needed: Sequence[Needed], order: Sequence[int]
) -> list[int]:
    """Return the order of these by how far back the newest events of each go, the furthest first;
    those whose order the index does not have come last. Of words written as one, the whole word
    says it: what is longer is little.
    """
    ordered = [
        at
        for at in order
        if all(one.one_term is not None or one.weight == EXACT for one in needed[at])
    ]
    if len(ordered) < 2:
        return [*ordered, *(at for at in order if at not in ordered)]
    reaches = [
        REACH.format(at=sql.Literal(at), within=_within(_ordered(one)[0]))
        for at in ordered
        for one in needed[at]
    ]
    statement = _UNION_ALL.join(reaches)
    last = dict.fromkeys(ordered, 0)
    for at, position in connection.execute(statement, {"most": AT_FIRST}, prepare=False):
        last[at] = max(last[at], position or 0)
    return [*sorted(ordered, key=last.__getitem__), *(at for at in order if at not in ordered)]


def _hits(ranges: Sequence[Range], at: sql.Composable) -> sql.Composed:
    """Return what these ranges hold of some events, each looked up once: a beginning holds its
    whole word too, and words that are also written as one share what that is.
    """
    begun = {(one.number, one.low) for one in ranges if one.one_term is None}
    shared: dict[tuple[str, str, int], list[int]] = {}
    for one in ranges:
        if one.one_term is None or (one.number, one.low) not in begun:
            shared.setdefault((one.low, one.high, one.weight), []).append(one.number)
    return _UNION_ALL.join(
        HITS.format(
            numbers=sql.Literal(numbers),
            weight=_weight(low, weight),
            at=at,
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
