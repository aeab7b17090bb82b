"""Erasures by two: one reader who keeps records asks, another lets it be done, or does not."""

from datetime import date, datetime
from typing import Any, LiteralString

import psycopg

from intelbus.errors import ConflictError, ContentError, RefusedError
from repository.access.audit import Who, record
from repository.retention.erasure import erase, named
from repository.retention.schedule import reasons_to_keep

ASK: LiteralString = """
INSERT INTO erasure_request (asked_by, agency, event_id, authority, because)
VALUES (%s, %s, %s, %s, %s) RETURNING request_no
"""
# Two who decide at once wait for one another.
ASKED: LiteralString = """
SELECT r.asked_by, r.agency, r.event_id, r.authority, r.because, d.decided_by
FROM erasure_request r LEFT JOIN erasure_decision d USING (request_no)
WHERE r.request_no = %s FOR UPDATE OF r
"""
DECIDE: LiteralString = """
INSERT INTO erasure_decision (request_no, decided_by, granted, because) VALUES (%s, %s, %s, %s)
"""
LISTED: LiteralString = """
SELECT r.request_no, r.asked_at, r.asked_by, r.agency, r.event_id, l.position, l.kind, r.authority,
       r.because, d.granted, d.decided_by, d.decided_at, d.because
FROM erasure_request r LEFT JOIN erasure_decision d USING (request_no)
LEFT JOIN event_log l ON l.agency = r.agency AND l.event_id = r.event_id
ORDER BY d.request_no IS NOT NULL, r.request_no DESC LIMIT %(limit)s + 1 OFFSET %(offset)s
"""


class NoErasureRequestError(ContentError):
    """There is no such request."""


class ErasureDecidedError(ConflictError):
    """Somebody has decided on this request already."""


def ask(
    connection: psycopg.Connection[Any],
    who: Who,
    which: str,
    *,
    authority: str,
    because: str,
    now: datetime,
) -> dict[str, Any]:
    """Put a request to erase an event on record; return its number (`request`), and the `report` of
    what would go. Raises NoEventError, and RefusedError of what is erased already.
    """
    with connection.transaction():
        key = named(connection, which)
        report = erase(connection, key, by=who.reader, authority=authority, because=because,
                       now=now, dry_run=True)  # fmt: skip
        row = connection.execute(ASK, (who.reader, *key, authority, because)).fetchone()
        assert row is not None  # noqa: S101  (INSERT … RETURNING of one row)
        asked = {"ask": row[0], "authority": authority, "because": because}
        record(connection, who, "erasure", asked, ids=_positions(report))
    return {"request": int(row[0]), "report": report}


def decide(
    connection: psycopg.Connection[Any],
    who: Who,
    number: int,
    *,
    granted: bool,
    because: str,
    now: datetime,
) -> dict[str, Any] | None:
    """Erase what another reader asked for, and return the report; or decide that it stays.

    Raises NoErasureRequestError, ErasureDecidedError, and RefusedError for one's own request.
    """
    with connection.transaction():
        row = connection.execute(ASKED, (number,)).fetchone()
        if row is None:
            raise NoErasureRequestError(
                f"there is no request {number}", hint="`ukhtc erasures requests` lists them"
            )
        asked_by, agency, event_id, authority, why, decided_by = row
        if decided_by is not None:
            raise ErasureDecidedError(f"{decided_by} has decided on request {number}")
        if asked_by == who.reader:
            raise RefusedError(
                "nobody lets their own request be done", hint="another person decides"
            )
        connection.execute(DECIDE, (number, who.reader, granted, because))
        report = None
        if granted:
            by = f"{asked_by}, {who.reader}"
            report = erase(
                connection, (agency, event_id), by=by, authority=authority, because=why, now=now
            )
        asked = {"erase" if granted else "refuse": number, "because": because}
        record(connection, who, "erasure", asked, ids=_positions(report))
    return report


def requests(
    connection: psycopg.Connection[Any],
    who: Who,
    *,
    today: date,
    limit: int = 100,
    offset: int = 0,
) -> tuple[list[dict[str, Any]], bool]:
    """Return requests, what waits for a decision first, then the latest; and whether there are
    more. What waits says why its event is kept, if it is. The look is on record before this
    returns.
    """
    wanted = {"limit": limit, "offset": offset}
    with connection.transaction():
        rows = connection.execute(LISTED, wanted).fetchall()
        waits = [row[5] for row in rows if row[9] is None and row[5] is not None]
        kept = {one["position"]: one for one in reasons_to_keep(connection, waits, today)}
        found = [
            {
                "request": number,
                "asked_at": asked_at.isoformat(),
                "asked_by": asked_by,
                "agency": agency,
                "event_id": str(event_id),
                "position": position,
                "kind": kind,
                "authority": authority,
                "because": because,
                "reason_to_keep": kept.get(position),
                "state": "waits" if granted is None else "erased" if granted else "refused",
                "decided_by": decided_by,
                "decided_at": decided_at.isoformat() if decided_at else None,
                "decided_because": decided_because,
            }
            for number, asked_at, asked_by, agency, event_id, position, kind, authority, because,
            granted, decided_by, decided_at, decided_because in rows[:limit]
        ]  # fmt: skip
        ids = [str(one["position"]) for one in found if one["position"]]
        record(connection, who, "view", {"erasure requests": wanted}, ids=ids)
    return found, len(rows) > limit


def _positions(report: dict[str, Any] | None) -> list[str]:
    events = report["events"] if report else ()
    return [str(one["position"]) for one in events if one["position"]]
