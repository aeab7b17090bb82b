"""What a notice says, put into the outbox in the transaction that decides it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg

from intelbus.codec import decode_control, encode_control
from intelbus.trust import Agency
from repository.linking.store import split
from repository.notices.matching import Finding, Key
from repository.notices.transitions import Notice

OWN: LiteralString = """
SELECT e.event_id, e.source_reference, h.local_id
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN holding h USING (position, ordinal)
JOIN event_log l USING (position)
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
ORDER BY h.position DESC, h.ordinal
"""
TELL: LiteralString = """
UPDATE notice SET revision = revision + 1, told = %s WHERE notice_no = %s RETURNING revision
"""
QUEUE: LiteralString = """
INSERT INTO notice_outbox (notice_no, revision, agency, body) VALUES (%s, %s, %s, %s)
"""
# A message that is sealed and not sent yet goes out as it is sealed: seconds, as a rule.
NAMING: LiteralString = """
SELECT o.message_no, o.body FROM notice n JOIN notice_outbox o USING (notice_no)
WHERE n.positions && %s::bigint[] AND (o.sent_at IS NOT NULL OR o.sealed_topic IS NULL)
"""
UNNAMED: LiteralString = "UPDATE notice_outbox SET body = %s WHERE message_no = %s"
LAST_SAID: LiteralString = """
SELECT body FROM notice_outbox WHERE notice_no = %s ORDER BY revision DESC LIMIT 1
"""


def tell(
    connection: psycopg.Connection[Any],
    notice: Notice,
    key: Key,
    finding: Finding,
    contact: Agency,
) -> None:
    """Queue the next revision of a notice: the match stands, and `contact` is whom to call."""
    receiver, _, watch = key
    own = connection.execute(OWN, split(finding.holdings)).fetchall()
    says = {
        "agency": receiver,
        "notice_id": notice.notice_id,
        "state": "stands",
        "cause": "match" if watch is None else "watch",
        "strength": finding.strength,
        "urgency": finding.urgency,
        "watch_reference": watch,
        "holdings": [
            {"event_id": event_id, "source_reference": reference, "local_id": local_id}
            for event_id, reference, local_id in own
        ],
        "contact_agency": contact.code,
        "contact_name": contact.name,
        "contact": contact.contact or None,
    }
    _queue(connection, notice, says, told=True)


def take_back(connection: psycopg.Connection[Any], notice: Notice) -> None:
    """Queue the next revision of a notice: what it said no longer stands."""
    row = connection.execute(LAST_SAID, (notice.notice_no,)).fetchone()
    if row is None:
        raise LookupError(f"notice {notice.notice_no} was never told")
    said = decode_control("Notice", bytes(row[0]))
    _queue(connection, notice, {**said, "state": "withdrawn"}, told=False)


def unname(connection: psycopg.Connection[Any], positions: list[int]) -> None:
    """Take the receiver's own subjects out of what it was told, where one of these is erased."""
    for number, body in connection.execute(NAMING, (positions,)).fetchall():
        said = decode_control("Notice", bytes(body))
        changed = encode_control("Notice", {**said, "holdings": []})
        connection.execute(UNNAMED, (changed, number))


def _queue(
    connection: psycopg.Connection[Any], notice: Notice, says: Mapping[str, Any], *, told: bool
) -> None:
    row = connection.execute(TELL, (told, notice.notice_no)).fetchone()
    if row is None:
        raise LookupError(f"there is no notice {notice.notice_no}")
    body = encode_control("Notice", {**says, "revision": row[0], "issued_at": datetime.now(UTC)})
    connection.execute(QUEUE, (notice.notice_no, row[0], says["agency"], body))
