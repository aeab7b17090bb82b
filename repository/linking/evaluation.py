"""Evaluating the linker on a labelled file: the production path, and how right it was."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from repository.linking.closure import ABSENT_OF, RIVALS_FROM
from repository.linking.clustering import average_linkage
from repository.linking.compared import compared, reliability
from repository.linking.corpus import Corpus, Ints
from repository.linking.described import Description, packed
from repository.linking.explanation import why
from repository.linking.file_keys import FileKeys
from repository.linking.keys import says_more
from repository.linking.known_levels import FILE_BITS
from repository.linking.labelled import Labelled
from repository.linking.measures import Labels, Measures, measure, numbered, true_pairs
from repository.linking.mistakes import Mistakes
from repository.linking.resolver import Arrived, Resolver, Weighed, batches
from repository.linking.scoring import Counted
from repository.linking.training import Trained, count, train
from repository.linking.weigher import Weigher, only_years
from repository.linking.weights import Weights

# Thresholds tried for the best one, in bits.
TRIED = tuple(float(bits) for bits in np.arange(11.5, -5.5, -0.5))
MISTAKES = 5
# What the stage calls the kinds of a file.
SUBJECTS = {"place": "location"}
# Of what there are branches, in a file: who has one name may have many houses.
CHAINS = frozenset({"place", "organisation"})

# Pairs to look at: apart, doubtful, joined, joined of a victim, certain; among so many records.
EXAMPLE_BITS = (-8.0, 0.0, 2.0, 6.63, 12.0)
EXAMPLES = 5_000

Progress = Callable[[str, int, int], None]
"""Told of what is done: the step, how much of it, of how much."""


def silent(step: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a file is evaluated. `between_sources` links records of different sources only."""

    kind: str
    train: bool = False
    between_sources: bool = False
    shuffle: int | None = None
    mistakes: int = MISTAKES


def learn(
    descriptions: Sequence[Description],
    weights: Weights,
    *,
    kind: str,
    between: bool = False,
    progress: Progress = silent,
) -> Trained:
    """Learn weights from records without labels, however large the file.

    Records that say the same are one description, as the linker compares them; with `between`,
    if they are of one source.
    """
    said = _told(descriptions, between=between)
    return _learnt(said, FileKeys.of(said, wide=says_more(said)), weights, kind, progress)


def _learnt(
    said: Sequence[Description], keys: FileKeys, weights: Weights, kind: str, progress: Progress
) -> Trained:
    return train(
        *_candidates(said, keys), weights, persons=kind == "person", chains=kind in CHAINS,
        progress=lambda done, total: progress("learning", done, total),
    )  # fmt: skip


def _told(descriptions: Sequence[Description], *, between: bool) -> list[Description]:
    """Return what is said by these records, each description once; with `between`, a source."""
    told = {(packed(one), one.source if between else ""): one for one in descriptions}
    return list(told.values())


def _candidates(said: Sequence[Description], keys: FileKeys) -> tuple[Corpus, Ints, Ints]:
    """Return these descriptions to be compared, and the pairs to compare."""
    corpus = Corpus(FILE_BITS)
    corpus.add(said)
    return corpus, *keys.pairs(float(len(said)))


def examples(
    said: Sequence[Description], learnt: Trained, *, kind: str, most: int = EXAMPLES
) -> list[Mapping[str, Any]]:
    """Return why some pairs weigh what they weigh by learnt weights: the nearest to each of
    `EXAMPLE_BITS` among the first records, from apart to one.
    """
    resolver = Resolver(
        Weigher(learnt.weights, learnt.counted, year_enough=only_years(said)),
        SUBJECTS.get(kind, kind),
        wide=says_more(said),
    )
    weighed = resolver.add([Arrived(one) for one in said[:most]])
    if not len(weighed.a):
        return []
    nearest = {int(np.abs(weighed.weights - bits).argmin()) for bits in EXAMPLE_BITS}
    ordered = sorted(nearest, key=lambda at: float(weighed.weights[at]))
    return [why(resolver, int(weighed.a[at]), int(weighed.b[at])) for at in ordered]


