"""Fillers: what a file writes where nothing is known, told by how many share it. Pure.

A form asks for a number, and who has none writes 123456789, or the first of January 1900. Nothing
in such a value shows that it is one, but that people of many names have it, and of no other value
so many. Who counts the rows, or makes up a number for each, tells of the rows and not of people.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from repository.linking.described import Description
from repository.linking.fields import field_of
from repository.linking.keys import deletions

# A value that so many names share, and so many times as many as share most values, says nothing.
LEAST_NAMES = 10
TIMES = 10
# In fewer rows each may have an identifier of its own by chance.
LEAST_ROWS = 20
_COMPARISONS = frozenset({"code", "date", "email", "phone"})


def without_fillers(
    descriptions: Sequence[Description],
) -> tuple[list[Description], Mapping[str, int]]:
    """Return the descriptions without what only fills a field, and of each field how many values
    that were.
    """
    fillers = {**_fillers(descriptions), **_row_numbers(descriptions)}
    if not fillers:
        return list(descriptions), {}
    gone: dict[str, int] = defaultdict(int)
    return [_without(one, fillers, gone) for one in descriptions], dict(gone)


def _fillers(descriptions: Sequence[Description]) -> dict[str, frozenset[str]]:
    """Return what fills each field: identifiers and dates that people of many names share."""
    names: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in descriptions:
        name = _name(one)
        if name:
            for field, values in one.values.items():
                row = field_of(field)
                if row.proof and row.comparison in _COMPARISONS:
                    for value in values:
                        # Of a year or a month alone there are few, and many were born in it.
                        if row.comparison != "date" or not value.endswith("00"):
                            names[field][value].add(name)
    found: dict[str, frozenset[str]] = {}
    for field, shared in names.items():
        many = {value: len(who) for value, who in shared.items()}
        most = max(LEAST_NAMES, TIMES * float(np.quantile(list(many.values()), 0.9)))
        full = frozenset(value for value, count in many.items() if count >= most)
        if full:
            found[field] = full
    return found


def _row_numbers(descriptions: Sequence[Description]) -> dict[str, frozenset[str]]:
    """Return what numbers rows: identifiers of which each row has one of its own.

    Where the same people come again, so do their identifiers, some with a slip; what neither comes
    again nor nearly, or counts on without a gap, is of no one's but the row's.
    """
    if len(descriptions) < LEAST_ROWS:
        return {}
    every = set(descriptions[0].values).intersection(*(one.values for one in descriptions))
    found: dict[str, frozenset[str]] = {}
    for field in every:
        row = field_of(field)
        if not row.proof or row.comparison != "code":
            continue
        said = [value for one in descriptions for value in one.values[field]]
        if len(said) == len(set(said)) == len(descriptions) and (_counted(said) or _far(said)):
            found[field] = frozenset(said)
    return found


def _counted(said: Sequence[str]) -> bool:
    """Whether values are numbers, after what the first begins with, and half of all are there."""
    before = said[0].rstrip("0123456789")
    numbers = [value.removeprefix(before) for value in said]
    if not all(number.isdecimal() for number in numbers):
        return False
    counts = [int(number) for number in numbers]
    return max(counts) - min(counts) < 2 * len(counts)


def _far(said: Sequence[str]) -> bool:
    """Whether no two values are one slip of the hand apart."""
    near = [key for value in said for key in {value, *deletions(value)}]
    return len(near) == len(set(near))


def _name(one: Description) -> str:
    if one.names:
        # The family name, for a given name is short in one report and long in the next.
        return one.names[0].family or one.names[0].given
    return next((value for _, value in one.compared_as("organisation")), "")


def _without(
    one: Description, fillers: Mapping[str, frozenset[str]], gone: dict[str, int]
) -> Description:
    if not any(fillers[field].intersection(one.values.get(field, ())) for field in fillers):
        return one
    values = {}
    for field, said in one.values.items():
        kept = tuple(value for value in said if value not in fillers.get(field, ()))
        gone[field] += len(said) - len(kept)
        if kept:
            values[field] = kept
    return replace(one, values=values)
