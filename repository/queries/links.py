"""Links: why each record belongs to its entity."""

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg

from repository.linking import store
from repository.linking.closure import RecordId, record_name
from repository.linking.described import unpacked
from repository.linking.explanation import why_alike
from repository.linking.features import MEANINGS
from repository.linking.in_force import in_force
from repository.linking.weigher import Weigher

# Each record is looked up (OFFSET 0), or all words would be read and asked of the policy.
SAID: LiteralString = """
SELECT j.a_position, j.a_ordinal, j.b_position, j.b_ordinal, j.judge, j.verdict, j.weight,
       j.reasons, j.victim
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
CROSS JOIN LATERAL (
    SELECT * FROM judgement WHERE a_position = w.position AND a_ordinal = w.ordinal OFFSET 0
) AS j
WHERE j.judge <> 'linker'
ORDER BY 1, 2, 3, 4, 5
"""


def links_between(
    connection: psycopg.Connection[Any], members: Mapping[RecordId, bool]
) -> list[dict[str, Any]]:
    """Return why these records (of a victim or not) are one: for each the heaviest pair that it
    has with an older one, feature by feature; then what people said.
    """
    rows = connection.execute(store.THESE, store.split(members)).fetchall()
    number_of = {(row[0], row[1]): int(row[2]) for row in rows}
    stored = stored_of(connection, set(number_of.values()))
    edges = store.edges_among(connection, stored)
    weigher = in_force(connection).weigher
    explained: dict[tuple[int, int], Mapping[str, Any]] = {}
    links = []
    older: dict[int, RecordId] = {}
    for record in sorted(number_of):
        number = number_of[record]
        weights = {
            other: stored[number][2] if other == number else edges.get(number, {}).get(other)
            for other in older
        }
        known = {other: weight for other, weight in weights.items() if weight is not None}
        if known:
            best = max(known, key=lambda other: (known[other], -older[other][0]))
            pair = (best, number)
            if pair not in explained:
                explained[pair] = reasons_of(weigher, stored, *pair)
            links.append(_link(older[best], record, explained[pair], members))
        older.setdefault(number, record)
    return links + said_among(connection, members)


def stored_of(
    connection: psycopg.Connection[Any], numbers: set[int]
) -> dict[int, tuple[str, str, float]]:
    """Return descriptions by number: kind, text, what it weighs against itself."""
    rows = connection.execute(store.DESCRIBED, (list(numbers),))
    return {number: (kind, text, own) for number, kind, text, own in rows}


def reasons_of(
    weigher: Weigher, stored: Mapping[int, tuple[str, str, float]], a: int, b: int
) -> Mapping[str, Any]:
    """Return why two descriptions weigh what they weigh, each feature with its meaning."""
    kind = stored[a][0]
    found = why_alike(weigher.weighing(kind), unpacked(stored[a][1]), unpacked(stored[b][1]))
    reasons = [
        {**reason, "meaning": MEANINGS.get(reason["feature"], "")} for reason in found["reasons"]
    ]
    return {**found, "reasons": reasons}


def _link(
    a: RecordId, b: RecordId, found: Mapping[str, Any], victim: Mapping[RecordId, bool]
) -> dict[str, Any]:
    return {
        "records": [record_name(a), record_name(b)],
        "judge": "linker",
        "same": True,
        "weight": found["weight"],
        "victim": victim[a] or victim[b],
        "why": found["reasons"],
        "before": found["before"],
        "adjustment": found["adjustment"],
    }


def said_among(
    connection: psycopg.Connection[Any], members: Mapping[RecordId, bool]
) -> list[dict[str, Any]]:
    """Return what people said of pairs of these records."""
    return [
        {
            "records": [record_name((ap, ao)), record_name((bp, bo))],
            "judge": judge,
            "same": verdict > 0,
            "weight": weight,
            "victim": victim,
            "why": reasons,
        }
        for ap, ao, bp, bo, judge, verdict, weight, reasons, victim in connection.execute(
            SAID, store.split(members)
        )
        if (bp, bo) in members
    ]
