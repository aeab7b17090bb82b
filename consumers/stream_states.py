"""What each stream has delivered: gaps, forks and silence, as stored by ingest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from repository.database import Connection

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


def stream_states(connection: Connection) -> list[StreamState]:
    """Return every stream, by agency and topic."""
    with connection.cursor(row_factory=class_row(StreamState)) as cursor:
        return cursor.execute(STATES).fetchall()


def as_row(state: StreamState) -> dict[str, Any]:
    """Return a stream as JSON-able values."""
    return {name: getattr(state, name) for name in StreamState.__slots__}
