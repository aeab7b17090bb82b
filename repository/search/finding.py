"""Finding what fits in the index of terms: the rarest that must be there is followed, newest first.

Whatever else is asked for is looked up for those events alone. So a search costs what its rarest
word costs, and one that finds much stops when it has found enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from repository.search.matching import EXACT, FILTER, Needed, Range
from repository.search.statement import Sought, Statement, pieces

AT_FIRST = 2_000
"""Postings of the rarest term that are looked at first."""
GROWS = 4
"""Then so many times as many, or what is likely to be enough when ENOUGH have fitted."""
ENOUGH = 50
MOST_AT_ONCE = 60_000
COMMON = 300
"""What has more postings is common, and nobody counts how common: who sees little reads twenty
times as many to count them."""
BEGINNING_OF_TIME = 2**62

_UNION_ALL = " UNION ALL "
# Of several ranges the later are not counted when the first hold enough: whole words go first, in
# order, so that they say how far back the newest go.
HOW_MANY = "SELECT {at}, {of}, count(*), min(position) FROM ({every} LIMIT {most}) AS s"
IN_ORDER = (
    "SELECT position FROM (SELECT p.position FROM {postings} p WHERE {within}"
    " ORDER BY p.position DESC LIMIT {most}) AS o"
)
ANY_OF = "SELECT p.position FROM {postings} p WHERE {within}"
MATCHED = "SELECT position, array_agg(DISTINCT ordinal) FROM ({hits}) AS h GROUP BY 1"
ORDINALS = (
    "SELECT p.position, p.ordinal FROM {postings} p"
    " WHERE {within} AND p.position = ANY(%(at)s::bigint[])"
)


@dataclass(slots=True)  # frozen, a thousand take longer to make than to find
class Found:
    """An event that fits: when it was reported (seconds since 1970), how well it fits, and how many
    words it has.
    """

    position: int
    agency: str
    kind: str
    marking: str
    reported: float
    score: int
    words: int


def find(
    connection: psycopg.Connection[Any], sought: Sought, most: int, *, some: bool = False
) -> list[Found]:
    """Return what fits, best first, the newest of equals first; more than `most` only where there
    is more. Then words written as one (a name in full) go before others, whole words before
    beginnings and sounds, and the latest accepted before what was accepted earlier, so that nothing
    is missed but what is older and fits no better. `some` says that nothing has all the words, so
    that none has them written as one.

    What the connection may not see is not there.
    """
    if not all(sought.needed):
        return []
    order, common = _rarest_first(connection, sought.needed, sought.postings)

    def follow(what: Sought) -> dict[int, Found]:
        return _follow(connection, what, order, most=most)

    fewer = (sought.exactly(),) if some else (sought.as_one(), sought.exactly())
    less = [one for one in dict.fromkeys(fewer) if one != sought]
    first, *then = [one for one in less if common and all(one.needed)] or [sought]
    found = follow(first)
    if then and most // 4 < len(found) <= most:
        # So much fits best that there are likely to be enough whole words: likenesses can wait.
        found = follow(then.pop())
    if first != sought and len(found) <= most:
        # What fits best has been looked at: likenesses may be few.
        every = follow(sought)
        for one in then if len(every) > most else ():
            found = follow(one)
        if len(found) <= most:
            found |= every
    return sorted(found.values(), key=_rank)


def _rank(one: Found) -> tuple[int, float, int]:
    return (-one.score, -one.reported, one.position)


def matched_ordinals(
    connection: psycopg.Connection[Any], sought: Sought, positions: str
) -> dict[int, set[int]]:
    """Return which subjects of these events (as `bigints` has them) have words that were looked
    for, by position.
    """
    if not sought.ranges:
        return {}
    every = dict.fromkeys(piece for one in sought.ranges for piece in pieces(one))
    hits = _UNION_ALL.join(
        ORDINALS.format(within=piece.within, postings=sought.postings) for piece in every
    )
    rows = connection.execute(sql.SQL(MATCHED.format(hits=hits)), {"at": positions}, prepare=False)
    return {position: set(ordinals) for position, ordinals in rows}


def _follow(
    connection: psycopg.Connection[Any],
    sought: Sought,
    order: Sequence[int],
    *,
    most: int,
) -> dict[int, Found]:
    """Return what fits, by position, following what the first of `order` holds until there is
    enough, and narrowing it by the others in turn.
    """
    statement = Statement(sought, order)
    found: dict[int, Found] = {}
    before, size = BEGINNING_OF_TIME, AT_FIRST
    while before and len(found) <= most:
        missing = most + 1 - len(found)
        size = size if statement.narrows else missing
        wanted = {"before": before, "most": size, "limit": missing}
        rows = connection.execute(statement.text, wanted, prepare=False).fetchall()
        fitting = [row for row in rows if row[1] is not None]
        for _, position, agency, kind, marking, reported, bits in fitting:
            # what is hidden, though its terms are not, is not there
            if agency is not None:
                score, words = statement.score_and_words(bits)
                found[position] = Found(position, agency, kind, marking, reported, score, words)
        before = fitting[-1][1] if len(fitting) == missing else rows[0][0]
        size = _next_size(size, len(fitting), most + 1 - len(found))
    return found


def _next_size(size: int, fitted: int, missing: int) -> int:
    """Return how many events to look at next, when of `size` so many fitted."""
    grown = size * GROWS
    likely = round(1.3 * missing * size / fitted) if fitted else grown
    return min(max(likely, AT_FIRST), MOST_AT_ONCE if fitted >= ENOUGH else grown, MOST_AT_ONCE)


def _rarest_first(
    connection: psycopg.Connection[Any], needed: Sequence[Needed], postings: str
) -> tuple[list[int], bool]:
    """Return the numbers of these, the rarest first, and whether even that is common. Of what is
    common that is rarer whose newest events go further back, and what the index does not have in
    order comes last.
    """
    counts = [
        _how_many(at, number, ranges, postings)
        for at, part in enumerate(needed)
        for number, ranges in enumerate(_by_word(part))
    ]
    many = dict.fromkeys(range(len(needed)), 0)
    last = dict.fromkeys(range(len(needed)), 0)
    statement = sql.SQL(_UNION_ALL.join(counts))
    for at, _, count, reach in connection.execute(statement, prepare=False):
        many[at] += count
        last[at] = max(last[at], reach if count == COMMON else 0)
    if min(many.values()) < COMMON:
        return sorted(many, key=many.__getitem__), False
    unordered = {at for at, part in enumerate(needed) if not all(map(_in_order, part))}
    return sorted(last, key=lambda at: (at in unordered, last[at])), True


def _in_order(one: Range) -> bool:
    """Whether the index has the events of a range in order, but for a few."""
    return one.one_term is not None or one.weight != FILTER


def _by_word(part: Needed) -> Iterator[list[Range]]:
    """Yield the ranges of each word, and each filter by itself."""
    words: dict[int | str, list[Range]] = {}
    for one in part:
        words.setdefault(one.low if one.weight == FILTER else one.number, []).append(one)
    yield from words.values()


def _how_many(at: int, of: int, ranges: Sequence[Range], postings: str) -> str:
    """Return what counts a word, its whole word first."""
    first, *others = dict.fromkeys(
        piece for one in sorted(ranges, key=lambda o: o.weight != EXACT) for piece in pieces(one)
    )
    every = [IN_ORDER.format(within=first.within, most=COMMON, postings=postings)]
    every += [ANY_OF.format(within=piece.within, postings=postings) for piece in others]
    return HOW_MANY.format(at=at, of=of, most=COMMON, every=_UNION_ALL.join(every))
