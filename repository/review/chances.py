"""The chance that pairs in the review queue are one, by everybody else that either might be."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString, NamedTuple

import numpy as np
import psycopg

from repository.linking.closure import THRESHOLD, RecordId
from repository.linking.stated import MAY_BE, RIVALLED, Fits, Sides, probability, stated

Side = tuple[int, RecordId]
"""A description, and an entity in which a record says it."""

# How well descriptions fit entities: the best pair with another description, and, as the last
# column, how many records there say the same. Each is looked up.
FITTING: LiteralString = """
SELECT n.number, r.entity_position, r.entity_ordinal,
       max(p.weight) FILTER (WHERE p.other <> n.number), min(p.own),
       count(*) FILTER (WHERE p.other = n.number)
FROM unnest(%(numbers)s::bigint[]) AS n(number)
CROSS JOIN LATERAL (
    SELECT e.b AS other, e.weight, NULL::double precision AS own
    FROM edge e WHERE e.a = n.number AND e.weight >= %(least)s
    UNION ALL
    SELECT e.a, e.weight, NULL FROM edge e WHERE e.b = n.number AND e.weight >= %(least)s
    UNION ALL
    SELECT d.number, NULL, d.own FROM description d WHERE d.number = n.number
) p
JOIN record r ON r.description = p.other
GROUP BY 1, 2, 3
"""
# How many records an entity has, and how much the one says that says most.
REPORTED: LiteralString = """
SELECT e.position, e.ordinal, count(*), max(d.own)
FROM unnest(%(positions)s::bigint[], %(ordinals)s::smallint[]) AS e(position, ordinal)
JOIN record r ON r.entity_position = e.position AND r.entity_ordinal = e.ordinal
JOIN description d ON d.number = r.description
GROUP BY 1, 2
"""


class Weighed(NamedTuple):
    """A pair of records: what each says and its entity, and what both weigh."""

    kind: str
    a: Side
    b: Side
    weight: float


def chances_of(connection: psycopg.Connection[Any], pairs: Sequence[Weighed]) -> list[float]:
    """Return the probability that the records of each pair are one."""
    found = np.array([one.weight for one in pairs], np.float64)
    asked = [at for at, one in enumerate(pairs) if one.kind in RIVALLED]
    if asked:
        both = [(pairs[at].a, pairs[at].b) for at in asked]
        sides = {side: n for n, side in enumerate(sorted({one for pair in both for one in pair}))}
        a, b = (np.array([sides[pair[n]] for pair in both]) for n in (0, 1))
        found[asked] = stated(a, b, found[asked], _fits(connection, sides))
    return [float(one) for one in probability(found)]


def _fits(connection: psycopg.Connection[Any], sides: Mapping[Side, int]) -> Fits:
    of: dict[int, list[Side]] = {}
    for side in sides:
        of.setdefault(side[0], []).append(side)
    asked = {"numbers": list(of), "least": MAY_BE}
    own: dict[int, float] = {}
    fitting: list[tuple[Side, RecordId, float]] = []
    for number, position, ordinal, best, alone, same in connection.execute(FITTING, asked):
        entity = (position, ordinal)
        if same:
            own[number] = alone
        for side in of[number]:
            if best is not None:
                fitting.append((side, entity, best))
            # A record does not fit its entity by what it says itself.
            if same > (side[1] == entity):
                fitting.append((side, entity, alone))
    entities = {entity for _, entity, _ in fitting} | {entity for _, entity in sides}
    numbers, records, most = _reported(connection, entities)
    told = most >= THRESHOLD
    known = Sides(
        np.array([numbers[entity] for _, entity in sides]),
        np.array([own[number] < THRESHOLD for number, _ in sides]),
        records,
        told,
    )
    rows = [(sides[side], numbers[entity], bits) for side, entity, bits in fitting]
    table = np.array(rows, np.float64).reshape(-1, 3)
    table = table[told[table[:, 1].astype(np.int64)]]
    return Fits(known, table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2])


def _reported(
    connection: psycopg.Connection[Any], entities: Iterable[RecordId]
) -> tuple[dict[RecordId, int], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return numbers for entities, how many records each has, and what its clearest says."""
    listed = sorted(entities)
    positions, ordinals = ([one[n] for one in listed] for n in (0, 1))
    rows = connection.execute(REPORTED, {"positions": positions, "ordinals": ordinals}).fetchall()
    numbers = {(position, ordinal): n for n, (position, ordinal, _, _) in enumerate(rows)}
    records, most = (np.array([row[n] for row in rows], np.float64) for n in (2, 3))
    return numbers, records, most
