"""A file of trained weights: rates, and how common values are, as training counted them.

The linker reads frequencies from this file and never counts what it holds: a weight depends neither
on the order of arrival nor on a record that a reader may not see.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from intelbus.errors import ConfigurationError
from repository.linking.scoring import Counted
from repository.linking.training import Trained
from repository.linking.weights import WeightsError, parse_weights, read_file

# One use is the pair's own, so a value of a single entity is as rare as one never seen: it is left
# out, which changes no weight and keeps from the file what only one entity has.
LEAST_COUNT = 2.0


def as_json(trained: Trained) -> dict[str, Any]:
    """Return what is written to a file: the weights, then the counts of what several share."""
    frequencies = {
        feature: {
            "known": counted.known,
            "values": {
                text: number
                for text, number in sorted(counted.by_text.items())
                if number >= LEAST_COUNT
            },
        }
        for feature, counted in sorted(trained.counted.items())
    }
    return {**trained.weights.as_json(), "frequencies": frequencies}


def write_trained(trained: Trained, path: Path) -> None:
    """Write a file of weights to be reviewed. Raises ConfigurationError."""
    try:
        text = json.dumps(as_json(trained), indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot be written: {error}", subject=str(path)) from error


def read_trained(path: Path | None = None) -> Trained:
    """Read a file of weights; the shipped ones, which count nothing, when none is named.

    Raises WeightsError.
    """
    return parse_trained(read_file(path), str(path or "shipped.json"))


def parse_trained(text: str, subject: str) -> Trained:
    """Return the weights and frequencies that a file's text holds. Raises WeightsError."""
    weights = parse_weights(text, subject)
    try:
        counted: Mapping[str, Counted] = {
            feature: Counted(
                {value: float(number) for value, number in rows["values"].items()},
                float(rows["known"]),
            )
            for feature, rows in json.loads(text).get("frequencies", {}).items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"its frequencies cannot be read: {error}", subject=subject, hint="train it anew"
        ) from error
    return Trained(weights, counted)
