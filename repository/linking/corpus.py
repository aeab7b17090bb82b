"""The corpus: descriptions in columns, so that many pairs are compared at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from repository.linking.asian_names import OF_THE_SEX
from repository.linking.comparisons import COMPARISONS, LEVELS
from repository.linking.described import Description
from repository.linking.fields import field_of
from repository.linking.known_levels import MOST_BITS, KnownLevels
from repository.linking.names import Name

Ints = npt.NDArray[np.int64]
Levels = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float32]

MISSING = -1
NAME_FEATURES = ("family_name", "given_names", "middle_names", "name_order")
NAME_ORDER = {"straight": 0, "turned": 1}
# What chooses between readings of two names, before any weight is known: bits by level of `name`.
_READING_BITS = np.array(
    [-4.0, 0.0, -0.5, 1.0, 4.0, 1.0, 5.0, 4.0, 8.0, 0.0]
)  # the last is "missing"
_TURNED_BITS = 3.0
_CONTAINED, _SIMILAR, _SAME = (
    LEVELS["name"].index(level) for level in ("contained", "similar", "same")
)


@dataclass(slots=True)
class Growing:
    """A column of whole numbers, one a row, MISSING where nothing was put; it grows by rows."""

    data: Ints

    @classmethod
    def empty(cls) -> "Growing":
        return cls(np.full(1024, MISSING, np.int64))

    def reach(self, length: int) -> None:
        """Let it have so many rows at least."""
        if length > len(self.data):
            more = np.full(max(length, 2 * len(self.data)) - len(self.data), MISSING, np.int64)
            self.data = np.concatenate([self.data, more])


class Dictionary:
    """Distinct texts, numbered; each pair of them is compared once, and remembered."""

    def __init__(self, comparison: str, known_bits: int) -> None:
        self._compare = COMPARISONS[comparison]
        self._known = KnownLevels(known_bits)
        self.texts: list[str] = []
        self._numbers = {"": MISSING}

    def number(self, text: str) -> int:
        """Return the number of a text, new or known; MISSING for ""."""
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return found

    def compare(self, a: Ints, b: Ints) -> Levels:
        """Return the level of each pair of numbers; MISSING where one is missing."""
        levels = np.full(len(a), MISSING, np.int8)
        said = np.flatnonzero((a >= 0) & (b >= 0))
        if not len(said):
            return levels
        low, high = np.minimum(a[said], b[said]), np.maximum(a[said], b[said])
        # Whatever pairs of numbers there will be, each has a number of its own: a triangle's.
        pairs = high * (high + 1) // 2 + low
        found, unknown = self._known.of(pairs)
        if len(unknown):
            fresh, first, where = np.unique(pairs[unknown], return_index=True, return_inverse=True)
            at, texts = unknown[first], self.texts
            levels_of = self._compare(
                [texts[n] for n in low[at].tolist()], [texts[n] for n in high[at].tolist()]
            )
            self._known.add(fresh, levels_of)
            found[unknown] = levels_of[where]
        levels[said] = found
        return levels


class Column:
    """One field of all records: the first value in an array, further values aside.

    Values are put one by one and written together, by `write`.
    """

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self.first = Growing.empty()
        self.others: dict[int, tuple[int, ...]] = {}
        self.counts: Ints = np.zeros(0, np.int64)
        self.known = 0
        self._rows: list[int] = []
        self._firsts: list[int] = []
        self._further: list[int] = []

    def put(self, record: int, texts: Sequence[str]) -> None:
        """Put a record's values, one at least and none empty."""
        if len(texts) > 1:
            numbers = self.others[record] = tuple(map(self.dictionary.number, texts))
            self._further += numbers[1:]
        self._rows.append(record)
        self._firsts.append(self.dictionary.number(texts[0]))

    def write(self, length: int) -> None:
        """Write what was put, and count the uses of each value; `length` is how many records."""
        self.first.reach(length)
        if not self._rows:
            return
        self.first.data[self._rows] = self._firsts
        said = np.array(self._firsts + self._further, np.int64)
        used = np.bincount(said, minlength=len(self.counts))
        used[: len(self.counts)] += self.counts
        self.counts, self.known = used, self.known + len(said)
        self._rows, self._firsts, self._further = [], [], []

    def all_of(self, record: int) -> tuple[int, ...]:
        """Return every value of a record."""
        one = int(self.first.data[record])
        return self.others.get(record) or ((one,) if one >= 0 else ())


