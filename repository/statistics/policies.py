"""Publication policies: what a bulletin withholds when it leaves the building."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from intelbus.errors import InvalidRequestError
from repository.statistics.cases import DIMENSIONS, UNDECIDED
from repository.statistics.suppression import Relation, suppress

WITHHELD = "[c]"  # the Government Statistical Service's shorthand for confidential


class NoPolicyError(InvalidRequestError):
    """There is no publication policy of that name."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One publication policy: cells from 1 to k − 1 are withheld, and what would betray them."""

    name: str
    k: int
    meaning: str


# One row a policy.
POLICIES: Mapping[str, Policy] = {
    one.name: one
    for one in (
        Policy("none", 0, "everything is shown: for use inside, or where the law publishes it"),
        Policy("k5", 5, "cells under 5 are withheld"),
        Policy("k11", 11, "cells under 11 are withheld, as the CTDC's open data does"),
    )
}
# These tables hold the cases with a decision alone; the values that mean there is none.
NO_DECISION: Mapping[str, tuple[str, frozenset[str]]] = {
    "days_to_reasonable_grounds": (
        "reasonable_grounds",
        frozenset({UNDECIDED, "suspended", "withdrawn"}),
    ),
    "days_to_conclusive_grounds": ("conclusive_grounds", frozenset({UNDECIDED})),
}


def policy_named(name: str) -> Policy:
    """Return a policy. Raises NoPolicyError."""
    if name not in POLICIES:
        raise NoPolicyError(
            f"there is no publication policy {name!r}", hint="one of: " + ", ".join(POLICIES)
        )
    return POLICIES[name]


def published(bulletin: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """Return a bulletin as a policy publishes it: withheld cells are None.

    The total is a cell like any other. `policy` says by which rule, `withheld` how many cells.
    """
    cells = [("referrals", "all"), *_cells(bulletin)]
    values = [bulletin["referrals"], *(bulletin[name][value] for name, value in cells[1:])]
    hidden = {cells[index] for index in suppress(values, _relations(cells), policy.k)}
    made = dict(bulletin)
    made["referrals"] = None if ("referrals", "all") in hidden else bulletin["referrals"]
    for name in DIMENSIONS:
        made[name] = {
            value: None if (name, value) in hidden else count
            for value, count in bulletin[name].items()
        }
    return {**made, "policy": policy.name, "withheld": len(hidden)}


def _cells(bulletin: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in DIMENSIONS:
        for value in bulletin[name]:
            yield name, value


def _relations(cells: list[tuple[str, str]]) -> list[Relation]:
    """Return the sums that a reader knows: each table's, and those of the decided cases alone."""
    relations: list[Relation] = []
    for name in DIMENSIONS:
        rows = {index: 1 for index, (table, _) in enumerate(cells) if table == name}
        if name in NO_DECISION:
            decisions, none = NO_DECISION[name]
            others: dict[int, int] = {
                index: -1
                for index, (table, value) in enumerate(cells)
                if table == decisions and value not in none
            }
        else:
            others = {0: -1}
        relations.append(rows | others)
    return relations
