"""The linker's SQL: descriptions, pairs, records and the entities they belong to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, LiteralString

import numpy as np
import numpy.typing as npt
import psycopg

from repository.linking.closure import Judged, RecordId, Seen
from repository.linking.copying import bigints, binary_rows, copying_in, escaped, fetched
from repository.linking.index import Ints
from repository.linking.records import NewRecord
from repository.linking.scoring import Floats

Edges = dict[int, dict[int, float]]

DESCRIBED: LiteralString = """
SELECT number, kind, said, own FROM description WHERE number = ANY(%s::bigint[])
"""
# Of persons, with the documents that they are said to have.
_OWN: LiteralString = """
SELECT number, kind, own, CASE WHEN kind = 'person' THEN said::json #> '{1,document_number}' END
"""
_THESE_OF_THEM: LiteralString = "FROM description WHERE number = ANY(%s::bigint[])"
OWN: LiteralString = f"{_OWN} {_THESE_OF_THEM}"
# With the bar of the parting of its component, for the linker alone.
_BAR: LiteralString = "coalesce((SELECT p.bar FROM parting p WHERE p.description = number), 0)"
OWN_PARTED: LiteralString = f"{_OWN}, {_BAR} {_THESE_OF_THEM}"
PARTED: LiteralString = """
INSERT INTO parting (description, bar) SELECT * FROM unnest(%s::bigint[], %s::smallint[])
ON CONFLICT (description) DO UPDATE SET bar = excluded.bar
"""
# What a batch asks of each description is looked up (OFFSET 0, or DISTINCT ON within): asked for
# thousands at once, the planner would rather read whole tables, which then costs a batch more and
# more as the store grows.
EDGES: LiteralString = """
SELECT e.a, e.b, e.weight FROM unnest(%s::bigint[]) AS w(number)
CROSS JOIN LATERAL (SELECT a, b, weight FROM edge WHERE a = w.number OFFSET 0) AS e
"""
# As one value: of each pair the description asked for, the other one and the weight.
PAIRS_OF: LiteralString = """
SELECT string_agg(int8send(w.number) || int8send(e.other) || float8send(e.weight), ''::bytea)
FROM unnest(%s::bigint[]) AS w(number) CROSS JOIN LATERAL (
    SELECT b AS other, weight FROM edge WHERE a = w.number
    UNION ALL
    SELECT a, weight FROM edge WHERE b = w.number
) AS e
"""
PAIR = [("number", ">i8"), ("other", ">i8"), ("weight", ">f8")]
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
SELECT r.* FROM unnest(%s::bigint[]) AS w(number) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (entity_position, entity_ordinal)
           position, ordinal, description, kind, agency, victim, entity_position, entity_ordinal
    FROM record WHERE description = w.number
    ORDER BY entity_position, entity_ordinal, position, ordinal
) AS r
"""
# And of a person, who is guarded, the oldest of each agency, as a victim and otherwise.
OLDEST_OF_AGENCIES: LiteralString = """
SELECT r.* FROM unnest(%s::bigint[]) AS w(number) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (agency, victim, entity_position, entity_ordinal)
           position, ordinal, description, kind, agency, victim, entity_position, entity_ordinal
    FROM record WHERE description = w.number
    ORDER BY agency, victim, entity_position, entity_ordinal, position, ordinal
) AS r
"""
THESE: LiteralString = """
SELECT r.position, r.ordinal, r.description, r.kind, r.agency, r.victim, r.entity_position,
       r.entity_ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal)
"""
# The entity of a stored record that says the same, and of a guarded one (by `agency`, else null)
# that says it for the same agency, of a victim as this one or of nobody who is.
SAME_SAID: LiteralString = """
SELECT w.number, w.agency, w.victim, r.entity_position, r.entity_ordinal
FROM unnest(%s::bigint[], %s::text[], %s::boolean[]) AS w(number, agency, victim)
CROSS JOIN LATERAL (
    SELECT entity_position, entity_ordinal FROM record
    WHERE description = w.number
      AND (w.agency IS NULL OR (agency = w.agency AND victim = w.victim))
    LIMIT 1
) r
"""
UNUSED: LiteralString = """
SELECT d.number, d.kind, d.said FROM description d
WHERE d.number = ANY(%s) AND NOT EXISTS (SELECT FROM record r WHERE r.description = d.number)
"""
FORGET_PAIRS: tuple[LiteralString, ...] = (
    "DELETE FROM edge WHERE a = ANY(%s) RETURNING b",
    "DELETE FROM edge WHERE b = ANY(%s) RETURNING a",
)
FORGET_DESCRIPTIONS: tuple[LiteralString, ...] = (
    "DELETE FROM parting WHERE description = ANY(%s)",
    "DELETE FROM description WHERE number = ANY(%s)",
)
# People's words, with the descriptions of both records: a judgement holds them, null for a record
# that is not stored.
WORD: LiteralString = """
SELECT a_position, a_ordinal, b_position, b_ordinal, verdict > 0, a_description, b_description
FROM judgement WHERE judge <> 'linker' AND verdict <> 0
"""
WORDS_ABOUT: LiteralString = (
    f"{WORD} AND (a_description = ANY(%(numbers)s::bigint[])"
    " OR b_description = ANY(%(numbers)s::bigint[]))"
)
WORDS_OF: LiteralString = (
    f"{WORD} AND (a_position = ANY(%(positions)s::bigint[])"
    " OR b_position = ANY(%(positions)s::bigint[]))"
)
WORDS_UNDESCRIBED: LiteralString = f"{WORD} AND (a_description IS NULL OR b_description IS NULL)"
# Each names the condition of the index that finds these words first.
DESCRIBE_WORDS: tuple[LiteralString, ...] = (
    """UPDATE judgement j SET a_description = r.description FROM record r
    WHERE (j.a_description IS NULL OR j.b_description IS NULL) AND j.a_description IS NULL
      AND r.position = j.a_position AND r.ordinal = j.a_ordinal""",
    """UPDATE judgement j SET b_description = r.description FROM record r
    WHERE (j.a_description IS NULL OR j.b_description IS NULL) AND j.b_description IS NULL
      AND r.position = j.b_position AND r.ordinal = j.b_ordinal""",
)
UNDESCRIBE_WORDS: LiteralString = """
UPDATE judgement
SET a_description = CASE WHEN a_position = ANY(%(positions)s::bigint[]) THEN NULL
                         ELSE a_description END,
    b_description = CASE WHEN b_position = ANY(%(positions)s::bigint[]) THEN NULL
                         ELSE b_description END
WHERE a_position = ANY(%(positions)s::bigint[]) OR b_position = ANY(%(positions)s::bigint[])
"""
# Those on these records, as far as both sides are visible. Each is looked up (OFFSET 0), or all
# words would be read and asked of the policy.
WORDS_ON: LiteralString = """
SELECT j.a_position, j.a_ordinal, j.b_position, j.b_ordinal, j.verdict > 0, a.description,
       b.description
FROM (
    SELECT s.* FROM unnest(%(positions)s::bigint[], %(ordinals)s::smallint[]) AS w(p, o)
    CROSS JOIN LATERAL (
        SELECT * FROM judgement WHERE a_position = w.p AND a_ordinal = w.o OFFSET 0) AS s
    UNION
    SELECT s.* FROM unnest(%(positions)s::bigint[], %(ordinals)s::smallint[]) AS w(p, o)
    CROSS JOIN LATERAL (
        SELECT * FROM judgement WHERE b_position = w.p AND b_ordinal = w.o OFFSET 0) AS s
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
ASSIGN_AGENCY: LiteralString = """
UPDATE record r SET entity_position = m.to_position, entity_ordinal = m.to_ordinal
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[])
     AS m(description, agency, position, ordinal, to_position, to_ordinal)
