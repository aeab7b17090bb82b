"""Scoring: from compared pairs to bits of evidence. Pure and vectorised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from repository.linking.comparisons import LEVELS
from repository.linking.corpus import MISSING, NAME_FEATURES, Column, Compared, Corpus, Ints
from repository.linking.distances import Levels
from repository.linking.fields import field_of
from repository.linking.weights import Beside, Weights, comparison_of

Floats = npt.NDArray[np.float64]

# Frequencies start from the shipped ones, as if they had been counted in so many records:
# identifiers are rare by design, however few a file holds, and births fall on all days alike: a
# date that only one has in a file is no rarer than others.
SHIPPED_COUNTS = {"code": 2000.0, "email": 1000.0, "phone": 1000.0, "date": 20_000.0}
SHIPPED_COUNT = 200.0
# Street, town and postcode repeat each other: beyond the best of a group, this share counts.
GROUP_SHARE = 0.6
# And against: who moves changes street, town and postcode at once.
GROUP_SHARE_AGAINST = 0.3
# Persons whose names agree and nothing else does weigh at most this, however rare the name.
NAME_ALONE = -0.25
# What a given name of the other sex weighs at most, where the sexes are not known to agree: brother
# and sister share the family name, twins the date of birth; only a person's own things outweigh it.
OTHER_SEX = -8.0
_DIFFERENT, _OTHER_SEX = (LEVELS["name"].index(level) for level in ("different", "other_sex"))
NAMES = frozenset({"family_name", "given_names", "middle_names"})
# A part of a date fits many namesakes, and a slip of the hand makes one's date of another's: whom
# no whole date and nothing else ties is certain from so many bits on.
DATE_PROVES = 11.0
# Of two of one name in a file of places or organisations so many are one, to each two branches; and
# what else a branch has of its own, beside its address.
ONE_TO_BRANCHES = 3.0
OF_A_BRANCH = frozenset({"code", "coordinates", "phone"})
# The most bits by which names tell a person from a relative of the same household.
KIN_NAMES = {"given_names": 4.0, "middle_names": 2.0}
# Levels of a comparison that say little more than that two persons' names agree: jjones@ of two
# providers is what any two J. Joneses have, info@ what a whole office has.
REPEATS_NAME = {"email": ("shared_mailbox", "mailbox_of_letters")}
# What names tell already: whose names agree are of one sex and one country all the same.
TOLD_BY_NAMES = frozenset({"sex", "nationality"})
# Frequencies are of values that are the same; these have none.
_UNCOUNTED = frozenset({"number", "span", "coordinates", "name_order"})


@dataclass(frozen=True, slots=True)
class Counted:
    """How many entities have each value of a feature, and how many have any."""

    by_text: Mapping[str, float]
    known: float


_EITHER_NAME = ("family_name", "given_names")


class Frequencies:
    """How common each value is: as training counted entities, or (None) as the corpus has it.

    Only training counts the corpus: a weight must depend neither on the order of arrival nor on
    records that a reader may not see. What was not counted is as common as the weights say.
    """

    def __init__(self, corpus: Corpus, trained: Mapping[str, Counted] | None = None) -> None:
        self._corpus = corpus
        self._trained = trained
        self._looked_up: dict[str, Floats] = {}

    def log2(self, feature: str, values: Ints, shipped: float) -> Floats:
        """Return log2 of the frequency of each value; one of its uses is the pair's own."""
        start = SHIPPED_COUNTS.get(comparison_of(feature), SHIPPED_COUNT)
        # A name's parts change places: each word is as common as where it is most common.
        asked = _EITHER_NAME if feature in _EITHER_NAME else (feature,)
        frequency = np.full(len(values), 0.0)
        for one in asked:
            column = self._corpus.column_of(one)
            if column is not None:
                counts, known = self._counts(one, column)
                found = ((counts[values] - 1.0).clip(0) + start * shipped) / (known + start)
                frequency = np.maximum(frequency, found)
        return np.asarray(np.log2(np.where(frequency > 0.0, frequency, shipped)))

    def _counts(self, feature: str, column: Column) -> tuple[Floats, float]:
        if self._trained is None:
            # Words that only ever stood elsewhere in a name have not been counted here.
            counts = np.zeros(len(column.dictionary.texts))
            counts[: len(column.counts)] = column.counts
            return counts, column.known
        texts = column.dictionary.texts
        counted = self._trained.get(feature)
        if counted is None:
            return np.zeros(len(texts)), 0.0
        found = self._looked_up.get(feature, np.zeros(0))
        if len(found) < len(texts):
            more = [counted.by_text.get(text, 0.0) for text in texts[len(found) :]]
            found = self._looked_up[feature] = np.concatenate([found, more])
        return found, counted.known


