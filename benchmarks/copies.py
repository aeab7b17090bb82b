"""A small store made large: copies of everything in it beside it, each with ids of its own.

The stages derive some 20,000 events; what they wrote is copied with positions, ids, numbers of
descriptions and moments of arrival shifted, and with other digits: a telephone, a registration or a
reference is as rare in the large store as in the small one, while words and names are as frequent.
The things that most reports name are the same in every copy, since a hotel or an operation that
everybody reports is what makes a network dear.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql

from intelbus.codec import decode_event

DIGITS = "0123456789"
COPIES_AT_ONCE = 5
ARRIVES = timedelta(milliseconds=1)
"""Between two events: what `benchmarks.direct` gives them."""

_POSITION = "{} + c.n * c.events"
_MOMENT = "{} + c.n * c.events * interval '1 millisecond'"
# Numbers of descriptions are hashes: turning some bits over gives free ones.
_DESCRIPTION = "{} # (c.n << 20)"
_NUMBER = "translate({}, '0123456789', c.digits)"
_EVENT_ID = "translate({}::text, '0123456789', c.digits)::uuid"
_UNLESS_HUB = "CASE WHEN h.position IS NULL THEN {} ELSE {{}} END"
_ENTITY: LiteralString = """
LEFT JOIN (SELECT DISTINCT position, ordinal FROM made.hub) h
ON (h.position, h.ordinal) = (t.entity_position, t.entity_ordinal)
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """How the rows of a table are copied: what of a row is the copy's own, and which rows."""

    own: Mapping[str, LiteralString]
    joined: LiteralString = ""
    rows: LiteralString = "true"


# `event` is written by `_copy_events`: its content has to be told anew.
TABLES: Mapping[str, Copied] = {
    "event_log": Copied(
        {"position": _POSITION, "event_id": _EVENT_ID, "source_reference": _NUMBER}
    ),
    "first_statement": Copied(
        {
            "position": _POSITION,
            "content_digest": "sha256({} || c.n::text::bytea)",
        }
    ),
    "restatement": Copied({"position": _POSITION, "first_position": _POSITION}),
    "amendment": Copied(
        {
            "position": _POSITION,
            "amending_event_id": _EVENT_ID,
            "target_event_id": _EVENT_ID,
        }
    ),
    "record": Copied(
        {
            "position": _POSITION,
            "label": _NUMBER,
            "entity_position": _UNLESS_HUB.format(_POSITION),
            "description": _UNLESS_HUB.format(_DESCRIPTION),
        },
        _ENTITY,
    ),
    "description": Copied(
        {"number": _DESCRIPTION}, rows="t.number NOT IN (SELECT description FROM made.hub)"
    ),
    "edge": Copied({"a": _DESCRIPTION, "b": _DESCRIPTION}),
    "link_key": Copied({"key": _DESCRIPTION, "description": _DESCRIPTION}),
    "entity_redirect": Copied({"position": _POSITION, "to_position": _POSITION}),
    "posting": Copied(
        {
            "position": _POSITION,
            # a sound has no digits, and those of filters (days, grades) are no numbers of anything
            "term": "CASE WHEN {} LIKE '~%%' OR {} LIKE ':%%' THEN {} ELSE " + _NUMBER + " END",
        }
    ),
    "wording": Copied({"position": _POSITION, "words": _NUMBER}),
    "counted": Copied(
        {
            "position": _POSITION,
            "statement": _POSITION,
            "received_at": _MOMENT,
            "stands_from": _MOMENT,
            "stands_until": _MOMENT,
        }
    ),
    "nrm_step": Copied(
        {
            "position": _POSITION,
            "case_position": _POSITION,
            "reference": _NUMBER,
            "stands_from": _MOMENT,
            "stands_until": _MOMENT,
        }
    ),
    "nrm_case": Copied(
        {
            "case_position": _POSITION,
            "positions": "ARRAY(SELECT p + c.n * c.events FROM unnest({}) AS p)",
        }
    ),
    "nrm_referrer": Copied({"case_position": _POSITION, "position": _POSITION}),
    "telling": Copied(
        {
            "position": _POSITION,
            "event_id": _EVENT_ID,
            "root_event_id": _EVENT_ID,
            "name": _NUMBER,
        }
    ),
    "citation": Copied({"position": _POSITION, "event_id": _EVENT_ID, "name": _NUMBER}),
    "relay": Copied({"position": _POSITION, "of_position": _POSITION}),
    "stated_relation": Copied({"position": _POSITION}),
    "passage": Copied({"position": _POSITION, "digest": _DESCRIPTION}),
    "passage_band": Copied({"position": _POSITION, "band": _DESCRIPTION}),
    "telling_subject": Copied({"position": _POSITION, "subject": _DESCRIPTION}),
}

