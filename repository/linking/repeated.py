"""What a field says again beside another of its group, as a file shows it. Pure.

Street, town and postcode tell of one place. How far one of them repeats another differs from file
to file: beside a postcode that no other town has, the town says nothing new.
"""

from itertools import combinations

import numpy as np

from repository.linking.corpus import MISSING, NAME_FEATURES, Corpus, Ints
from repository.linking.fields import field_of
from repository.linking.scoring import GROUP_SHARE
from repository.linking.weights import Beside

# What so many pairs show of two fields counts half; of fewer, less.
HALF_SHOWN = 20.0
# The least bits of a field of which a share is taken: all have the same.
LEAST_BITS = 0.1


def beside(corpus: Corpus, entity: Ints) -> Beside:
    """Return what share of a field counts beside each other of its group, at most `GROUP_SHARE`.

    Counted among pairs of different entities: log2 of how much oftener two agree on both than by
    chance are the bits that are said again, of those that the lesser says.
    """
    groups: dict[str, list[str]] = {}
    for feature in sorted(corpus.features):
        if feature not in NAME_FEATURES and field_of(feature).group:
            groups.setdefault(field_of(feature).group, []).append(feature)
    found: dict[tuple[str, str], float] = {}
    for members in groups.values():
        for one, other in combinations(members, 2):
            share = _share(corpus, entity, one, other)
            if share is not None:
                found[one, other] = share
    return found


def _share(corpus: Corpus, entity: Ints, one: str, other: str) -> float | None:
    """Return what share of the lesser of two fields counts; None where nobody says both."""
    columns = [corpus.column_of(name) for name in (one, other)]
    values = np.stack([c.first.data[: corpus.count] for c in columns if c is not None])
    if len(values) < len(columns):
        return None
    # An entity that says the same again says it once.
    told = np.unique(np.vstack([entity, values])[:, (values != MISSING).all(axis=0)], axis=1)
    everyone = _pairs_apart(told, [])
    if not everyone:
        return None
    of_one, of_other = (max(_pairs_apart(told, [row]), 1.0) for row in (1, 2))
    both = _pairs_apart(told, [1, 2])
    again = np.log2(max(both, 1.0) * everyone / (of_one * of_other)) * both / (both + HALF_SHOWN)
    lesser = np.log2(everyone / max(of_one, of_other))
    return float(np.clip(1.0 - again / max(lesser, LEAST_BITS), 0.0, GROUP_SHARE))


def _pairs_apart(told: Ints, rows: list[int]) -> float:
    """Return how many pairs of different entities agree on these rows (the first is the entity)."""
    return _pairs(told[rows]) - _pairs(told[[0, *rows]])


def _pairs(told: Ints) -> float:
    """Return how many pairs of columns are the same."""
    if not len(told):
        counts = np.array([told.shape[1]])
    else:
        counts = np.unique(told, axis=1, return_counts=True)[1]
    return float((counts.astype(float) * (counts - 1.0)).sum() / 2)
