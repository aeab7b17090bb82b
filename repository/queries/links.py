"""Links: why a record belongs to an entity, and why two records are or are not one."""

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg

from repository.linking import store
from repository.linking.closure import RecordId
from repository.linking.explanation import why_alike
from repository.linking.features import MEANINGS
from repository.linking.weigher import Weigher, described

SAID: LiteralString = """
SELECT j.a_position, j.a_ordinal, j.b_position, j.b_ordinal, j.judge, j.verdict, j.weight,
       j.reasons, j.victim
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN judgement j ON j.a_position = w.position AND j.a_ordinal = w.ordinal
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
    stored = _stored(connection, set(number_of.values()))
    edges = store.edges_among(connection, stored)
    weigher = Weigher()
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
                explained[pair] = _why(weigher, stored, *pair)
            links.append(_link(older[best], record, explained[pair], members))
        older.setdefault(number, record)
    return links + _said(connection, members)


def why_records(
    connection: psycopg.Connection[Any], a: RecordId, b: RecordId
) -> dict[str, Any] | None:
    """Return why two records weigh what they weigh; None when one is not there."""
    rows = connection.execute(store.THESE, store.split((a, b))).fetchall()
    found = {(row[0], row[1]): row for row in rows}
    if not {a, b} <= found.keys():
        return None
    one, other = found[a], found[b]
    stored = _stored(connection, {one[2], other[2]})
    same_kind = one[3] == other[3]
    return {
        "records": [f"R{a[0]}-{a[1]}", f"R{b[0]}-{b[1]}"],
        "kinds": [one[3], other[3]],
        "one_entity": one[6:8] == other[6:8],
        **(_why(Weigher(), stored, one[2], other[2]) if same_kind else {}),
        "said": _said(connection, {a: one[5], b: other[5]}),
    }


def _stored(
    connection: psycopg.Connection[Any], numbers: set[int]
) -> dict[int, tuple[str, str, float]]:
    rows = connection.execute(store.DESCRIBED, (list(numbers),))
    return {number: (kind, text, own) for number, kind, text, own in rows}


def _why(
    weigher: Weigher, stored: Mapping[int, tuple[str, str, float]], a: int, b: int
) -> Mapping[str, Any]:
    kind = stored[a][0]
    found = why_alike(weigher.weighing(kind), described(stored[a][1]), described(stored[b][1]))
    reasons = [
        {**reason, "meaning": MEANINGS.get(reason["feature"], "")} for reason in found["reasons"]
    ]
    return {**found, "reasons": reasons}


def _link(
    a: RecordId, b: RecordId, found: Mapping[str, Any], victim: Mapping[RecordId, bool]
) -> dict[str, Any]:
    return {
        "records": [f"R{a[0]}-{a[1]}", f"R{b[0]}-{b[1]}"],
        "judge": "linker",
        "same": True,
        "weight": found["weight"],
        "victim": victim[a] or victim[b],
        "why": found["reasons"],
        "before": found["before"],
        "adjustment": found["adjustment"],
    }


def _said(
    connection: psycopg.Connection[Any], members: Mapping[RecordId, bool]
) -> list[dict[str, Any]]:
    return [
        {
            "records": [f"R{ap}-{ao}", f"R{bp}-{bo}"],
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
