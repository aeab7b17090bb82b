"""Convictions by offence and statute: prosecutions' outcomes that stand, each counted once."""

from datetime import datetime
from typing import Any, LiteralString

import psycopg

from repository.queries.snapshot import snapshot
from repository.statistics.standing import STANDING

CONVICTIONS: LiteralString = f"""{STANDING}
SELECT facts->>'offence' AS offence, facts->>'statute' AS statute, count(*) AS convictions,
       coalesce(sum((facts->>'sentence_months')::bigint), 0) AS sentence_months,
       array_agg(position ORDER BY position) AS positions
FROM standing WHERE facts->>'result' = 'convicted'
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""


def convictions(
    connection: psycopg.Connection[Any], *, as_at: datetime | None = None
) -> list[dict[str, Any]]:
    """Return a row an offence: convictions, months of imprisonment in all, and the positions of
    the outcomes that say so. A restatement is not a second conviction.
    """
    asked = {"kind": "outcome", "as_at": as_at}
    with snapshot(connection):
        rows = connection.execute(CONVICTIONS, asked).fetchall()
    return [
        {
            "offence": offence,
            "statute": statute,
            "convictions": count,
            "sentence_months": int(months),
            "positions": positions,
        }
        for offence, statute, count, months, positions in rows
    ]