def count_entities(corpus: Corpus, entity: Ints) -> dict[str, Counted]:
    """Count in how many entities each value occurs: a person reported ten times is one person."""
    counted: dict[str, Counted] = {}
    for feature in corpus.features:
        column = corpus.column_of(feature)
        if column is None:
            continue
        values = column.first.data[: corpus.count]
        known = np.flatnonzero(values != MISSING)
        size = len(column.dictionary.texts)
        pairs = np.unique(entity[known] * size + values[known])
        counts = np.bincount(pairs % size, minlength=size)
        texts = column.dictionary.texts
        used = np.flatnonzero(counts).tolist()
        counted[feature] = Counted({texts[n]: float(counts[n]) for n in used}, float(counts.sum()))
    return counted


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the features of compared pairs say, in bits, and the levels that say it."""

    bits: Mapping[str, Floats]
    levels: Mapping[str, Levels]


def evidence(compared: Compared, weights: Weights, frequencies: Frequencies) -> Evidence:
    """Return the bits of each feature for each pair; 0 where a value is missing."""
    bits: dict[str, Floats] = {}
    for feature, levels in compared.levels.items():
        rates = weights.of(feature)
        table = np.append(np.log2(rates.m / rates.u), 0.0)  # the last is MISSING
        found = table[levels]
        comparison = comparison_of(feature)
        if comparison not in _UNCOUNTED:
            top = len(LEVELS[comparison]) - 1
            values = compared.values[feature]
            same = np.flatnonzero((levels == top) & (values != MISSING))
            if len(same):
                common = frequencies.log2(feature, values[same], float(rates.u[top]))
                found[same] = np.log2(rates.m[top]) - common
        if feature == "given_names":
            found[_two_sexes(compared)] = min(float(table[0]), OTHER_SEX)
        bits[feature] = found
    return Evidence(bits, compared.levels)


def _two_sexes(compared: Compared) -> npt.NDArray[np.bool_]:
    """Return which pairs have given names that differ by sex, and no sex recorded that agrees."""
    given = compared.levels["given_names"] == _OTHER_SEX
    sexes = compared.levels.get("sex")
    return np.asarray(given if sexes is None else given & (sexes != 1))


@dataclass(frozen=True, slots=True)
class Totals:
    """Log2 odds of each pair: one against unrelated, one against relatives, and both together."""

    unrelated: Floats
    kin: Floats
    together: Floats


def totals(
    found: Evidence,
    prior: Floats | float,
    weights: Weights,
    *,
    persons: bool,
    names_cost: float = np.inf,
    dates_alone: float = np.inf,
    by_twins: bool = False,
    chains: bool = False,
) -> Totals:
    """Weigh the evidence of each pair against what else could explain it.

    Two records agree since they are one, by chance, or (persons) because two people live together:
    relatives share name, street and telephone, so against them only the given name, the date of
    birth and what else is a person's own counts, and that no further than relatives resemble each
    other. `prior` and `weights.kin` are the log2 odds before the evidence. Beyond `NAME_ALONE`, or
    beyond what names weigh less `names_cost`, persons need proof, bit by bit; those whom nothing
    but a name and a year of birth ties weigh at most `dates_alone`, and below `DATE_PROVES` so do
    those by other than a whole date. `by_twins`: between two given names a date is no proof. Pairs
    of organisations in a file of persons have no relatives. With `chains` things agree also since
    two branches share a name.
    """
    groups: dict[str, dict[str, Floats]] = {}
    count = len(next(iter(found.bits.values()))) if found.bits else 0
    summed = np.zeros(count) + prior
    own = np.zeros(count) + weights.kin
    proof, dated = np.zeros(count), np.zeros(count)
    named = sum(
        (bits for name, bits in found.bits.items() if name in NAME_FEATURES), np.zeros(count)
    )
    summed -= _told_together(found, count, weights.names_together)
    # Who is told from a namesake of the family by `senior` or `junior` shares the name with them.
    namesakes = found.levels.get("generation", np.full(count, MISSING, np.int8)) == 0
    for feature, said in found.bits.items():
        if feature in NAME_FEATURES:
            summed += said
            if feature in KIN_NAMES:
                own += np.minimum(said, np.where(namesakes, 0.0, KIN_NAMES[feature]))
            continue
        row = field_of(feature)
        bits = _said_again(feature, found, said) if persons else said
        if persons and feature in TOLD_BY_NAMES:
            bits = np.where(named > 0, np.minimum(bits, 0.0), bits)
        if row.proof:
            proof += bits.clip(0)
            if comparison_of(feature) == "date":
                dated += bits.clip(0)
        if row.kin:
            own += np.minimum(bits, row.kin)
        if row.group:
            groups.setdefault(row.group, {})[feature] = bits
        else:
            summed += bits
    for members in groups.values():
        summed += damped(members, weights.beside)
    if not persons:
        if chains:
            own = _of_one_branch(found, count, weights.beside)
            return Totals(summed, own, -np.logaddexp2(-summed, -own))
        return Totals(summed, own, summed)
    together = -np.logaddexp2(-summed, -own)
    alone = np.maximum(NAME_ALONE, summed - names_cost)
    # Twins have one family name and one date of birth: of two given names neither is proof.
    twins = found.levels.get("given_names", np.full(count, MISSING, np.int8)) == _DIFFERENT
    twins &= by_twins
    limits = np.where(twins, NAME_ALONE + 3.0 * (proof - dated), alone + 3.0 * proof)
    together = np.minimum(together, limits)
    by_year, by_less = _by_dates_alone(found, proof)
    unproven = by_year | (by_less & (together < DATE_PROVES))
    together = np.where(unproven, np.minimum(together, dates_alone), together)
    return Totals(summed, own, np.where(_bodies(found, count), summed, together))


def _of_one_branch(found: Evidence, count: int, beside: Beside) -> Floats:
    """Return the log2 odds of one house against two of a chain, which share a name and what goes
    with it: by what each branch has of its own.
    """
    places: dict[str, Floats] = {}
    own = np.zeros(count) + ONE_TO_BRANCHES
    for feature, bits in found.bits.items():
        if feature in NAME_FEATURES:
            continue
        row = field_of(feature)
        if row.group == "place":
            places[feature] = bits
        elif comparison_of(feature) in OF_A_BRANCH:
            own += bits
    return np.asarray(own + damped(places, beside)) if places else own


def _told_together(found: Evidence, count: int, together: float) -> Floats:
    """Return the bits that agreeing parts of a name say again: names of one language go together.

    The part that says most counts in full, each other less by `together`, at least nothing.
    """
    parts = [bits.clip(0) for name, bits in found.bits.items() if name in NAMES]
    if together <= 0.0 or len(parts) < 2:
        return np.zeros(count)
    stacked = np.minimum(np.stack(parts), together)
    return np.asarray(stacked.sum(axis=0) - stacked.max(axis=0))


def _by_dates_alone(
    found: Evidence, proof: Floats
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which pairs of persons nothing but a name and a year of birth ties together, and
    which nothing but a name and a date that is not known whole or not the same.
    """
    levels = LEVELS["date"]
    of_years, of_less = np.zeros(len(proof)), np.zeros(len(proof))
    for feature, bits in found.bits.items():
        if feature not in NAME_FEATURES and comparison_of(feature) == "date":
            said = found.levels[feature]
            of_less += np.where(said == levels.index("same"), 0.0, bits.clip(0))
            of_years += np.where(said == levels.index("year_known_same"), bits.clip(0), 0.0)
    return (of_years > 0.0) & (proof <= of_years), (of_less > 0.0) & (proof <= of_less)


