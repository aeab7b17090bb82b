"""What was let out: to whom, why, under which codes; and who has received an event."""

from typing import Any, LiteralString

import psycopg

from repository.queries.history import event_history

# A colleague is told of those exports alone of which they may see something, and neither what was
# searched for, which may be a victim's name, nor around whom, nor how much stayed inside.
# Events are counted of the page alone.
LISTED: LiteralString = """
WITH page AS (
    SELECT d.*, own.own FROM disclosure d CROSS JOIN LATERAL (
        SELECT current_setting('intelbus.everything', true) = 'on'
               OR d.exported_by = current_setting('intelbus.reader', true) AS own
    ) own
    WHERE (own.own OR EXISTS (SELECT FROM disclosed_event e WHERE e.export_id = d.export_id))
      AND (%(positions)s::bigint[] IS NULL OR EXISTS (
          SELECT FROM disclosed_event e
          WHERE e.export_id = d.export_id AND e.position = ANY(%(positions)s)))
    ORDER BY d.exported_at DESC, d.export_id LIMIT %(limit)s + 1 OFFSET %(offset)s
)
SELECT p.export_id, p.exported_at, p.exported_by, p.recipient, p.party, p.clearance, p.outside,
       p.purpose,
       p.form, p.kind, p.since, p.until, CASE WHEN p.own THEN p.query END,
       CASE WHEN p.own THEN p.network END, CASE WHEN p.own THEN p.hops END,
       CASE WHEN p.own THEN p.left_out END, coalesce(x.events, 0), coalesce(x.codes, '{}')
FROM page p CROSS JOIN LATERAL (
    SELECT sum(number)::bigint AS events, jsonb_object_agg(handling, number) AS codes FROM (
        SELECT handling, count(*) AS number FROM disclosed_event e
        WHERE e.export_id = p.export_id GROUP BY handling
    ) by_code
) x ORDER BY p.exported_at DESC, p.export_id
"""


def exports(
    connection: psycopg.Connection[Any],
    *,
    event: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> tuple[list[dict[str, Any]], bool]:
    """Return the exports that the session's reader may know of, or those that hold a version of an
    event, the latest first, and whether there are more.

    `events` counts what the reader may see of each, `codes` by the handling code it left under;
    `query`, `network` and `left_out` are null of others' exports. Raises NoEventError.
    """
    positions = None
    if event is not None:
        histories = event_history(connection, event)
        positions = [one["position"] for each in histories for one in each["versions"]]
    wanted = {"positions": positions, "limit": limit, "offset": offset}
    columns = ("export_id", "exported_at", "exported_by", "recipient", "party", "clearance",
               "outside", "purpose", "form", "kind", "from", "to", "query", "network", "hops",
               "left_out", "events", "codes")  # fmt: skip
    rows = connection.execute(LISTED, wanted).fetchall()
    found = [dict(zip(columns, row, strict=True)) for row in rows[:limit]]
    return [
        {
            **one,
            "export_id": str(one["export_id"]),
            "exported_at": one["exported_at"].isoformat(),
            "from": one["from"] and one["from"].isoformat(),
            "to": one["to"] and one["to"].isoformat(),
        }
        for one in found
    ], len(rows) > limit