WHERE r.description = m.description AND r.agency = m.agency
  AND r.entity_position = m.position AND r.entity_ordinal = m.ordinal
"""
REDIRECT: LiteralString = """
INSERT INTO entity_redirect (position, ordinal, to_position, to_ordinal)
SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[])
ON CONFLICT (position, ordinal)
DO UPDATE SET to_position = excluded.to_position, to_ordinal = excluded.to_ordinal
"""


def split(ids: Iterable[RecordId]) -> tuple[str, str]:
    """Return record ids as two columns, for `unnest`: the texts of a bigint[] and a smallint[]."""
    listed = list(ids)
    return bigints(position for position, _ in listed), bigints(ordinal for _, ordinal in listed)


def writing_records(
    connection: psycopg.Connection[Any],
    records: Sequence[NewRecord],
    entity: Mapping[RecordId, RecordId],
) -> AbstractContextManager[None]:
    """Copy records in, each with the entity it belongs to, while a block does something else."""
    # The same agencies, roles and labels come again and again.
    said = {text for r in records for text in (r.agency, r.role, r.label)}
    texts = {text: escaped(text) for text in said}
    rows = []
    for r in records:
        position, ordinal = entity[r.position, r.ordinal]
        rows.append(
            f"{r.position}\t{r.ordinal}\t{texts[r.agency]}\t{r.kind}\t{texts[r.role]}\t"
            f"{texts[r.label]}\t{'t' if r.victim else 'f'}\t{'t' if r.sensitive else 'f'}\t"
            f"{r.described.number}\t{position}\t{ordinal}\n"
        )
    return copying_in(
        connection,
        "COPY record (position, ordinal, agency, kind, role, label, victim, sensitive,"
        " description, entity_position, entity_ordinal) FROM STDIN",
        "".join(rows),
    )


def writing_descriptions(
    connection: psycopg.Connection[Any], rows: Iterable[tuple[int, str, str, float]]
) -> AbstractContextManager[None]:
    """Copy (number, kind, what is said, own weight) in, while a block does something else."""
    return copying_in(
        connection,
        "COPY description (number, kind, said, own) FROM STDIN",
        "".join(
            f"{number}\t{kind}\t{escaped(said)}\t{own!r}\n"
            for number, kind, said, own in sorted(rows)
        ),
    )


def writing_edges(
    connection: psycopg.Connection[Any], a: Ints, b: Ints, weights: Floats
) -> AbstractContextManager[None]:
    """Copy weighed pairs (a before b) in, while a block does something else."""
    return copying_in(
        connection,
        "COPY edge (a, b, weight) FROM STDIN (FORMAT BINARY)",
        binary_rows(a, b, weights),
    )


def own_of(
    connection: psycopg.Connection[Any], numbers: Iterable[int]
) -> tuple[dict[int, float], dict[int, str], dict[int, frozenset[str]]]:
    """Return what each description weighs against itself, its kind, and the documents of those who
    are said to have any.
    """
    rows = connection.execute(OWN, (bigints(numbers),)).fetchall()
    return (
        {number: own for number, _, own, _ in rows},
        {number: kind for number, kind, _, _ in rows},
        {number: frozenset(said) for number, _, _, said in rows if said},
    )


def edges_among(connection: psycopg.Connection[Any], numbers: Collection[int]) -> Edges:
    """Return the weighed pairs between these descriptions, both ways."""
    edges: Edges = {}
    inside = set(numbers)
    for a, b, weight in connection.execute(EDGES, (bigints(inside),)):
        if b in inside:
            edges.setdefault(a, {})[b] = weight
            edges.setdefault(b, {})[a] = weight
    return edges


def pairs_of(connection: psycopg.Connection[Any], numbers: Collection[int]) -> npt.NDArray[np.void]:
    """Return the weighed pairs of these descriptions: rows of `number`, `other`, `weight`."""
    return fetched(connection, PAIRS_OF, (bigints(numbers),), PAIR)


Word = tuple[Judged, int | None, int | None]
"""A person's word, and the descriptions of both records; None for a record that is not stored."""