HUBS: LiteralString = """
CREATE TABLE made.hub AS
WITH busiest AS (
    SELECT entity_position AS position, entity_ordinal AS ordinal FROM record
    WHERE kind IN ('location', 'organisation', 'event_reference')
    GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT %s
)
SELECT DISTINCT b.position, b.ordinal, r.description
FROM busiest b JOIN record r ON (r.entity_position, r.entity_ordinal) = (b.position, b.ordinal)
"""
COPY_EVENT: LiteralString = """
COPY event (agency, event_id, kind, topic_no, partition, "offset", received_at, stored_at, stream,
    sequence, schema_id, digest, content_digest, corrects, source_reference, reported_at,
    occurred_from, occurred_to, urgency, marking, grading_scheme, source_grade, information_grade,
    handling, key, value, headers) FROM STDIN (FORMAT BINARY)
"""
EVENTS: LiteralString = """
SELECT agency, event_id, kind, topic_no, partition, "offset", received_at, stored_at, stream,
    sequence, schema_id, digest, content_digest, corrects, source_reference, reported_at,
    occurred_from, occurred_to, urgency, marking, grading_scheme, source_grade, information_grade,
    handling, key, value, headers
FROM event ORDER BY "offset"
"""
EVENT_TYPES = (
    "text", "uuid", "text", "int2", "int4", "int8", "timestamptz", "timestamptz", "uuid", "int8",
    "int4", "bytea", "bytea", "uuid", "text", "timestamptz", "timestamptz", "timestamptz", "text",
    "text", "text", "text", "text", "text", "bytea", "bytea", "bytea",
)  # fmt: skip
INDEXES: LiteralString = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname,
       pg_get_constraintdef(c.oid)
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
WHERE i.indrelid = %s::regclass
"""

# Codes that the header writes with digits: they are no numbers of anything.
_CODES = frozenset({"handling", "source_grade", "information_grade", "handling_conditions"})

Done = Callable[[str, float], None]
"""Told what is being done, and how much of all is done since it was last told."""


def grow(connection: psycopg.Connection[Any], copies: int, hubs: int, done: Done) -> None:
    """Put `copies` copies of everything beside what is there; `hubs` things stay the same in all.

    Indexes are taken away meanwhile. The connection is in autocommit; killed on the way, the
    database is to be dropped.
    """
    events = _count(connection)
    connection.execute("DROP SCHEMA IF EXISTS made CASCADE")
    connection.execute("CREATE SCHEMA made")
    connection.execute(HUBS, (hubs,))
    connection.execute("CREATE TABLE made.copy (n bigint, events bigint, digits text)")
    chosen = list(zip(range(1, copies + 1), permutations(copies), strict=True))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO made.copy VALUES (%s, %s, %s)", [(n, events, d) for n, d in chosen]
        )
    connection.execute("SET maintenance_work_mem = '1GB'")
    again = {table: _without_indexes(connection, table) for table in ("event", *TABLES)}
    _copy_events(connection, chosen, events, done)
    for statement in again["event"]:
        connection.execute(statement)
    done("indexes of event", 0.05)
    for table, how in TABLES.items():
        share = 0.35 if table == "posting" else 0.35 / (len(TABLES) - 1)
        connection.execute(
            sql.SQL("CREATE TABLE made.{0} AS SELECT * FROM {0}").format(sql.Identifier(table))
        )
        insert = _insert(connection, table, how)
        for first in range(1, copies + 1, COPIES_AT_ONCE):
            connection.execute(insert, {"first": first, "last": first + COPIES_AT_ONCE - 1})
            done(table, 0.6 * share * COPIES_AT_ONCE / copies)
        for statement in again[table]:
            connection.execute(statement)
            done(f"indexes of {table}", 0.4 * share / len(again[table]))
    connection.execute("DROP SCHEMA made CASCADE")


def permutations(count: int) -> list[str]:
    """Return ways of writing other digits, none of which writes 0, 2 and 9 as another does."""
    random = Random(2009)
    found: dict[tuple[str, ...], str] = {}
    while len(found) < count:
        digits = random.sample(DIGITS, len(DIGITS))
        found.setdefault((digits[0], digits[2], digits[9]), "".join(digits))
    return list(found.values())


class Wording:
    """An event's bytes in pieces: those with digits of numbers, and those between them."""

    def __init__(self, value: bytes) -> None:
        self._pieces: list[tuple[bytes, bool]] = []
        at = 0
        for text in _numbered(decode_event(value).event):
            found = value.find(text, at)
            if found >= 0:
                self._pieces += [(value[at:found], False), (text, True)]
                at = found + len(text)
        self._pieces.append((value[at:], False))

    def with_digits(self, table: bytes) -> bytes:
        """Return the same event with other digits; `table` is for `bytes.translate`."""
        return b"".join(
            piece.translate(table) if numbered else piece for piece, numbered in self._pieces
        )


