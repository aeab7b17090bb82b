"""The linker's SQL: writing records, finding candidates, and what a removal touches."""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg

from repository.access.classes import access_classes
from repository.access.policy import VICTIM
from repository.linking.closure import Judged, RecordId
from repository.linking.records import EVENT_TEXT, EventTerms, NewRecord

# A record is compared with at most this many of the oldest that share a key, so that the hottest
# telephone in the country costs a batch no more than any other.
COMPARED_PER_KEY = 64

Pair = tuple[RecordId, RecordId]

# Every key that a new record shares with another record.
CANDIDATE_PAIRS: LiteralString = """
SELECT n.position, n.ordinal, o.position, o.ordinal, n.feature, n.key
FROM record_key n
CROSS JOIN LATERAL (
    SELECT k.position, k.ordinal FROM record_key k
    WHERE k.feature = n.feature AND k.key = n.key
      AND (k.position, k.ordinal) <> (n.position, n.ordinal)
    ORDER BY k.position, k.ordinal LIMIT %(limit)s
) o
WHERE n.position = ANY(%(positions)s)
"""
RECORDS: LiteralString = """
SELECT r.position, r.ordinal, r.agency, r.victim, r.entity_position, r.entity_ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal)
"""
MEMBERS: LiteralString = """
SELECT r.position, r.ordinal, r.entity_position, r.entity_ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r ON r.entity_position = w.position AND r.entity_ordinal = w.ordinal
"""
JUDGEMENTS: LiteralString = """
SELECT j.a_position, j.a_ordinal, j.b_position, j.b_ordinal, j.verdict, j.weight
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN judgement j ON j.a_position = w.position AND j.a_ordinal = w.ordinal
"""
# Entities that a person has said something about are computed whole, never merged in passing.
JUDGED_BY_PEOPLE: LiteralString = """
SELECT r.entity_position, r.entity_ordinal
FROM judgement j JOIN record r ON r.position = j.a_position AND r.ordinal = j.a_ordinal
WHERE j.judge <> 'linker'
UNION
SELECT r.entity_position, r.entity_ordinal
FROM judgement j JOIN record r ON r.position = j.b_position AND r.ordinal = j.b_ordinal
WHERE j.judge <> 'linker'
"""


def split(ids: Iterable[RecordId]) -> tuple[list[int], list[int]]:
    """Return record ids as two columns, for `unnest`."""
    listed = list(ids)
    return [position for position, _ in listed], [ordinal for _, ordinal in listed]


def write_records(
    connection: psycopg.Connection[Any],
    records: Sequence[NewRecord],
    texts: Sequence[tuple[int, EventTerms]],
) -> None:
    """Copy records, keys and postings in; each record starts as its own entity."""
    cursor = connection.cursor()
    classes = access_classes(connection, [position for position, _ in texts])
    with cursor.copy(
        "COPY record (position, ordinal, agency, kind, role, label, victim, entity_position,"
        " entity_ordinal, sensitive) FROM STDIN"
    ) as copy:
        for r in records:
            own = (r.position, r.ordinal)
            copy.write_row((*own, r.agency, r.kind, r.role, r.label, r.victim, *own, r.sensitive))
    with cursor.copy("COPY record_key (feature, key, position, ordinal) FROM STDIN") as copy:
        for r in records:
            for feature, key in r.keys:
                copy.write_row((feature, key, r.position, r.ordinal))
    with cursor.copy("COPY posting (term, position, ordinal, access_class) FROM STDIN") as copy:
        for r in records:
            access_class = classes[r.position] | (VICTIM if r.sensitive else 0)
            for term in r.terms:
                copy.write_row((term, r.position, r.ordinal, access_class))
        for position, said in texts:
            access_class = classes[position]
            for term in said.open:
                copy.write_row((term, position, EVENT_TEXT, access_class))
            for term in said.sensitive - said.open:
                copy.write_row((term, position, EVENT_TEXT, access_class | VICTIM))


def candidates(
    connection: psycopg.Connection[Any], positions: Sequence[int]
) -> dict[Pair, set[tuple[str, str]]]:
    """Return every pair of a record at `positions` and another, with the keys they share."""
    pairs: dict[Pair, set[tuple[str, str]]] = {}
    wanted = {"positions": list(positions), "limit": COMPARED_PER_KEY}
    for np, no, op, oo, feature, key in connection.execute(CANDIDATE_PAIRS, wanted):
        new, old = (np, no), (op, oo)
        pairs.setdefault((min(new, old), max(new, old)), set()).add((feature, key))
    return pairs


def judgements_of(connection: psycopg.Connection[Any], records: Iterable[RecordId]) -> list[Judged]:
    """Return every judgement whose first record is among these."""
    return [
        Judged((ap, ao), (bp, bo), verdict > 0, weight)
        for ap, ao, bp, bo, verdict, weight in connection.execute(JUDGEMENTS, split(records))
    ]
