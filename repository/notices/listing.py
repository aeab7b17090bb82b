"""What notices there are: for UKHTC's own eyes, since each row says who holds what."""

from typing import Any, LiteralString

import psycopg

from repository.access.audit import Who, record
from repository.linking.closure import entity_name
from repository.notices.policy import REASONS
from repository.notices.queue import NoNoticeError

LIST: LiteralString = """
SELECT n.notice_no, n.notice_id, n.receiver, n.holder, n.watch_reference, n.entity_position,
       n.entity_ordinal, n.status, n.reason, n.strength, n.urgency, n.revision, n.told,
       n.decided_at, r.kind,
       (SELECT max(o.sent_at) FROM notice_outbox o WHERE o.notice_no = n.notice_no),
       (SELECT count(*) FROM notice_outbox o
        WHERE o.notice_no = n.notice_no AND o.sent_at IS NULL)
FROM notice n
LEFT JOIN record r ON r.position = n.entity_position AND r.ordinal = n.entity_ordinal
WHERE (%(statuses)s::text[] IS NULL OR n.status = ANY(%(statuses)s))
  AND (%(agency)s::text IS NULL OR %(agency)s IN (n.receiver, n.holder))
  AND (%(number)s::bigint IS NULL OR n.notice_no = %(number)s)
ORDER BY (n.status = 'held' AND n.urgency = 'threat_to_life') DESC, n.notice_no
LIMIT %(limit)s + 1 OFFSET %(offset)s
"""
DECISIONS: LiteralString = """
SELECT decision, decided_by, decided_at, because FROM notice_decision
WHERE notice_no = %s ORDER BY decision_no
"""
TOTALS: LiteralString = """
SELECT receiver, count(*) FILTER (WHERE told), count(*) FILTER (WHERE status = 'held'),
       count(*) FILTER (WHERE status = 'silenced'), count(*) FILTER (WHERE status = 'withdrawn')
FROM notice GROUP BY receiver ORDER BY receiver
"""


def list_notices(
    connection: psycopg.Connection[Any],
    who: Who,
    *,
    statuses: list[str] | None = None,
    agency: str | None = None,
    number: int | None = None,
    limit: int = 100,
    offset: int = 0,
) -> tuple[list[dict[str, Any]], bool]:
    """Return notices, oldest first (of those held, threats to life before all), and whether there
    are more. The look is on record before this returns.
    """
    wanted = {"statuses": statuses, "agency": agency, "number": number, "limit": limit,
              "offset": offset}  # fmt: skip
    with connection.transaction():
        found = connection.execute(LIST, wanted).fetchall()
        rows = found[:limit]
        ids = sorted({entity_name((row[5], row[6])) for row in rows})
        record(connection, who, "view", {"notices": wanted}, ids=ids)
    listed = [
        {
            "notice": row[0],
            "notice_id": str(row[1]),
            "receiver": row[2],
            "holder": row[3],
            "watch": row[4],
            "entity": entity_name((row[5], row[6])),
            "kind": row[14],
            "status": row[7],
            "reason": row[8] or None,
            "meaning": REASONS.get(row[8]),
            "strength": row[9],
            "urgency": row[10],
            "revision": row[11],
            "told": row[12],
            "decided_at": row[13].isoformat(),
            "sent_at": row[15].isoformat() if row[15] else None,
            "unsent": row[16],
        }
        for row in rows
    ]
    return listed, len(found) > limit


def show_notice(connection: psycopg.Connection[Any], who: Who, notice_no: int) -> dict[str, Any]:
    """Return one notice with every decision on it. Raises NoNoticeError."""
    found, _ = list_notices(connection, who, number=notice_no)
    if not found:
        raise NoNoticeError(f"there is no notice {notice_no}", hint="try `ukhtc notices list`")
    decisions = [
        {"decision": decision, "by": by, "at": at.isoformat(), "because": because}
        for decision, by, at, because in connection.execute(DECISIONS, (notice_no,))
    ]
    return {**found[0], "decisions": decisions}


def totals(connection: psycopg.Connection[Any]) -> list[tuple[str, int, int, int, int]]:
    """Return (receiver, told, held, silenced, withdrawn) of every agency."""
    return connection.execute(TOTALS).fetchall()
