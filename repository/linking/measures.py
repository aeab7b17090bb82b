"""Measures of a clustering against the truth: pairwise, and B-cubed (Bagga and Baldwin 1998)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measures:
    """Shares from 0 to 1. Pairs are all pairs of records that the truth or the entities join."""

    precision: float
    recall: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float

    def as_json(self) -> dict[str, float]:
        """Return the measures, to six digits."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


def numbered(labels: Sequence[str]) -> Labels:
    """Return labels as whole numbers, equal where the labels are."""
    return np.asarray(np.unique(np.array(labels, object).astype(str), return_inverse=True)[1])


def _pairs(*labels: Labels) -> float:
    """Return how many pairs of records agree on all labels."""
    counts = np.unique(np.stack(labels), axis=1, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def true_pairs(truth: Labels, sources: Labels | None = None) -> float:
    """Return how many pairs are to be found: with sources, those of two sources."""
    return _pairs(truth) - (_pairs(truth, sources) if sources is not None else 0.0)


def measure(entity: Labels, truth: Labels, sources: Labels | None = None) -> Measures:
    """Compare entities with the truth. With sources, pairs of one source do not count.

    Finding nothing is precise: without a pair found precision is 1; without one to find, recall.
    """
    right, found, there = _pairs(entity, truth), _pairs(entity), _pairs(truth)
    if sources is not None:
        right -= _pairs(entity, truth, sources)
        found -= _pairs(entity, sources)
        there -= _pairs(truth, sources)
    precision = right / found if found else 1.0
    recall = right / there if there else 1.0
    both, where = np.unique(np.stack([entity, truth]), axis=1, return_counts=True)
    sizes = np.bincount(numbered_again(entity))[numbered_again(entity)]
    size_of_entity = dict(zip(entity.tolist(), sizes.tolist(), strict=True))
    truths = np.bincount(numbered_again(truth))[numbered_again(truth)]
    size_of_truth = dict(zip(truth.tolist(), truths.tolist(), strict=True))
    inside = np.array([size_of_entity[one] for one in both[0].tolist()], float)
    outside = np.array([size_of_truth[one] for one in both[1].tolist()], float)
    squared = where.astype(float) ** 2
    b3_precision = float((squared / inside).sum()) / len(entity)
    b3_recall = float((squared / outside).sum()) / len(entity)
    return Measures(
        precision, recall, _f1(precision, recall),
        b3_precision, b3_recall, _f1(b3_precision, b3_recall),
    )  # fmt: skip


def numbered_again(labels: Labels) -> Labels:
    """Return whole numbers as small ones."""
    return np.asarray(np.unique(labels, return_inverse=True)[1])
