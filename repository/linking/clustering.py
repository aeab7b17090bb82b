"""Clustering: average linkage over weighed pairs. Pure.

Two clusters join when the mean weight over all pairs between them passes the threshold; a pair
that was never weighed counts as `ABSENT`. Connected components would join two networks through
one bad pair; the mean does not.
"""

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

# What a pair counts that was not weighed, or weighed less.
ABSENT = -4.0
# No pair counts more: beyond this a pair is certain, and must not outvote others. A thousandth of
# what is beyond it counts, so that of certain pairs the surer are joined first.
MOST = 12.0
BEYOND = 0.001
# Two clusters whose mean weight is this or less are taken to be two for certain; where an
# uncompared pair counts more and still against, those of which nothing says that they are one.
RIVALS = -3.0
# What fits its own side so many bits better than the other differs from that by a slip at least;
# each further one that does takes this off, since hardly three in a hundred hands slip so.
SETTLED = 3.0
SLIP_AGAIN = 5.0
COPIES = 2
# A pair of 99 in 100 is of somebody whom both sides know: then their slips do not count.
SURE = 6.63
# A component of more descriptions is first parted at its weakest pairs, so that no batch ever costs
# more. In 100,000 events, once trained, none has as many; untrained, namesakes' do.
COMPONENT = 100

Edges = Mapping[int, Mapping[int, float]]
Allowed = Callable[[Sequence[int], Sequence[int]], bool]
"""Whether two clusters, by their members, may join."""


def average_linkage(
    records: Iterable[int],
    edges: Edges,
    threshold: float,
    *,
    absent: float = ABSENT,
    rivals_from: float = 0.0,
    together: Iterable[tuple[int, int]] = (),
    allowed: Allowed | None = None,
) -> tuple[list[list[int]], list[tuple[float, int, int]]]:
    """Return the clusters, each in order, and the joins made as (mean weight, a, b).

    `edges[a][b]` is the weight of a pair, both ways. The heaviest join is made first and ties go
    to the lowest numbers, so the order of `records` changes nothing. Only what fits from
    `rivals_from` bits on is a rival. `together` are joined before any weight is looked at, in
    order; `allowed` has a veto over every join.
    """
    agglomeration = _Agglomeration(records, edges, absent, rivals_from)
    for a, b in together:
        agglomeration.join_members(a, b, allowed)
    return agglomeration.run(threshold, allowed)


def _counted(weight: float) -> float:
    return weight if weight <= MOST else MOST + BEYOND * (weight - MOST)


class _Agglomeration:
    """Clusters under way, each under its lowest member, and the sums of weights between them."""

    def __init__(
        self, records: Iterable[int], edges: Edges, absent: float, rivals_from: float
    ) -> None:
        # Sums are kept above `absent`, so that pairs which were not weighed add nothing.
        self.absent = absent
        self.rivals_from = rivals_from
        self.two_at = max(RIVALS, absent) if absent < 0.0 else RIVALS
        self.edges = edges
        self.members = {record: [record] for record in sorted(records)}
        self.cluster = {record: record for record in self.members}
        self.sums: dict[int, dict[int, float]] = {
            record: {
                other: _counted(weight) - absent
                for other, weight in edges.get(record, {}).items()
                if other in self.members
            }
            for record in self.members
        }

    def mean(self, a: int, b: int) -> float:
        pairs = len(self.members[a]) * len(self.members[b])
        return self.sums[a].get(b, 0.0) / pairs + self.absent

    def join_members(self, a: int, b: int, allowed: Allowed | None) -> None:
        """Join the clusters of two records, unless that is not allowed."""
        low, high = sorted((self.cluster[a], self.cluster[b]))
        if low != high and (allowed is None or allowed(self.members[low], self.members[high])):
            self.join(low, high)

    def join(self, a: int, b: int) -> None:
        """Let cluster `b` become part of `a`, the lower."""
        moved = self.members.pop(b)
        self.members[a] += moved
        for record in moved:
            self.cluster[record] = a
        ours, theirs = self.sums[a], self.sums.pop(b)
        ours.pop(b, None)
        theirs.pop(a, None)
        for other, weight in theirs.items():
            ours[other] = ours.get(other, 0.0) + weight
            del self.sums[other][b]
        for other, weight in ours.items():
            self.sums[other][a] = weight

    def run(
        self, threshold: float, allowed: Allowed | None
    ) -> tuple[list[list[int]], list[tuple[float, int, int]]]:
        """Join what passes the threshold, heaviest first."""
        sizes = {a: len(members) for a, members in self.members.items()}
        heap = [
            (-mean, a, b)
            for a, others in self.sums.items()
            for b, weight in others.items()
            if a < b and (mean := weight / (sizes[a] * sizes[b]) + self.absent) >= threshold
        ]
        heapq.heapify(heap)
        joins: list[tuple[float, int, int]] = []
        while heap:
            lost, a, b = heapq.heappop(heap)
            if a not in self.members or b not in self.members:
                continue
            mean = self.mean(a, b)
            if mean != -lost:
                # Superseded: the pair was pushed again when one side grew.
                continue
            # the cheaper question first
            if allowed is not None and not allowed(self.members[a], self.members[b]):
                continue
            margin = mean - self._slips(a, b) - threshold
            if margin < 0 or self._rivalled(a, b, mean, margin):
                continue
            joins.append((mean, a, b))
            self.join(a, b)
            for other in self.sums[a]:
                mean = self.mean(a, other)
                if mean >= threshold:
                    heapq.heappush(heap, (-mean, min(a, other), max(a, other)))
        return [sorted(one) for one in self.members.values()], joins

    def _slips(self, a: int, b: int) -> float:
        """Return the bits that a join loses since a slip of the hand is not repeated.

        Two records may have one slip, if one was copied from the other; and somebody who makes many
        is known by one pair that is sure.
        """
        one, other = self.members[a], self.members[b]
        if min(len(one), len(other)) <= COPIES:
            return 0.0
        again = settled(one, other, self.edges, MOST) - COPIES
        if again <= 0:
            return 0.0
        theirs = set(other)
        sure = any(
            n in theirs and weight >= SURE
            for member in one
            for n, weight in self.edges.get(member, {}).items()
        )
        return 0.0 if sure else SLIP_AGAIN * again

    def _rivalled(self, a: int, b: int, mean: float, margin: float) -> bool:
        """Return whether a join loses more than `margin` bits to its rivals: other clusters it
        might as well be.

        If a fits b and c alike, and b and c are certainly two, then a is each of them with half
        the chance at most: log2(1 + sum of the rivals' odds). The sum ends where it is enough: of
        500 records that all fit each other, most pairs are refused at their first rivals.
        """
        enough = 2.0**margin
        odds = 1.0
        least = max(mean - 6.0, self.rivals_from)
        if mean < least:
            return False
        members, absent = self.members, self.absent
        # `mean` written out: this is asked for every rival of every join.
        for one, other in ((a, b), (b, a)):
            theirs = self.sums[other]
            of_one, of_other = len(members[one]), len(members[other])
            for rival, weight in self.sums[one].items():
                if rival == other:
                    continue
                of_rival = len(members[rival])
                fit = weight / (of_one * of_rival) + absent
                if fit <= 0.0 or fit < least:
                    continue
                if theirs.get(rival, 0.0) / (of_other * of_rival) + absent <= self.two_at:
                    odds += 2.0**fit
                    if odds > enough:
                        return True
        return False


