"""Weighed pairs of descriptions, kept narrowly: those that connect at hand, the others packed.

Most pairs say that two namesakes are two. They connect nothing, but count in the mean once both
are in one component: so they are read when its parts are known, and no sooner.
"""

from array import array
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from repository.linking.closure import CONNECTS
from repository.linking.index import Ints
from repository.linking.scoring import Floats


class Pairs:
    """All pairs of some descriptions, each told from both sides of which it is known."""

    def __init__(self) -> None:
        self.connecting: dict[int, dict[int, float]] = {}
        """The pairs of at least `CONNECTS` bits of each description."""
        # The others of each, and what those pairs weigh: 16 bytes each, and not 100.
        self._others: dict[int, array[int]] = {}
        self._weights: dict[int, array[float]] = {}
        self.bytes = 0
        """About how many bytes all pairs take."""

    def __len__(self) -> int:
        return len(self.connecting)

    def __contains__(self, number: int) -> bool:
        return number in self.connecting

    def begin(self, number: int) -> None:
        """Begin with a description that has no pair yet."""
        self.connecting[number] = {}
        self._others[number], self._weights[number] = array("q"), array("d")

    def add(self, a: Ints, b: Ints, weights: Floats) -> None:
        """Add pairs that are new, to whichever of both sides are known."""
        for one, other, weight in zip(a.tolist(), b.tolist(), weights.tolist(), strict=True):
            for this, that in ((one, other), (other, one)):
                if this in self.connecting:
                    self._add(this, that, weight)

    def _add(self, this: int, that: int, weight: float) -> None:
        if weight >= CONNECTS:
            self.connecting[this][that] = weight
            self.bytes += 100
        else:
            self._others[this].append(that)
            self._weights[this].append(weight)
            self.bytes += 16

    def know(self, numbers: Iterable[int], rows: npt.NDArray[np.void]) -> None:
        """Take in all pairs of these descriptions: rows of `number`, `other`, `weight`."""
        for number in numbers:
            self.begin(number)
        connects = rows["weight"] >= CONNECTS
        columns = (rows[connects][name].tolist() for name in ("number", "other", "weight"))
        for number, other, weight in zip(*columns, strict=True):
            self.connecting[number][other] = weight
        weak = rows[~connects]
        weak = weak[np.argsort(weak["number"], kind="stable")]
        whose, starts = np.unique(weak["number"], return_index=True)
        others, weights = weak["other"].astype(np.int64), weak["weight"].astype(np.float64)
        ends = [*starts[1:].tolist(), len(weak)]
        for number, start, end in zip(whose.tolist(), starts.tolist(), ends, strict=False):
            self._others[number].frombytes(others[start:end].tobytes())
            self._weights[number].frombytes(weights[start:end].tobytes())
        self.bytes += 100 * (len(rows) - len(weak)) + 16 * len(weak)

    def forget(self, number: int) -> None:
        """Forget a description and its pairs, if it is known."""
        gone = self.connecting.pop(number, None)
        if gone is not None:
            self.bytes -= 100 * len(gone) + 16 * len(self._others.pop(number))
            del self._weights[number]

    def clear(self) -> None:
        """Forget all."""
        for kept in (self.connecting, self._others, self._weights):
            kept.clear()
        self.bytes = 0

    def within(self, parts: Iterable[Iterable[int]]) -> Mapping[int, Mapping[int, float]]:
        """Return the pairs of known descriptions that are in one part, weak ones too, both ways."""
        found: dict[int, dict[int, float]] = {}
        for part in parts:
            inside = set(part)
            for number in inside if len(inside) > 1 else ():
                pairs = found[number] = dict(self.connecting[number])
                for other, weight in zip(self._others[number], self._weights[number], strict=True):
                    if other in inside:
                        pairs[other] = weight
        return found
