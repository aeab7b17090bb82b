"""Unusual patterns of one reader: rules over what each did in a day, as a table. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, pstdev

HISTORY = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Day:
    """What one reader did in one day (UTC)."""

    reader: str
    day: date
    looks: int
    purposes: int
    unanswered: int
    ids: int


@dataclass(frozen=True, slots=True)
class Rule:
    """What is counted of a day, and when it is unusual: beyond `least`, and beyond the reader's own
    mean of the days before by so many standard deviations.
    """

    counted: Callable[[Day], int]
    least: int
    deviations: float
    meaning: str


# One row a rule. A reader without a history is judged by `least` alone.
RULES: Mapping[str, Rule] = {
    "volume": Rule(lambda day: day.looks, 100, 4, "looks far more often than before"),
    "reach": Rule(lambda day: day.ids, 1000, 4, "was answered far more than before"),
    "breadth": Rule(lambda day: day.purposes, 10, 3, "reads for far more cases than before"),
    "probing": Rule(lambda day: day.unanswered, 25, 3, "asks for much that gives no answer"),
}


@dataclass(frozen=True, slots=True)
class Unusual:
    """A day that breaks a rule."""

    reader: str
    day: date
    rule: str
    counted: int
    usual: float
    meaning: str


def unusual(days: Iterable[Day], on: date) -> list[Unusual]:
    """Return what is unusual on one day, against each reader's own HISTORY before it."""
    histories: dict[str, list[Day]] = {}
    today: list[Day] = []
    for one in days:
        if one.day == on:
            today.append(one)
        elif on - HISTORY <= one.day < on:
            histories.setdefault(one.reader, []).append(one)
    return [
        Unusual(one.reader, on, name, rule.counted(one), usual, rule.meaning)
        for one in today
        for name, rule in RULES.items()
        for usual, limit in [_limit(rule, histories.get(one.reader, []))]
        if rule.counted(one) > limit
    ]


def _limit(rule: Rule, history: Sequence[Day]) -> tuple[float, float]:
    """Return (the reader's mean, how much is still usual)."""
    counts = [rule.counted(one) for one in history]
    if not counts:
        return 0.0, float(rule.least)
    mean = fmean(counts)
    return mean, max(rule.least, mean + rule.deviations * pstdev(counts))
