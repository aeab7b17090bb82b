"""Telling Prometheus of the audit: how much of it waits to be chained, whose day is unusual, and
who sees what their rights do not reach."""

import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg

from repository.access.looks import unusual_on
from repository.access.patterns import RULES
from repository.stage_metrics import StageMetrics

EVERY = 60.0
# Requests to break the glass that wait for a second person; and glass that is broken, or was in
# the last quarter of an hour, so that no alarm misses what was ended at once.
GLASS: LiteralString = """
SELECT count(*) FILTER (WHERE d.request_no IS NULL
                        AND r.asked_at > now() - interval '24 hours'),
       count(*) FILTER (WHERE d.granted AND (glass_open(r.request_no)
                        OR d.decided_at > now() - interval '15 minutes'))
FROM glass_request r LEFT JOIN glass_decision d USING (request_no)
WHERE r.asked_at > now() - interval '3 days'
"""


class AuditWatch:
    """Looks at the audit every EVERY seconds; the sequencer calls it as it goes."""

    def __init__(self, metrics: StageMetrics) -> None:
        self._metrics = metrics
        self._next = 0.0

    def look(self, connection: psycopg.Connection[Any]) -> None:
        """Set the metrics anew, when it is time."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        waiting = connection.execute("SELECT count(*) FROM audit_queue").fetchone()
        self._metrics.audit_waiting.set(waiting[0] if waiting else 0)
        asked, broken = connection.execute(GLASS).fetchone() or (0, 0)
        self._metrics.glass_asked.set(asked)
        self._metrics.glass_broken.set(broken)
        found = unusual_on(connection, datetime.now(UTC).date())
        broken = Counter(one["rule"] for one in found)
        for rule in RULES:
            self._metrics.unusual.labels(rule=rule).set(broken[rule])