def _numbered(value: Any) -> Iterator[bytes]:
    """Yield every text with a digit in it, as it stands in the bytes, in the schema's order."""
    if isinstance(value, str | UUID):
        text = str(value)
        if any(c in DIGITS for c in text):
            yield text.encode()
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if name not in _CODES:
                yield from _numbered(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _numbered(part)


def _copy_events(
    connection: psycopg.Connection[Any],
    chosen: Sequence[tuple[int, str]],
    events: int,
    done: Done,
) -> None:
    rows = [(row, Wording(bytes(row[25]))) for row in connection.execute(EVENTS)]
    written = 0
    for n, digits in chosen:
        table = bytes.maketrans(DIGITS.encode(), digits.encode())
        texts = str.maketrans(DIGITS, digits)
        shift, later = n * events, n * events * ARRIVES
        with connection.cursor() as cursor, cursor.copy(COPY_EVENT) as copy:
            copy.set_types(EVENT_TYPES)
            for row, wording in rows:
                made = list(row)
                value = wording.with_digits(table)
                made[1] = UUID(str(row[1]).translate(texts))
                made[5] = row[5] + shift
                made[6] = row[6] + later
                made[11] = sha256(value).digest()
                made[12] = sha256(bytes(row[12]) + str(n).encode()).digest()
                made[13] = UUID(str(row[13]).translate(texts)) if row[13] else None
                made[14] = row[14].translate(texts)
                made[25] = value
                copy.write_row(made)
                written += 1
        done("event", 0.25 / len(chosen))


def _insert(connection: psycopg.Connection[Any], table: str, how: Copied) -> sql.Composed:
    columns = [
        name
        for (name,) in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum",
            (table,),
        )
    ]
    values = [
        sql.SQL(how.own.get(name, "{0}").replace("{}", "{0}")).format(sql.Identifier("t", name))
        for name in columns
    ]
    return sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM made.copy c CROSS JOIN made.{table} t"
        " {joined} WHERE c.n BETWEEN %(first)s AND %(last)s AND {rows} ORDER BY c.n, t.ctid"
    ).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
        joined=sql.SQL(how.joined),
        rows=sql.SQL(how.rows),
    )


def _without_indexes(connection: psycopg.Connection[Any], table: str) -> list[bytes]:
    """Take a table's indexes and keys away; return the statements that make them again."""
    again = []
    for index, defined, constraint, definition in connection.execute(INDEXES, (table,)).fetchall():
        if constraint:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}".encode())
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}".encode())
        else:
            connection.execute(f"DROP INDEX {index}".encode())
            again.append(defined.encode())
    return again


def _count(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) FROM event_log").fetchone()
    return int(row[0]) if row else 0
