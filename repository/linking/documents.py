"""Documents: which of them tell two people apart, and who fits both. Pure.

A state gives two people two numbers; to one person it gives another when the first is lost or runs
out, and a trafficked person may carry one that is false. So documents that differ do not decide by
themselves who is who: they keep a victim's records apart until a person has looked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from functools import lru_cache
from itertools import combinations

from rapidfuzz.distance import OSA

from repository.linking.clustering import Edges, reached
from repository.linking.described import Description

Documents = Mapping[int, frozenset[str]]
"""What is said of whose documents: each its kind, its issuer and its number, parted by colons."""

FIELD = "document_number"
# Numbers with more slips of the hand between them are two numbers.
SLIPS = 2


def documents_of(description: Description) -> frozenset[str]:
    """Return the documents that somebody is said to have."""
    return frozenset(description.values.get(FIELD, ()))


@lru_cache(maxsize=200_000)
def _slip(x: str, y: str) -> bool:
    return OSA.distance(x, y, score_cutoff=SLIPS) <= SLIPS


def _issue(document: str) -> str:
    return document.rpartition(":")[0]


def differ(one: Set[str], other: Set[str]) -> bool:
    """Return whether two people have these documents: some of one kind and issuer, none the same,
    nor the same but for a slip of the hand.
    """
    if not one.isdisjoint(other):
        return False
    alike = [(x, y) for x in one for y in other if _issue(x) == _issue(y)]
    return bool(alike) and not any(_slip(x, y) for x, y in alike)


def held(numbers: Iterable[int], documents: Documents) -> dict[int, frozenset[str]]:
    """Return the documents of each of these, with what is said to be the same person's: who is
    reported with two passports has two.
    """
    found = {number: documents[number] for number in numbers if documents.get(number)}
    several = {each for each in found.values() if len(each) > 1}
    for together in _joined(several):
        for number, each in found.items():
            if not together.isdisjoint(each):
                found[number] = together
    return found


def _joined(several: Collection[frozenset[str]]) -> Iterator[frozenset[str]]:
    """Yield sets of which no two share a member, of which the given ones are made."""
    left = sorted(several, key=sorted)
    while left:
        whole = left.pop()
        while touching := [each for each in left if not whole.isdisjoint(each)]:
            whole = whole.union(*touching)
            left = [each for each in left if each not in touching]
        yield whole


def fit_two(
    numbers: Iterable[int], documents: Documents, edges: Edges, bar: float
) -> Iterator[int]:
    """Yield those of these that pairs of at least `bar` tie to documents that differ, where what
    they say of their own tells neither from them.
    """
    for number in numbers:
        near = {
            documents[other]
            for other, weight in edges.get(number, {}).items()
            if weight >= bar and other in documents
        }
        if len(near) < 2:
            continue
        own = documents.get(number, frozenset())
        fitting = [each for each in near if own.isdisjoint(each) and not _comparable(own, each)]
        if any(differ(one, other) for one, other in combinations(fitting, 2)):
            yield number


def _comparable(one: Set[str], other: Set[str]) -> bool:
    """Whether some are of one kind and issuer."""
    return not {_issue(x) for x in one}.isdisjoint(_issue(y) for y in other)


class Doubts:
    """What must not be left to weights where a victim is concerned: whether those are one whose
    documents differ, and who somebody is that fits two such.

    `doubtful` are those who fit two before anybody has said a word, each with those from whom a
    person has told it; `ties` are those whom people call one, who have all documents of each other.
    """

    def __init__(
        self,
        documents: Documents,
        doubtful: Mapping[int, Set[int]],
        edges: Edges,
        bar: float,
        ties: Edges,
    ) -> None:
        said = dict(documents)
        self._one: dict[int, int] = {}
        for number in ties:
            if number not in self._one:
                one = reached([number], ties, bar)
                every = frozenset[str]().union(*(documents.get(n, frozenset()) for n in one))
                self._one.update((n, number) for n in one)
                said.update((n, every) for n in one if every)
        self._held = held(said, said)
        self._doubtful: set[int] = set()
        for number, apart in doubtful.items():
            others = frozenset[str]().union(*(self._held.get(n, frozenset()) for n in apart))
            left = {n: each for n, each in self._held.items() if others.isdisjoint(each)}
            self._doubtful.update(fit_two([number], left, edges, bar))

    def on(self, a: int, b: int) -> bool:
        """Return whether it is in doubt that two are one."""
        if a in self._one and self._one[a] == self._one.get(b):
            return False
        if a in self._doubtful or b in self._doubtful:
            return True
        one, other = self._held.get(a), self._held.get(b)
        return one is not None and other is not None and differ(one, other)
