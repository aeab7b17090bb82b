"""The weigher: what descriptions of events' subjects weigh against each other. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from repository.linking.closure import CONNECTS, THRESHOLD
from repository.linking.clustering import ABSENT
from repository.linking.corpus import Corpus
from repository.linking.described import Description, unpacked
from repository.linking.index import Ints
from repository.linking.scoring import Floats, Weighing
from repository.linking.weights import Weights, read_weights

# What cannot tell a subject from all others cannot join, nor be a rival: it is for review at most.
TOO_LITTLE = CONNECTS - 0.001
CHUNK = 100_000

described = lru_cache(maxsize=50_000)(unpacked)
"""`unpacked`, remembered for the descriptions that batch after batch is compared with."""


def identifies(person: Description) -> bool:
    """Whether more is said of a person than a name: a whole date of birth, a document, a case.

    With less nobody is joined, however rare the name: an innocent person may bear it.
    """
    whole = any(not born.endswith("00") for born in person.values.get("date_of_birth", ()))
    return whole or any(person.values.get(field) for field in ("document_number", "nrm_reference"))


class Weigher:
    """Weighs by one set of weights, whatever else has been stored."""

    def __init__(self, weights: Weights | None = None) -> None:
        self.weights = weights or read_weights()
        self._persons = Weighing(self.weights, {}, persons=True)
        self._things = Weighing(self.weights, {}, persons=False)

    def weighing(self, kind: str) -> Weighing:
        """Return what weighs one kind of subject."""
        return self._persons if kind == "person" else self._things

    def own(self, kind: str, descriptions: Sequence[Description]) -> list[float]:
        """Return what each description weighs against itself: all that it can ever weigh."""
        numbers = np.arange(len(descriptions))
        weights: list[float] = self._weigh(kind, descriptions, numbers, numbers).tolist()
        if kind != "person":
            return weights
        return [
            weight if identifies(one) else min(weight, TOO_LITTLE)
            for weight, one in zip(weights, descriptions, strict=True)
        ]

    def pairs(self, kind: str, descriptions: Mapping[int, Description], a: Ints, b: Ints) -> Floats:
        """Return what each pair of numbered descriptions weighs."""
        numbers = np.unique(np.concatenate([a, b]))
        known = [descriptions[number] for number in numbers.tolist()]
        return self._weigh(kind, known, np.searchsorted(numbers, a), np.searchsorted(numbers, b))

    def _weigh(self, kind: str, descriptions: Sequence[Description], a: Ints, b: Ints) -> Floats:
        if not len(a):
            return np.empty(0)
        corpus = Corpus()
        corpus.add(descriptions)
        weighing = self.weighing(kind)
        frequencies = weighing.frequencies(corpus)
        parts = [
            weighing.weigh(corpus, a[n : n + CHUNK], b[n : n + CHUNK], frequencies)
            for n in range(0, len(a), CHUNK)
        ]
        # Rounded, so that how many pairs are computed at once leaves no trace.
        return np.asarray(np.round(np.concatenate(parts), 3), np.float64)


def worth_keeping(
    a: Ints, b: Ints, weights: Floats, own: Mapping[int, float]
) -> Iterable[tuple[int, int, float]]:
    """Yield the pairs that are kept, (a, b, bits); those that say too little cannot join."""
    for at in np.flatnonzero(weights > ABSENT).tolist():
        one, other, weight = int(a[at]), int(b[at]), float(weights[at])
        if own[one] < THRESHOLD or own[other] < THRESHOLD:
            weight = min(weight, TOO_LITTLE)
        yield one, other, weight