def _said_again(feature: str, found: Evidence, bits: Floats) -> Floats:
    """Return the bits of a feature, without those of levels that only repeat the name."""
    most = REPEATS_NAME.get(comparison_of(feature))
    if most is None:
        return bits
    names = LEVELS[comparison_of(feature)]
    repeats = np.isin(found.levels[feature], [names.index(level) for level in most])
    return np.where(repeats, np.minimum(bits, 0.0), bits)


def _bodies(found: Evidence, count: int) -> npt.NDArray[np.bool_]:
    """Return which pairs are of organisations, in a file of persons: no person's name compared."""
    nobody = np.full(count, MISSING, np.int8)
    family, given = (found.levels.get(name, nobody) for name in ("family_name", "given_names"))
    named = found.levels.get("name", nobody) != MISSING
    return np.asarray(named & (family == MISSING) & (given == MISSING))


def damped(members: Mapping[str, Floats], beside: Beside) -> Floats:
    """Return what fields that repeat each other weigh together: the best, and part of the rest.

    For them, each counts by the share that is known `beside` the best, or else by `GROUP_SHARE`.
    """
    if len(members) == 1:
        return next(iter(members.values()))
    stacked = np.stack(list(members.values()))
    positive, negative = stacked.clip(0), stacked.clip(None, 0)
    worst = negative.min(axis=0)
    if beside:
        best = positive.argmax(axis=0)
        gained = (positive * _shares_beside(list(members), beside)[:, best]).sum(axis=0)
    else:  # which one is best does not matter
        most = positive.max(axis=0)
        gained = most + GROUP_SHARE * (positive.sum(axis=0) - most)
    lost = worst + GROUP_SHARE_AGAINST * (negative.sum(axis=0) - worst)
    return np.asarray(gained + lost)


