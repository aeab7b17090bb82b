"""The linker's SQL: descriptions, pairs, records and the entities they belong to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, LiteralString

import psycopg

from repository.access.classes import access_classes
from repository.access.policy import VICTIM
from repository.linking.closure import Judged, RecordId, Seen
from repository.linking.filter_terms import write_filter_terms
from repository.linking.records import EVENT_TEXT, EventTerms, NewRecord

Edges = dict[int, dict[int, float]]

DESCRIBED: LiteralString = """
SELECT number, kind, said, own FROM description WHERE number = ANY(%s)
"""
# The pairs of at least so many bits that these descriptions are in, step by step.
CONNECTED: LiteralString = """
WITH RECURSIVE found(number) AS (
    SELECT unnest(%(numbers)s::bigint[])
    UNION
    SELECT n.number FROM found f CROSS JOIN LATERAL (
        SELECT b FROM edge WHERE a = f.number AND weight >= %(bar)s
        UNION ALL
        SELECT a FROM edge WHERE b = f.number AND weight >= %(bar)s
    ) AS n(number)
)
SELECT number FROM found
"""
EDGES: LiteralString = """
SELECT e.a, e.b, e.weight FROM unnest(%s::bigint[]) AS w(number) JOIN edge e ON e.a = w.number
"""
NEIGHBOURS: LiteralString = """
SELECT b FROM edge WHERE a = ANY(%(numbers)s) AND weight >= %(bar)s
UNION SELECT a FROM edge WHERE b = ANY(%(numbers)s) AND weight >= %(bar)s
"""
EACH: LiteralString = """
SELECT r.position, r.ordinal, r.description, r.kind, r.agency, r.victim, r.entity_position,
       r.entity_ordinal
FROM unnest(%s::bigint[]) AS w(number) JOIN record r ON r.description = w.number
"""
# Of a thing seen ten thousand times one row an entity is enough: its oldest record.
OLDEST: LiteralString = """
SELECT DISTINCT ON (r.description, r.entity_position, r.entity_ordinal)
       r.position, r.ordinal, r.description, r.kind, r.agency, r.victim, r.entity_position,
       r.entity_ordinal
FROM unnest(%s::bigint[]) AS w(number) JOIN record r ON r.description = w.number
ORDER BY r.description, r.entity_position, r.entity_ordinal, r.position, r.ordinal
"""
THESE: LiteralString = """
SELECT r.position, r.ordinal, r.description, r.kind, r.agency, r.victim, r.entity_position,
       r.entity_ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal)
"""
# Any record's entity will do for a description that is one node.
ENTITY_OF_DESCRIPTION: LiteralString = """
SELECT w.number, r.entity_position, r.entity_ordinal
FROM unnest(%s::bigint[]) AS w(number) CROSS JOIN LATERAL (
    SELECT entity_position, entity_ordinal FROM record WHERE description = w.number LIMIT 1
) r
"""
# The same, through records alone that the connection may see.
CONNECTED_SEEN: LiteralString = """
WITH RECURSIVE found(number) AS (
    SELECT unnest(%(numbers)s::bigint[])
    UNION
    SELECT n.number FROM found f CROSS JOIN LATERAL (
        SELECT b FROM edge WHERE a = f.number AND weight >= %(bar)s
        UNION ALL
        SELECT a FROM edge WHERE b = f.number AND weight >= %(bar)s
    ) AS n(number)
    WHERE EXISTS (SELECT FROM record r WHERE r.description = n.number)
)
SELECT number FROM found
"""
UNUSED: LiteralString = """
SELECT d.number, d.kind, d.said FROM description d
WHERE d.number = ANY(%s) AND NOT EXISTS (SELECT FROM record r WHERE r.description = d.number)
"""
FORGET_DESCRIPTIONS: tuple[LiteralString, ...] = (
    "DELETE FROM edge WHERE a = ANY(%s)",
    "DELETE FROM edge WHERE b = ANY(%s)",
    "DELETE FROM description WHERE number = ANY(%s)",
)
# People's words, with the descriptions of both records as far as they are stored.
WORDS: LiteralString = """
SELECT j.a_position, j.a_ordinal, j.b_position, j.b_ordinal, j.verdict > 0, a.description,
       b.description
FROM judgement j
LEFT JOIN record a ON a.position = j.a_position AND a.ordinal = j.a_ordinal
LEFT JOIN record b ON b.position = j.b_position AND b.ordinal = j.b_ordinal
WHERE j.judge <> 'linker' AND j.verdict <> 0
ORDER BY j.a_position, j.a_ordinal, j.b_position, j.b_ordinal, j.judge
"""
# Those on these records, as far as both sides are visible.
WORDS_ON: LiteralString = """
SELECT j.a_position, j.a_ordinal, j.b_position, j.b_ordinal, j.verdict > 0, a.description,
       b.description
