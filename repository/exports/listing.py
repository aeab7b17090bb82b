"""What was let out: to whom, why, under which codes; and who has received an event."""

from typing import Any, LiteralString

import psycopg

from repository.queries.history import event_history

# A colleague is told of those exports alone of which they may see something, and neither what was
# searched for, which may be a victim's name, nor how much stayed inside.
LISTED: LiteralString = """
SELECT d.export_id, d.exported_at, d.exported_by, d.recipient, d.party, d.outside, d.purpose,
       d.form, d.kind, d.since, d.until, CASE WHEN own.own THEN d.query END,
       CASE WHEN own.own THEN d.left_out END, coalesce(x.events, 0), coalesce(x.codes, '{}')
FROM disclosure d CROSS JOIN LATERAL (
    SELECT current_setting('intelbus.everything', true) = 'on'
           OR d.exported_by = current_setting('intelbus.reader', true) AS own
) own CROSS JOIN LATERAL (
    SELECT sum(number)::bigint AS events, jsonb_object_agg(handling, number) AS codes FROM (
        SELECT handling, count(*) AS number FROM disclosed_event e
        WHERE e.export_id = d.export_id GROUP BY handling
    ) by_code
) x
WHERE (x.events > 0 OR own.own) AND (%(positions)s::bigint[] IS NULL OR EXISTS (
    SELECT FROM disclosed_event e
    WHERE e.export_id = d.export_id AND e.position = ANY(%(positions)s)))
ORDER BY d.exported_at DESC, d.export_id LIMIT %(limit)s + 1 OFFSET %(offset)s
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
    `query` and `left_out` are null of others' exports. Raises NoEventError.
    """
    positions = None
    if event is not None:
        histories = event_history(connection, event)
        positions = [one["position"] for each in histories for one in each["versions"]]
    wanted = {"positions": positions, "limit": limit, "offset": offset}
    columns = ("export_id", "exported_at", "exported_by", "recipient", "party", "outside",
               "purpose", "form", "kind", "from", "to", "query", "left_out", "events",
               "codes")  # fmt: skip
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
