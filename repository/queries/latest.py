"""The latest events that the connection's reader may see."""

from typing import Any, LiteralString

import psycopg

NEWEST: LiteralString = "SELECT position FROM event_log ORDER BY position DESC LIMIT 1"
# The planner takes a policy for much stricter than it is: without a range it would read the log.
BETWEEN: LiteralString = """
SELECT position FROM event_log WHERE position <= %(last)s AND position > %(last)s - %(reach)s
ORDER BY position DESC LIMIT %(most)s
"""
REACH = 5_000
"""Positions looked at first; then four times as many, until enough are visible."""


def latest_events(connection: psycopg.Connection[Any], most: int) -> list[int]:
    """Return the positions of the latest events, the newest first, `most` at most.

    How far back it looks turns on what is visible alone.
    """
    newest = connection.execute(NEWEST).fetchone()
    last, reach = (int(newest[0]) if newest else 0), REACH
    found: list[int] = []
    while last > 0 and len(found) < most:
        wanted = {"last": last, "reach": reach, "most": most - len(found)}
        found += [position for (position,) in connection.execute(BETWEEN, wanted)]
        last, reach = last - reach, 4 * reach
    return found
