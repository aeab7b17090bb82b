"""The list of readers. It holds no secret: whoever authenticates somebody looks them up by name."""

from typing import Any, LiteralString

import psycopg

from intelbus.errors import InvalidRequestError, RefusedError
from repository.access.reader import ROLES, Reader, UnknownReaderError

COLUMNS: LiteralString = "name, organisation, clearance, roles, party"
ADD: LiteralString = """
INSERT INTO reader (name, organisation, clearance, roles, party) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (name) DO UPDATE SET organisation = excluded.organisation, party = excluded.party,
    clearance = excluded.clearance, roles = excluded.roles, active = true,
    changed_at = clock_timestamp()
WHERE NOT reader.active OR %s
"""


class ReaderExistsError(RefusedError):
    """There is a reader of this name already."""


def find_reader(connection: psycopg.Connection[Any], name: str) -> Reader:
    """Return the active reader of a name. Raises UnknownReaderError."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM reader WHERE name = %s AND active",  # noqa: S608 (a constant)
        (name,),
    ).fetchone()
    if row is None:
        raise UnknownReaderError(
            "there is no such reader", subject=name, hint="`ukhtc reader add` makes one"
        )
    return _reader(row)


def list_readers(connection: psycopg.Connection[Any]) -> list[Reader]:
    """Return every active reader, by name."""
    statement = f"SELECT {COLUMNS} FROM reader WHERE active ORDER BY name"  # noqa: S608
    return [_reader(row) for row in connection.execute(statement)]


def keep_reader(
    connection: psycopg.Connection[Any], reader: Reader, *, change: bool = False
) -> None:
    """Add a reader, or `change` the one of that name.

    Raises ReaderExistsError, UnknownReaderError, and RefusedError for what the policy does not
    know.
    """
    unknown = sorted(reader.roles - ROLES.keys())
    if unknown:
        raise InvalidRequestError(
            f"no role {', '.join(unknown)}", hint=f"known: {', '.join(ROLES)}"
        )
    if change:
        find_reader(connection, reader.name)
    row = (reader.name, reader.organisation, reader.clearance, sorted(reader.roles), reader.party)
    if not connection.execute(ADD, (*row, change)).rowcount:
        raise ReaderExistsError(subject=reader.name, hint="change it with `ukhtc reader change`")


def remove_reader(connection: psycopg.Connection[Any], name: str) -> None:
    """Let a reader read no more; the audit keeps the name. Raises UnknownReaderError."""
    find_reader(connection, name)
    connection.execute(
        "UPDATE reader SET active = false, changed_at = clock_timestamp() WHERE name = %s", (name,)
    )


def _reader(row: tuple[Any, ...]) -> Reader:
    name, organisation, clearance, roles, party = row
    return Reader(name, organisation, clearance, frozenset(roles), party)
