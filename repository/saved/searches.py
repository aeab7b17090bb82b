"""Keeping searches, each in its owner's session; colleagues run what is shared with own rights.

A search may name what stands in hidden events alone, so it is shared with those colleagues whose
rights reach all that its owner's did when it was kept. For others it is not there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from intelbus.errors import ConflictError, ContentError, RefusedError
from repository.access.audit import Who
from repository.saved.alerts import families, remember
from repository.search.engine import COUNTED, matches_nearly

SAVE: LiteralString = """
INSERT INTO saved_search (owner, organisation, name, query, filters, shared, alerts, purpose,
                          rights, sources)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, current_setting('intelbus.rights')::bit varying,
        current_setting('intelbus.sources') = 'on') RETURNING search_no
"""
LISTED: LiteralString = """
SELECT search_no, name, owner, query, filters, shared, alerts, saved_at FROM saved_search
WHERE removed_at IS NULL ORDER BY search_no
"""
ONE: LiteralString = """
SELECT name, query, filters FROM saved_search WHERE search_no = %s AND removed_at IS NULL
"""
REMOVE: LiteralString = """
UPDATE saved_search SET removed_at = clock_timestamp()
WHERE search_no = %s AND owner = %s AND removed_at IS NULL
"""
MOST = 100
"""Searches of one owner: whoever keeps more reads none of them."""
MINE: LiteralString = """
SELECT count(*) FROM saved_search WHERE owner = %s AND removed_at IS NULL
"""


class TooWideError(RefusedError):
    """Too much matches a search for anybody to be told of it."""


class NoSearchError(ContentError):
    """There is no such search, or it is not shared with you."""


def save(
    connection: psycopg.Connection[Any],
    who: Who,
    name: str,
    query: str,
    *,
    filters: Mapping[str, Sequence[str]] | None = None,
    shared: bool = False,
    alerts: bool = False,
) -> int:
    """Keep a search and return its number. What matches now is known to its owner; with `alerts`
    they are told of what newly matches. Raises QueryError, ConflictError where there are MOST, and
    TooWideError for an alert that too much matches already: nobody would read it.
    """
    row = connection.execute(MINE, (who.reader,)).fetchone()
    if row and row[0] >= MOST:
        raise ConflictError(f"there are {MOST} already", hint="remove one")
    found, _ = matches_nearly(connection, query, filters)
    if alerts and len(found) > COUNTED:
        raise TooWideError(
            f"more than {COUNTED:,} events match: nobody reads so many alerts",
            hint="ask for less, or save it without alerts",
        )
    kept = {key: list(values) for key, values in (filters or {}).items() if values}
    row = connection.execute(
        SAVE,
        (who.reader, who.organisation, name, query, Jsonb(kept), shared, alerts, who.purpose),
    ).fetchone()
    assert row is not None  # noqa: S101  (INSERT … RETURNING of one row)
    if alerts:
        remember(connection, row[0], families(connection, found).values())
    return int(row[0])


def follow(connection: psycopg.Connection[Any], who: Who, number: int) -> int:
    """Keep one's own copy of a search, with alerts; return its number. Raises NoSearchError."""
    name, query, filters = kept(connection, number)
    return save(connection, who, name, query, filters=filters, alerts=True)


def kept(connection: psycopg.Connection[Any], number: int) -> tuple[str, str, dict[str, list[str]]]:
    """Return (name, query, filters) of a search. Raises NoSearchError."""
    row = connection.execute(ONE, (number,)).fetchone()
    if row is None:
        raise NoSearchError(subject=str(number), hint="`ukhtc searches list` shows those there are")
    return row[0], row[1], row[2]


def saved(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Return one's own searches and those that colleagues share."""
    columns = ("search", "name", "owner", "query", "filters", "shared", "alerts", "saved_at")
    return [
        dict(zip(columns, row, strict=True)) | {"saved_at": row[-1].isoformat()}
        for row in connection.execute(LISTED)
    ]


def remove(connection: psycopg.Connection[Any], who: Who, number: int) -> None:
    """Keep one's own search no more; that it was kept stays. Raises NoSearchError."""
    if not connection.execute(REMOVE, (number, who.reader)).rowcount:
        raise NoSearchError(subject=str(number))
