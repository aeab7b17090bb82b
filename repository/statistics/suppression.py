"""Suppression: which cells of linked tables to withhold so that no small one can be worked out.

Cells are tied by relations: sums that a reader knows, such as a total and its rows. A cell from
1 to k − 1 is withheld (primary). Others are withheld with it (complementary) until, whatever the
shown cells say, it may still be anything from 0 to k: some table with the same shown cells has it
at 0, and another has it at k or more. The complements are chosen one small cell after another by
the least-cost moves of a linear program, a heuristic of the field: Fischetti and Salazar-González,
"Models and algorithms for optimizing cell suppression in tabular data", J. Am. Stat. Assoc. 95
(2000); few and small cells are preferred, the fewest are not guaranteed.

It protects one publication. Two that overlap (a quarter and the year it belongs to) are to be
published under one policy, and can still tell something by their difference.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Relation = Mapping[int, int]
"""A coefficient for each cell of it; the sum of coefficient × value is 0."""

_MOVED = 1e-6


def suppress(values: Sequence[int], relations: Sequence[Relation], k: int) -> set[int]:
    """Return the indices of the cells to withhold. `k` 0 or 1 withholds nothing.

    Raises ValueError when the values break a relation.
    """
    for relation in relations:
        if sum(factor * values[cell] for cell, factor in relation.items()):
            raise ValueError(f"the cells {sorted(relation)} do not add up")
    withheld = {cell for cell, value in enumerate(values) if 0 < value < k}
    primary = sorted(withheld, key=lambda cell: (values[cell], cell))
    if not primary:
        return withheld
    matrix = _matrix(relations, len(values))
    for cell in primary:
        for change in (k - values[cell], -values[cell]):
            withheld |= _moves(values, matrix, withheld, cell, change)
    return withheld


def _matrix(relations: Sequence[Relation], cells: int) -> "csr_matrix":
    from scipy.sparse import csr_matrix

    rows = [row for row, relation in enumerate(relations) for _ in relation]
    columns = [cell for relation in relations for cell in relation]
    factors = [factor for relation in relations for factor in relation.values()]
    return csr_matrix((factors, (rows, columns)), shape=(len(relations), cells), dtype=float)


def _moves(
    values: Sequence[int], matrix: "csr_matrix", withheld: set[int], cell: int, change: int
) -> set[int]:
    """Return the cells that change with `cell` in the cheapest table where it is `change` away.

    The unknowns are what each cell gains, then what each loses: never more than it has.
    """
    from scipy.optimize import linprog
    from scipy.sparse import hstack

    highest = max(values)
    # Withheld cells move for nothing; a cell of 0 is the last to be hidden, since it hides nobody.
    costs = [
        0 if index in withheld else 1 + (value or highest) for index, value in enumerate(values)
    ]
    gains: list[tuple[float, float | None]] = [(0.0, None)] * len(values)
    losses: list[tuple[float, float | None]] = [(0.0, float(value)) for value in values]
    gains[cell] = (max(change, 0), max(change, 0))
    losses[cell] = (max(-change, 0), max(-change, 0))
    solved = linprog(
        np.array(costs * 2, dtype=float),
        A_eq=hstack([matrix, -matrix]),
        b_eq=np.zeros(matrix.shape[0]),
        bounds=[*gains, *losses],
        method="highs-ds",  # a vertex: whole numbers, where the relations are sums of a table
    )
    if not solved.success:  # pragma: no cover  (raising or emptying everything is a solution)
        raise ArithmeticError(f"no table protects the cell {cell}: {solved.message}")
    moved = solved.x[: len(values)] + solved.x[len(values) :]
    return {index for index in range(len(values)) if moved[index] > _MOVED}
