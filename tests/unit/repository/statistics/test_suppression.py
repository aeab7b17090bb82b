"""No small cell can be worked out: tried by writing down every table that shows the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repository.statistics.cases import DIMENSIONS
from repository.statistics.policies import POLICIES, NoPolicyError, policy_named, published
from repository.statistics.suppression import Relation, suppress

K = 3
HIGHEST = 8  # of a cell tried; those of the tables are under K + 2


def with_margins(rows: list[list[int]]) -> tuple[list[int], list[Relation]]:
    """Return a table's cells with its margins (row totals, column totals, all), and the sums."""
    height, width = len(rows), len(rows[0])
    columns = [sum(row[at] for row in rows) for at in range(width)]
    grid = [[*row, sum(row)] for row in rows] + [[*columns, sum(columns)]]
    values = [value for row in grid for value in row]
    place = {(y, x): y * (width + 1) + x for y in range(height + 1) for x in range(width + 1)}
    relations: list[Relation] = []
    for y in range(height + 1):
        relations.append({place[y, x]: 1 for x in range(width)} | {place[y, width]: -1})
    for x in range(width + 1):
        relations.append({place[y, x]: 1 for y in range(height)} | {place[height, x]: -1})
    return values, relations


def possible(rows: list[list[int]], shown: dict[int, int], cell: int) -> set[int]:
    """Return every value that a cell has in some table whose shown cells are these."""
    height, width = len(rows), len(rows[0])
    place = [(y, x) for y in range(height) for x in range(width)]
    choices = [
        [shown[at]] if (at := y * (width + 1) + x) in shown else range(HIGHEST + 1)
        for y, x in place
    ]
    grids = np.meshgrid(*(np.array(choice, dtype=np.int16) for choice in choices), indexing="ij")
    inner = np.array([grid.ravel() for grid in grids]).reshape(height, width, -1)
    columns = inner.sum(axis=0, keepdims=True)
    tables = np.concatenate([inner, columns], axis=0)
    tables = np.concatenate([tables, tables.sum(axis=1, keepdims=True)], axis=1)
    flat = tables.reshape((height + 1) * (width + 1), -1)
    fitting = np.all([flat[at] == value for at, value in shown.items()] or [True], axis=0)
    return set(np.unique(flat[cell][fitting]).tolist())


TABLES = st.tuples(st.integers(1, 2), st.integers(1, 3)).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, K + 1), min_size=size[1], max_size=size[1]),
        min_size=size[0],
        max_size=size[0],
    )
)


@settings(max_examples=80, deadline=None)
@given(TABLES)
def test_a_small_cell_may_be_anything_up_to_k(rows: list[list[int]]) -> None:
    values, relations = with_margins(rows)
    withheld = suppress(values, relations, K)
    shown = {at: value for at, value in enumerate(values) if at not in withheld}
    for cell, value in enumerate(values):
        if 0 < value < K:
            found = possible(rows, shown, cell)
            assert 0 in found
            assert max(found) >= K


def test_a_lone_small_cell_takes_another_with_it() -> None:
    values, relations = with_margins([[1, 20, 30]])
    assert len(suppress(values, relations, 5)) > 2


def test_nothing_small_withholds_nothing() -> None:
    values, relations = with_margins([[12, 20], [0, 30]])
    assert suppress(values, relations, 11) == set()
    assert suppress(*with_margins([[1, 2], [1, 4]]), 0) == set()


def test_tables_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        suppress([1, 2, 4], [{0: 1, 1: 1, 2: -1}], 3)


BULLETIN = {
    **{name: {"a": 500, "b": 27} for name in DIMENSIONS},
    "referrals": 527,
    "first_responder": {"UKBA": 404, "Poppy": 100, "NHS": 1, "CPS": 2, "SOCA": 20},
    "reasonable_grounds": {"positive": 400, "negative": 100, "no decision recorded": 27},
    "conclusive_grounds": {"positive": 130, "negative": 2, "no decision recorded": 395},
    "days_to_reasonable_grounds": {"0-5": 500},
    "days_to_conclusive_grounds": {"8-45": 24, "3-6 months": 104, "over 6 months": 4},
}


def test_a_policy_withholds_and_says_so() -> None:
    found = published(BULLETIN, POLICIES["k5"])
    responders = found["first_responder"]
    assert (responders["NHS"], responders["CPS"]) == (None, None)
    hidden = [value for value, count in responders.items() if count is None]
    assert len(hidden) == 3  # 1 + 2 could only be 1 and 2, or 2 and 1
    assert (found["policy"], found["referrals"]) == ("k5", 527)
    cells = [count for name in DIMENSIONS for count in found[name].values()]
    assert found["withheld"] == cells.count(None)


def test_a_decision_is_not_betrayed_by_the_days_to_it() -> None:
    found = published(BULLETIN, POLICIES["k5"])
    assert list(found["conclusive_grounds"].values()).count(None) > 1
    assert list(found["days_to_conclusive_grounds"].values()).count(None) > 1


def test_no_policy_shows_everything() -> None:
    found = published(BULLETIN, POLICIES["none"])
    assert {name: found[name] for name in DIMENSIONS} == {n: BULLETIN[n] for n in DIMENSIONS}
    with pytest.raises(NoPolicyError):
        policy_named("k3")