class Agreed(NamedTuple):
    """For each pair the level found and the two values that gave it; written to."""

    levels: Levels
    first: Ints
    second: Ints


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs of records, compared: for each pair and feature a level and the values that gave it."""

    levels: dict[str, Levels]
    values: dict[str, Ints]
    """The value that both share, where the level is the highest; else MISSING."""


class Corpus:
    """All descriptions so far. Records are numbered from 0 in their order of arrival.

    `known_bits`: how many levels of a kind of value are remembered at most, see `KnownLevels`.
    """

    def __init__(self, known_bits: int = MOST_BITS) -> None:
        self.count = 0
        self._known_bits = known_bits
        self.columns: dict[str, Column] = {}
        self.words = Dictionary("name", known_bits)
        self._straight = [Column(self.words) for _ in range(3)]  # family, given, middle
        self._turned = [Column(self.words) for _ in range(3)]
        self._penalty = Growing.empty()
        self._aliases: dict[int, tuple[tuple[tuple[int, int, int], bool], ...]] = {}
        self.sources: list[str] = []

    @property
    def features(self) -> list[str]:
        """The features that some record has a value for, names first."""
        named = [
            name
            for name, column in zip(NAME_FEATURES, self._straight, strict=False)
            if column.known
        ]
        if "family_name" in named and "given_names" in named:
            named.append("name_order")
        return named + list(self.columns)

    def add(self, descriptions: Iterable[Description]) -> range:
        """Add records; return their numbers."""
        start = self.count
        turned: list[bool] = []
        for one in descriptions:
            self._put_names(one.names)
            turned.append(len(one.names) > 1 and one.names[1].turned)
            for name, values in one.values.items():
                column = self.columns.get(name)
                if column is None:
                    dictionary = Dictionary(field_of(name).comparison, self._known_bits)
                    column = self.columns[name] = Column(dictionary)
                column.put(self.count, values)
            self.sources.append(one.source)
            self.count += 1
        self._penalty.reach(self.count)
        self._penalty.data[start : self.count] = turned
        for column in (*self._straight, *self._turned, *self.columns.values()):
            column.write(self.count)
        return range(start, self.count)

    def _put_names(self, names: Sequence[Name]) -> None:
        for columns, name in zip((self._straight, self._turned), names, strict=False):
            for column, text in zip(columns, (name.family, name.given, name.middle), strict=True):
                if text:
                    column.put(self.count, (text,))
        if len(names) > 2:
            self._aliases[self.count] = tuple(
                (
                    (
                        self.words.number(n.family),
                        self.words.number(n.given),
                        self.words.number(n.middle),
                    ),
                    n.turned,
                )
                for n in names
            )

    def column_of(self, feature: str) -> Column | None:
        """Return the column that holds a feature's values and their frequency."""
        if feature in NAME_FEATURES[:3]:
            return self._straight[NAME_FEATURES.index(feature)]
        return self.columns.get(feature)

    def compare(self, a: Ints, b: Ints) -> Compared:
        """Compare records a[i] with b[i], feature by feature."""
        compared = Compared({}, {})
        self._compare_names(a, b, compared)
        for name, column in self.columns.items():
            first, second = column.first.data[a], column.first.data[b]
            levels = column.dictionary.compare(first, second)
            if column.others:
                self._compare_others(column, a, b, Agreed(levels, first, second))
            compared.levels[name] = levels
            compared.values[name] = np.where(first == second, first, MISSING)
        if "born_between" in self.columns:
            self._compare_ages(a, b, compared.levels["born_between"])
        return compared

    def _compare_ages(self, a: Ints, b: Ints, levels: Levels) -> None:
        """Compare an age with a date of birth; where both have a date, ages say no more."""
        dates, ages = self.columns.get("date_of_birth"), self.columns["born_between"]
        if dates is None:
            return
        born, aged = dates.first.data, ages.first.data
        levels[(born[a] >= 0) & (born[b] >= 0)] = MISSING
        for one, other in ((a, b), (b, a)):
            at = np.flatnonzero((aged[one] >= 0) & (aged[other] < 0) & (born[other] >= 0))
            at = at[born[one[at]] < 0]
            days, where = np.unique(born[other[at]], return_inverse=True)
            texts = [dates.dictionary.texts[number] for number in days.tolist()]
            numbers = np.array([ages.dictionary.number(text) for text in texts], np.int64)
            if len(at):
                levels[at] = ages.dictionary.compare(aged[one[at]], numbers[where])

    def _compare_others(self, column: Column, a: Ints, b: Ints, best: Agreed) -> None:
        """Where a record has several values, take the pair of values that agree best."""
        several = np.zeros(self.count, bool)
        several[list(column.others)] = True
        at, x, y = [], [], []
        for i in np.flatnonzero(several[a] | several[b]):
            for one in column.all_of(int(a[i])):
                for other in column.all_of(int(b[i])):
                    at.append(i)
                    x.append(one)
                    y.append(other)
        if not at:
            return
        where, one_of, other_of = (np.array(part, np.int64) for part in (at, x, y))
        found = column.dictionary.compare(one_of, other_of)
        order = np.argsort(found, kind="stable")
        best.levels[where[order]] = found[order]
        best.first[where[order]] = one_of[order]
        best.second[where[order]] = other_of[order]

    def _compare_names(self, a: Ints, b: Ints, into: Compared) -> None:
        """Compare a's name as written with both readings of b's, and aliases with each other."""
        left = [column.first.data[a] for column in self._straight]
        right = [column.first.data[b] for column in self._straight]
        levels = [self.words.compare(x, y) for x, y in zip(left, right, strict=True)]
        order = np.full(len(a), MISSING, np.int8)
        order[(levels[0] >= 0) | (levels[1] >= 0)] = 0
        best = self._bits(levels[:2])
        values = [np.where(x == y, x, MISSING) for x, y in zip(left, right, strict=True)]
        doubtful = np.flatnonzero((levels[0] < _SIMILAR) | (levels[1] < _SIMILAR))
        for penalty, rows, x, y, most in self._further(a, b, doubtful):
            family, given = self.words.compare(x[0], y[0]), self.words.compare(x[1], y[1])
            family = np.minimum(family, most)
            bits = self._bits((family, given)) - _TURNED_BITS * penalty
            bits[(family < 0) & (given < 0)] = -np.inf
            # Several rows may be about one pair: the best is written last.
            ranked = np.argsort(bits, kind="stable")
            ranked = ranked[bits[ranked] > best[rows[ranked]]]
            if not len(ranked):
                continue
            middle = self.words.compare(x[2][ranked], y[2][ranked])
            for n, other in enumerate((family[ranked], given[ranked], middle)):
                levels[n][rows[ranked]] = other
                same = (x[n] == y[n]) & (n > 0 or most == _SAME)
                values[n][rows[ranked]] = np.where(same, x[n], MISSING)[ranked]
            order[rows[ranked]] = penalty[ranked]
            np.maximum.at(best, rows[ranked], bits[ranked])
        for name, level, value in zip(NAME_FEATURES, levels, values, strict=False):
            into.levels[name] = level
            into.values[name] = value
        self._follow_marks(into)
        into.levels["name_order"] = order

    def _follow_marks(self, into: Compared) -> None:
        """Let Van and Thi agree only as far as the name does that follows them."""
        marks = [self.words.number(mark) for mark in sorted(OF_THE_SEX)]
        given, middle = into.levels["given_names"], into.levels["middle_names"]
        said = into.values["given_names"]
        at = ((said == marks[0]) | (said == marks[1])) & (middle >= 0) & (middle < _SIMILAR)
        given[at] = middle[at]
        into.values["given_names"][at] = MISSING

    def _further(
        self, a: Ints, b: Ints, doubtful: Ints
    ) -> Iterable[tuple[npt.NDArray[np.int8], Ints, list[Ints], list[Ints], int]]:
        """Yield other readings: penalty, which pairs, left and right words, the family's most."""
        one, other = a[doubtful], b[doubtful]
        left = [column.first.data[one] for column in self._straight]
        right = [column.first.data[other] for column in self._turned]
        penalty = (self._penalty.data[one] & self._penalty.data[other]).astype(np.int8)
        yield penalty, doubtful, left, right, _SAME
        # With three words in doubt the turn is not its own mirror image: try the other side too.
        long = np.flatnonzero((self._straight[2].first.data[one] >= 0) & (penalty == 0))
        if len(long):
            left = [column.first.data[one[long]] for column in self._turned]
            right = [column.first.data[other[long]] for column in self._straight]
            yield penalty[long], doubtful[long], left, right, _SAME
        yield from self._second_family_names(one, other, doubtful)
        if not self._aliases:
            return
        at, x, y, turned = [], [], [], []
        several = np.zeros(self.count, bool)
        several[list(self._aliases)] = True
        for i in doubtful[several[one] | several[other]]:
            for words, was in self._readings(int(a[i])):
                for others, is_too in self._readings(int(b[i])):
                    at.append(i)
                    x.append(words)
                    y.append(others)
                    turned.append(was != is_too)
        if at:
            xs, ys = np.array(x, np.int64).T, np.array(y, np.int64).T
            yield np.array(turned, np.int8), np.array(at, np.int64), list(xs), list(ys), _SAME

    def _second_family_names(
        self, one: Ints, other: Ints, doubtful: Ints
    ) -> Iterable[tuple[npt.NDArray[np.int8], Ints, list[Ints], list[Ints], int]]:
        """Yield readings whose family name is among the other's middle words.

        Of two family names the second is left out, or the one before marriage is kept.
        """
        for left, right in ((one, other), (other, one)):
            rows = np.flatnonzero(self._straight[2].first.data[right] >= 0)
            if not len(rows):
                continue
            family, given, middle = (column.first.data for column in self._straight)
            nothing = np.full(len(rows), MISSING, np.int64)
            x, y = left[rows], right[rows]
            yield (
                np.zeros(len(rows), np.int8),
                doubtful[rows],
                [family[x], given[x], nothing],
                [middle[y], given[y], nothing],
                _CONTAINED,
            )

    def _readings(self, record: int) -> tuple[tuple[tuple[int, int, int], bool], ...]:
        known = self._aliases.get(record)
        if known:
            return known
        family, given, middle = (int(column.first.data[record]) for column in self._straight)
        return (((family, given, middle), False),)

    @staticmethod
    def _bits(levels: Sequence[Levels]) -> npt.NDArray[np.float64]:
        """Return what chooses between readings: how well family and given names agree."""
        family, given = (_READING_BITS[level] for level in levels)
        return np.asarray(family + given)
