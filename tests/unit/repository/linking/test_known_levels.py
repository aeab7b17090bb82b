"""Levels that are remembered are right; what is forgotten is not known, and no more than that."""

import numpy as np
import pytest

from repository.linking.known_levels import KnownLevels


def level(pairs: np.ndarray) -> np.ndarray:
    return (pairs % 7).astype(np.int8)


@pytest.mark.parametrize("most_bits", [8, 10, 18])
def test_what_is_known_is_right_however_full_the_table(most_bits: int) -> None:
    known, random = KnownLevels(most_bits), np.random.default_rng(5)
    for _ in range(40):
        pairs = np.unique(random.integers(0, 3_000, 300))
        found, unknown = known.of(pairs)
        told = np.setdiff1d(np.arange(len(pairs)), unknown)
        assert (found[told] == level(pairs[told])).all()
        known.add(pairs[unknown], level(pairs[unknown]))
    everything = np.arange(3_000)
    _, unknown = known.of(everything)
    assert len(everything) - len(unknown) <= 1 << most_bits
    if most_bits == 18:
        assert len(unknown) < 300, "nearly all are remembered where there is room"


def test_nothing_is_known_of_what_was_never_added() -> None:
    known = KnownLevels()
    known.add(np.array([3, 2**62]), np.array([1, 2], np.int8))
    found, unknown = known.of(np.array([0, 2**62, 3, 4]))
    assert unknown.tolist() == [0, 3]
    assert found[[1, 2]].tolist() == [2, 1]
