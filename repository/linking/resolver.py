"""The resolver: the stage's path with its store in memory, record by record of a labelled file.

What decides is the stage's own: keys, candidates, weights, the floor and the bar, the guard of
victims, the closure. Only where things are kept differs. Pure.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from repository.linking.closure import (
    CONNECTS,
    JOINS_AT,
    REVIEW_BAR,
    THRESHOLD,
    RecordId,
    Seen,
    entities,
)
from repository.linking.clustering import reached
from repository.linking.corpus import Corpus, Ints
from repository.linking.described import Description, packed
from repository.linking.documents import documents_of
from repository.linking.file_keys import FileKeys
from repository.linking.index import KeyIndex
from repository.linking.keys import keys_of
from repository.linking.known_levels import FILE_BITS
from repository.linking.scoring import Floats
from repository.linking.weigher import Weigher, worth_keeping

BATCH = 500


@dataclass(frozen=True, slots=True)
class Arrived:
    """One record: what it says, whose it is, and whether it is of a victim."""

    description: Description
    agency: str = ""
    victim: bool = False


@dataclass(frozen=True, slots=True)
class Weighed:
    """Pairs of descriptions and the weight of each, in bits."""

    a: Ints
    b: Ints
    weights: Floats


class Resolver:
    """Entities of all records so far; records are numbered from 0 in their order of arrival.

    `kind` is the kind of subject that they all are. `wide`: the source says more of persons than
    names, dates and identifiers (`keys.says_more`). Records that say the same are one description;
    with `between`, if they are of one source. `keys` are those of the descriptions to come, in the
    order in which they are new, if they are known.
    """

    def __init__(
        self,
        weigher: Weigher,
        kind: str,
        *,
        wide: bool = False,
        between: bool = False,
        keys: FileKeys | None = None,
    ) -> None:
        self.weigher, self.kind = weigher, kind
        self._wide, self._between = wide, between
        self._keys = keys
        self.corpus = Corpus(FILE_BITS)
        self.descriptions: list[Description] = []
        self.frequencies = weigher.weighing(kind).frequencies(self.corpus)
        self.index = KeyIndex(weigher.weights.population)
        self._known: dict[tuple[str, str], int] = {}
        self._records: list[Seen] = []
        self._of: dict[int, list[Seen]] = {}
        # What two records of one description weigh, and what it weighs against itself at most:
        # these differ when records of one source are seldom one.
        self.own: dict[int, float] = {}
        self._most: dict[int, float] = {}
        self.edges: dict[int, dict[int, float]] = {}
        self.documents: dict[int, frozenset[str]] = {}
        self._entity: dict[RecordId, RecordId] = {}

    @property
    def description_of(self) -> Ints:
        """The description of each record."""
        return np.array([one.description for one in self._records], np.int64)

    def add(self, arrived: Sequence[Arrived]) -> Weighed:
        """Resolve one batch; return the pairs of descriptions that were weighed.

        1 tell new descriptions from known ones · 2 weigh each against itself: what says too little
        even for a review gets no keys · 3 find what shares a key · 4 weigh the pairs and keep
        those above the floor · 5 cluster anew what pairs connect with the batch.
        """
        new: list[Description] = []
        brought = [self._record(one, new) for one in arrived]
        first = self.corpus.count
        numbers = np.array(self.corpus.add(new), np.int64)
        self.descriptions += new
        self._weigh_alone(numbers, new)
        a, b = self.index.add(
            [
                self._keys_of(n, one) if self._most[n] >= REVIEW_BAR else ()
                for n, one in enumerate(new, first)
            ]
        )
        weights = self.weigh(a, b)
        kept = worth_keeping(a, b, weights, self.most_of)
        for one, other, weight in zip(*(column.tolist() for column in kept), strict=True):
            self.edges.setdefault(one, {})[other] = weight
            self.edges.setdefault(other, {})[one] = weight
        self._renew(brought)
        return Weighed(a, b, weights)

    def weigh(self, a: Ints, b: Ints) -> Floats:
        """Return the weight of each pair of descriptions: the log2 odds that both are one."""
        return self.weigher.weigh(self.kind, self.corpus, a, b, self.frequencies)

    @property
    def joins_at(self) -> float:
        """The bar of this kind, in bits."""
        return JOINS_AT.get(self.kind, THRESHOLD)

    def most_of(self, numbers: Ints) -> Floats:
        """Return what each description weighs against itself at most, whoever reports."""
        return np.array([self._most[number] for number in numbers.tolist()], float)

    def entity(self, joins_at: float | None = None) -> Ints:
        """Return the entity of each record, by the number of its oldest record.

        At another bar than the stage's, all are clustered anew.
        """
        found = (
            self._entity
            if joins_at is None
            else entities(
                self._records, self.own, self.edges, documents=self.documents, joins_at=joins_at
            )
        )
        return np.array([found[one.record][0] for one in self._records], np.int64)

    def _record(self, one: Arrived, new: list[Description]) -> Seen:
        text = (packed(one.description), one.description.source if self._between else "")
        number = self._known.setdefault(text, len(self._known))
        if number == self.corpus.count + len(new):
            new.append(one.description)
            if documents := documents_of(one.description):
                self.documents[number] = documents
        at = (len(self._records), 0)
        seen = Seen(at, number, self.kind, one.agency, one.victim)
        self._records.append(seen)
        self._of.setdefault(number, []).append(seen)
        self._entity[at] = at
        return seen

    def _keys_of(self, number: int, one: Description) -> Collection[int]:
        return keys_of(one, wide=self._wide) if self._keys is None else self._keys[number]

    def _weigh_alone(self, numbers: Ints, new: Sequence[Description]) -> None:
        alone = self.weigh(numbers, numbers)
        within = self.weigher.weights.within if self._between else 0.0
        for found, weights in ((self.own, alone), (self._most, alone - within)):
            limited = self.weigher.limited(self.kind, weights.tolist(), new)
            found.update(zip(numbers.tolist(), limited, strict=True))

    def _renew(self, brought: Sequence[Seen]) -> None:
        dirty = {one.description for one in brought}
        pool = [
            number
            for number in reached(dirty, self.edges, CONNECTS)
            if self._most[number] >= THRESHOLD
        ]
        seen = [one for number in pool for one in self._of[number]]
        self._entity.update(entities(seen, self.own, self.edges, documents=self.documents))


def batches(arrived: Sequence[Arrived], size: int = BATCH) -> Iterator[Sequence[Arrived]]:
    """Yield the records in order, some at a time."""
    for at in range(0, len(arrived), size):
        yield arrived[at : at + size]
