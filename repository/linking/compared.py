"""Weighed pairs beside the truth: how many were compared, how many are one, what was stated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from repository.linking.corpus import Ints
from repository.linking.measures import Labels
from repository.linking.resolver import Resolver, Weighed
from repository.linking.scoring import Floats


@dataclass(frozen=True, slots=True)
class Groups:
    """Records in groups that neither description, truth nor source tells apart.

    `first` is a record of each; a description's groups lie side by side from `start`.
    """

    truth: Ints
    source: Ints
    size: Ints
    first: Ints
    start: Ints
    many: Ints

    @classmethod
    def of(cls, description: Ints, truth: Labels, sources: Labels | None) -> "Groups":
        """Group records by their description, truth and source; without sources, all have one."""
        source = np.zeros(len(truth), np.int64) if sources is None else sources
        rows, first, size = np.unique(
            np.stack([description, truth, source]), axis=1, return_index=True, return_counts=True
        )
        _, start, many = np.unique(rows[0], return_index=True, return_counts=True)
        return cls(rows[1], rows[2], size, first, start, many)

    def between(self, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the pairs of groups of these pairs of descriptions: which pair, and both groups.

        A description with itself gives each pair of its groups once, and each group with itself.
        """
        times = self.many[a] * self.many[b]
        pair = np.repeat(np.arange(len(a)), times)
        within = np.arange(len(pair)) - np.repeat(np.cumsum(times) - times, times)
        one = self.start[a[pair]] + within // self.many[b[pair]]
        other = self.start[b[pair]] + within % self.many[b[pair]]
        once = (a[pair] != b[pair]) | (one <= other)
        return pair[once], one[once], other[once]


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs of records that were compared: `count` of them weigh `weight` and are `true` or not.

    `a` and `b` are a record of each side.
    """

    a: Ints
    b: Ints
    weight: Floats
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
    resolver: Resolver, weighed: Sequence[Weighed], truth: Labels, sources: Labels | None
) -> Compared:
    """Return what was compared: pairs of descriptions, and of records that say the same.

    With sources, pairs of one source do not count.
    """
    description = resolver.description_of
    groups = Groups.of(description, truth, sources)
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
    return Compared(groups.first[one], groups.first[other], weight[pair], count, true)


def reliability(found: Compared) -> list[dict[str, Any]]:
    """Return how far a stated probability is kept: of compared pairs, by tenths of it.

    `observed` is the share of these pairs that the truth joins: what was `stated`, if calibrated.
    """
    chance = 1.0 / (1.0 + np.exp2(-found.weight.clip(-60, 60)))
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
