"""What each stream has delivered: gaps, forks and silence, as stored by ingest."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import class_row

from consumers import metrics
from repository.database import Connection

# A message may be under way for this long before its absence is an alarm.
GRACE = timedelta(minutes=10)

# A fork is two histories of the same numbers: overlapping batches with different roots, or a batch
# whose previous root is not that of the batch before it.
STATES = """
SELECT s.agency, s.stream::text AS stream, t.name AS topic, s.partition,
       s.announced_next, s.last_heard_at, s.gap_since,
       (int8multirange(int8range(1, s.announced_next)) - s.seen)::text AS gaps,
       (SELECT coalesce(sum(upper(r) - lower(r)), 0)::bigint
        FROM unnest(int8multirange(int8range(1, s.announced_next)) - s.seen) r) AS missing,
       (SELECT count(*) FROM stream_batch a
        WHERE a.agency = s.agency AND a.stream = s.stream AND (
            EXISTS (SELECT FROM stream_batch b
                    WHERE b.agency = a.agency AND b.stream = a.stream
                      AND (b.first_sequence, b.root) > (a.first_sequence, a.root)
                      AND b.first_sequence < a.first_sequence + a.count)
            OR EXISTS (SELECT FROM stream_batch b
                    WHERE b.agency = a.agency AND b.stream = a.stream
                      AND b.first_sequence + b.count = a.first_sequence
                      AND b.root IS DISTINCT FROM a.previous_root))) AS forks
FROM stream s JOIN topic t USING (topic_no)
ORDER BY s.agency, t.name, s.stream
"""


@dataclass(frozen=True, slots=True)
class StreamState:
    """One stream; `gaps` are half-open ranges of sequence numbers, `forks` a count of batches."""

    agency: str
    stream: str
    topic: str
    partition: int
    announced_next: int
    last_heard_at: datetime
    gap_since: datetime | None
    gaps: str
    missing: int
    forks: int

    def alarms(self, now: datetime, grace: timedelta = GRACE) -> bool:
        """Return whether somebody must look: a fork, or a gap open for longer than `grace`."""
        return self.forks > 0 or (self.gap_since is not None and now - self.gap_since > grace)


def stream_states(connection: Connection) -> list[StreamState]:
    """Return every stream, by agency and topic."""
    with connection.cursor(row_factory=class_row(StreamState)) as cursor:
        return cursor.execute(STATES).fetchall()


def as_row(state: StreamState) -> dict[str, Any]:
    """Return a stream as JSON-able values."""
    return {name: getattr(state, name) for name in StreamState.__slots__}


def show(states: list[StreamState], now: datetime) -> None:
    """Set the gauges of gaps and forks, each agency's streams together."""
    by_agency: dict[str, list[StreamState]] = defaultdict(list)
    for state in states:
        by_agency[state.agency].append(state)
    for agency, mine in by_agency.items():
        ages = [(now - one.gap_since).total_seconds() for one in mine if one.gap_since]
        metrics.STREAM_MISSING.labels(agency).set(sum(one.missing for one in mine))
        metrics.STREAM_GAP_AGE_SECONDS.labels(agency).set(max(ages, default=0.0))
        metrics.STREAM_FORKS.labels(agency).set(sum(one.forks for one in mine))
