"""The resolver: descriptions in, entities out, batch by batch. In memory, no I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from repository.linking.clustering import ABSENT, Clusters
from repository.linking.corpus import Corpus, Ints
from repository.linking.described import Description
from repository.linking.index import KeyIndex
from repository.linking.keys import keys_of
from repository.linking.scoring import Counted, Floats, Frequencies, evidence, prior, totals
from repository.linking.weights import Weights

BATCH = 500
CHUNK = 200_000


def candidate_pairs(
    descriptions: Sequence[Description], index: KeyIndex, start: int = 0
) -> tuple[Ints, Ints]:
    """Return the pairs worth comparing that these records, numbered from `start`, bring."""
    older, newer = [], []
    for offset, one in enumerate(descriptions):
        found = index.add(keys_of(one))
        older.append(found)
        newer.append(np.full(len(found), start + offset, np.int64))
    if not older:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(older), np.concatenate(newer)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Pairs of records (a before b) and the weight of each, in bits."""

    a: Ints
    b: Ints
    weights: Floats


class Resolver:
    """Entities of all descriptions so far."""

    def __init__(
        self,
        weights: Weights,
        *,
        persons: bool,
        between_sources: bool = False,
        threshold: float | None = None,
        counted: Mapping[str, Counted] | None = None,
    ) -> None:
        self.weights = weights
        self.corpus = Corpus()
        self.index = KeyIndex()
        self.frequencies = Frequencies(self.corpus, counted)
        self.clusters = Clusters(weights.threshold if threshold is None else threshold)
        self._persons = persons
        self._between = between_sources

    def add(self, descriptions: Sequence[Description]) -> Weighed:
        """Resolve one batch: block, compare, weigh, cluster. Return the pairs that it brought."""
        records = self.corpus.add(descriptions)
        a, b = candidate_pairs(descriptions, self.index, records.start)
        parts = [
            self.weigh(a[at : at + CHUNK], b[at : at + CHUNK]) for at in range(0, len(a), CHUNK)
        ]
        weights = np.concatenate(parts) if parts else np.empty(0)
        kept = np.flatnonzero(weights > ABSENT)
        self.clusters.add(
            records,
            zip(a[kept].tolist(), b[kept].tolist(), weights[kept].tolist(), strict=True),
        )
        return Weighed(a, b, weights)

    def weigh(self, a: Ints, b: Ints) -> Floats:
        """Return the weight of each pair in bits: the log2 odds that both are one."""
        compared = self.corpus.compare(a, b)
        before = np.full(len(a), prior(self.weights, self.corpus.count))
        if self._between:
            sources = self.corpus.sources
            same = [sources[i] == sources[j] for i, j in zip(a.tolist(), b.tolist(), strict=True)]
            before += np.where(same, self.weights.within, 0.0)
        found = evidence(compared, self.weights, self.frequencies)
        return totals(found, before, self.weights.kin, persons=self._persons).together


def batches(
    descriptions: Sequence[Description], size: int = BATCH
) -> Iterator[Sequence[Description]]:
    """Yield the descriptions in order, some at a time."""
    for at in range(0, len(descriptions), size):
        yield descriptions[at : at + size]