def _words(rows: Iterable[Any]) -> list[Word]:
    return [
        (Judged((ap, ao), (bp, bo), same), one, other) for ap, ao, bp, bo, same, one, other in rows
    ]


def words_about(connection: psycopg.Connection[Any], numbers: Iterable[int]) -> list[Word]:
    """Return the words on records with these descriptions."""
    return _words(connection.execute(WORDS_ABOUT, {"numbers": bigints(numbers)}))


def words_of(connection: psycopg.Connection[Any], positions: Iterable[int]) -> list[Word]:
    """Return the words on records of the events at these positions."""
    return _words(connection.execute(WORDS_OF, {"positions": bigints(positions)}))


def describe_words(connection: psycopg.Connection[Any]) -> list[Word]:
    """See that words hold the descriptions of stored records; return those that lack one still."""
    undescribed = connection.execute(WORDS_UNDESCRIBED).fetchall()
    if undescribed:
        for statement in DESCRIBE_WORDS:
            connection.execute(statement)
        undescribed = connection.execute(WORDS_UNDESCRIBED).fetchall()
    return _words(undescribed)


def undescribe_words(connection: psycopg.Connection[Any], positions: Iterable[int]) -> None:
    """Let words on these events' records, which are taken out, hold no description of them."""
    connection.execute(UNDESCRIBE_WORDS, {"positions": bigints(positions)})


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
