"""The record of processing: what was done with what agencies report, and by whom (Data Protection
Act 2018, s. 62), as the connection's supervisor may know."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, LiteralString

import psycopg

from repository.access.audit import OPERATIONS
from repository.access.looks import looks_between
from repository.linking.closure import record_name
from repository.queries.entity import entities_seen

AT_ONCE = 5_000
"""Records whose entities are asked for at once."""
# Besides looking at it and joining it: one row an act, as far as it may be seen.
ACTS: LiteralString = """
SELECT 'collection', e.received_at, e.agency, 'received', ARRAY[l.position::text]
FROM event e JOIN event_log l ON l.agency = e.agency AND l.event_id = e.event_id
WHERE e.received_at >= %(since)s AND e.received_at < %(until)s
UNION ALL
SELECT 'alteration', e.received_at, e.agency, a.kind, ARRAY[a.position::text]
FROM amendment a JOIN event e ON e.agency = a.agency AND e.event_id = a.amending_event_id
WHERE e.received_at >= %(since)s AND e.received_at < %(until)s
UNION ALL
SELECT 'combination', e.received_at, j.judge, CASE WHEN j.verdict > 0 THEN 'same' ELSE 'not' END,
       ARRAY['R' || j.a_position || '-' || j.a_ordinal, 'R' || j.b_position || '-' || j.b_ordinal]
FROM judgement j JOIN event_log l ON l.position = greatest(j.a_position, j.b_position)
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE e.received_at >= %(since)s AND e.received_at < %(until)s
UNION ALL
SELECT 'disclosure', d.exported_at, d.exported_by,
       d.recipient || coalesce(' (outside: ' || d.outside || ')', '') || ': ' || d.purpose,
       ARRAY(SELECT x.position::text FROM disclosed_event x
             WHERE x.export_id = d.export_id ORDER BY x.position)
FROM disclosure d WHERE d.exported_at >= %(since)s AND d.exported_at < %(until)s
UNION ALL
SELECT 'erasure', x.erased_at, x.erased_by, x.authority || ': ' || x.because,
       ARRAY[x.event_id::text]
FROM erasure x WHERE x.erased_at >= %(since)s AND x.erased_at < %(until)s
"""
ARRIVED: LiteralString = """
SELECT r.position, r.ordinal, e.received_at
FROM record r JOIN event_log l ON l.position = r.position
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE e.received_at >= %(since)s AND e.received_at < %(until)s
"""


def processing_between(
    connection: psycopg.Connection[Any], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Return every act of processing from a moment until before another, the oldest first: each
    with its operation of the Data Protection Act 2018, s. 62(1), who did it, why and on what.
    """
    asked = {"since": since, "until": until}
    acts = [
        {"processing": what, "at": at.isoformat(), "by": by, "purpose": "", "what": how, "ids": ids}
        for what, at, by, how, ids in connection.execute(ACTS, asked)
    ]
    acts += _joined(connection, since, until)
    acts += [
        {
            "processing": OPERATIONS.get(one["operation"], "consultation"),
            "at": one["at"],
            "by": f"{one['reader']} ({one['organisation']}, {one['os_user']})",
            "purpose": one["purpose"],
            "what": f"{one['operation']}, {one['outcome']}",
            "ids": one["ids"],
        }
        for one in looks_between(connection, since, until)
    ]
    return sorted(acts, key=lambda one: (datetime.fromisoformat(one["at"]), one["ids"]))


def _joined(
    connection: psycopg.Connection[Any], since: datetime, until: datetime
) -> Iterator[dict[str, Any]]:
    """Yield each record that arrived and was put into an older record's entity, as whoever asks
    sees entities: what is joined through a hidden record only was not joined for them.
    """
    arrived = connection.execute(ARRIVED, {"since": since, "until": until}).fetchall()
    for first in range(0, len(arrived), AT_ONCE):
        some = arrived[first : first + AT_ONCE]
        entity = entities_seen(connection, [(position, ordinal) for position, ordinal, _ in some])
        for position, ordinal, at in some:
            record = (position, ordinal)
            if entity.get(record, record) != record:
                yield {
                    "processing": "combination",
                    "at": at.isoformat(),
                    "by": "linker",
                    "purpose": "",
                    "what": "same",
                    "ids": [record_name(entity[record]), record_name(record)],
                }
