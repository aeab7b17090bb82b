"""What each stream has delivered: gaps, forks and silence, as stored by ingest."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg
from psycopg.rows import class_row

_RANGE = re.compile(r"\[([0-9]+),([0-9]+)\)")
# A message may be under way for this long before its absence is an alarm.
GRACE = timedelta(minutes=10)

# A fork is two histories of the same numbers: overlapping batches with different roots, or a batch
# whose previous root is not that of the batch before it.
STATES: LiteralString = """
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


RECEIPTS: LiteralString = """
SELECT agency, stream, max(revision), count(sent_at), count(*) - count(sent_at), max(sent_at)
FROM receipt_outbox GROUP BY agency, stream ORDER BY agency, stream
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


def stream_states(connection: psycopg.Connection[Any]) -> list[StreamState]:
    """Return every stream that the connection may see, by agency and topic."""
    with connection.cursor(row_factory=class_row(StreamState)) as cursor:
        return cursor.execute(STATES).fetchall()


def as_row(state: StreamState) -> dict[str, Any]:
    """Return a stream as JSON-able values: moments as RFC 3339 has them, in UTC, and of each gap
    the `first` and the `last` number that is missing.
    """
    row = {name: getattr(state, name) for name in StreamState.__slots__}
    return row | {
        "last_heard_at": _in_utc(state.last_heard_at),
        "gap_since": state.gap_since and _in_utc(state.gap_since),
        "gaps": gaps_of(state),
    }


def gaps_of(state: StreamState) -> list[dict[str, int]]:
    """Return the gaps of a stream, both ends of each missing."""
    return [
        {"first": int(first), "last": int(end) - 1} for first, end in _RANGE.findall(state.gaps)
    ]


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def receipt_states(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Return each stream's newest receipt `revision`, how many are `sent` and `waiting`, and when
    the last was sent.
    """
    return [
        {
            "agency": agency,
            "stream": str(stream),
            "revision": revision,
            "sent": sent,
            "waiting": waiting,
            "last_sent_at": last and _in_utc(last),
        }
        for agency, stream, revision, sent, waiting, last in connection.execute(RECEIPTS)
    ]
