"""Saying that an event is the sanitised version of another, taking it back, and finding the one by
the other.

Both are events that their originator has published: who may not see the full one sees the other as
any event, and nothing says that there is more. The tie is kept here, for those who may see both.
"""

from contextlib import suppress
from typing import Any, LiteralString

import psycopg

from intelbus.reading import read_event
from repository.access.reader import CENTRE, Reader
from repository.sanitising.rules import (
    NoSuchEventsError,
    NotTheirsError,
    NotTiedError,
    TiedError,
    Version,
    require_sanitised,
)

# By a reader's own rights: what they see by a broken glass they do not write for others.
STANDING: LiteralString = """
SELECT l.position, e.agency, e.kind, e.grading_scheme, e.handling, e.marking, e.value
FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position = ANY(%s) AND e.kind NOT IN ('retraction', 'erased')
  AND NOT l.position = ANY (glass_positions(false))
"""
SAY: LiteralString = """
INSERT INTO sanitised_version (position, full_position, said_by) VALUES (%s, %s, %s)
"""
TIED: LiteralString = """
SELECT position, full_position FROM sanitised_version
WHERE (position = ANY(%(positions)s) OR full_position = ANY(%(positions)s)) AND undone_at IS NULL
ORDER BY position, full_position
"""
# As with saying so, nothing is taken back of what a broken glass alone shows.
UNDO: LiteralString = """
UPDATE sanitised_version SET undone_at = clock_timestamp(), undone_by = %(reader)s
WHERE position = %(position)s AND undone_at IS NULL
  AND NOT ARRAY[position, full_position] && glass_positions(false)
RETURNING full_position
"""


def say(connection: psycopg.Connection[Any], reader: Reader, position: int, full: int) -> None:
    """Put on record that the event at `position` is the sanitised version of that at `full`.

    The originator's readers and the centre's may say so, who see both, and victims in the full one.
    What is so already is no error. Raises NotSanitisedError, NoSuchEventsError also where one of
    them is not there for the reader, NotTheirsError, and TiedError where it stands for another.
    """
    found = {
        at: Version(at, agency, kind, scheme, handling, marking, read_event(bytes(value)))
        for at, agency, kind, scheme, handling, marking, value in connection.execute(
            STANDING, ([position, full],)
        )
    }
    if not {position, full} <= found.keys():
        raise NoSuchEventsError(hint="give their positions")
    if reader.organisation not in (CENTRE, found[full].agency):
        raise NotTheirsError
    # As far as the reader sees: what it stands for beyond that tells them nothing.
    others = _full_ones(connection, position)
    if full in others:
        return
    require_sanitised(found[full], found[position])
    if others:
        raise TiedError(
            f"{position} is the sanitised version of {others[0]} already",
            hint=f"take that back first: `ukhtc event sanitised {position} --undo`",
        )
    # Who says the same at this moment has said it.
    with suppress(psycopg.errors.UniqueViolation), connection.transaction():
        connection.execute(SAY, (position, full, reader.name))


def undo(connection: psycopg.Connection[Any], reader: Reader, position: int) -> list[int]:
    """Take back that the event at `position` is a sanitised version, as far as the reader sees of
    what; return the positions of the full ones. Figures as at a day before stay as they were.

    The originator's readers and the centre's may do so. Raises NotTiedError, also where there is no
    such event for the reader.
    """
    asked = {"position": position, "reader": reader.name}
    undone = sorted(full for (full,) in connection.execute(UNDO, asked))
    if not undone:
        raise NotTiedError(
            f"{position} stands for no event that you may part it from",
            hint=f"`ukhtc event show {position}` says what it stands for",
        )
    return undone


def ties(connection: psycopg.Connection[Any], position: int) -> dict[str, Any]:
    """Return the `sanitised` versions of an event, and the event that it is one of, `full`."""
    rows = connection.execute(TIED, {"positions": [position]}).fetchall()
    return {
        "sanitised": [one for one, full in rows if full == position],
        "full": next((full for one, full in rows if one == position), None),
    }


def _full_ones(connection: psycopg.Connection[Any], position: int) -> list[int]:
    rows = connection.execute(TIED, {"positions": [position]})
    return [full for one, full in rows if one == position]
