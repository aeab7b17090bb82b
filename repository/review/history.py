"""What has become of an entity: the events that brought its records, and what people decided."""

from typing import Any, LiteralString

import psycopg

from repository.access.audit import Who, record
from repository.linking.closure import RecordId, entity_name, record_name
from repository.queries.entity import resolve
from repository.review.decisions import Verdict
from repository.review.records import columns

ARRIVED: LiteralString = """
SELECT r.position, r.ordinal, r.agency, r.role, e.received_at, e.corrects IS NOT NULL
FROM record r JOIN event_log l USING (position)
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE r.entity_position = %s AND r.entity_ordinal = %s ORDER BY e.received_at, 1, 2
"""
DECIDED: LiteralString = """
SELECT d.decision_no, d.kind, d.decided_by, d.decided_at, d.because, d.undoes, u.decision_no,
       s.verdict, s.pairs
FROM review_decision d
LEFT JOIN review_decision u ON u.undoes = d.decision_no
LEFT JOIN LATERAL (
    SELECT min(w.verdict) AS verdict,
           array_agg(format('R%%s-%%s:R%%s-%%s', w.a_position, w.a_ordinal, w.b_position,
                            w.b_ordinal) ORDER BY w.a_position, w.a_ordinal, w.b_position,
                            w.b_ordinal) AS pairs
    FROM review_word w WHERE w.decision_no = coalesce(d.undoes, d.decision_no)
) s ON true
WHERE coalesce(d.undoes, d.decision_no) IN (
    SELECT w.decision_no FROM unnest(%(p)s::bigint[], %(o)s::smallint[]) AS m(position, ordinal)
    JOIN review_word w ON w.a_position = m.position AND w.a_ordinal = m.ordinal
    UNION
    SELECT w.decision_no FROM unnest(%(p)s::bigint[], %(o)s::smallint[]) AS m(position, ordinal)
    JOIN review_word w ON w.b_position = m.position AND w.b_ordinal = m.ordinal
)
ORDER BY d.decided_at, d.decision_no
"""
LED_HERE: LiteralString = """
SELECT position, ordinal FROM entity_redirect WHERE to_position = %s AND to_ordinal = %s
ORDER BY 1, 2
"""


def entity_history(
    connection: psycopg.Connection[Any], who: Who, entity: RecordId
) -> dict[str, Any]:
    """Return what has become of an entity, oldest first. Raises NoEntityError.

    A decision that was undone says by which; `redirected` are ids that lead here since their own
    records are gone. The look is on record before this returns.
    """
    with connection.transaction():
        name, arrived, decisions = _read(connection, entity)
        ids = [entity_name(name), *(str(row[0]) for row in arrived)]
        record(connection, who, "view", {"history": entity_name(entity)}, ids=dict.fromkeys(ids))
    steps: list[dict[str, Any]] = [
        {
            "at": received_at.isoformat(),
            "what": "correction" if corrects else "record",
            "record": record_name((position, ordinal)),
            "agency": agency,
            "role": role,
        }
        for position, ordinal, agency, role, received_at, corrects in arrived
    ]
    steps += [
        {
            "at": at.isoformat(),
            "what": kind,
            "decision": number,
            "by": by,
            "because": because,
            "verdict": None if kind == "undo" or verdict is None else Verdict(verdict).words,
            "pairs": pairs or [],
            "undoes": undoes,
            "undone_by": undone,
        }
        for number, kind, by, at, because, undoes, undone, verdict, pairs in decisions
    ]
    return {
        "entity": entity_name(name),
        "redirected": [entity_name(one) for one in connection.execute(LED_HERE, name).fetchall()],
        "steps": steps,
    }


def _read(
    connection: psycopg.Connection[Any], entity: RecordId
) -> tuple[RecordId, list[Any], list[Any]]:
    name = resolve(connection, entity)
    arrived = connection.execute(ARRIVED, name).fetchall()
    positions, ordinals = columns((row[0], row[1]) for row in arrived)
    asked = {"p": positions, "o": ordinals}
    return name, arrived, connection.execute(DECIDED, asked).fetchall()
