"""The index of blocking keys: which records are worth comparing. The index itself is in memory.

The store keeps the same index in a table (`candidates.py`); both choose by `worth_comparing`.
"""

from array import array
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# A key that more records share tells nothing: it is passed over.
STOP_KEY = 500
# A record is compared with at most this many others, those with most shared evidence first.
MOST_CANDIDATES = 60
# And only with those whose keys together are this share of what it takes to tell one record from
# all others, log2(population): half of all hits are one common key and nothing else.
LEAST_EVIDENCE = 0.5
ROUND = 2.0**20

NOTHING: Ints = np.empty(0, np.int64)
_INFINITY = int(np.array(np.inf).view(np.int64))


def evidence_of(sharing: Ints, population: float) -> Floats:
    """Return how many bits a key says that so many records share.

    Rounded, so that sums are exact and the order of the keys leaves no trace.
    """
    return _rounded(np.log2(population / sharing).clip(0) + 0.5)


def enough_evidence(population: float) -> float:
    """Return how many bits the keys that two records share must say, that they are compared."""
    return float(_rounded(LEAST_EVIDENCE * np.log2(np.array(max(population, 1.0)))))


def _rounded(bits: Floats) -> Floats:
    return np.asarray(np.round(bits * ROUND) / ROUND)


def worth_comparing(
    new: Ints, old: Ints, bits: Floats, population: float, most: int = MOST_CANDIDATES
) -> tuple[Ints, Ints]:
    """Return the pairs (a before b) worth comparing among hits: new[i] and old[i] share a key that
    says bits[i]. Records are numbered from 0, none left out by far: two numbers make one.

    Rare keys say more: pairs are ranked by the sum of their bits, then by the lower number.
    """
    apart = new != old
    if not apart.all():
        new, old, bits = new[apart], old[apart], bits[apart]
    if not len(new):
        return NOTHING, NOTHING
    count = int(max(new.max(), old.max())) + 1
    hits = new * count + old
    order = in_order(hits)
    hits = hits[order]
    starts = np.flatnonzero(np.append(True, hits[1:] != hits[:-1]))
    evidence = np.add.reduceat(bits[order], starts)
    enough = evidence >= enough_evidence(population)
    pairs, evidence = hits[starts][enough], evidence[enough]
    return pairs_once(pairs[most_telling(pairs // count, evidence, most)], count)


def pairs_once(pairs: Ints, count: int) -> tuple[Ints, Ints]:
    """Return pairs (a before b), told as a * count + b or b * count + a, each once and in order."""
    one, other = np.divmod(pairs, count)
    a, b = np.divmod(np.unique(np.minimum(one, other) * count + np.maximum(one, other)), count)
    return a, b


def most_telling(whose: Ints, evidence: Floats, most: int) -> Ints:
    """Return the places of at most so many of each (`whose` is in order), those with most evidence
    first, and of those with as much the first.
    """
    firsts = np.flatnonzero(np.append(True, whose[1:] != whose[:-1])) if len(whose) else whose
    lengths = np.diff(np.append(firsts, len(whose)))
    if not (lengths > most).any():
        return np.arange(len(whose))
    # Numbers above nought are in the order of their bits read as whole numbers (IEEE 754).
    ranked = in_order(_INFINITY - evidence.view(np.int64))
    group = np.repeat(np.arange(len(firsts)), lengths)
    ranked = ranked[in_order(group[ranked])]
    rank = np.arange(len(whose)) - np.repeat(firsts, lengths)
    return ranked[rank < most]


def in_order(numbers: Ints) -> Ints:
    """Return the places of whole numbers from 0 on, the lowest first, ties as they come.

    Digit by digit (radix sort), 16 bits at a time, which numpy does ten times as fast as it
    compares.
    """
    order = np.argsort((numbers & 0xFFFF).astype(np.uint16), kind="stable")
    left = numbers >> 16
    while left.any():
        order = order[np.argsort((left[order] & 0xFFFF).astype(np.uint16), kind="stable")]
        left >>= 16
    return order


class KeyIndex:
    """Postings of blocking keys. Records are numbered from 0 in their order of arrival."""

    def __init__(self, population: float, *, stop_key: int = STOP_KEY) -> None:
        self._postings: dict[int, array[int]] = {}
        self._stop = stop_key
        self._population = population
        self._count = 0

    def add(self, keys: Sequence[Collection[int]]) -> tuple[Ints, Ints]:
        """Add the next records by their keys; return the pairs worth comparing that they bring."""
        start = self._count
        postings = self._postings
        for number, found in enumerate(keys, start):
            for key in found:
                posting = postings.get(key)
                if posting is None:
                    postings[key] = array("q", (number,))
                else:
                    posting.append(number)
        self._count += len(keys)
        new, times, old = array("q"), array("q"), array("q")
        for number, found in enumerate(keys, start):
            for key in found:
                posting = postings[key]
                if 1 < len(posting) <= self._stop:
                    new.append(number)
                    times.append(len(posting))
                    old += posting
        counts = np.array(times, np.int64)
        return worth_comparing(
            np.repeat(np.array(new, np.int64), counts),
            np.array(old, np.int64),
            np.repeat(evidence_of(counts, self._population), counts),
            self._population,
        )
