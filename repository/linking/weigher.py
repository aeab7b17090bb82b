"""The weigher: what descriptions of events' subjects weigh against each other. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf, log2

import numpy as np

from repository.linking.closure import CONNECTS, THRESHOLD, VICTIM_BAR
from repository.linking.clustering import ABSENT
from repository.linking.corpus import Corpus
from repository.linking.described import Description
from repository.linking.fields import field_of
from repository.linking.index import Ints
from repository.linking.scoring import Counted, Floats, Frequencies, Weighing
from repository.linking.weights import Weights, read_weights

# Whom the year of birth alone tells from others is joined, or a date that is not the same, but no
# victim's record across agencies.
DATES_ALONE = VICTIM_BAR - 0.01
# What cannot tell a subject from all others cannot join, nor be a rival: it is for review at most.
TOO_LITTLE = CONNECTS - 0.001
# How many records tell how common names are, in bits: 4,096.
ENOUGH_NAMES = 12.0
CHUNK = 100_000

# What a source may say of a person beside names, dates, sex and nationality, and that tells them
# from others of their name: a document, an address, a telephone number. Events say documents and
# cases.
TELLING = frozenset({"address", "code", "coordinates", "email", "organisation", "phone", "postcode",
                     "text"})  # fmt: skip


def identifies(person: Description, *, least: int = 3) -> bool:
    """Whether more is said of a person than a name: a date, or what `TELLING` names.

    With less nobody is joined, however rare the name: an innocent person may bear it. `least` is
    how many parts of the date must be known: 3 the whole, 2 year and month, 1 the year.
    """
    for name, values in person.values.items():
        comparison = field_of(name).comparison
        if comparison in TELLING:
            return True
        if comparison == "date" and any(_parts(value) >= least for value in values):
            return True
    return False


def _parts(date: str) -> int:
    """Return how many parts of a date (YYYYMMDD, 00 for unknown ones) are known."""
    # The first of January is what registries write for a year of birth alone.
    return 1 if date.endswith(("0000", "0101")) else 2 if date.endswith("00") else 3


def only_years(descriptions: Iterable[Description]) -> bool:
    """Whether a source never says more of a date than the year."""
    return all(
        value.endswith("0000") for one in descriptions for _, value in one.compared_as("date")
    )


def names_cost(population: float) -> float:
    """Return the bits that a name loses by which alone two are joined in a file of so many records:
    in how few of them it stands says little of how rare it is, where they are few.
    """
    return max(0.0, ENOUGH_NAMES - log2(max(population, 1.0)))


class Weigher:
    """Weighs by one set of weights, whatever else has been stored.

    `counted`: how common values are, as training counted them; by weights that know how common a
    name is, year and month of birth beside it are enough, the year where no victim is guarded.
    `things` have weights of their own where those of persons were trained. The rest is for files:
    `between` and `year_enough`, see `Weighing` and `identifies`; `closed`, that there is nobody but
    whom the file lists, by whose counts a name alone may be enough; not `learnt`, that values were
    counted and the rates are the shipped ones.
    """

    def __init__(
        self,
        weights: Weights | None = None,
        counted: Mapping[str, Counted] | None = None,
        *,
        things: Weights | None = None,
        between: bool = False,
        year_enough: bool = False,
        closed: bool = False,
        learnt: bool = True,
        chains: bool = False,
    ) -> None:
        self.weights = weights or read_weights()
        self._counts = bool(counted)
        self._closed = closed
        self._least = 1 if year_enough else 2 if self._counts and learnt else 3
        self._persons = Weighing(
            self.weights,
            counted or {},
            persons=True,
            between=between,
            names_cost=names_cost(self.weights.population) if closed else inf,
            dates_alone=inf if year_enough else DATES_ALONE,
            by_twins=not (self._counts and learnt),
        )
        self._things = (
            Weighing(things, {}, persons=False)
            if things
            else Weighing(
                self.weights, counted or {}, persons=False, between=between, chains=chains
            )
        )

    def weighing(self, kind: str) -> Weighing:
        """Return what weighs one kind of subject."""
        return self._persons if kind == "person" else self._things

    def own(self, kind: str, descriptions: Sequence[Description]) -> list[float]:
        """Return what each description weighs against itself: all that it can ever weigh."""
        numbers = np.arange(len(descriptions))
        weights = self._weigh_anew(kind, descriptions, numbers, numbers).tolist()
        return self.limited(kind, weights, descriptions)

    def limited(
        self, kind: str, weights: list[float], descriptions: Sequence[Description]
    ) -> list[float]:
        """Return what descriptions weigh against themselves, too little where it names nobody."""
        if kind != "person" or self._closed:
            return weights
        return [
            min(weight, self._limit(one)) for weight, one in zip(weights, descriptions, strict=True)
        ]

    def _limit(self, person: Description) -> float:
        """Return the most that a description may weigh by what it says beside the name."""
        if identifies(person, least=self._least):
            return inf
        return DATES_ALONE if self._counts and identifies(person, least=1) else TOO_LITTLE

    def pairs(self, kind: str, descriptions: Mapping[int, Description], a: Ints, b: Ints) -> Floats:
        """Return what each pair of numbered descriptions weighs."""
        numbers = np.unique(np.concatenate([a, b]))
        known = [descriptions[number] for number in numbers.tolist()]
        rows = np.searchsorted(numbers, a), np.searchsorted(numbers, b)
        return self._weigh_anew(kind, known, *rows)

    def weigh(
        self, kind: str, corpus: Corpus, a: Ints, b: Ints, frequencies: Frequencies
    ) -> Floats:
        """Return what each pair of a corpus's rows weighs."""
        if not len(a):
            return np.empty(0)
        weighing = self.weighing(kind)
        parts = [
            weighing.weigh(corpus, a[n : n + CHUNK], b[n : n + CHUNK], frequencies)
            for n in range(0, len(a), CHUNK)
        ]
        # Rounded, so that how many pairs are computed at once leaves no trace.
        return np.asarray(np.round(np.concatenate(parts), 3), np.float64)

    def _weigh_anew(
        self, kind: str, descriptions: Sequence[Description], a: Ints, b: Ints
    ) -> Floats:
        corpus = Corpus()
        corpus.add(descriptions)
        return self.weigh(kind, corpus, a, b, self.weighing(kind).frequencies(corpus))


def worth_keeping(
    a: Ints, b: Ints, weights: Floats, own: Callable[[Ints], Floats]
) -> tuple[Ints, Ints, Floats]:
    """Return the pairs that are kept, with their bits; `own` is what descriptions weigh against
    themselves.

    With a record that says less than the victims' bar no pair passes it.
    """
    kept = weights > ABSENT
    a, b, weights = a[kept], b[kept], weights[kept]
    return a, b, at_most(weights, np.minimum(own(a), own(b)))


def at_most(weights: Floats, least: Floats) -> Floats:
    """Return what pairs weigh at most, `least` being what the one of both that says less weighs
    against itself. Those that say too little cannot join.
    """
    most = np.where(least < THRESHOLD, TOO_LITTLE, np.where(least < VICTIM_BAR, least, np.inf))
    return np.minimum(weights, most)