def _shares_beside(names: Sequence[str], beside: Beside) -> Floats:
    """Return what share of each field counts where the best is each: itself in full."""
    shares = np.full((len(names), len(names)), GROUP_SHARE)
    for at, one in enumerate(names):
        for to, other in enumerate(names):
            two = (one, other) if one < other else (other, one)
            shares[at, to] = 1.0 if at == to else beside.get(two, GROUP_SHARE)
    return shares


def prior(weights: Weights) -> float:
    """Return log2 of the odds that two records taken at random are one."""
    return float(np.log2(weights.expected / max(weights.population, 1.0)))


@dataclass(frozen=True, slots=True)
class Weighing:
    """What weighs pairs: the weights, how common values are, and whether persons are compared.

    `between`: records of one source weigh `weights.within` more, when linking between sources.
    `names_cost`: how many bits names lose by which alone persons are joined. `dates_alone`: the
    most that persons weigh whom a name and a year tie, or, below `DATE_PROVES`, other than a whole
    date. `by_twins`: a date is no proof between two given names, whose weight was not learnt.
    `chains`: things are weighed against branches of one chain.
    """

    weights: Weights
    counted: Mapping[str, Counted]
    persons: bool
    between: bool = False
    names_cost: float = np.inf
    dates_alone: float = np.inf
    by_twins: bool = False
    chains: bool = False

    def frequencies(self, corpus: Corpus) -> Frequencies:
        """Return how common the corpus's values are, to be used for it alone."""
        return Frequencies(corpus, self.counted)

    def weigh(self, corpus: Corpus, a: Ints, b: Ints, frequencies: Frequencies) -> Floats:
        """Return the weight of each pair of records in bits: the log2 odds that both are one."""
        compared = corpus.compare(a, b)
        before = np.full(len(a), prior(self.weights))
        if self.between:
            sources = corpus.sources
            same = [sources[i] == sources[j] for i, j in zip(a.tolist(), b.tolist(), strict=True)]
            before += np.where(same, self.weights.within, 0.0)
        found = evidence(compared, self.weights, frequencies)
        return totals(
            found,
            before,
            self.weights,
            persons=self.persons,
            names_cost=self.names_cost,
            dates_alone=self.dates_alone,
            by_twins=self.by_twins,
            chains=self.chains,
        ).together
