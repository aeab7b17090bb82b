"""Looking again at what was let out: after a time, and when an originator has graded it anew.

What was retracted or corrected is on the recall list as well (`disclosures.recalls`); here a person
says whether it was right that it went where it went, and on which day to look again.
"""

from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from intelbus.errors import ContentError, InvalidRequestError, RefusedError
from repository.access.reader import Reader

EVERY = timedelta(days=183)
"""How long a disclosure stands without being looked at: half a year."""
VERDICTS = ("stands", "recalled")

# Graded anew: a later version, that whoever asks may see, under another code or marking.
DUE: LiteralString = """
SELECT d.export_id, d.exported_at, d.exported_by, d.recipient, d.party, d.outside, d.purpose,
       last.at,
       array_agg(x.position ORDER BY x.position),
       coalesce(array_agg(x.position ORDER BY x.position) FILTER (WHERE anew.since > last.at), '{}')
FROM disclosure d CROSS JOIN LATERAL (
    SELECT coalesce(max(r.reviewed_at), d.exported_at) AS at,
           coalesce(bool_or(r.verdict = 'recalled'), false) AS recalled
    FROM disclosure_review r WHERE r.export_id = d.export_id
) last JOIN disclosed_event x USING (export_id) LEFT JOIN LATERAL (
    SELECT max(n.stored_at) AS since
    FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
    JOIN amendment a ON a.agency = e.agency
     AND a.target_event_id = coalesce(e.corrects, e.event_id) AND a.position > l.position
    JOIN event n ON n.agency = a.agency AND n.event_id = a.amending_event_id
    WHERE l.position = x.position AND a.kind = 'correction'
      AND (n.grading_scheme, n.handling, n.marking) <> (e.grading_scheme, e.handling, e.marking)
) anew ON true
WHERE NOT last.recalled
GROUP BY d.export_id, last.at
HAVING last.at <= %(now)s - %(every)s OR bool_or(anew.since > last.at)
ORDER BY bool_or(anew.since > last.at) DESC, last.at, d.export_id
"""
KNOWN: LiteralString = "SELECT exported_by FROM disclosure WHERE export_id = %s"
REVIEW: LiteralString = """
INSERT INTO disclosure_review (export_id, reviewed_by, verdict, because) VALUES (%s, %s, %s, %s)
"""


class NoExportError(ContentError):
    """There is no such export, or it is not your organisation's."""


def due(connection: psycopg.Connection[Any], now: datetime) -> list[dict[str, Any]]:
    """Return the disclosures to look at again, what was graded anew first: `regraded` are the
    positions of which that is so, `since` when it was last looked at.
    """
    columns = ("export_id", "exported_at", "exported_by", "recipient", "party", "outside",
               "purpose", "since", "positions", "regraded")  # fmt: skip
    found = [
        dict(zip(columns, row, strict=True))
        for row in connection.execute(DUE, {"now": now, "every": EVERY})
    ]
    return [
        {
            **one,
            "export_id": str(one["export_id"]),
            "exported_at": one["exported_at"].isoformat(),
            "since": one["since"].isoformat(),
        }
        for one in found
    ]


def review(
    connection: psycopg.Connection[Any], reader: Reader, export_id: UUID, verdict: str, because: str
) -> None:
    """Put on record what was found of a disclosure. Raises NoExportError, InvalidRequestError, and
    RefusedError: nobody reviews what they let out themselves.
    """
    if verdict not in VERDICTS:
        raise InvalidRequestError(
            f"{verdict!r} is no verdict", hint=f"known: {', '.join(VERDICTS)}"
        )
    if not because.strip():
        raise InvalidRequestError("a review needs its reason", hint="say --because")
    row = connection.execute(KNOWN, (export_id,)).fetchone()
    if row is None:
        raise NoExportError(subject=str(export_id))
    if row[0] == reader.name:
        raise RefusedError("nobody reviews what they let out themselves", subject=str(export_id))
    connection.execute(REVIEW, (export_id, reader.name, verdict, because.strip()))
