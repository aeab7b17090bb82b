"""Evaluating the linker on a labelled file: the production path, and how right it was."""

import heapq
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from repository.linking.clustering import ABSENT, Clusters, average_linkage
from repository.linking.corpus import Corpus, Ints
from repository.linking.described import Description
from repository.linking.explanation import why
from repository.linking.index import KeyIndex
from repository.linking.keys import says_more
from repository.linking.labelled import Labelled
from repository.linking.measures import Labels, Measures, measure, numbered, true_pairs
from repository.linking.resolver import BATCH, Resolver, Weighed, batches, candidate_pairs
from repository.linking.scoring import Counted
from repository.linking.training import Trained, train
from repository.linking.weights import Weights

# Thresholds tried for the best one, in bits.
TRIED = tuple(float(bits) for bits in np.arange(11.5, -5.5, -0.5))
MISTAKES = 5
_MOST_MISSED = 20_000


@dataclass(frozen=True, slots=True)
class Setup:
    """How a file is evaluated. `between_sources` links records of different sources only."""

    kind: str
    train: bool = False
    between_sources: bool = False
    shuffle: int | None = None
    mistakes: int = MISTAKES


def shuffled(labelled: Labelled, seed: int) -> Labelled:
    """Return the rows in another order."""
    order = np.random.default_rng(seed).permutation(len(labelled.rows)).tolist()
    return replace(
        labelled,
        rows=[labelled.rows[i] for i in order],
        descriptions=[labelled.descriptions[i] for i in order],
        truth=[labelled.truth[i] for i in order],
    )


def learn(descriptions: Sequence[Description], weights: Weights, *, kind: str) -> Trained:
    """Learn weights from records without labels, however large the file."""
    corpus = Corpus()
    corpus.add(descriptions)
    a, b = candidate_pairs(
        descriptions, KeyIndex(float(len(descriptions))), wide=says_more(descriptions)
    )
    return train(corpus, a, b, weights, persons=kind == "person")


def evaluate(
    labelled: Labelled,
    weights: Weights,
    setup: Setup,
    counted: Mapping[str, Counted] | None = None,
) -> dict[str, Any]:
    """Resolve a labelled file batch by batch and return the report (docs/linking.md).

    `counted`: how common values are by the file of weights, if it says so.
    """
    return evaluate_entities(labelled, weights, setup, counted)[0]


def evaluate_entities(
    labelled: Labelled,
    weights: Weights,
    setup: Setup,
    counted: Mapping[str, Counted] | None = None,
) -> tuple[dict[str, Any], Labels]:
    """Return the report, and the entity of each record in the order in which they arrived.

    1 learn from the file without its labels, if asked · 2 resolve it as it would arrive · 3 measure
    at the shipped threshold · 4 look for the best one and resolve at that · 5 explain the worst
    mistakes.
    """
    started = time.perf_counter()
    if setup.shuffle is not None:
        labelled = shuffled(labelled, setup.shuffle)
    # A file is a world of its own: how many records there are to choose from is known beforehand.
    weights = replace(weights, population=float(len(labelled.rows)))
    learnt = learn(labelled.descriptions, weights, kind=setup.kind) if setup.train else None
    trained = time.perf_counter()
    resolver = Resolver(
        learnt.weights if learnt else weights,
        persons=setup.kind == "person",
        wide=says_more(labelled.descriptions),
        between_sources=setup.between_sources,
        counted=learnt.counted if learnt else counted or {},
    )
    weighed = [resolver.add(batch) for batch in batches(labelled.descriptions)]
    resolved = time.perf_counter()

    truth = numbered(labelled.truth)
    sources = numbered([one.source for one in labelled.descriptions])
    across = sources if setup.between_sources else None
    entity = _entities(resolver.clusters, len(truth))
    shipped = measure(entity, truth, across)
    best, threshold = _best(resolver, weighed, truth, across, shipped)
    there = true_pairs(truth, across)
    compared, right = _compared(weighed, truth, across)
    report: dict[str, Any] = {
        "kind": setup.kind,
        "records": len(truth),
        "true_entities": len(np.unique(truth)),
        "entities": len(np.unique(entity)),
        "true_pairs": int(there),
        "pairs_compared": compared,
        "blocking_recall": round(len(right) / there, 6) if there else 1.0,
        "trained": setup.train,
        "shuffle": setup.shuffle,
        "shipped": {"threshold": resolver.clusters.threshold, **shipped.as_json()},
        "best": {"threshold": threshold, **best.as_json()},
        "reliability": reliability(weighed, truth, across),
        "seconds": round(time.perf_counter() - started, 2),
        "seconds_training": round(trained - started, 2),
        "seconds_resolving": round(resolved - trained, 2),
        "records_per_second": round(len(truth) / max(resolved - trained, 1e-9)),
    }
    mistakes = _Mistakes(resolver, labelled, entity, truth, across)
    report["false_positives"] = mistakes.joined(weighed, setup.mistakes)
    report["false_negatives"] = mistakes.missed(right, setup.mistakes)
    return report, entity


def _entities(clusters: Clusters, count: int) -> Labels:
    return np.array([clusters.entity[record] for record in range(count)], np.int64)


def _compared(
    weighed: Sequence[Weighed], truth: Labels, across: Labels | None
) -> tuple[int, frozenset[tuple[int, int]]]:
    """Return how many pairs were compared, and which of them are true."""
    count = 0
    right: set[tuple[int, int]] = set()
    for part in weighed:
        counts = np.ones(len(part.a), bool) if across is None else across[part.a] != across[part.b]
        count += int(counts.sum())
        true = counts & (truth[part.a] == truth[part.b])
        right.update(zip(part.a[true].tolist(), part.b[true].tolist(), strict=True))
    return count, frozenset(right)


