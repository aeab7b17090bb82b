"""The resolver: descriptions in, entities out, batch by batch. In memory, no I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from repository.linking.clustering import ABSENT, Clusters
from repository.linking.corpus import Corpus, Ints
from repository.linking.described import Description
from repository.linking.index import KeyIndex
from repository.linking.keys import keys_of
from repository.linking.scoring import Counted, Floats, Weighing
from repository.linking.weights import Weights

BATCH = 500
CHUNK = 200_000


def candidate_pairs(
    descriptions: Sequence[Description], index: KeyIndex, *, wide: bool
) -> tuple[Ints, Ints]:
    """Return the pairs worth comparing that these records, the index's next, bring."""
    return index.add([keys_of(one, wide=wide) for one in descriptions])


@dataclass(frozen=True, slots=True)
class Weighed:
    """Pairs of records (a before b) and the weight of each, in bits."""

    a: Ints
    b: Ints
    weights: Floats


class Resolver:
    """Entities of all descriptions so far: the path of the stage, with its store in memory.

    `wide`: the source says more of persons than names, dates and identifiers (`keys.says_more`).
    """

    def __init__(
        self,
        weights: Weights,
        *,
        persons: bool,
        wide: bool = False,
        between_sources: bool = False,
        threshold: float | None = None,
        counted: Mapping[str, Counted] | None = None,
    ) -> None:
        self.weights = weights
        self._wide = wide
        self.corpus = Corpus()
        self.index = KeyIndex(weights.population)
        self.weighing = Weighing(weights, counted or {}, persons, between_sources)
        self.frequencies = self.weighing.frequencies(self.corpus)
        self.clusters = Clusters(weights.threshold if threshold is None else threshold)

    def add(self, descriptions: Sequence[Description]) -> Weighed:
        """Resolve one batch: block, compare, weigh, cluster. Return the pairs that it brought."""
        records = self.corpus.add(descriptions)
        a, b = candidate_pairs(descriptions, self.index, wide=self._wide)
        weights = self.weigh(a, b)
        kept = np.flatnonzero(weights > ABSENT)
        self.clusters.add(
            records,
            zip(a[kept].tolist(), b[kept].tolist(), weights[kept].tolist(), strict=True),
        )
        return Weighed(a, b, weights)

    def weigh(self, a: Ints, b: Ints) -> Floats:
        """Return the weight of each pair in bits: the log2 odds that both are one."""
        parts = [
            self.weighing.weigh(self.corpus, a[n : n + CHUNK], b[n : n + CHUNK], self.frequencies)
            for n in range(0, len(a), CHUNK)
        ]
        return np.concatenate(parts) if parts else np.empty(0)


def batches(
    descriptions: Sequence[Description], size: int = BATCH
) -> Iterator[Sequence[Description]]:
    """Yield the descriptions in order, some at a time."""
    for at in range(0, len(descriptions), size):
        yield descriptions[at : at + size]
