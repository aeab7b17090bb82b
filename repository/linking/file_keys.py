"""The blocking keys of a whole file, known beforehand, and the pairs worth comparing in it. Pure.

The store learns of records as they come; of a file all are there, so keys are made once, and those
that nobody shares are left out: most are of that sort, and they find nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repository.linking.described import Description
from repository.linking.index import (
    MOST_CANDIDATES,
    NOTHING,
    STOP_KEY,
    Ints,
    enough_evidence,
    evidence_of,
    in_order,
    most_telling,
    pairs_once,
)
from repository.linking.keys import keys_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# Descriptions that are taken to come at once: each may choose among all the others of them.
AT_ONCE = 20_000
# Of these, so many hits (two descriptions that share a key) are summed up at a time: 100 MB or so.
HITS = 4_000_000


@dataclass(frozen=True, slots=True)
class FileKeys:
    """The keys of each description of a file, in order: `numbers[start[n]:start[n + 1]]`.

    Keys are numbered from 0; each is of two descriptions at least.
    """

    start: Ints
    numbers: Ints

    @classmethod
    def of(cls, descriptions: Iterable[Description], *, wide: bool) -> "FileKeys":
        """Return the keys of these descriptions."""
        each = []
        for one in descriptions:
            keys = keys_of(one, wide=wide)
            each.append(np.fromiter(keys, np.int64, len(keys)))
        lengths = np.array([len(keys) for keys in each], np.int64)
        _, numbers, counts = np.unique(
            np.concatenate(each) if each else NOTHING, return_inverse=True, return_counts=True
        )
        shared = counts > 1
        kept = shared[numbers]
        whose = np.repeat(np.arange(len(each)), lengths)[kept]
        start = np.concatenate([[0], np.cumsum(np.bincount(whose, minlength=len(each)))])
        return cls(start, (np.cumsum(shared) - 1)[numbers[kept]])

    def __getitem__(self, description: int) -> Sequence[int]:
        """Return the keys of one description."""
        begin, end = self.start[description], self.start[description + 1]
        found: list[int] = self.numbers[begin:end].tolist()
        return found

    def pairs(self, population: float) -> tuple[Ints, Ints]:
        """Return the pairs worth comparing (`index.worth_comparing`), if `AT_ONCE` come at once."""
        count = len(self.start) - 1
        found = [
            self._pairs(at, min(at + AT_ONCE, count), population) for at in range(0, count, AT_ONCE)
        ]
        if not found:
            return NOTHING, NOTHING
        a, b = (np.concatenate(column) for column in zip(*found, strict=True))
        return a, b

    def _pairs(self, first: int, end: int, population: float) -> tuple[Ints, Ints]:
        """Return those that the descriptions from `first` to `end` bring, when these have come.

        What is summed by `worth_comparing` hit by hit is a product of matrices: each row has the
        bits of one description's keys, each column those who share a key.
        """
        from scipy.sparse import csr_array  # only a file needs it, and it takes a second to load

        starts, numbers = self.start[: end + 1], self.numbers[: self.start[end]]
        sharing = np.bincount(numbers, minlength=1)
        telling = (sharing > 1) & (sharing <= STOP_KEY)
        kept = telling[numbers]
        starts, numbers = np.append(0, np.cumsum(kept))[starts], numbers[kept]
        shape = (end, len(sharing))
        by_key = csr_array((np.ones(len(numbers)), numbers, starts), shape).T.tocsr()
        hits = np.append(0, np.cumsum(sharing[numbers]))[starts]
        found = [NOTHING]
        at = first
        while at < end:
            # one at least, however many hits it has
            until = max(int(np.searchsorted(hits, hits[at] + HITS, "right")) - 1, at + 1)
            mine = numbers[starts[at] : starts[until]]
            row = csr_array(
                (evidence_of(sharing[mine], population), mine, starts[at : until + 1] - starts[at]),
                (until - at, len(sharing)),
            )
            found.append(_telling(row @ by_key, at, population))
            at = until
        return pairs_once(np.concatenate(found), end)


def _telling(summed: "csr_array", first: int, population: float) -> Ints:
    """Return the pairs that are worth comparing, as numbers, of a matrix's rows from `first` on."""
    count = summed.shape[1]
    new = np.repeat(np.arange(first, first + summed.shape[0]), np.diff(summed.indptr))
    old, evidence = summed.indices.astype(np.int64), summed.data
    kept = (new != old) & (evidence >= enough_evidence(population))
    pairs, evidence = new[kept] * count + old[kept], evidence[kept]
    order = in_order(pairs)
    pairs, evidence = pairs[order], evidence[order]
    return np.asarray(pairs[most_telling(pairs // count, evidence, MOST_CANDIDATES)])