def settled(
    one: Sequence[int],
    other: Sequence[int],
    edges: Edges,
    most: float = math.inf,
    times: Callable[[int], int] = lambda member: 1,
) -> int:
    """Return how many members fit their own side much better than any of the other, of the side
    with fewer of them.

    Of one thing it is at most one or so, whom a slip of the hand parts from the rest; two people of
    one name, each with a date of birth that several repeat, have more. Bits count to `most`, and a
    member as often as `times` says.
    """
    if len(one) == 1 or len(other) == 1:
        return 0
    few, many = sorted((one, other), key=len)
    found = _settled_in(few, many, edges, most, times)
    return min(found, _settled_in(many, few, edges, most, times)) if found > 1 else found


def _settled_in(
    side: Sequence[int],
    other: Sequence[int],
    edges: Edges,
    most: float,
    times: Callable[[int], int],
) -> int:
    ours, theirs = set(side), set(other)
    count = 0
    for member in side:
        inside = across = ABSENT
        for n, weight in edges.get(member, {}).items():
            if n in theirs:
                across = max(across, weight)
            elif n in ours:
                inside = max(inside, weight)
        if min(inside, most) - min(across, most) >= SETTLED:
            count += times(member)
    return count


def components(
    records: Iterable[int], edges: Edges, bar: float, most: int = COMPONENT
) -> Iterator[list[int]]:
    """Yield the records that pairs of at least `bar` connect, each component in order.

    A component of more than `most` is parted again at a bar one bit higher, until all fit: which
    parts it has follows from its pairs alone, never from the order in which they came.
    """
    left = set(records)
    for start in sorted(left):
        if start not in left:
            continue
        found = {start}
        frontier = [start]
        while frontier:
            following = [
                other
                for record in frontier
                for other, weight in edges.get(record, {}).items()
                if weight >= bar and other in left and other not in found
            ]
            frontier = list(dict.fromkeys(following))
            found.update(frontier)
        left -= found
        if len(found) > most and bar < MOST:
            yield from components(found, edges, bar + 1.0, most)
        else:
            yield sorted(found)


def tied(pairs: Iterable[tuple[int, int]]) -> dict[int, dict[int, float]]:
    """Return what people said is one, as pairs that no bar parts, both ways."""
    found: dict[int, dict[int, float]] = {}
    for a, b in pairs:
        if a != b:
            found.setdefault(a, {})[b] = MOST
            found.setdefault(b, {})[a] = MOST
    return found


def with_ties(edges: Edges, ties: Edges) -> Edges:
    """Return pairs with ties among them."""
    if not ties:
        return edges
    return {**edges, **{n: {**edges.get(n, {}), **others} for n, others in ties.items()}}


def reached(
    records: Iterable[int], edges: Edges, bar: float, inside: Set[int] | None = None
) -> set[int]:
    """Return the records and all that pairs of at least `bar` connect them with, of those
    `inside`.
    """
    found = set(records)
    frontier = list(found)
    while frontier:
        following = {
            other
            for record in frontier
            for other, weight in edges.get(record, {}).items()
            if weight >= bar and other not in found and (inside is None or other in inside)
        }
        found |= following
        frontier = list(following)
    return found
