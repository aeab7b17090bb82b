"""The index of blocking keys in memory: which earlier records are worth comparing with."""

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

# A key that more records share tells nothing: it is passed over.
STOP_KEY = 500
# A record is compared with at most this many others, those with most shared evidence first.
MOST_CANDIDATES = 60
# And only with those whose keys together are this share of what it takes to tell one record from
# all others, log2(records): half of all hits are one common key and nothing else.
LEAST_EVIDENCE = 0.5


class KeyIndex:
    """Postings of blocking keys. Records are numbered from 0 in their order of arrival."""

    def __init__(
        self,
        *,
        stop_key: int = STOP_KEY,
        most: int = MOST_CANDIDATES,
        least: float = LEAST_EVIDENCE,
    ) -> None:
        self._postings: dict[int, list[int]] = {}
        self._stop = stop_key
        self._most = most
        self._least = least
        self._count = 0

    def add(self, keys: Iterable[int]) -> Ints:
        """Add the next record; return the earlier ones worth comparing with it.

        Rare keys say more: candidates are ranked by the sum of log2(records / sharing the key).
        """
        number = self._count
        self._count += 1
        found: list[int] = []
        lengths: list[int] = []
        for key in keys:
            posting = self._postings.get(key)
            if posting is None:
                self._postings[key] = [number]
            elif len(posting) <= self._stop:
                found += posting
                lengths.append(len(posting))
                posting.append(number)
        if not found:
            return np.empty(0, np.int64)
        bits = [math.log2((number + 1) / length) + 0.5 for length in lengths]
        hits = np.array(found, np.int64)
        unique, where = np.unique(hits, return_inverse=True)
        evidence = np.bincount(where, np.repeat(bits, lengths))
        enough = evidence >= self._least * math.log2(number + 1)
        unique, evidence = unique[enough], evidence[enough]
        if len(unique) <= self._most:
            return unique
        best = np.argpartition(-evidence, self._most)[: self._most]
        return np.sort(unique[best])
