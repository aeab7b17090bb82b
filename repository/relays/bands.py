"""Bands: what lets similar passages meet in one index (MinHash with locality-sensitive hashing).

Two passages of Jaccard similarity s share one of b bands of r rows with probability
1 − (1 − s^r)^b (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, §3.4). The bands are
stored, so that scheme, seed and sizes are part of the stored data: who changes one replays.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

ROWS = 6
BANDS = 8
SEED = 2009
_SCHEME = "affine32"
_MIX = np.array(
    [
        *(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9),
        *(0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63, 0xD6E8FEB86659FD93),
    ],
    np.uint64,
)
_OF_BAND = np.arange(1, BANDS + 1, dtype=np.uint64) * np.uint64(0xBF58476D1CE4E5B9)


def _identity(number: int) -> int:
    return number


def bands_of(passages: Iterable[Iterable[int]]) -> list[Sequence[int]]:
    """Return the bands of each passage, given as its shingles: BANDS numbers of 64 bits, signed."""
    from datasketch import MinHash  # it loads half of SciPy: not for who only reads

    unsigned = ([one & 0xFFFFFFFF for one in shingles] for shingles in passages)
    made: Any = MinHash.generator(
        unsigned, num_perm=ROWS * BANDS, seed=SEED, hashfunc=_identity, scheme=_SCHEME
    )
    return [_bands(one.hashvalues) for one in made]


def _bands(values: Any) -> list[int]:
    rows = np.asarray(values, np.uint64).reshape(BANDS, ROWS)
    mixed = ((rows + np.uint64(1)) * _MIX).sum(axis=1, dtype=np.uint64) ^ _OF_BAND
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    found: list[int] = mixed.view(np.int64).tolist()
    return found
