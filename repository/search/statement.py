"""A search as one statement: the newest events of what is followed, narrowed by all else in turn.

Everything that is looked up of an event has its bit, so that nothing is looked up twice: the bits
of an event say whether it fits, and how well.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from psycopg import sql

from repository.search.language import (
    Filters,
    Node,
    Phrase,
    Word,
    denied,
    denies,
    filters_of,
    phrases_of,
)
from repository.search.matching import (
    AFTER,
    BEGINNING,
    EXACT,
    FILTER,
    Needed,
    Range,
    condition,
    filter_ranges,
    side_by_side,
)

# One a range of terms, its bounds known to the planner: joined with a list of ranges, it would
# guess that each holds a two-hundredth of all postings, and read them all.
NEWEST = (
    "ARRAY(SELECT DISTINCT p.position FROM {postings} p WHERE {within} AND p.position < %(before)s"
    " ORDER BY p.position DESC LIMIT %(most)s) AS {name}"
)
CUT_OFF = "CASE WHEN cardinality({name}) = %(most)s THEN {name}[%(most)s] ELSE 0 END"
# What is looked at: of what was cut off at so many, all is known down to its last position only.
# All this stays in the database: in an array that is sent, the planner looks at every element.
LOOKED_AT = """newest AS MATERIALIZED (SELECT {newest}),
cut AS MATERIALIZED (SELECT *, greatest({cuts}) AS last FROM newest),
left_0 AS MATERIALIZED (SELECT {left} AS at FROM cut)"""
# Of one piece all that was looked at is known.
DOWN_TO_LAST = (
    "CASE WHEN last = 0 THEN {every}"
    " ELSE ARRAY(SELECT p FROM unnest({every}) AS p WHERE p >= last) END"
)
FOLLOWED = (
    "SELECT p AS position, {bits} AS bits FROM cut, unnest(cut.{name}) AS p WHERE p >= cut.last"
)
HOLDING = (
    "SELECT p.position, {bits} AS bits FROM {postings} p WHERE {within} AND p.position = ANY({at})"
)
# Of a period the log says it: of a few events, without all the terms of its days.
REPORTED = (
    "SELECT l.position, {bits} AS bits FROM event_log l WHERE l.position = ANY({at})"
    " AND l.reported_at >= {since}::timestamp AT TIME ZONE 'UTC'"
    " AND l.reported_at < {until}::timestamp AT TIME ZONE 'UTC'"
)
SAYING = (
    "SELECT w.position, {bits} AS bits FROM wording w WHERE w.position = ANY({at})"
    " AND strpos(w.words, {phrase}) > 0"
)
# Of events looked at, those that also hold one of some things.
HELD = """held_{n} AS MATERIALIZED ({every}),
left_{n} AS MATERIALIZED (SELECT ARRAY(SELECT position FROM held_{n}) AS at)"""
LEFT = "(SELECT at FROM left_{n})::bigint[]"
# The log says all that is asked of a thousand results.
FITTING = """
WITH {steps}, fitting AS MATERIALIZED (
    SELECT position, found FROM (
        SELECT position, bit_or(bits) AS found FROM ({every}) AS held GROUP BY position
    ) AS looked WHERE {condition} ORDER BY position DESC LIMIT %(limit)s
)
SELECT cut.last, f.position, l.agency, l.kind, l.marking, date_part('epoch', l.reported_at), f.found
FROM cut LEFT JOIN fitting f ON true LEFT JOIN event_log l USING (position)
ORDER BY f.position DESC
"""
_UNION_ALL = " UNION ALL "


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: the ranges of words; what must be there, filters too; the condition on
    words and phrases, if there is one; in which `postings` (`Context.postings`).
    """

    ranges: tuple[Range, ...]
    needed: tuple[Needed, ...]
    node: Node | None
    postings: str = "posting"

    def exactly(self) -> "Sought":
        """Return the same by whole words alone, but for what must be absent: less of it would let
        in what does not fit.
        """
        absent = {word.number for word in denied(self.node)}

        def whole(ranges: Sequence[Range]) -> tuple[Range, ...]:
            return tuple(o for o in ranges if o.weight in {EXACT, FILTER} or o.number in absent)

        return replace(self, ranges=whole(self.ranges), needed=tuple(map(whole, self.needed)))

    def as_one(self) -> "Sought":
        """Return the same by what stands for every word, all of them written as one."""
        words: dict[int, set[tuple[str, str]]] = {}
        for one in self.ranges:
            words.setdefault(one.number, set()).add((one.low, one.high))
        shared = set.intersection(*words.values()) if words else set()

        def of_all(ranges: Sequence[Range]) -> tuple[Range, ...]:
            return tuple(o for o in ranges if o.weight == FILTER or (o.low, o.high) in shared)

        return replace(self, ranges=of_all(self.ranges), needed=tuple(map(of_all, self.needed)))


