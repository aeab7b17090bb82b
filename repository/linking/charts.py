"""Charts of weights and of how well a stated probability is kept, as Vega-Lite and as SVG."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from repository.linking.weights import Rates, Weights, comparison_of, levels_of

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"


def weights_chart(weights: Weights) -> dict[str, Any]:
    """Return a waterfall of a file of weights: each level's bits, beside what two records start at.

    A trained feature shows its own rates; a file that trained none shows those of its comparisons.
    """
    shown: Mapping[str, Rates] = weights.rates or weights.defaults
    rows = [
        {
            "feature": feature,
            "level": level,
            "bits": round(float(np.log2(m / u)), 2),
            "m": float(f"{m:.4g}"),
            "u": float(f"{u:.4g}"),
        }
        for feature, rates in shown.items()
        for level, m, u in zip(
            levels_of(comparison_of(feature) if weights.rates else feature),
            rates.m,
            rates.u,
            strict=True,
        )
    ]
    return {
        "$schema": _SCHEMA,
        "title": "What agreement weighs, in bits (log2 of m / u)",
        "data": {"values": rows},
        "mark": "bar",
        "encoding": {
            "row": {"field": "feature", "type": "nominal", "sort": None, "title": None,
                    "header": {"labelAngle": 0, "labelAlign": "left"}},
            "y": {"field": "level", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "bits", "type": "quantitative", "title": "bits"},
            "color": {"condition": {"test": "datum.bits < 0", "value": "#b2182b"},
                      "value": "#2166ac"},
        },
        "resolve": {"scale": {"y": "independent"}},
    }  # fmt: skip


def _both(values: Sequence[str | None]) -> list[str]:
    """Return what both records say, as one text, if they say anything."""
    return [" / ".join(value or "" for value in values)] if any(values) else []


def waterfall_chart(why: Mapping[str, Any], title: str) -> dict[str, Any]:
    """Return how one pair comes to its weight (`explanation.explain`): step by step, in bits."""
    steps = [
        ("before any evidence", why["before"], ""),
        *(
            (one["feature"], one["bits"], ": ".join((one["level"], *_both(one["values"]))))
            for one in why["reasons"]
        ),
        ("repeated fields, relatives", why["adjustment"], ""),
    ]
    rows, at = [], 0.0
    for step, bits, said in steps:
        rows.append({"step": step, "from": round(at, 2), "to": round(at + bits, 2), "said": said})
        at += bits
    rows.append({"step": "weight", "from": 0.0, "to": why["weight"], "said": ""})
    bars = {
        "mark": "bar",
        "encoding": {
            "y": {"field": "step", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "from", "type": "quantitative", "title": "bits"},
            "x2": {"field": "to"},
            "color": {"condition": {"test": "datum.to < datum.from", "value": "#b2182b"},
                      "value": "#2166ac"},
        },
    }  # fmt: skip
    words = {
        "mark": {"type": "text", "align": "left", "x": 370, "limit": 420},
        "encoding": {
            "y": {"field": "step", "type": "nominal", "sort": None},
            "text": {"field": "said"},
        },
    }
    chance = f"{why['weight']:g} bits, probability {why['probability']:.4f}"
    return {
        "$schema": _SCHEMA,
        "title": f"{title}: {chance}",
        "width": 360,
        "data": {"values": rows},
        "layer": [bars, words],
    }


def reliability_chart(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the plot of `evaluation.reliability`: stated against observed, on the diagonal if so.

    A circle's area is how many pairs it stands for.
    """
    points = {
        "data": {"values": [dict(row) for row in rows]},
        "mark": {"type": "circle", "opacity": 0.8, "color": "#2166ac"},
        "encoding": {
            "x": {"field": "stated", "type": "quantitative", "scale": {"domain": [0, 1]},
                  "title": "stated probability that two records are one"},
            "y": {"field": "observed", "type": "quantitative", "scale": {"domain": [0, 1]},
                  "title": "share that are"},
            "size": {"field": "pairs", "type": "quantitative", "scale": {"type": "sqrt"}},
        },
    }  # fmt: skip
    diagonal = {
        "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
        "mark": {"type": "line", "strokeDash": [4, 4], "color": "gray"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
        },
    }
    return {"$schema": _SCHEMA, "width": 360, "height": 360, "layer": [diagonal, points]}


def svg(specification: Mapping[str, Any]) -> str:
    """Return a chart as SVG; nothing is fetched."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(dict(specification), allowed_base_urls=[])
    return drawn
