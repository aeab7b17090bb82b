"""The worst mistakes of an evaluation, each with its explanation."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from repository.linking.compared import Compared
from repository.linking.explanation import why
from repository.linking.labelled import Labelled
from repository.linking.measures import Labels
from repository.linking.resolver import Resolver

_MOST_MISSED = 20_000


class Mistakes:
    """What was joined wrongly and what was missed, by records."""

    def __init__(
        self,
        resolver: Resolver,
        labelled: Labelled,
        entity: Labels,
        truth: Labels,
        sources: Labels | None,
    ) -> None:
        self._resolver, self._labelled = resolver, labelled
        self._entity, self._truth, self._sources = entity, truth, sources
        self._description = resolver.description_of

    def joined(self, found: Compared, most: int) -> list[Mapping[str, Any]]:
        """Pairs wrongly in one entity, the heaviest first."""
        wrong = np.flatnonzero((self._entity[found.a] == self._entity[found.b]) & ~found.true)
        worst = wrong[np.argsort(-found.weight[wrong], kind="stable")[:most]]
        return [self._explained(int(found.a[at]), int(found.b[at]), compared=True) for at in worst]

    def missed(self, found: Compared, most: int) -> list[Mapping[str, Any]]:
        """True pairs in two entities, the lightest first, of the first twenty thousand."""
        pairs = []
        for a, b in self._true_pairs():
            if self._entity[a] != self._entity[b]:
                pairs.append((a, b))
                if len(pairs) == _MOST_MISSED:
                    break
        if not pairs or not most:
            return []
        a_s, b_s = np.array(pairs, np.int64).T
        weights = self._resolver.weigh(self._description[a_s], self._description[b_s])
        one, other = self._description[found.a], self._description[found.b]
        count = len(self._description)
        known = np.minimum(one, other) * count + np.maximum(one, other)
        explained = []
        for at in np.argsort(weights, kind="stable")[:most].tolist():
            low, high = sorted(int(self._description[n]) for n in pairs[at])
            seen = bool((known == low * count + high).any())
            explained.append(self._explained(*pairs[at], compared=seen))
        return explained

    def _true_pairs(self) -> Iterator[tuple[int, int]]:
        order = np.argsort(self._truth, kind="stable")
        edges = np.flatnonzero(np.diff(self._truth[order])) + 1
        for members in np.split(order, edges):
            listed = sorted(members.tolist())
            for at, a in enumerate(listed):
                for b in listed[at + 1 :]:
                    if self._sources is None or self._sources[a] != self._sources[b]:
                        yield a, b

    def _explained(self, a: int, b: int, *, compared: bool) -> Mapping[str, Any]:
        rows = [dict(self._labelled.rows[n]) for n in (a, b)]
        one, other = (int(self._description[n]) for n in (a, b))
        return {"records": rows, "compared": compared, "why": why(self._resolver, one, other)}
