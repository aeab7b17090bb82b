"""Large components are parted as they grow, batch by batch, as they would be if looked at whole."""

import random
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest

from repository.linking.clustering import Edges, components, tied, with_ties
from repository.linking.described import Description, packed
from repository.linking.nearby import Nearby

DESCRIPTIONS = 90
MOST = 6
TABLES: LiteralString = "TRUNCATE description, edge, parting"


@pytest.fixture
def store(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TABLES)
        yield connection
        connection.execute(TABLES)


def grow(
    connection: psycopg.Connection[Any], seed: int, *, restarts: bool
) -> tuple[Edges, Edges, dict[int, frozenset[int]]]:
    """Let descriptions arrive in batches, each with pairs to older ones, some with words of people;
    return pairs, ties and the part in which each was looked at last.
    """
    chance = random.Random(seed)
    edges: dict[int, dict[int, float]] = {n: {} for n in range(DESCRIPTIONS)}
    said: list[tuple[int, int]] = []
    last: dict[int, frozenset[int]] = {}
    nearby = Nearby(component=MOST)
    arrived = 0
    while arrived < DESCRIPTIONS:
        new = range(arrived, min(arrived + chance.randrange(1, 8), DESCRIPTIONS))
        for n in new:
            connection.execute(
                "INSERT INTO description VALUES (%s, 'person', %s, 20)", (n, packed(Description()))
            )
            for other in chance.sample(range(n), min(n, chance.choice((0, 1, 1, 2)))):
                weight = chance.choice((-1.0, 0.5, 1.5, 2.5, 4.5, 13.0))
                edges[n][other] = edges[other][n] = weight
                connection.execute("INSERT INTO edge VALUES (%s, %s, %s)", (other, n, weight))
        nearby.forget(other for n in new for other in edges[n])
        arrived = new.stop
        dirty = set(new)
        if arrived > 1 and chance.random() < 0.1:
            said.append(tuple(chance.sample(range(arrived), 2)))  # type: ignore[arg-type]
            dirty |= set(said[-1])
        if restarts:
            nearby = Nearby(component=MOST)
        parts = nearby.parts(connection, dirty, tied(said))
        nearby.keep_bars(connection, parts)
        last |= {n: frozenset(part) for each in parts.values() for part in each for n in part}
    return edges, tied(said), last


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_parts_are_those_of_all_descriptions_looked_at_together(
    store: psycopg.Connection[Any], seed: int, restarts: bool
) -> None:
    edges, ties, last = grow(store, seed, restarts=restarts)
    whole = components(edges, with_ties(edges, ties), 0.0, MOST)
    assert set(last.values()) == {frozenset(part) for part in whole}
    assert max(map(len, last.values())) > MOST / 2, "some hang together"
    (bar,) = store.execute("SELECT max(bar) FROM parting").fetchall()[0]
    assert bar > 1, "a component was parted more than once"
