"""Alerts: what newly matches one's saved searches, as far as one may see it at this moment.

A search is asked anew, under the rights of whoever asks, each time the alerts are; so nothing is
told that may not be seen by then. It finds what a search does, near spellings too. What was told is
remembered by event and not by version: a correction alerts again only if the version before it did
not match.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from repository.search.engine import COUNTED, matches_nearly
from repository.search.finding import Found
from repository.search.listing import listed

Root = tuple[str, UUID]
"""An agency and the event id of an event's first version."""

SHOWN = 10
"""Events of one search that a digest names, the best first; it counts the others."""
ALERTING: LiteralString = """
SELECT search_no, name, query, filters FROM saved_search
WHERE alerts AND removed_at IS NULL AND owner = current_setting('intelbus.reader')
ORDER BY search_no
"""
TOLD: LiteralString = "SELECT agency, root_event_id FROM alert_told WHERE search_no = %s"
ROOTS: LiteralString = """
SELECT l.position, e.agency, coalesce(e.corrects, e.event_id)
FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position = ANY(%s)
"""
REMEMBER: LiteralString = """
INSERT INTO alert_told (search_no, agency, root_event_id)
SELECT %s, * FROM unnest(%s::text[], %s::uuid[]) ON CONFLICT DO NOTHING
"""
FORGET: LiteralString = """
DELETE FROM alert_told t USING unnest(%s::text[], %s::uuid[]) AS w(agency, root_event_id)
WHERE t.search_no = %s AND t.agency = w.agency AND t.root_event_id = w.root_event_id
"""


def digest(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Return what newly matches each of the reader's searches that alert, searches without news
    left out: `count` events, and the best of them as `events`. `too_wide` says that more match than
    are counted, so that some may be missing.
    """
    told = []
    for number, name, query, filters in connection.execute(ALERTING).fetchall():
        found, spellings, new = _news(connection, number, query, filters)
        if new or len(found) > COUNTED:
            told.append(
                {
                    "search": number,
                    "name": name,
                    "query": query,
                    "spellings": spellings,
                    "count": len(new),
                    "too_wide": len(found) > COUNTED,
                    "positions": [one.position for one in new],
                    "events": listed(connection, new[:SHOWN]),
                }
            )
    return told


def tell(connection: psycopg.Connection[Any], told: Mapping[int, Collection[int]]) -> None:
    """Remember which events the reader was told of, by search; other news stays news."""
    for number, _, query, filters in connection.execute(ALERTING).fetchall():
        if positions := set(told.get(number, ())):
            *_, new = _news(connection, number, query, filters)
            roots = families(connection, [one for one in new if one.position in positions])
            remember(connection, number, set(roots.values()))


def families(connection: psycopg.Connection[Any], found: Iterable[Found]) -> dict[int, Root]:
    """Return the first version of each event found, by the position of the one that was found."""
    rows = connection.execute(ROOTS, ([one.position for one in found],))
    return {position: (agency, root) for position, agency, root in rows}


def remember(connection: psycopg.Connection[Any], number: int, roots: Iterable[Root]) -> None:
    """Note that the owner of a search knows of these events."""
    connection.execute(REMEMBER, (number, *_columns(sorted(roots))))


def _news(
    connection: psycopg.Connection[Any], number: int, query: str, filters: Mapping[str, Any]
) -> tuple[list[Found], list[str], list[Found]]:
    """Return what matches, by which near spellings too, and what of it is news.

    What no longer matches is forgotten, so that it is told when it matches again.
    """
    found, spellings = matches_nearly(connection, query, filters)
    roots = families(connection, found)
    known = set(connection.execute(TOLD, (number,)).fetchall())
    if len(found) <= COUNTED:
        gone = sorted(known - set(roots.values()))
        connection.execute(FORGET, (*_columns(gone), number))
    new = [one for one in found[:COUNTED] if roots.get(one.position) not in known]
    return found, spellings, new


def _columns(roots: Collection[Root]) -> tuple[list[str], list[UUID]]:
    return [agency for agency, _ in roots], [root for _, root in roots]
