"""Levels of pairs of values that were compared before: the same names meet again and again. Pure.

What is forgotten is compared again, with the same result, so a table of bounded size will do: each
pair has one place in it, and the last to come has it.
"""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Levels = npt.NDArray[np.int8]

FIRST_BITS, MOST_BITS = 8, 18
"""Of the number of places: 2 kB at first, 2.4 MB at most."""
FILE_BITS = 22
"""And of a file, whose pairs are weighed several times over: 38 MB."""
# Knuth's multiplicative hashing (The Art of Computer Programming 3, 6.4): 2^64 / golden ratio.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_NOBODY = -1


class KnownLevels:
    """A table from the numbers of pairs, none below nought, to their levels."""

    _bits: int
    _written: int
    _shift: np.uint64
    _pairs: Ints
    _levels: Levels

    def __init__(self, most_bits: int = MOST_BITS) -> None:
        self._most_bits = most_bits
        self._make(FIRST_BITS)

    def of(self, pairs: Ints) -> tuple[Levels, Ints]:
        """Return the level of each pair that is known, and which pairs (their places) are not."""
        at = self._places(pairs)
        return self._levels[at], np.flatnonzero(self._pairs[at] != pairs)

    def add(self, pairs: Ints, levels: Levels) -> None:
        """Remember these pairs, each once."""
        self._written += len(pairs)
        while 2 * self._written > len(self._pairs) and self._bits < self._most_bits:
            held = self._pairs != _NOBODY
            known, their_levels = self._pairs[held], self._levels[held]
            self._make(self._bits + 2)
            self._written = len(known) + len(pairs)
            self._put(known, their_levels)
        self._put(pairs, levels)

    def _make(self, bits: int) -> None:
        self._bits, self._written = bits, 0
        self._shift = np.uint64(64 - bits)
        self._pairs = np.full(1 << bits, _NOBODY, np.int64)
        self._levels = np.zeros(1 << bits, np.int8)

    def _places(self, pairs: Ints) -> Ints:
        return ((pairs.view(np.uint64) * _SPREAD) >> self._shift).view(np.int64)

    def _put(self, pairs: Ints, levels: Levels) -> None:
        at = self._places(pairs)
        self._pairs[at] = pairs
        # Of several with one place one has it now.
        has = self._pairs[at] == pairs
        self._levels[at[has]] = levels[has]
