"""Parts: what hangs together with descriptions, as far as the connection's reader may see it.

The same parts as the linker's for who sees everything: a component of too many is parted at a bar
one bit higher, until it fits. What is seen alone decides it; and no more is read of a large one
than shows that it is large.
"""

from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass
from itertools import combinations
from math import inf
from typing import Any, LiteralString

import psycopg

from repository.linking.closure import CONNECTS, Judged
from repository.linking.clustering import MOST, Edges, tied, with_ties
from repository.linking.copying import bigints

# What new descriptions hang together with, but for older ones, which are known: the policy asks for
# two visible records of each pair, and most pairs say that two are not one.
JOINING: LiteralString = """
SELECT e.a, e.b, e.weight FROM unnest(%(new)s::bigint[]) AS w(number) JOIN edge e ON e.a = w.number
WHERE e.weight >= %(bar)s AND NOT e.b = ANY(%(older)s::bigint[])
UNION ALL
SELECT e.a, e.b, e.weight FROM unnest(%(new)s::bigint[]) AS w(number) JOIN edge e ON e.b = w.number
WHERE e.weight >= %(bar)s AND NOT e.a = ANY(%(older)s::bigint[] || %(new)s::bigint[])
"""
# Within a part those weigh too. Each pair is looked up (OFFSET 0): asked for all between so many
# descriptions, the planner looks up every one with every other, of whatever part.
PARTING: LiteralString = """
SELECT e.a, e.b, e.weight FROM unnest(%(a)s::bigint[], %(b)s::bigint[]) AS w(a, b)
CROSS JOIN LATERAL (SELECT * FROM edge WHERE a = w.a AND b = w.b OFFSET 0) AS e
WHERE e.weight < %(bar)s
"""
# Each is looked up (OFFSET 0), or all words would be read and asked of the policy, which shows
# those on records alone that may both be seen.
WORDS: LiteralString = """
SELECT j.a_position, j.a_ordinal, j.b_position, j.b_ordinal, j.verdict > 0, j.a_description,
       j.b_description
FROM unnest(%(numbers)s::bigint[]) AS w(number) CROSS JOIN LATERAL (
    (SELECT * FROM judgement WHERE a_description = w.number OFFSET 0)
    UNION ALL
    (SELECT * FROM judgement WHERE b_description = w.number OFFSET 0)
) AS j
WHERE j.judge <> 'linker' AND j.verdict <> 0
  AND j.a_description IS NOT NULL AND j.b_description IS NOT NULL
"""


@dataclass(slots=True)
class _Group:
    """Descriptions that hang together, so far; `large` when they are too many for a part."""

    members: set[int]
    large: bool = False


class Parts:
    """The parts that some descriptions are in, at most of so many (`component`) each.

    `words` are people's on them, each with the descriptions of its two records.
    """

    def __init__(
        self, connection: psycopg.Connection[Any], asked: Collection[int], component: int
    ) -> None:
        self._connection, self._component = connection, component
        self._edges: dict[int, dict[int, float]] = {}
        self._known: set[int] = set()
        self._asked_of: set[int] = set()
        self.words: dict[Judged, tuple[int, int]] = {}
        self.parts = self._parts(asked)
        while self._ask_words():
            # Words lead on, to what else is in these parts then.
            self.parts = self._parts(asked)

    @property
    def pool(self) -> set[int]:
        """All descriptions in these parts."""
        return {number for part in self.parts for number in part}

    def of(self, numbers: Collection[int]) -> "Parts":
        """Return the parts alone that these descriptions are in, as if they alone were asked of."""
        found = copy(self)
        found.parts = [part for part in self.parts if not part.isdisjoint(numbers)]
        pool = found.pool
        found.words = {w: sides for w, sides in self.words.items() if not pool.isdisjoint(sides)}
        return found

    def edges(self) -> Edges:
        """Return the pairs between descriptions of one part, both ways: those too that say that two
        are not one, which are read now.
        """
        pairs = [
            pair
            for part in self.parts
            for pair in combinations(sorted(part), 2)
            if pair[1] not in self._edges[pair[0]]
        ]
        if pairs:
            ones, others = zip(*pairs, strict=True)
            wanted = {"a": bigints(ones), "b": bigints(others), "bar": CONNECTS}
            self._read(PARTING, wanted)
        return {
            number: {b: weight for b, weight in self._edges[number].items() if b in part}
            for part in self.parts
            for number in part
        }

    def _parts(self, asked: Iterable[int]) -> list[set[int]]:
        found: list[set[int]] = []
        ties = tied(sides for word, sides in self.words.items() if word.same)
        left, bar = set(asked), 0
        while left:
            groups = self._groups(left, bar, self._component if bar < MOST else inf, ties)
            found += [group.members for group in groups if not group.large]
            left &= {number for group in groups if group.large for number in group.members}
            bar += 1
        return found

    def _groups(self, begun: set[int], bar: int, most: float, ties: Edges) -> list[_Group]:
        """Return what pairs of at least `bar` connect with these, of a large group a part."""
        of = {number: _Group({number}) for number in begun}
        frontier = begun
        while frontier:
            self._know(frontier)
            edges, following = with_ties(self._edges, ties), set()
            for number in frontier:
                for other, weight in edges[number].items():
                    if of[number].large:
                        break
                    if weight < bar or of.get(other) is of[number]:
                        continue
                    if other not in of:
                        following.add(other)
                        of[other] = _Group({other})
                    one, more = sorted((of[number], of[other]), key=lambda g: -len(g.members))
                    one.members |= more.members
                    one.large = one.large or more.large or len(one.members) > most
                    of.update(dict.fromkeys(more.members, one))
            frontier = {number for number in following if not of[number].large}
        return list({id(group): group for group in of.values()}.values())

    def _know(self, numbers: Collection[int]) -> None:
        """Read the pairs that join these descriptions with others and are not known yet."""
        new = set(numbers) - self._known
        if not new:
            return
        for number in new:
            self._edges.setdefault(number, {})
        older = bigints(self._known)
        self._read(JOINING, {"new": bigints(new), "older": older, "bar": CONNECTS})
        self._known |= new

    def _read(self, statement: LiteralString, wanted: dict[str, Any]) -> None:
        for a, b, weight in self._connection.execute(statement, wanted).fetchall():
            self._edges.setdefault(a, {})[b] = weight
            self._edges.setdefault(b, {})[a] = weight

    def _ask_words(self) -> bool:
        """Take the words on the descriptions in these parts; return whether any are new."""
        new = self.pool - self._asked_of
        if not new:
            return False
        known = len(self.words)
        for *word, a, b in self._connection.execute(WORDS, {"numbers": bigints(new)}):
            self.words[Judged((word[0], word[1]), (word[2], word[3]), word[4])] = (a, b)
        self._asked_of |= new
        return len(self.words) > known
