"""Finding, on a real PostgreSQL: what of much that fits is returned."""

from collections.abc import Iterator
from random import Random
from typing import Any

import psycopg
import pytest

from repository.linking.posting import post_all
from repository.search import engine, finding
from repository.sequencer import sequence_once
from tests.support.linked import person, report

MOST = 8
AS_ONE, WHOLE, ALIKE = "as one", "whole words", "alike"


@pytest.fixture
def connection(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[psycopg.Connection[Any]]:
    """An empty store in which a few are many. Nothing of what is put there stays."""
    monkeypatch.setattr(engine, "COUNTED", MOST)
    monkeypatch.setattr(finding, "COMMON", 2)
    monkeypatch.setattr(finding, "AT_FIRST", 3)
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        connection.transaction(force_rollback=True),
    ):
        yield connection


@pytest.mark.parametrize(
    ("as_one", "whole", "alike", "sorts_found"),
    [
        pytest.param(9, 5, 5, {AS_ONE}, id="enough as one"),
        pytest.param(5, 5, 5, {AS_ONE, WHOLE}, id="much as one, enough whole words"),
        pytest.param(5, 1, 5, {AS_ONE, WHOLE, ALIKE}, id="much as one, few whole words"),
        pytest.param(5, 1, 1, {AS_ONE, WHOLE, ALIKE}, id="much as one, few in all"),
        pytest.param(1, 9, 5, {AS_ONE, WHOLE}, id="few as one, enough whole words"),
        pytest.param(1, 1, 9, {AS_ONE, WHOLE, ALIKE}, id="nearly all alike"),
        pytest.param(1, 1, 3, {AS_ONE, WHOLE, ALIKE}, id="few in all"),
    ],
)
def test_what_fits_best_is_found_among_much_and_the_newest_of_equals(
    connection: psycopg.Connection[Any],
    as_one: int,
    whole: int,
    alike: int,
    sorts_found: set[str],
) -> None:
    """`sorts_found` may be found, whole words before likenesses; of equals never an older one."""
    sorts = [AS_ONE] * as_one + [WHOLE] * whole + [ALIKE] * alike
    for seed in range(3):
        with connection.transaction(force_rollback=True):
            Random(seed).shuffle(sorts)
            for sort in sorts:
                _tell(connection, sort)
            sequence_once(connection)
            post_all(connection)
            positions = [
                at for (at,) in connection.execute("SELECT position FROM event_log ORDER BY 1")
            ]
            sort_of = dict(zip(positions, sorts, strict=True))
            found = {one.position for one in engine.matches(connection, "elena ionescu")}
            everything = {at for at, sort in sort_of.items() if sort in sorts_found}
            if len(everything) <= MOST:
                assert found == everything
                continue
            best = {at for at in everything if sort_of[at] != ALIKE}
            newest = set(sorted(everything)[-MOST - 1 :])
            assert found == (newest if len(best) > MOST else best | newest)


def _tell(connection: psycopg.Connection[Any], sort: str) -> None:
    texts = {AS_ONE: "Nobody.", WHOLE: "Elena left; later on Ionescu came.", ALIKE: "Nobody."}
    people = {
        AS_ONE: [person("Elena", "Ionescu", None)],
        WHOLE: [],
        ALIKE: [person("Elenna", "Ionesku", None)],
    }
    report(connection, "gla", *people[sort], text=texts[sort], exploitation=[])
