"""What a batch says of the streams it belongs to: numbers delivered, batches, receipts.

`stream.seen` holds every sequence number whose seal held, as a multirange (ADR 5).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from intelbus.codec import encode_control
from intelbus.opening import Attribution
from intelbus.reasons import Reason
from intelbus.sealing import BatchStatement
from repository.database import Connection

WIDEN = """
INSERT INTO stream AS s (agency, stream, topic_no, partition, seen, announced_next,
                         last_heard_at, gap_since, receipt_revision)
VALUES (%(agency)s, %(stream)s, %(topic_no)s, %(partition)s, %(seen)s::int8multirange,
        %(next)s::bigint, %(heard)s,
        CASE WHEN %(seen)s::int8multirange @> int8range(1, %(next)s::bigint) THEN NULL
             ELSE %(now)s::timestamptz END,
        %(receipts)s)
ON CONFLICT (agency, stream) DO UPDATE SET
    seen = s.seen + excluded.seen,
    announced_next = greatest(s.announced_next, excluded.announced_next),
    last_heard_at = greatest(s.last_heard_at, excluded.last_heard_at),
    gap_since = CASE
        WHEN s.seen + excluded.seen
             @> int8range(1, greatest(s.announced_next, excluded.announced_next)) THEN NULL
        ELSE coalesce(s.gap_since, %(now)s::timestamptz) END,
    receipt_revision = s.receipt_revision + excluded.receipt_revision
RETURNING receipt_revision
"""

KEEP_BATCH = """
INSERT INTO stream_batch
    (agency, stream, first_sequence, root, count, previous_root, key_id, signed_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class StreamChange:
    """What happened to one stream in one transaction."""

    agency: str
    stream: UUID
    topic: str
    topic_no: int
    partition: int
    accepted: list[int] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    exceptions: list[tuple[int, str, Reason]] = field(default_factory=list)
    batches: dict[tuple[int, bytes], BatchStatement] = field(default_factory=dict)
    announced_next: int = 1
    heard_at: datetime | None = None

    def saw(
        self, whose: Attribution, outcome: str, reason: Reason | None, received_at: datetime
    ) -> None:
        """Take note of one message whose seal held, and of what was done with it."""
        statement = whose.statement
        self.batches[statement.first_sequence, statement.root] = statement
        self.heard(statement.first_sequence + statement.count, received_at)
        if outcome == "accepted":
            self.accepted.append(whose.sequence)
        elif outcome == "duplicate":
            self.duplicates.append(whose.sequence)
        elif reason is not None:
            self.exceptions.append((whose.sequence, outcome, reason))

    def heard(self, next_sequence: int, received_at: datetime) -> None:
        """Take note of how far the agency says it has numbered."""
        self.announced_next = max(self.announced_next, next_sequence)
        self.heard_at = max(self.heard_at or received_at, received_at)

    @property
    def sequences(self) -> list[int]:
        """Every sequence number of this change."""
        return [*self.accepted, *self.duplicates, *(number for number, _, _ in self.exceptions)]


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the numbers as inclusive ranges, ascending, each number once."""
    out: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if out and number == out[-1][1] + 1:
            out[-1] = (out[-1][0], number)
        else:
            out.append((number, number))
    return out


def record_streams(
    connection: Connection, changes: Sequence[StreamChange], *, now: datetime
) -> None:
    """Widen the streams, keep their batches and queue receipts, in the caller's transaction."""
    for change in sorted(changes, key=lambda one: (one.agency, one.stream)):
        seen = Multirange([Range(a, b + 1, "[)") for a, b in ranges(change.sequences)])
        row = connection.execute(
            WIDEN,
            {
                "agency": change.agency,
                "stream": change.stream,
                "topic_no": change.topic_no,
                "partition": change.partition,
                "seen": seen,
                "next": change.announced_next,
                "heard": change.heard_at or now,
                "now": now,
                "receipts": int(bool(change.sequences)),
            },
        ).fetchone()
        for statement in change.batches.values():
            connection.execute(
                KEEP_BATCH,
                (
                    change.agency,
                    change.stream,
                    statement.first_sequence,
                    statement.root,
                    statement.count,
                    statement.previous_root,
                    statement.key_id,
                    statement.signed_at,
                ),
            )
        if change.sequences and row is not None:
            _queue_receipt(connection, change, revision=row[0], now=now)


def _queue_receipt(
    connection: Connection, change: StreamChange, *, revision: int, now: datetime
) -> None:
    body = encode_control(
        "Receipt",
        {
            "agency": change.agency,
            "topic": change.topic,
            "stream": change.stream,
            "revision": revision,
            "issued_at": now,
            "accepted": [{"first": a, "last": b} for a, b in ranges(change.accepted)],
            "duplicates": [{"first": a, "last": b} for a, b in ranges(change.duplicates)],
            "exceptions": [
                {
                    "sequence": number,
                    "outcome": outcome,
                    "reason": reason.code,
                    "advice": reason.advice,
                }
                for number, outcome, reason in change.exceptions
            ],
        },
    )
    connection.execute(
        "INSERT INTO receipt_outbox (agency, stream, revision, body) VALUES (%s, %s, %s, %s)",
        (change.agency, change.stream, revision, body),
    )
