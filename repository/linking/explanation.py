"""Why two records weigh what they weigh: feature by feature, in bits."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from repository.linking.corpus import MISSING, NAME_FEATURES, Corpus
from repository.linking.described import Description
from repository.linking.resolver import Resolver
from repository.linking.scoring import Frequencies, Weighing, evidence, prior
from repository.linking.weights import comparison_of, levels_of


def value_of(described: Description, feature: str) -> str | None:
    """Return what a record says of a feature, as it is compared; several values with `|`."""
    if feature == "born_between" and feature not in described.values:
        feature = "date_of_birth"  # with which an age is compared
    if feature == "name_order" or feature not in (*NAME_FEATURES, *described.values):
        return None
    if feature in NAME_FEATURES:
        at = NAME_FEATURES.index(feature)
        names = [n for n in described.names[::2] if (n.family, n.given, n.middle)[at]]
        return " | ".join((n.family, n.given, n.middle)[at] for n in names) or None
    # A registration of which no country is said begins with nothing and a colon.
    return " | ".join(value.removeprefix(":") for value in described.values[feature])


def explain(
    weighing: Weighing,
    corpus: Corpus,
    frequencies: Frequencies,
    pair: tuple[int, int],
    said: Sequence[Description],
) -> Mapping[str, Any]:
    """Return the reasons for a pair's weight, the strongest first; `said` is what the two records
    of the corpus say.

    `weight` is the log2 odds that both are one, `probability` what that means. `before` is the
    weight of two records taken at random; `adjustment` what repeated fields (a street and its
    town), relatives of one household and dates that prove too little take off the sum: the four
    add up.
    """
    low, high = np.array([min(pair)]), np.array([max(pair)])
    compared = corpus.compare(low, high)
    bits = evidence(compared, weighing.weights, frequencies).bits
    reasons: list[dict[str, Any]] = []
    for feature, found in bits.items():
        level = int(compared.levels[feature][0])
        if level == MISSING:
            continue
        reasons.append(
            {
                "feature": feature,
                "values": [value_of(one, feature) for one in said],
                "level": levels_of(comparison_of(feature))[level],
                "bits": round(float(found[0]), 2),
            }
        )
    weight = float(weighing.weigh(corpus, low, high, frequencies)[0])
    before = prior(weighing.weights)
    summed = sum(reason["bits"] for reason in reasons)
    return {
        "weight": round(weight, 2),
        "probability": round(float(1.0 / (1.0 + np.exp2(-weight))), 6),
        "before": round(before, 2),
        "adjustment": round(weight - before - summed, 2),
        "reasons": sorted(reasons, key=lambda reason: -abs(reason["bits"])),
    }


def why(resolver: Resolver, a: int, b: int) -> Mapping[str, Any]:
    """Return the reasons for the weight of two of a resolver's descriptions."""
    weighing = resolver.weigher.weighing(resolver.kind)
    said = [resolver.descriptions[number] for number in (a, b)]
    return explain(weighing, resolver.corpus, resolver.frequencies, (a, b), said)


def why_alike(weighing: Weighing, one: Description, other: Description) -> Mapping[str, Any]:
    """Return the reasons for the weight of two stored descriptions."""
    corpus = Corpus()
    corpus.add([one, other])
    return explain(weighing, corpus, weighing.frequencies(corpus), (0, 1), (one, other))