FROM (
    SELECT j.* FROM unnest(%(positions)s::bigint[], %(ordinals)s::smallint[]) AS w(p, o)
    JOIN judgement j ON j.a_position = w.p AND j.a_ordinal = w.o
    UNION
    SELECT j.* FROM unnest(%(positions)s::bigint[], %(ordinals)s::smallint[]) AS w(p, o)
    JOIN judgement j ON j.b_position = w.p AND j.b_ordinal = w.o
) AS j
JOIN record a ON a.position = j.a_position AND a.ordinal = j.a_ordinal
JOIN record b ON b.position = j.b_position AND b.ordinal = j.b_ordinal
WHERE j.judge <> 'linker' AND j.verdict <> 0
"""
ASSIGN: LiteralString = """
UPDATE record r SET entity_position = m.to_position, entity_ordinal = m.to_ordinal
FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[])
     AS m(position, ordinal, to_position, to_ordinal)
WHERE r.position = m.position AND r.ordinal = m.ordinal
"""
ASSIGN_OLDEST: LiteralString = """
UPDATE record r SET entity_position = m.to_position, entity_ordinal = m.to_ordinal
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[])
     AS m(description, position, ordinal, to_position, to_ordinal)
WHERE r.description = m.description AND r.entity_position = m.position
  AND r.entity_ordinal = m.ordinal
"""
REDIRECT: LiteralString = """
INSERT INTO entity_redirect (position, ordinal, to_position, to_ordinal)
SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[])
ON CONFLICT (position, ordinal)
DO UPDATE SET to_position = excluded.to_position, to_ordinal = excluded.to_ordinal
"""


def split(ids: Iterable[RecordId]) -> tuple[list[int], list[int]]:
    """Return record ids as two columns, for `unnest`."""
    listed = list(ids)
    return [position for position, _ in listed], [ordinal for _, ordinal in listed]


def write_records(
    connection: psycopg.Connection[Any],
    records: Sequence[NewRecord],
    entity: Mapping[RecordId, RecordId],
) -> None:
    """Copy records in, each with the entity it belongs to."""
    with connection.cursor().copy(
        "COPY record (position, ordinal, agency, kind, role, label, victim, sensitive,"
        " description, entity_position, entity_ordinal) FROM STDIN"
    ) as copy:
        for r in records:
            copy.write_row((r.position, r.ordinal, r.agency, r.kind, r.role, r.label, r.victim,
                            r.sensitive, r.described.number,
                            *entity[(r.position, r.ordinal)]))  # fmt: skip


def write_postings(
    connection: psycopg.Connection[Any],
    records: Sequence[NewRecord],
    texts: Sequence[tuple[int, EventTerms]],
) -> None:
    """Write the search terms of records and of events' own text, each for whom it is."""
    classes = access_classes(connection, [position for position, _ in texts])
    with connection.cursor().copy(
        "COPY posting (term, position, ordinal, access_class) FROM STDIN"
    ) as copy:
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
    write_filter_terms(connection, [position for position, _ in texts])


def write_descriptions(
    connection: psycopg.Connection[Any], rows: Iterable[tuple[int, str, str, float]]
) -> None:
    """Copy (number, kind, what is said, own weight) in."""
    with connection.cursor().copy("COPY description (number, kind, said, own) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def write_edges(
    connection: psycopg.Connection[Any], rows: Iterable[tuple[int, int, float]]
) -> None:
    """Copy weighed pairs (a before b) in."""
    with connection.cursor().copy("COPY edge (a, b, weight) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int8", "int8", "float8"])
        for row in rows:
            copy.write_row(row)


def edges_among(connection: psycopg.Connection[Any], numbers: Collection[int]) -> Edges:
    """Return the weighed pairs between these descriptions, both ways."""
    edges: Edges = {}
    inside = set(numbers)
    for a, b, weight in connection.execute(EDGES, (list(inside),)):
        if b in inside:
            edges.setdefault(a, {})[b] = weight
            edges.setdefault(b, {})[a] = weight
    return edges


def words_of_people(
    connection: psycopg.Connection[Any],
) -> list[tuple[Judged, int | None, int | None]]:
    """Return people's words with the descriptions of both records; None for one not stored."""
    return [
        (Judged((ap, ao), (bp, bo), same), one, other)
        for ap, ao, bp, bo, same, one, other in connection.execute(WORDS)
    ]


def words_on(
    connection: psycopg.Connection[Any], records: Iterable[RecordId]
) -> list[tuple[Judged, int, int]]:
    """Return people's words on these records, with the descriptions of both sides."""
    positions, ordinals = split(records)
    return [
        (Judged((ap, ao), (bp, bo), same), one, other)
        for ap, ao, bp, bo, same, one, other in connection.execute(
            WORDS_ON, {"positions": positions, "ordinals": ordinals}
        )
    ]


def seen_of(row: Sequence[Any]) -> tuple[Seen, RecordId]:
    """Return a row of EACH or OLDEST as what clustering sees, and the entity it has."""
    position, ordinal, description, kind, agency, victim, *entity = row
    return Seen((position, ordinal), description, kind, agency, victim), (entity[0], entity[1])
