"""Weighed pairs beside the truth: how many were compared, how many are one, what was stated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from repository.linking.closure import THRESHOLD
from repository.linking.corpus import Ints
from repository.linking.measures import Labels
from repository.linking.resolver import Resolver, Weighed
from repository.linking.scoring import Floats
from repository.linking.stated import MAY_BE, RIVALLED, Fits, Sides, probability, stated
from repository.linking.weigher import at_most


@dataclass(frozen=True, slots=True)
class Groups:
    """Records in groups that neither description, entity, truth nor source tells apart.

    `first` is a record of each; a description's groups lie side by side from `start`.
    """

    entity: Ints
    truth: Ints
    source: Ints
    size: Ints
    first: Ints
    start: Ints
    many: Ints

    @classmethod
    def of(
        cls, description: Ints, entity: Labels, truth: Labels, sources: Labels | None
    ) -> "Groups":
        """Group records; without sources, all have one."""
        source = np.zeros(len(truth), np.int64) if sources is None else sources
        rows, first, size = np.unique(
            np.stack([description, entity, truth, source]),
            axis=1,
            return_index=True,
            return_counts=True,
        )
        _, start, many = np.unique(rows[0], return_index=True, return_counts=True)
        return cls(rows[1], rows[2], rows[3], size, first, start, many)

    def between(self, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the pairs of groups of these pairs of descriptions: which pair, and both groups.

        A description with itself gives each pair of its groups once, and each group with itself.
        """
        pair, one, other = crossed(self.start, self.many, a, b)
        once = (a[pair] != b[pair]) | (one <= other)
        return pair[once], one[once], other[once]


def crossed(start: Ints, many: Ints, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """Return of pairs of descriptions each one of the first with each one of the second, as
    (which pair, one, other), `many` of each lying side by side from `start`.
    """
    times = many[a] * many[b]
    pair = np.repeat(np.arange(len(a)), times)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(times) - times, times)
    return pair, start[a[pair]] + within // many[b[pair]], start[b[pair]] + within % many[b[pair]]


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs of records that were compared: `count` of them weigh `weight`, of which the linker
    states `stated`, both in bits, and are `true` or not.

    `a` and `b` are a record of each side.
    """

    a: Ints
    b: Ints
    weight: Floats
    stated: Floats
    count: Ints
    true: np.ndarray[Any, np.dtype[np.bool_]]

    @property
    def pairs(self) -> int:
        """How many pairs of records were compared."""
        return int(self.count.sum())

    @property
    def right(self) -> int:
        """How many of those are one."""
        return int(self.count[self.true].sum())


def compared(
    resolver: Resolver,
    weighed: Sequence[Weighed],
    entity: Labels,
    truth: Labels,
    sources: Labels | None,
) -> Compared:
    """Return what was compared: pairs of descriptions, and of records that say the same.

    With sources, pairs of one source do not count.
    """
    description = resolver.description_of
    groups = Groups.of(description, entity, truth, sources)
    itself = np.arange(len(groups.start))
    own = np.array([resolver.own[number] for number in itself.tolist()])
    a = np.concatenate([*(part.a for part in weighed), itself])
    b = np.concatenate([*(part.b for part in weighed), itself])
    weight = np.concatenate([*(part.weights for part in weighed), own])
    pair, one, other = groups.between(a, b)
    size = groups.size
    count = np.where(one == other, size[one] * (size[one] - 1) // 2, size[one] * size[other])
    counts = count > 0
    if sources is not None:
        counts &= groups.source[one] != groups.source[other]
    pair, one, other, count = pair[counts], one[counts], other[counts], count[counts]
    true = groups.truth[one] == groups.truth[other]
    first, second = groups.first[one], groups.first[other]
    said = weight[pair]
    if resolver.kind in RIVALLED:
        side, fits = fits_of(resolver, entity)
        most = resolver.most_of(itself)
        least = np.minimum(most[a], most[b])
        said = stated(side[first], side[second], at_most(weight, least)[pair], fits)
    return Compared(first, second, weight[pair], said, count, true)


def fits_of(resolver: Resolver, entity: Labels) -> tuple[Ints, Fits]:
    """Return the side of each record, and how well sides fit entities."""
    description = resolver.description_of
    (said, of), side, records = np.unique(
        np.stack([description, entity]), axis=1, return_inverse=True, return_counts=True
    )
    side = side.reshape(-1)
    numbers = np.arange(resolver.corpus.count)
    enough = resolver.most_of(numbers) >= THRESHOLD
    told = np.zeros(len(entity), bool)
    told[of[enough[said]]] = True
    reports = np.bincount(entity, minlength=len(entity)).astype(np.float64)
    sides = Sides(of, ~enough[said], reports, told)
    start, many = np.searchsorted(said, numbers), np.bincount(said, minlength=len(numbers))
    pairs = [
        (one, other, weight)
        for one, others in resolver.edges.items()
        for other, weight in others.items()
        if weight >= MAY_BE
    ]
    pairs += [(number, number, weight) for number, weight in resolver.own.items()]
    a, b, bits = (np.array(column) for column in zip(*pairs, strict=True))
    pair, one, other = crossed(start, many, a, b)
    # One record of its description in an entity fits it by the others alone.
    counts = told[of[other]] & ((one != other) | (records[one] > 1))
    return side, Fits(sides, one[counts], of[other[counts]], bits[pair[counts]])


def reliability(found: Compared) -> list[dict[str, Any]]:
    """Return how far a stated probability is kept: of compared pairs, by tenths of it.

    `observed` is the share of these pairs that the truth joins: what was `stated`, if calibrated.
    """
    chance = probability(found.stated)
    tenth = np.minimum((chance * 10).astype(np.int64), 9)
    rows = []
    for at in range(10):
        here = tenth == at
        pairs = int(found.count[here].sum())
        if pairs:
            rows.append(
                {
                    "from": at / 10,
                    "to": (at + 1) / 10,
                    "pairs": pairs,
                    "stated": round(float((chance * found.count)[here].sum()) / pairs, 4),
                    "observed": round(float((found.true * found.count)[here].sum()) / pairs, 4),
                }
            )
    return rows
