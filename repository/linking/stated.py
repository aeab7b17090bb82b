"""What is stated: the chance that two records are one, by all that is known of both. Pure.

A pair's weight knows two records and nobody else. But a record that fits ten people alike is each
of them with a tenth of the chance, two namesakes whose dates are each told again and again are two,
and who is led to one entity by a third is one with its members whatever the two say of each other.
None of this changes a weight or an entity: it is said of entities as they are.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from repository.linking.clustering import MOST
from repository.linking.index import Ints
from repository.linking.scoring import NAME_ALONE, Floats

# Of persons. Branches of one house fit each other as people do not: of places and things a pair is
# stated by what it weighs.
RIVALLED = frozenset({"person"})
# From so many bits on, one in three, a record may be of an entity: it is a rival of others there.
MAY_BE = -1.0
# Who says a name alone joins nobody, whatever the name weighs; that is a rule and not a chance. Of
# one of whom nobody else has the name, seven in eight are who it seems; in 100,000 events more.
NAME_SAYS = 3.0
# Pairs whose rivals are looked up at once.
CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class Sides:
    """Descriptions within entities, numbered: of each its entity, and whether it says too little to
    be told from all others. Of each entity, how many records it has, and whether one says enough.
    """

    entity: Ints
    little: npt.NDArray[np.bool_]
    records: Floats
    told: npt.NDArray[np.bool_]


class Fits:
    """How well sides fit entities, their own among them: by the best pair, of `MAY_BE` and more."""

    def __init__(self, sides: Sides, side: Ints, entity: Ints, bits: Floats) -> None:
        self.sides = sides
        self._entities = len(sides.records)
        bits = said_by_names(bits, sides.little[side])
        kept = bits >= MAY_BE
        key, bits = side[kept] * self._entities + entity[kept], bits[kept]
        order = np.lexsort((-bits, key))
        self._keys, first = np.unique(key[order], return_index=True)
        self._bits = bits[order][first]
        self._start = np.searchsorted(self._keys, np.arange(len(sides.entity) + 1) * self._entities)

    def of(self, side: Ints, entity: Ints) -> Floats:
        """Return how well sides fit entities, in bits; -inf for less than `MAY_BE`."""
        if not len(self._keys):
            return np.full(len(side), -np.inf)
        key = side * self._entities + entity
        at = np.searchsorted(self._keys, key).clip(max=len(self._keys) - 1)
        return np.where(self._keys[at] == key, self._bits[at], -np.inf)

    def rivals(self, one: Ints, other: Ints) -> Floats:
        """Return the odds that one side of each pair is of a third entity, as those of the other
        side's entity are counted: who is reported more is more likely reported again.

        No rival is what the other side may be too, nor who is not told from others.
        """
        found = [
            self._rivals(one[at : at + CHUNK], other[at : at + CHUNK])
            for at in range(0, len(one), CHUNK)
        ]
        return np.concatenate(found) if found else np.zeros(0)

    def _rivals(self, one: Ints, other: Ints) -> Floats:
        many = self._start[one + 1] - self._start[one]
        pair = np.repeat(np.arange(len(one)), many)
        row = np.repeat(self._start[one] - np.cumsum(many) + many, many) + np.arange(len(pair))
        sides = self.sides
        rival, theirs = self._keys[row] % self._entities, sides.entity[other][pair]
        third = (rival != sides.entity[one][pair]) & (rival != theirs)
        third &= sides.told[rival] & sides.told[theirs]
        pair, row, rival, theirs = pair[third], row[third], rival[third], theirs[third]
        odds = np.exp2(np.minimum(self._bits[row], MOST))
        odds *= sides.records[rival] / sides.records[theirs]
        odds *= self.of(other[pair], rival) < MAY_BE
        return np.asarray(np.bincount(pair, odds, minlength=len(one)), np.float64)


def said_by_names(weight: Floats, little: npt.NDArray[np.bool_]) -> Floats:
    """Return weights, with what a name says where no rule keeps it from joining."""
    return np.where(little & (weight >= NAME_ALONE - 1e-6), weight + NAME_SAYS, weight)


def stated(a: Ints, b: Ints, weight: Floats, fits: Fits) -> Floats:
    """Return the log2 odds that records of two sides are one, given what they weigh.

    In one entity it is by the pair, or by what ties both to the others. In two, a side loses to
    its rivals log2(1 + their odds), and the pair what both fit their own entities better by; of
    these the most counts, since one tells of the other.
    """
    sides = fits.sides
    weight = said_by_names(weight, sides.little[a] | sides.little[b])
    of_a, of_b = sides.entity[a], sides.entity[b]
    own_a, own_b = fits.of(a, of_a), fits.of(b, of_b)
    better_a = np.minimum(own_a, MOST) - np.minimum(np.maximum(fits.of(a, of_b), weight), MOST)
    better_b = np.minimum(own_b, MOST) - np.minimum(np.maximum(fits.of(b, of_a), weight), MOST)
    held = np.where(sides.told[of_a] & sides.told[of_b], np.minimum(better_a, better_b), 0.0)
    rivals = np.log2(1.0 + np.maximum(fits.rivals(a, b), fits.rivals(b, a)))
    return np.where(
        of_a == of_b,
        np.maximum(weight, np.minimum(own_a, own_b)),
        weight - np.maximum(rivals, held),
    )


def probability(bits: Floats) -> Floats:
    """Return the probability that goes with log2 odds."""
    return np.asarray(1.0 / (1.0 + np.exp2(-bits.clip(-60.0, 60.0))))
