"""Clustering: average linkage over weighed pairs. Pure.

Two clusters join when the mean weight over all pairs between them passes the threshold; a pair
that was never weighed counts as `ABSENT`. Connected components would join two networks through
one bad pair; the mean does not.
"""

import heapq
import math
from collections.abc import Iterable, Mapping

# What a pair counts that was not weighed, or weighed less.
ABSENT = -4.0
# No pair counts more: beyond this a pair is certain, and must not outvote others.
MOST = 12.0
# Two clusters whose mean weight is this or less are taken to be two for certain.
RIVALS = -3.0
APART = -1e6
"""The weight of a pair that somebody judged not to be one thing."""

Edges = Mapping[int, Mapping[int, float]]


def _rivalry(
    a: int,
    b: int,
    sums: Mapping[int, Mapping[int, float]],
    members: Mapping[int, list[int]],
    mean: float,
) -> float:
    """Return the bits that a join loses to its rivals: other clusters it might as well be.

    If a fits b and c alike, and b and c are certainly two, then a is each of them with half the
    chance at most: log2(1 + sum of the rivals' odds).
    """
    odds = 0.0
    for one, other in ((a, b), (b, a)):
        ours, size = sums[one], len(members[one])
        for rival, weight in ours.items():
            if rival == other:
                continue
            fit = weight / (size * len(members[rival])) + ABSENT
            if fit <= 0.0 or fit < mean - 6.0:
                continue
            between = sums[other].get(rival, 0.0) / (len(members[other]) * len(members[rival]))
            if between + ABSENT <= RIVALS:
                odds += 2.0**fit
    return math.log2(1.0 + odds)


def average_linkage(
    records: Iterable[int], edges: Edges, threshold: float
) -> tuple[list[list[int]], list[tuple[float, int, int]]]:
    """Return the clusters, each in order, and the joins made as (mean weight, a, b).

    `edges[a][b]` is the weight of a pair, both ways. The heaviest join is made first and ties go
    to the oldest records, so the order of `records` changes nothing.
    """
    # Sums are kept above ABSENT, so that pairs which were not weighed add nothing.
    members = {record: [record] for record in sorted(records)}
    sums: dict[int, dict[int, float]] = {
        record: {
            other: min(weight, MOST) - ABSENT
            for other, weight in edges.get(record, {}).items()
            if other in members
        }
        for record in members
    }
    heap = [
        (-(weight + ABSENT), record, other)
        for record, others in sums.items()
        for other, weight in others.items()
        if record < other and weight + ABSENT >= threshold
    ]
    heapq.heapify(heap)
    joins: list[tuple[float, int, int]] = []
    while heap:
        lost, a, b = heapq.heappop(heap)
        if a not in members or b not in members:
            continue
        mean = sums[a][b] / (len(members[a]) * len(members[b])) + ABSENT
        if mean != -lost:
            # Superseded: the pair was pushed again when one side grew.
            continue
        if mean - _rivalry(a, b, sums, members, mean) < threshold:
            continue
        joins.append((mean, a, b))
        members[a] += members.pop(b)
        ours, theirs = sums[a], sums.pop(b)
        del ours[b]
        del theirs[a]
        for other, weight in theirs.items():
            ours[other] = ours.get(other, 0.0) + weight
            del sums[other][b]
        for other, weight in ours.items():
            sums[other][a] = weight
            mean = weight / (len(members[a]) * len(members[other])) + ABSENT
            if mean >= threshold:
                heapq.heappush(heap, (-mean, min(a, other), max(a, other)))
    return [sorted(one) for one in members.values()], joins


class Clusters:
    """Entities of records that arrive in batches. An entity is named by its oldest record."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self.entity: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.edges: dict[int, dict[int, float]] = {}

    def add(self, records: Iterable[int], pairs: Iterable[tuple[int, int, float]]) -> None:
        """Add records and the weighed pairs that they bring; renew the entities concerned.

        1 keep the pairs · 2 find the entities that a new pair could join or divide · 3 take them
        apart and cluster their records anew · 4 name each entity by its oldest record. As only the
        weights decide, the order of arrival matters little.
        """
        new = list(records)
        for record in new:
            self.entity[record] = record
            self.members[record] = [record]
        concerned = set(new)
        for a, b, weight in pairs:
            if weight > ABSENT:
                self.edges.setdefault(a, {})[b] = weight
                self.edges.setdefault(b, {})[a] = weight
                if weight >= self.threshold:
                    concerned.add(self.entity[a])
                    concerned.add(self.entity[b])
        entities = {self.entity[record] for record in concerned}
        pool = [record for entity in entities for record in self.members.pop(entity)]
        clusters, _ = average_linkage(pool, self.edges, self.threshold)
        for members in clusters:
            self.members[members[0]] = members
            for record in members:
                self.entity[record] = members[0]
