"""Weights: how often things agree on a feature when they are one (m) and when they are two (u).

Fellegi and Sunter 1969. A weight is log2(m / u), in bits. Where two values are the same, u is
the frequency of that value: a rare name says more than a common one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from intelbus.errors import ConfigurationError
from repository.linking.comparisons import LEVELS
from repository.linking.fields import field_of

Floats = npt.NDArray[np.float64]
FORMAT = 1
_NAMES = frozenset({"family_name", "given_names", "middle_names", "name_order"})


class WeightsError(ConfigurationError):
    """A file of weights cannot be used."""


@dataclass(frozen=True, slots=True)
class Rates:
    """m and u of one feature, one number a level."""

    m: Floats
    u: Floats


Beside = Mapping[tuple[str, str], float]
"""Of two fields of one group, in the order of their names: the share of one that counts beside the
other."""


@dataclass(frozen=True, slots=True)
class Weights:
    """All rates, and what two records weigh before anything is compared.

    `expected` is how many true partners a record has among all others and `population` how many
    those are, so that the prior is log2(expected / population): numbers of the file, so that what
    a pair weighs never depends on what else has arrived. `within` is added between two records of
    one source when linking between sources. `kin` is log2 of how many pairs are one person to each
    pair of relatives. `names_together` is log2 of how much oftener two persons share a family and a
    given name than if each were drawn alone: names of one language go together. `beside`: of two
    fields of one group, what share of one counts beside the other (`repeated.py`).
    """

    rates: Mapping[str, Rates]
    defaults: Mapping[str, Rates]
    expected: float
    population: float
    within: float
    kin: float
    names_together: float
    provenance: Mapping[str, Any]
    beside: Beside = field(default_factory=dict)

    def of(self, feature: str) -> Rates:
        """Return the rates of a feature: its own, those of what it is like, or its comparison's."""
        own = self.rates.get(feature)
        if own is None and feature not in _NAMES:
            own = self.rates.get(field_of(feature).like)
        return own or self.defaults[comparison_of(feature)]

    def as_json(self) -> dict[str, Any]:
        """Return what is written to a file."""
        return {
            "format": FORMAT,
            "provenance": dict(self.provenance),
            "expected_partners": round(self.expected, 6),
            "population": self.population,
            "within_source_bits": round(self.within, 3),
            "one_to_relatives_bits": round(self.kin, 3),
            "names_together_bits": round(self.names_together, 3),
            "counts_beside": {" ".join(two): round(n, 3) for two, n in self.beside.items()},
            "comparisons": {name: _rows(name, rates) for name, rates in self.defaults.items()},
            "features": {
                name: _rows(comparison_of(name), rates) for name, rates in self.rates.items()
            },
        }


def comparison_of(feature: str) -> str:
    """Return the comparison of a feature."""
    if feature in _NAMES:
        return feature if feature == "name_order" else "name"
    return field_of(feature).comparison


def levels_of(comparison: str) -> tuple[str, ...]:
    """Return the names of a comparison's levels."""
    return ("straight", "turned") if comparison == "name_order" else LEVELS[comparison]


def _rows(comparison: str, rates: Rates) -> dict[str, list[float]]:
    names = levels_of(comparison)
    rows = zip(names, rates.m.tolist(), rates.u.tolist(), strict=True)
    return {name: [float(f"{m:.4g}"), float(f"{u:.4g}")] for name, m, u in rows}


def _rates(comparison: str, rows: Mapping[str, Any], where: str) -> Rates:
    names = levels_of(comparison)
    if set(rows) < set(names):
        # A level that was not told apart when the file was written.
        rows = {**_shipped_rows(comparison), **rows}
    if set(rows) != set(names):
        raise WeightsError(
            f"{where} must have the levels {', '.join(names)}",
            hint="train the file anew with this version: ukhtc linking train",
        )
    table = np.array([rows[name] for name in names], np.float64).clip(1e-9)
    return Rates(table[:, 0] / table[:, 0].sum(), table[:, 1] / table[:, 1].sum())


def _shipped_rows(comparison: str) -> Mapping[str, Any]:
    rows: Mapping[str, Any] = json.loads(shipped())["comparisons"][comparison]
    return rows


def shipped() -> str:
    """Return the file of weights that the program brings."""
    return files("repository.linking").joinpath("weights", "shipped.json").read_text("utf-8")


def read_file(path: Path | None) -> str:
    """Return the text of a file of weights, the shipped one when none is named.

    Raises WeightsError.
    """
    try:
        return path.read_text(encoding="utf-8") if path else shipped()
    except (OSError, ValueError) as error:
        raise WeightsError(f"cannot be read: {error}", subject=str(path)) from error


def read_weights(path: Path | None = None) -> Weights:
    """Read weights; the shipped ones when no file is named. Raises WeightsError."""
    return parse_weights(read_file(path), str(path or "shipped.json"))


def parse_weights(text: str, subject: str) -> Weights:
    """Return the weights that a file's text holds. Raises WeightsError."""
    try:
        loaded = json.loads(text)
        if loaded["format"] != FORMAT:
            raise WeightsError(f"format {loaded['format']} is not {FORMAT}", subject=subject)
        return Weights(
            rates={
                name: _rates(comparison_of(name), rows, name)
                for name, rows in loaded["features"].items()
            },
            # What was not compared when the file was written is as it is shipped.
            defaults={
                name: _rates(name, loaded["comparisons"].get(name, {}), name)
                for name in (*LEVELS, "name_order")
            },
            expected=float(loaded["expected_partners"]),
            population=float(loaded["population"]),
            within=float(loaded["within_source_bits"]),
            kin=float(loaded["one_to_relatives_bits"]),
            # Files of before this was learnt do not say it.
            names_together=float(loaded.get("names_together_bits", 0.0)),
            provenance=loaded["provenance"],
            beside={
                (one, other): float(share)
                for two, share in loaded.get("counts_beside", {}).items()
                for one, other in [two.split()]
            },
        )
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"not a file of weights: {error}", subject=subject, hint="see docs/linking.md"
        ) from error
