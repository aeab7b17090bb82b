"""What was weighed lately, in columns: each description is read once, and not once a batch. Pure.

What a pair weighs depends on its two descriptions and the weights alone, so what is remembered
changes no result. A number is of its content: what is said under it does not change either.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from repository.linking.corpus import Corpus
from repository.linking.described import Description, unpacked
from repository.linking.index import Ints
from repository.linking.scoring import Floats, Frequencies
from repository.linking.subjects import Described
from repository.linking.weigher import Weigher

MOST = 1_000_000
"""Descriptions of one kind that are remembered, about 300 bytes each; then it starts anew."""


class _Kind:
    """The descriptions of one kind: their rows in the corpus, and what each weighs by itself."""

    def __init__(self, weigher: Weigher, kind: str) -> None:
        self.corpus = Corpus()
        self.frequencies: Frequencies = weigher.weighing(kind).frequencies(self.corpus)
        self.row: dict[int, int] = {}
        self.own: Floats = np.zeros(1024)

    def add(self, numbers: Iterable[int], descriptions: Iterable[Description]) -> None:
        self.row.update(zip(numbers, self.corpus.add(descriptions), strict=True))

    def rows(self, numbers: Ints) -> Ints:
        return np.fromiter(map(self.row.__getitem__, numbers.tolist()), np.int64, len(numbers))

    def put_own(self, own: Sequence[float]) -> None:
        """Put what those added last weigh against themselves."""
        end = self.corpus.count
        if end > len(self.own):
            self.own = np.concatenate([self.own, np.zeros(max(end, len(self.own)))])
        self.own[end - len(own) : end] = own


class Memory:
    """One weigher with the descriptions that it has weighed lately."""

    def __init__(self, weigher: Weigher, most: int = MOST) -> None:
        self.weigher = weigher
        self._most = most
        self._kinds: dict[str, _Kind] = {}

    def forget_most(self) -> None:
        """Start anew with every kind of which too much is remembered; between batches."""
        for kind, held in list(self._kinds.items()):
            if held.corpus.count > self._most:
                del self._kinds[kind]

    def add_new(self, kind: str, fresh: Sequence[Described]) -> Mapping[int, float]:
        """Remember new descriptions; return what each weighs against itself."""
        held = self._of(kind)
        numbers = [one.number for one in fresh]
        descriptions = [one.description for one in fresh]
        held.add(numbers, descriptions)
        rows = np.arange(held.corpus.count - len(numbers), held.corpus.count)
        weights = self.weigher.weigh(kind, held.corpus, rows, rows, held.frequencies)
        own = self.weigher.limited(kind, weights.tolist(), descriptions)
        held.put_own(own)
        return dict(zip(numbers, own, strict=True))

    def unknown(self, kind: str, numbers: Iterable[int]) -> list[int]:
        """Return those of the numbers that are not remembered."""
        row = self._of(kind).row
        return [number for number in numbers if number not in row]

    def add_known(self, kind: str, stored: Iterable[tuple[int, str, float]]) -> None:
        """Remember stored descriptions: (number, text, what it weighs against itself)."""
        held, listed = self._of(kind), list(stored)
        held.add((number for number, _, _ in listed), (unpacked(text) for _, text, _ in listed))
        held.put_own([own for _, _, own in listed])

    def own(self, kind: str, numbers: Ints) -> Floats:
        """Return what remembered descriptions of a kind weigh against themselves."""
        held = self._of(kind)
        return held.own[held.rows(numbers)]

    def pairs(self, kind: str, a: Ints, b: Ints) -> Floats:
        """Return what each pair of remembered descriptions weighs, by their numbers."""
        held = self._of(kind)
        rows = held.rows(a), held.rows(b)
        return self.weigher.weigh(kind, held.corpus, *rows, held.frequencies)

    def _of(self, kind: str) -> _Kind:
        if kind not in self._kinds:
            self._kinds[kind] = _Kind(self.weigher, kind)
        return self._kinds[kind]