def evaluate(
    labelled: Labelled,
    weights: Weights,
    setup: Setup,
    counted: Mapping[str, Counted] | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Resolve a labelled file batch by batch and return the report (docs/linking.md).

    `counted`: how common values are by the file of weights, if it says so.
    """
    return evaluate_entities(labelled, weights, setup, counted, progress)[0]


def evaluate_entities(
    labelled: Labelled,
    weights: Weights,
    setup: Setup,
    counted: Mapping[str, Counted] | None = None,
    progress: Progress = silent,
) -> tuple[dict[str, Any], Labels]:
    """Return the report, and the entity of each record in the order in which they arrived.

    1 learn from the file without its labels, if asked · 2 resolve it as it would arrive · 3 measure
    at the stage's threshold · 4 look for the best one and resolve at that · 5 explain the worst
    mistakes.
    """
    started = time.perf_counter()
    if setup.shuffle is not None:
        labelled = labelled.shuffled(setup.shuffle)
    said = labelled.descriptions
    # A file is a world of its own: how many records there are to choose from is known beforehand.
    weights = replace(weights, population=float(len(said)))
    closed = labelled.victims is None
    told, wide = _told(said, between=setup.between_sources), says_more(said)
    keys = FileKeys.of(told, wide=wide)
    if setup.train:
        known = _learnt(told, keys, weights, setup.kind, progress)
    elif counted or not closed:
        known = Trained(weights, counted or {})
    else:
        known = count(
            *_candidates(told, keys), weights, persons=setup.kind == "person",
            chains=setup.kind in CHAINS,
        )  # fmt: skip
    trained = time.perf_counter()
    resolver = Resolver(
        Weigher(
            known.weights,
            known.counted,
            between=setup.between_sources,
            year_enough=only_years(said),
            closed=closed and bool(known.counted),
            learnt=setup.train or bool(counted),
            chains=setup.kind in CHAINS,
        ),
        SUBJECTS.get(setup.kind, setup.kind),
        wide=wide,
        between=setup.between_sources,
        keys=keys,
    )
    weighed: list[Weighed] = []
    done = 0
    for batch in batches(labelled.arrived()):
        weighed.append(resolver.add(batch))
        done += len(batch)
        progress("resolving", done, len(said))
    resolved = time.perf_counter()

    truth = numbered(labelled.truth)
    sources = numbered([one.source for one in said]) if setup.between_sources else None
    entity = resolver.entity()
    shipped = measure(entity, truth, sources)
    progress("measuring", 0, 1)
    best, threshold = _best(resolver, truth, sources, shipped)
    there = true_pairs(truth, sources)
    pairs = compared(resolver, weighed, entity, truth, sources)
    mistakes = Mistakes(resolver, labelled, entity, truth, sources)
    report: dict[str, Any] = {
        "kind": setup.kind,
        "records": len(truth),
        "descriptions": resolver.corpus.count,
        "true_entities": len(np.unique(truth)),
        "entities": len(np.unique(entity)),
        "true_pairs": int(there),
        "pairs_compared": pairs.pairs,
        "blocking_recall": round(pairs.right / there, 6) if there else 1.0,
        "unread": dict(labelled.unread),
        "fillers": dict(labelled.fillers),
        "trained": setup.train,
        "shuffle": setup.shuffle,
        "shipped": {"threshold": resolver.joins_at, **shipped.as_json()},
        "best": {"threshold": threshold, **best.as_json()},
        "reliability": reliability(pairs),
        "seconds": round(time.perf_counter() - started, 2),
        "seconds_training": round(trained - started, 2),
        "seconds_resolving": round(resolved - trained, 2),
        "records_per_second": round(len(truth) / max(resolved - trained, 1e-9)),
        "false_positives": mistakes.joined(pairs, setup.mistakes),
        "false_negatives": mistakes.missed(pairs, setup.mistakes),
    }
    progress("measuring", 1, 1)
    return report, entity


def _best(
    resolver: Resolver, truth: Labels, sources: Labels | None, shipped: Measures
) -> tuple[Measures, float]:
    """Return the measures at the best threshold, and that threshold.

    One hierarchy of descriptions proposes a threshold; the records are then clustered at it by
    the stage's rule.
    """
    description = resolver.description_of
    count = resolver.corpus.count
    absent = ABSENT_OF.get(resolver.kind, resolver.joins_at)
    # Below what an uncompared pair counts, whatever is connected would be one.
    tried = [bits for bits in TRIED if bits > absent]
    _, joins = average_linkage(
        range(count), resolver.edges, tried[-1],
        absent=absent, rivals_from=RIVALS_FROM.get(resolver.kind, 0.0),
    )  # fmt: skip
    parent = np.arange(count)
    ordered = sorted(joins, reverse=True)
    at, chosen, highest = 0, resolver.joins_at, -1.0
    for threshold in tried:
        while at < len(ordered) and ordered[at][0] >= threshold:
            _, a, b = ordered[at]
            low, high = sorted((_root(parent, a), _root(parent, b)))
            parent[high] = low
            at += 1
        found = measure(_roots(parent)[description], truth, sources)
        if found.f1 > highest:
            chosen, highest = threshold, found.f1
    found = measure(resolver.entity(chosen), truth, sources)
    return (found, chosen) if found.f1 > shipped.f1 else (shipped, resolver.joins_at)


def _root(parent: Ints, record: int) -> int:
    while parent[record] != record:
        parent[record] = parent[parent[record]]
        record = int(parent[record])
    return record


def _roots(parent: Ints) -> Ints:
    while (parent[parent] != parent).any():
        parent = parent[parent]
    return parent
