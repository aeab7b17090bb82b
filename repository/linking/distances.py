"""Distances between texts of two lists, pair by pair: what comparisons are made of. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

Levels = npt.NDArray[np.int8]
Texts = Sequence[str]


def equal(a: Texts, b: Texts) -> npt.NDArray[np.bool_]:
    """Return which pairs are the same text."""
    return np.asarray(np.array(a, object) == np.array(b, object), bool).reshape(len(a))


def edits(a: Texts, b: Texts, most: int) -> npt.NDArray[np.int64]:
    """Return edits (insert, delete, replace, swap neighbours); above `most` it is most + 1."""
    return cpdist(a, b, scorer=OSA.distance, score_cutoff=most, dtype=np.int64)


def jaro_winkler(a: Texts, b: Texts) -> npt.NDArray[np.float32]:
    """Return Winkler's similarity, from 0 to 1."""
    return cpdist(a, b, scorer=JaroWinkler.similarity, dtype=np.float32)


def lengths(a: Texts, b: Texts) -> npt.NDArray[np.int64]:
    """Return the length of the shorter of each pair."""
    lengths = (np.fromiter(map(len, texts), np.int64, len(a)) for texts in (a, b))
    return np.asarray(np.minimum(*lengths))


def initial(x: str, y: str) -> bool:
    """One is the first letter of the other."""
    return (len(x) == 1 or len(y) == 1) and x[0] == y[0]