def reliability(
    weighed: Sequence[Weighed], truth: Labels, across: Labels | None = None
) -> list[dict[str, Any]]:
    """Return how far a stated probability is kept: of compared pairs, by tenths of it.

    `observed` is the share of these pairs that the truth joins: what was `stated`, if calibrated.
    """
    a, b, weights = (
        np.concatenate([getattr(part, name) for part in weighed]) if weighed else np.empty(0)
        for name in ("a", "b", "weights")
    )
    a, b = a.astype(np.int64), b.astype(np.int64)
    if across is not None:
        kept = across[a] != across[b]
        a, b, weights = a[kept], b[kept], weights[kept]
    chance = 1.0 / (1.0 + np.exp2(-weights.clip(-60, 60)))
    tenth = np.minimum((chance * 10).astype(np.int64), 9)
    true = truth[a] == truth[b]
    return [
        {
            "from": at / 10,
            "to": (at + 1) / 10,
            "pairs": int((tenth == at).sum()),
            "stated": round(float(chance[tenth == at].mean()), 4),
            "observed": round(float(true[tenth == at].mean()), 4),
        }
        for at in range(10)
        if (tenth == at).any()
    ]


def _best(
    resolver: Resolver,
    weighed: Sequence[Weighed],
    truth: Labels,
    across: Labels | None,
    shipped: Measures,
) -> tuple[Measures, float]:
    """Return the measures at the best threshold, and that threshold.

    One hierarchy over all pairs proposes a threshold; the records are then resolved at it, batch
    by batch, from the same weights.
    """
    count = len(truth)
    _, joins = average_linkage(range(count), resolver.clusters.edges, TRIED[-1])
    parent = np.arange(count)
    ordered = sorted(joins, reverse=True)
    at, chosen, highest = 0, resolver.clusters.threshold, -1.0
    for threshold in TRIED:
        while at < len(ordered) and ordered[at][0] >= threshold:
            _, a, b = ordered[at]
            low, high = sorted((_root(parent, a), _root(parent, b)))
            parent[high] = low
            at += 1
        found = measure(np.array([_root(parent, n) for n in range(count)]), truth, across)
        if found.f1 > highest:
            chosen, highest = threshold, found.f1
    clusters = Clusters(chosen)
    for start, part in zip(range(0, count, BATCH), weighed, strict=True):
        kept = np.flatnonzero(part.weights > ABSENT)
        clusters.add(
            range(start, min(start + BATCH, count)),
            zip(
                part.a[kept].tolist(),
                part.b[kept].tolist(),
                part.weights[kept].tolist(),
                strict=True,
            ),
        )
    found = measure(_entities(clusters, count), truth, across)
    return (found, chosen) if found.f1 > shipped.f1 else (shipped, resolver.clusters.threshold)


def _root(parent: Ints, record: int) -> int:
    while parent[record] != record:
        parent[record] = parent[parent[record]]
        record = int(parent[record])
    return record


class _Mistakes:
    """The worst false positives and negatives, each with its explanation."""

    def __init__(
        self,
        resolver: Resolver,
        labelled: Labelled,
        entity: Labels,
        truth: Labels,
        across: Labels | None,
    ) -> None:
        self._resolver, self._labelled = resolver, labelled
        self._entity, self._truth, self._across = entity, truth, across

    def joined(self, weighed: Sequence[Weighed], most: int) -> list[Mapping[str, Any]]:
        """Pairs wrongly in one entity, the heaviest first."""
        found: list[tuple[float, int, int]] = []
        for part in weighed:
            wrong = (self._entity[part.a] == self._entity[part.b]) & (
                self._truth[part.a] != self._truth[part.b]
            )
            if self._across is not None:
                wrong &= self._across[part.a] != self._across[part.b]
            rows = zip(
                part.weights[wrong].tolist(),
                part.a[wrong].tolist(),
                part.b[wrong].tolist(),
                strict=True,
            )
            found = heapq.nlargest(most, [*found, *rows])
        return [self._explained(a, b, compared=True) for _, a, b in found]

    def missed(self, compared: frozenset[tuple[int, int]], most: int) -> list[Mapping[str, Any]]:
        """True pairs in two entities, the lightest first, of the first twenty thousand."""
        pairs = []
        for a, b in self._true_pairs():
            if self._entity[a] != self._entity[b]:
                pairs.append((a, b))
                if len(pairs) == _MOST_MISSED:
                    break
        if not pairs:
            return []
        a_s, b_s = np.array(pairs, np.int64).T
        weights = self._resolver.weigh(a_s, b_s)
        lightest = np.argsort(weights, kind="stable")[:most].tolist()
        return [self._explained(*pairs[at], compared=pairs[at] in compared) for at in lightest]

    def _true_pairs(self) -> Iterator[tuple[int, int]]:
        order = np.argsort(self._truth, kind="stable")
        edges = np.flatnonzero(np.diff(self._truth[order])) + 1
        for members in np.split(order, edges):
            listed = sorted(members.tolist())
            for at, a in enumerate(listed):
                for b in listed[at + 1 :]:
                    if self._across is None or self._across[a] != self._across[b]:
                        yield a, b

    def _explained(self, a: int, b: int, *, compared: bool) -> Mapping[str, Any]:
        rows = [dict(self._labelled.rows[n]) for n in (a, b)]
        return {"records": rows, "compared": compared, "why": why(self._resolver, a, b)}