@dataclass(frozen=True, slots=True)
class Piece:
    """What of a range is looked up at once: its first term, whose events the index has in order, or
    what is longer, which is little as a rule and must be sorted.
    """

    low: str
    high: str

    @property
    def within(self) -> str:
        """The condition on a posting `p` to be of it."""
        if self.high == self.low + AFTER:
            return f"p.term = {literal(self.low)}"
        return f"p.term >= {literal(self.low)} AND p.term < {literal(self.high)}"


def pieces(one: Range) -> Iterator[Piece]:
    """Yield the pieces of a range, its first term first."""
    yield Piece(one.low, one.low + AFTER)
    if one.one_term is None:
        yield Piece(one.low + AFTER, one.high)


Thing = Piece | Range | Phrase
"""What is looked up: a piece of a range, a period or a phrase."""


class Statement:
    """The statement for what is sought, following the first of `order`. Its parameters are `most`
    events of each piece that is followed, those `before` a position, and the `limit` of what fits.

    It returns, newest first, (down to which position all is known, position, agency, kind, marking,
    when it was reported, bits); where nothing fits, one row with the first alone.
    """

    def __init__(self, sought: Sought, order: Sequence[int]) -> None:
        self._sought = sought
        # Several words may stand for the same terms: written as one, all of them do.
        parts = {
            frozenset((o.low, o.high) for o in p): p for p in (sought.needed[at] for at in order)
        }
        self._followed, *self._others = parts.values()
        periods = [one for part in self._others for one in part if one.days]
        every = [*sought.ranges, *(one for part in sought.needed for one in part)]
        looked_up = [piece for one in every for piece in pieces(one)]
        self._filters = {
            one: [*filter_ranges(dict(one.of))] for one in dict.fromkeys(filters_of(sought.node))
        }
        # A phrase of one word is a whole word.
        phrases = [one for one in phrases_of(sought.node) if len(one.words) > 1]
        things: list[Thing] = [*looked_up, *periods, *phrases, *self._of_filters]
        self._things = list(dict.fromkeys(things))
        self._bit = {thing: 1 << at for at, thing in enumerate(self._things)}
        self._weighed: dict[str, tuple[int, int]] = {}

    @property
    def narrows(self) -> bool:
        """Whether of what is followed not all fits."""
        node = self._sought.node
        if self._others or node is None:
            return bool(self._others)
        return denies(node) or any(len(one.words) > 1 for one in phrases_of(node))

    @cached_property
    def text(self) -> sql.SQL:
        """The statement."""
        newest = [*dict.fromkeys(piece for one in self._followed for piece in pieces(one))]
        names = [f"of_{at}" for at in range(len(newest))]
        together = " || ".join(names)
        steps = [
            LOOKED_AT.format(
                newest=", ".join(
                    NEWEST.format(name=name, within=piece.within, postings=self._sought.postings)
                    for name, piece in zip(names, newest, strict=True)
                ),
                cuts=", ".join(CUT_OFF.format(name=name) for name in names),
                left=together if len(names) == 1 else DOWN_TO_LAST.format(every=together),
            )
        ]
        # What is followed is known of whatever is looked at: where nothing narrows that, and where
        # another part has it too, it is not looked up again.
        followed: dict[Thing, str] = {
            piece: FOLLOWED.format(name=name, bits=self._bits([piece]))
            for name, piece in zip(names, newest, strict=True)
        }
        known: set[Thing] = set() if self._others else {*newest}
        every = [] if self._others else [*followed.values()]
        # All that is looked at holds a piece that is followed alone: the first part says it too.
        alone = newest if len(newest) == 1 else []
        known.update(alone)
        for n, part in enumerate(self._others, 1):
            things = self._things_of(part)
            known.update(things)
            also = alone if n == 1 else ()
            held = (followed.get(thing) or self._held(thing, n - 1, also) for thing in things)
            steps.append(HELD.format(n=n, every=_UNION_ALL.join(held)))
            every.append(f"TABLE held_{n}")
        last = len(self._others)
        every += [self._held(thing, last) for thing in self._things if self._is_left(thing, known)]
        return sql.SQL(
            FITTING.format(
                steps=", ".join(steps), every=_UNION_ALL.join(every), condition=self._condition()
            )
        )

    def score_and_words(self, found: str) -> tuple[int, int]:
        """Return how well an event of these bits fits, and how many of the words it has."""
        if found not in self._weighed:
            bits = int(found, 2)
            weights = [
                max((w for w, mask in masks if bits & mask), default=0) for masks in self._masks
            ]
            self._weighed[found] = sum(weights), sum(map(bool, weights))
        return self._weighed[found]

    @cached_property
    def _masks(self) -> list[list[tuple[int, int]]]:
        """Of each word, its ranges' (weight, bits): a beginning's first term is the whole word."""
        words: dict[int, list[tuple[int, int]]] = {}
        for one in self._sought.ranges:
            for at, piece in enumerate(pieces(one)):
                begins = one.weight == BEGINNING and one.one_term is None
                weight = EXACT if begins and at == 0 else one.weight
                words.setdefault(one.number, []).append((weight, self._bit[piece]))
        return list(words.values())

    def _things_of(self, part: Needed) -> Iterable[Thing]:
        """Return what is looked up of a part: a period whole."""
        return dict.fromkeys(
            thing for one in part for thing in ([one] if one.days else pieces(one))
        )

    def _is_left(self, thing: Thing, known: set[Thing]) -> bool:
        """Whether it is still to be looked up: it need not be there, but counts where it is."""
        asked = isinstance(thing, Phrase) or thing in self._of_words or thing in self._of_filters
        return asked and thing not in known

    @cached_property
    def _of_words(self) -> set[Piece | Range]:
        return {piece for one in self._sought.ranges for piece in pieces(one)}

    @cached_property
    def _of_filters(self) -> dict[Thing, None]:
        """What the filters within OR, NOT and brackets look up."""
        parts = (part for needed in self._filters.values() for part in needed)
        return {thing: None for part in parts for thing in self._things_of(part)}

    def _held(self, thing: Thing, n: int, also: Iterable[Thing] = ()) -> str:
        """Return what looks a thing up for the events that are left after a step, which `also` have
        other things.
        """
        bits, at = self._bits([thing, *also]), LEFT.format(n=n)
        if isinstance(thing, Piece):
            return HOLDING.format(
                bits=bits, at=at, within=thing.within, postings=self._sought.postings
            )
        if isinstance(thing, Phrase):
            return SAYING.format(bits=bits, at=at, phrase=literal(side_by_side(thing)))
        assert thing.days is not None  # noqa: S101  (no other range is a thing)
        since, until = map(literal, thing.days)
        return REPORTED.format(bits=bits, at=at, since=since, until=until)

    def _condition(self) -> str:
        """Return the condition on an event's bits, `found`."""
        parts = [self._has(self._things_of(part)) for part in self._others]
        if self._sought.node is not None:
            parts.append(condition(self._sought.node, self._has_asked))
        return " AND ".join(parts) or "true"

    def _has_asked(self, asked: Word | Phrase | Filters) -> str:
        if isinstance(asked, Filters):
            each = (self._has(self._things_of(part)) for part in self._filters[asked])
            return f"({' AND '.join(each)})"
        if isinstance(asked, Phrase):
            if len(asked.words) > 1:
                return self._has([asked])
            (asked,) = asked.words
        ranges = (one for one in self._sought.ranges if one.number == asked.number)
        return self._has(piece for one in ranges for piece in pieces(one))

    def _has(self, things: Iterable[Thing]) -> str:
        return f"(found & {self._bits(things)}) <> {self._bits(())}"

    def _bits(self, things: Iterable[Thing]) -> str:
        bits = 0
        for thing in things:
            bits |= self._bit[thing]
        return f"B'{bits:0{len(self._things)}b}'"


def literal(value: str) -> str:
    """Return a text as a literal, so that the planner knows it, in a query that has parameters."""
    return sql.Literal(value).as_string().replace("%", "%%")
