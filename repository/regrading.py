"""What an amendment does to who may read: a version is read by those alone who may also read what
replaced it. Otherwise a report that was graded anew, or taken back, would still lie open to those
who may no longer see it, and would look to them as if it stood.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg

from repository.amendments import Family, Status, standing_of

# The families of amendments that were just numbered, and of first versions that they waited for.
TOUCHED: LiteralString = """
SELECT agency, target_event_id FROM amendment WHERE position > %(last)s
UNION SELECT a.agency, a.target_event_id
FROM event_log l JOIN amendment a ON a.agency = l.agency AND a.target_event_id = l.event_id
WHERE l.position > %(last)s
"""
MEMBERS: LiteralString = """
SELECT f.agency, f.event_id, l.position, l.audience, false
FROM unnest(%(agencies)s::text[], %(events)s::uuid[]) AS f(agency, event_id)
JOIN event_log l ON l.agency = f.agency AND l.event_id = f.event_id
UNION ALL
SELECT f.agency, f.event_id, l.position, l.audience, a.kind = 'retraction'
FROM unnest(%(agencies)s::text[], %(events)s::uuid[]) AS f(agency, event_id)
JOIN amendment a ON a.agency = f.agency AND a.target_event_id = f.event_id
JOIN event_log l ON l.position = a.position
ORDER BY 3
"""
RESTRICT: LiteralString = """
UPDATE event_log l SET also = v.also
FROM unnest(%s::bigint[], %s::smallint[]) AS v(position, also)
WHERE l.position = v.position AND l.also IS DISTINCT FROM v.also
"""


def restrict_amended(connection: psycopg.Connection[Any], last: int) -> None:
    """Say of every version that amendments beyond position `last` touch who else must be let in."""
    families: list[Family] = connection.execute(TOUCHED, {"last": last}).fetchall()
    if not families:
        return
    standing = standing_of(connection, families)
    members: dict[Family, list[tuple[int, int, bool]]] = {}
    wanted = {"agencies": [one for one, _ in families], "events": [one for _, one in families]}
    for agency, event_id, *member in connection.execute(MEMBERS, wanted):
        members.setdefault((agency, event_id), []).append(tuple(member))
    also = {
        position: replacing if replacing != audience else None
        for family in members.values()
        for replacing in [_replacing(family, standing)]
        for position, audience, retracts in family
        if not retracts
    }
    connection.execute(RESTRICT, (list(also), list(also.values())))


def _replacing(family: Sequence[tuple[int, int, bool]], standing: dict[int, Status]) -> int | None:
    """Return the audience of what stands in a family, or took it back; None if all of it waits."""
    for position, audience, retracts in family:
        if not retracts and standing.get(position) is Status.CURRENT:
            return audience
    if any(standing.get(position) is Status.RETRACTED for position, *_ in family):
        return [audience for _, audience, retracts in family if retracts][-1]
    return None
