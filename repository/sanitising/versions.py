"""Saying that an event is the sanitised version of another, and finding the one by the other.

Both are events that their originator has published: who may not see the full one sees the other as
any event, and nothing says that there is more. The tie is kept here, for those who may see both.
"""

from typing import Any, LiteralString

import psycopg

from intelbus.codec import read_event
from repository.access.reader import CENTRE, Reader
from repository.sanitising.rules import NotSanitisedError, Version, require_sanitised

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
WHERE position = ANY(%(positions)s) OR full_position = ANY(%(positions)s)
ORDER BY position, full_position
"""


def say(connection: psycopg.Connection[Any], reader: Reader, position: int, full: int) -> None:
    """Put on record that the event at `position` is the sanitised version of that at `full`.

    The originator's readers and the centre's may say so, who see both, and victims in the full one.
    Raises NotSanitisedError, also where one of them is not there for the reader.
    """
    found = {
        at: Version(at, agency, kind, scheme, handling, marking, read_event(bytes(value)))
        for at, agency, kind, scheme, handling, marking, value in connection.execute(
            STANDING, ([position, full],)
        )
    }
    if not {position, full} <= found.keys():
        raise NotSanitisedError("there are no such two events", hint="give their positions")
    if reader.organisation not in (CENTRE, found[full].agency):
        raise NotSanitisedError("only its originator or the centre says so")
    require_sanitised(found[full], found[position])
    # As far as the reader sees: what it stands for beyond that tells them nothing.
    if ties(connection, position)["full"] is not None:
        raise NotSanitisedError("it stands for an event already", subject=str(position))
    try:
        with connection.transaction():
            connection.execute(SAY, (position, full, reader.name))
    except psycopg.errors.UniqueViolation as error:  # by somebody else, at this moment
        raise NotSanitisedError("it stands for an event already", subject=str(position)) from error


def ties(connection: psycopg.Connection[Any], position: int) -> dict[str, Any]:
    """Return the `sanitised` versions of an event, and the event that it is one of, `full`."""
    rows = connection.execute(TIED, {"positions": [position]}).fetchall()
    return {
        "sanitised": [one for one, full in rows if full == position],
        "full": next((full for one, full in rows if one == position), None),
    }
