"""The index of blocking keys: which records are worth comparing. The index itself is in memory.

The store keeps the same index in a table (`candidates.py`); both choose by `worth_comparing`.
"""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

# A key that more records share tells nothing: it is passed over.
STOP_KEY = 500
# A record is compared with at most this many others, those with most shared evidence first.
MOST_CANDIDATES = 60
# And only with those whose keys together are this share of what it takes to tell one record from
# all others, log2(population): half of all hits are one common key and nothing else.
LEAST_EVIDENCE = 0.5

NOTHING: Ints = np.empty(0, np.int64)


def worth_comparing(
    new: Ints, old: Ints, sharing: Ints, population: float, most: int = MOST_CANDIDATES
) -> tuple[Ints, Ints]:
    """Return the pairs (a before b) worth comparing among hits: new[i] and old[i] share a key.

    `sharing[i]` is how many records have that key. Rare keys say more: pairs are ranked by the
    sum of log2(population / sharing), then by the lower number.
    """
    apart = new != old
    new, old, sharing = new[apart], old[apart], sharing[apart]
    if not len(new):
        return NOTHING, NOTHING
    bits = np.log2(population / sharing).clip(0) + 0.5
    # Numbered anew from 0 in their order, two make one whole number, which is quick to sort.
    numbers, places = np.unique(np.concatenate([new, old]), return_inverse=True)
    hits = places[: len(new)] * len(numbers) + places[len(new) :]
    order = np.argsort(hits, kind="stable")
    hits = hits[order]
    starts = np.flatnonzero(np.append(True, hits[1:] != hits[:-1]))
    evidence = np.add.reduceat(bits[order], starts)
    enough = evidence >= LEAST_EVIDENCE * np.log2(max(population, 1.0))
    pairs, evidence = hits[starts][enough], evidence[enough]
    one, other = np.divmod(
        pairs[_most_telling(pairs // len(numbers), evidence, most)], len(numbers)
    )
    once = np.unique(np.minimum(one, other) * len(numbers) + np.maximum(one, other))
    a, b = np.divmod(once, len(numbers))
    return numbers[a], numbers[b]


def _most_telling(whose: Ints, evidence: npt.NDArray[np.float64], most: int) -> Ints:
    """Return the places of at most so many of each (`whose` is in order), those with most evidence
    first, and of those with as much the first.
    """
    firsts = np.flatnonzero(np.append(True, whose[1:] != whose[:-1])) if len(whose) else whose
    lengths = np.diff(np.append(firsts, len(whose)))
    if not (lengths > most).any():
        return np.arange(len(whose))
    group = np.repeat(np.arange(len(firsts)), lengths)
    ranked = np.lexsort((-evidence, group))
    rank = np.arange(len(whose)) - np.repeat(firsts, lengths)
    return ranked[rank < most]


class KeyIndex:
    """Postings of blocking keys. Records are numbered from 0 in their order of arrival."""

    def __init__(self, population: float, *, stop_key: int = STOP_KEY) -> None:
        self._postings: dict[int, list[int]] = {}
        self._stop = stop_key
        self._population = population
        self._count = 0

    def add(self, keys: Sequence[Collection[int]]) -> tuple[Ints, Ints]:
        """Add the next records by their keys; return the pairs worth comparing that they bring."""
        start = self._count
        for number, found in enumerate(keys, start):
            for key in found:
                self._postings.setdefault(key, []).append(number)
        self._count += len(keys)
        new: list[int] = []
        times: list[int] = []
        old: list[int] = []
        for number, found in enumerate(keys, start):
            for key in found:
                posting = self._postings[key]
                if 1 < len(posting) <= self._stop:
                    new.append(number)
                    times.append(len(posting))
                    old += posting
        return worth_comparing(
            np.repeat(np.array(new, np.int64), times),
            np.array(old, np.int64),
            np.repeat(np.array(times, np.int64), times),
            self._population,
        )
