"""Training: m and u by expectation-maximisation on unlabelled records (Winkler 1988)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from repository.linking.closure import ABSENT_OF, RIVALS_FROM
from repository.linking.clustering import ABSENT, average_linkage, components
from repository.linking.corpus import Compared, Corpus, Ints
from repository.linking.repeated import beside
from repository.linking.scoring import (
    Counted,
    Floats,
    Frequencies,
    Totals,
    count_entities,
    evidence,
    prior,
    totals,
)
from repository.linking.weights import Rates, Weights

RANDOM_PAIRS = 200_000
MOST_PAIRS = 250_000
ROUNDS = 8
# Then entities are formed, values counted by entity, and the rounds repeated with both.
PASSES = 2
# That names go together is learnt as from so many pairs of namesakes more, whom chance explains.
TOGETHER_PAIRS = 20.0
# Shipped rates count as so many pairs, so that a small file bends them and does not replace them.
SHIPPED_PAIRS_M = 400.0
KIN_PAIRS = 20.0
MOST_KIN = 6.0
# Agreement on a single feature cannot be told from chance without labels: nothing is learnt of it,
# nor where so few of the pairs that are worth comparing have a second one.
LEAST_FEATURES = 2
LEAST_SHARE = 0.05
SHIPPED_PAIRS_U = 400.0


def _shares(
    levels: npt.NDArray[np.int8],
    weight: npt.NDArray[np.float64] | None,
    start: npt.NDArray[np.float64],
    strength: float,
) -> npt.NDArray[np.float64]:
    known = levels >= 0
    counted = np.bincount(
        levels[known], None if weight is None else weight[known], minlength=len(start)
    )
    return np.asarray((counted + strength * start) / (counted.sum() + strength))


def random_pairs(count: int, seed: int) -> tuple[Ints, Ints]:
    """Return pairs of different records: all of them when they are few."""
    if count * (count - 1) // 2 <= RANDOM_PAIRS:
        first, second = np.triu_indices(count, 1)
        return first.astype(np.int64), second.astype(np.int64)
    random = np.random.default_rng(seed)
    a, b = random.integers(0, count, (2, RANDOM_PAIRS))
    keep = a != b
    return np.minimum(a, b)[keep], np.maximum(a, b)[keep]


@dataclass(frozen=True, slots=True)
class Trained:
    """What training learnt: weights, and how many entities have each value."""

    weights: Weights
    counted: Mapping[str, Counted]


class _Sample:
    """Compared pairs to learn from: candidates, and pairs taken at random."""

    def __init__(
        self, corpus: Corpus, a: Ints, b: Ints, *, persons: bool, seed: int, chains: bool = False
    ) -> None:
        self.share = min(1.0, MOST_PAIRS / len(a))
        if self.share < 1.0:
            chosen = np.random.default_rng(seed).choice(len(a), MOST_PAIRS, replace=False)
            a, b = a[np.sort(chosen)], b[np.sort(chosen)]
        self.a, self.b = a, b
        self.corpus = corpus
        self.persons = persons
        self.chains = chains
        self._sources = np.unique(corpus.sources, return_inverse=True)[1]
        sizes = np.bincount(self._sources).astype(float)
        self._several = len(sizes) > 1
        # Between sources, as far as there are any, lies what `expected` is a share of.
        self.pairs_across = (corpus.count**2 - self._several * (sizes**2).sum()) / 2
        self.within = self._within(a, b)
        self.candidates = corpus.compare(a, b)
        self._seed = seed

    @cached_property
    def random(self) -> Compared:
        """Pairs taken at random, compared: only who learns rates looks at them."""
        return self.corpus.compare(*random_pairs(self.corpus.count, self._seed))

    def _within(self, a: Ints, b: Ints) -> npt.NDArray[np.bool_]:
        return np.asarray((self._sources[a] == self._sources[b]) & self._several)

    def weigh(self, compared: Compared, weights: Weights, frequencies: Frequencies) -> Totals:
        """Weigh the candidates or the random pairs."""
        within = self.within if compared is self.candidates else None
        return self._weigh(compared, within, weights, frequencies)

    def within_bits(self, across: float, inside: float) -> float:
        """Return how much rarer, in bits, a match is between two records of one source."""
        pairs_inside = self.corpus.count * (self.corpus.count - 1) / 2 - self.pairs_across
        rate = (inside + 0.1) / max(pairs_inside, 1) * self.pairs_across / (across + 1)
        return float(np.log2(rate).clip(-20, 0))

    def bits(self, a: Ints, b: Ints, weights: Weights, frequencies: Frequencies) -> Floats:
        """Weigh other pairs."""
        compared = self.corpus.compare(a, b)
        return self._weigh(compared, self._within(a, b), weights, frequencies).together

    def _weigh(
        self,
        compared: Compared,
        within: npt.NDArray[np.bool_] | None,
        weights: Weights,
        frequencies: Frequencies,
    ) -> Totals:
        odds = np.full(len(next(iter(compared.levels.values()))), prior(weights))
        if within is not None:
            odds += np.where(within, weights.within, 0.0)
        found = evidence(compared, weights, frequencies)
        return totals(found, odds, weights, persons=self.persons, chains=self.chains)


def train(
    corpus: Corpus,
    a: Ints,
    b: Ints,
    weights: Weights,
    *,
    persons: bool,
    chains: bool = False,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Trained:
    """Learn from these records, without labels, by the candidate pairs (a, b).

    Each round weighs all pairs with what is known (E), then counts levels among the pairs by
    their chance of being one (m) and among random pairs by their chance of being two (u) (M).
    After a pass records are clustered, and the next takes pairs of one entity for certain.
    """
    if corpus.count < 2 or not len(a) or len(corpus.features) < LEAST_FEATURES:
        return _untaught(corpus, weights, persons=persons)
    sample, all_pairs = _Sample(corpus, a, b, persons=persons, seed=seed, chains=chains), (a, b)
    if _share_told_twice(sample.candidates) < LEAST_SHARE:
        return _untaught(corpus, weights, persons=persons)
    frequencies = Frequencies(corpus)
    current = weights = replace(weights, population=float(corpus.count))
    counted: Mapping[str, Counted] = {}
    # Before anything is learnt: that town and postcode agree, taken for two things, makes one of
    # neighbours, and of one what their names differ by.
    said_again = beside(corpus, _entities(sample, all_pairs, weights, frequencies))
    current = replace(current, beside=said_again)
    entity = np.arange(corpus.count)
    for at in range(PASSES):
        for turn in range(ROUNDS):
            current = _round(sample, current, weights, frequencies, entity)
            progress(at * ROUNDS + turn + 1, PASSES * ROUNDS)
        entity = _entities(sample, all_pairs, current, frequencies)
        counted = count_entities(corpus, entity)
        together = names_together(corpus, entity)
        if together is not None:
            current = replace(current, names_together=together)
        current = replace(current, beside=beside(corpus, entity))
        frequencies = Frequencies(corpus, counted)
    method = "expectation-maximisation without labels"
    provenance = _provenance(corpus, weights, method, persons=persons, pairs=len(sample.a))
    return Trained(replace(current, provenance=provenance), counted)


def count(
    corpus: Corpus, a: Ints, b: Ints, weights: Weights, *, persons: bool, chains: bool = False
) -> Trained:
    """Return weights of which the rates are as they were, with what these records tell beside them:
    how common values are, by the entities that the candidate pairs (a, b) make, and how many true
    partners a record has.
    """
    if corpus.count < 2 or not len(a):
        return Trained(weights, {})
    sample = _Sample(corpus, a, b, persons=persons, seed=0, chains=chains)
    counted: Mapping[str, Counted] = {}
    frequencies = Frequencies(corpus)
    for _ in range(PASSES):
        entity = _entities(sample, (a, b), weights, frequencies)
        counted = count_entities(corpus, entity)
        together = names_together(corpus, entity)
        bits = sample.weigh(sample.candidates, weights, frequencies).together
        match = np.where(entity[sample.a] == entity[sample.b], 1.0, _chance(bits))
        across = float(match[~sample.within].sum()) / sample.share
        weights = replace(
            weights,
            expected=weights.population * (across + 1.0) / sample.pairs_across,
            names_together=weights.names_together if together is None else together,
            beside=beside(corpus, entity),
        )
        frequencies = Frequencies(corpus, counted)
    return Trained(weights, counted)


def _share_told_twice(compared: Compared) -> float:
    """Return the share of pairs of which two features at least are compared."""
    told = sum(np.asarray(levels >= 0, np.int8) for levels in compared.levels.values())
    return float((np.asarray(told) >= LEAST_FEATURES).mean())


def _untaught(corpus: Corpus, weights: Weights, *, persons: bool) -> Trained:
    """Return the weights as they were, where no two records are worth comparing, and say so."""
    method = "nothing learnt: no two descriptions that share a key, or a single feature"
    return Trained(
        replace(weights, provenance=_provenance(corpus, weights, method, persons=persons, pairs=0)),
        {},
    )


def _provenance(
    corpus: Corpus, weights: Weights, method: str, *, persons: bool, pairs: int
) -> dict[str, Any]:
    return {
        "method": method,
        "kind": "person" if persons else "thing",
        "records": corpus.count,
        "pairs": pairs,
        "started_from": dict(weights.provenance),
    }


def _round(
    sample: _Sample, current: Weights, shipped: Weights, frequencies: Frequencies, entity: Ints
) -> Weights:
    """Return weights after one round of expectation and maximisation."""
    apart = 1.0 - _chance(sample.weigh(sample.random, current, frequencies).together)
    weighed = sample.weigh(sample.candidates, current, frequencies)
    # Two reports that a third ties are one, however little they say of each other: from them comes
    # how often a person's own reports differ, which pairs taken one by one never show.
    match = np.where(entity[sample.a] == entity[sample.b], 1.0, _chance(weighed.together))
    rates = {
        feature: _not_for(
            shipped.of(feature),
            _shares(levels, match, shipped.of(feature).m, SHIPPED_PAIRS_M),
            _shares(sample.random.levels[feature], apart, shipped.of(feature).u, SHIPPED_PAIRS_U),
        )
        for feature, levels in sample.candidates.levels.items()
    }
    across = float(match[~sample.within].sum()) / sample.share
    inside = float(match[sample.within].sum()) / sample.share
    # Odds of relatives against unrelated, and so the chance of relatives.
    relatives = (1.0 - match) * _chance(weighed.unrelated - weighed.kin)
    kin = np.log2((match.sum() + KIN_PAIRS) / (relatives.sum() + KIN_PAIRS))
    return replace(
        current,
        rates={**current.rates, **rates},
        expected=current.population * (across + 1.0) / sample.pairs_across,
        within=sample.within_bits(across, inside) if sample.within.any() else current.within,
        kin=float(kin.clip(-MOST_KIN, MOST_KIN)),
    )


def _not_for(shipped: Rates, m: Floats, u: Floats) -> Rates:
    """Return rates by which nothing speaks for two that speaks against them as shipped.

    Of turned names, say, pairs taken at random have few, since what is nearer turned round is
    seldom so by chance; that given and family name agree is counted already.
    """
    return Rates(m, np.where(shipped.m < shipped.u, np.maximum(u, m), u))


def _entities(
    sample: _Sample, pairs: tuple[Ints, Ints], weights: Weights, frequencies: Frequencies
) -> Ints:
    """Return the entity of each record, as these weights have it, by all pairs.

    By a sample of them alone most records of one entity would stay apart.
    """
    edges: dict[int, dict[int, float]] = {}
    for start in range(0, len(pairs[0]), MOST_PAIRS):
        a, b = (column[start : start + MOST_PAIRS] for column in pairs)
        bits = sample.bits(a, b, weights, frequencies)
        for at in np.flatnonzero(bits > ABSENT).tolist():
            one, other, weight = int(a[at]), int(b[at]), float(bits[at])
            edges.setdefault(one, {})[other] = weight
            edges.setdefault(other, {})[one] = weight
    entity = np.arange(sample.corpus.count)
    kind = "person" if sample.persons else "location"
    absent, certain = ABSENT_OF[kind], RIVALS_FROM.get(kind, 0.0)
    for component in components(range(sample.corpus.count), edges, 0.0):
        found, _ = average_linkage(component, edges, 0.0, absent=absent, rivals_from=certain)
        for members in found:
            entity[members] = members[0]
    return entity


def names_together(corpus: Corpus, entity: Ints) -> float | None:
    """Return log2 of how much oftener two persons share family and given name than by chance.

    Counted among entities whose years of birth are two or more apart, which no slip made of one;
    None where no date of birth is known. Chance is the share of pairs with one family name times
    that with one given name.
    """
    born = corpus.column_of("date_of_birth")
    names = [corpus.column_of(name) for name in ("family_name", "given_names")]
    if born is None or None in names:
        return None
    texts = np.array([int(text[:4]) for text in born.dictionary.texts], np.int64)
    dates, family, given = (c.first.data[: corpus.count] for c in (born, *names) if c is not None)
    known = (dates >= 0) & (family >= 0) & (given >= 0)
    rows = np.stack([entity, family, given, np.append(texts, 0)[dates]])[:, known]
    entity, family, given, year = np.unique(rows, axis=1)
    full = family * (given.max(initial=0) + 1) + given
    everyone, of_family, of_given, both = (
        _pairs_apart(group, year) - _pairs_apart(np.stack([group, entity]), year)
        for group in (np.zeros_like(full), family, given, full)
    )
    if not everyone:
        return None
    chance = of_family * of_given / everyone
    return float(np.log2((both + TOGETHER_PAIRS) / (chance + TOGETHER_PAIRS)).clip(0.0))


def _pairs_apart(told: Ints, year: Ints) -> float:
    """Return how many pairs of which the same is told have years of birth two or more apart."""
    group = np.unique(told, axis=-1, return_inverse=True)[1].reshape(-1)
    size = int(year.max(initial=0)) + 2
    keys, counts = np.unique(group * size + year, return_counts=True)
    pairs = np.bincount(keys // size, counts) ** 2
    near = counts.astype(float) ** 2
    at = np.searchsorted(keys, keys + 1)
    there = at < len(keys)
    next_to = there & (keys[np.minimum(at, len(keys) - 1)] == keys + 1)
    beside = 2.0 * counts[next_to] * counts[at[next_to]]
    return float((pairs.sum() - near.sum() - beside.sum()) / 2)


def _chance(bits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the probability that goes with log2 odds."""
    return np.asarray(1.0 / (1.0 + np.exp2(-bits.clip(-60, 60))))
