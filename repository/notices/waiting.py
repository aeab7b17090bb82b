"""What waits for an officer, by what it is about: one call often settles all that agencies are to
be told of one person, house or number.
"""

from typing import Any, LiteralString

import psycopg

from repository.access.audit import Who, record
from repository.linking.closure import entity_name, parse_entity
from repository.notices.policy import REASONS
from repository.notices.queue import NoNoticeError

WAITING: LiteralString = """
SELECT n.entity_position, n.entity_ordinal, min(r.kind), min(r.label),
       array_agg(n.notice_no ORDER BY n.notice_no),
       array_agg(DISTINCT n.receiver ORDER BY n.receiver),
       array_agg(DISTINCT n.holder ORDER BY n.holder),
       array_agg(DISTINCT n.reason ORDER BY n.reason),
       array_agg(DISTINCT n.watch_reference) FILTER (WHERE n.watch_reference IS NOT NULL),
       bool_or(n.urgency = 'threat_to_life') AS threat, min(n.decided_at)
FROM notice n
LEFT JOIN record r ON r.position = n.entity_position AND r.ordinal = n.entity_ordinal
WHERE n.status = 'held'
GROUP BY n.entity_position, n.entity_ordinal
ORDER BY threat DESC, min(n.notice_no)
LIMIT %(limit)s + 1 OFFSET %(offset)s
"""
ABOUT: LiteralString = """
SELECT notice_no FROM notice
WHERE status = 'held' AND entity_position = %s AND entity_ordinal = %s ORDER BY notice_no
"""


def list_waiting(
    connection: psycopg.Connection[Any], who: Who, *, limit: int = 100, offset: int = 0
) -> tuple[list[dict[str, Any]], bool]:
    """Return the entities that held notices are about, threats to life first, then the longest
    held, each with its notices; and whether there are more. The look is on record before this
    returns.
    """
    wanted = {"limit": limit, "offset": offset}
    with connection.transaction():
        found = connection.execute(WAITING, wanted).fetchall()
        rows = found[:limit]
        names = [entity_name((row[0], row[1])) for row in rows]
        record(connection, who, "view", {"notices_waiting": wanted}, ids=names)
    return [
        {
            "entity": name,
            "kind": row[2],
            "label": row[3],
            "notices": row[4],
            "receivers": row[5],
            "holders": row[6],
            "reasons": row[7],
            "meanings": [REASONS.get(reason) or reason for reason in row[7]],
            "watches": row[8] or [],
            "threat_to_life": row[9],
            "held_since": row[10].isoformat(),
        }
        for name, row in zip(names, rows, strict=True)
    ], len(found) > limit


def require_held_about(connection: psycopg.Connection[Any], entity: str) -> list[int]:
    """Return the numbers of the held notices about an entity, in order. Raises NoNoticeError."""
    found = parse_entity(entity)
    held = [number for (number,) in connection.execute(ABOUT, found)] if found else []
    if not held:
        raise NoNoticeError(
            f"no notice about {entity} waits for an officer",
            hint="`ukhtc notices queue list` shows what does",
        )
    return held
