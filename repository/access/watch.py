"""Telling Prometheus of the audit: how much of it waits to be chained, and whose day is unusual."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from typing import Any

import psycopg

from repository.access.looks import days
from repository.access.patterns import HISTORY, RULES, Day, unusual
from repository.stage_metrics import StageMetrics

EVERY = 60.0


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
        now = datetime.now(UTC)
        midnight = datetime.combine(now.date(), clock(), UTC)
        rows = days(connection, midnight - HISTORY, midnight + timedelta(days=1))
        broken = Counter(one.rule for one in unusual((Day(*row) for row in rows), now.date()))
        for rule in RULES:
            self._metrics.unusual.labels(rule=rule).set(broken[rule])
