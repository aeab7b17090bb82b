"""What a batch says of the streams it belongs to: numbers delivered, batches, receipts.

`stream.seen` holds every sequence number whose seal held, as a multirange (ADR 5).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from intelbus.codec import encode_control
from intelbus.opening import Attribution
from intelbus.reasons import Reason
from intelbus.sealing import BatchStatement
from repository.database import Connection

# One statement for all streams of a batch, in one order, so that two workers cannot deadlock.
WIDEN = """
INSERT INTO stream AS s (agency, stream, topic_no, partition, seen, announced_next,
                         last_heard_at, gap_since, receipt_revision)
SELECT agency, stream, topic_no, partition, seen::int8multirange, next, heard,
       CASE WHEN seen::int8multirange @> int8range(1, next) THEN NULL
            ELSE %(now)s::timestamptz END,
       receipts
FROM unnest(%(agency)s::text[], %(stream)s::uuid[], %(topic_no)s::smallint[],
            %(partition)s::int[], %(seen)s::text[], %(next)s::bigint[], %(heard)s::timestamptz[],
            %(receipts)s::bigint[])
     AS one(agency, stream, topic_no, partition, seen, next, heard, receipts)
ORDER BY agency, stream
ON CONFLICT (agency, stream) DO UPDATE SET
    seen = s.seen + excluded.seen,
    announced_next = greatest(s.announced_next, excluded.announced_next),
    last_heard_at = greatest(s.last_heard_at, excluded.last_heard_at),
    gap_since = CASE
        WHEN s.seen + excluded.seen
             @> int8range(1, greatest(s.announced_next, excluded.announced_next)) THEN NULL
        ELSE coalesce(s.gap_since, %(now)s::timestamptz) END,
    receipt_revision = s.receipt_revision + excluded.receipt_revision
RETURNING agency, stream, receipt_revision
"""

KEEP_BATCHES = """
INSERT INTO stream_batch
    (agency, stream, first_sequence, root, count, previous_root, key_id, signed_at)
SELECT * FROM unnest(%s::text[], %s::uuid[], %s::bigint[], %s::bytea[], %s::int[], %s::bytea[],
                     %s::text[], %s::timestamptz[])
ON CONFLICT DO NOTHING
"""

QUEUE_RECEIPTS = """
INSERT INTO receipt_outbox (agency, stream, revision, body)
SELECT * FROM unnest(%s::text[], %s::uuid[], %s::bigint[], %s::bytea[])
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
    """Widen the streams, keep their batches and queue receipts, in the caller's transaction.

    `changes` has one entry a stream. Three statements, however many streams there are.
    """
    if not changes:
        return
    revisions = {
        (agency, stream): revision
        for agency, stream, revision in connection.execute(
            WIDEN,
            {
                "agency": [one.agency for one in changes],
                "stream": [one.stream for one in changes],
                "topic_no": [one.topic_no for one in changes],
                "partition": [one.partition for one in changes],
                "seen": [_multirange(one.sequences) for one in changes],
                "next": [one.announced_next for one in changes],
                "heard": [one.heard_at or now for one in changes],
                "receipts": [int(bool(one.sequences)) for one in changes],
                "now": now,
            },
        ).fetchall()
    }
    batches = [(one, statement) for one in changes for statement in one.batches.values()]
    if batches:
        connection.execute(
            KEEP_BATCHES,
            (
                [one.agency for one, _ in batches],
                [one.stream for one, _ in batches],
                [statement.first_sequence for _, statement in batches],
                [statement.root for _, statement in batches],
                [statement.count for _, statement in batches],
                [statement.previous_root for _, statement in batches],
                [statement.key_id for _, statement in batches],
                [statement.signed_at for _, statement in batches],
            ),
        )
    told = [one for one in changes if one.sequences]
    if told:
        numbers = [revisions[one.agency, one.stream] for one in told]
        connection.execute(
            QUEUE_RECEIPTS,
            (
                [one.agency for one in told],
                [one.stream for one in told],
                numbers,
                [
                    _receipt(one, revision=revision, now=now)
                    for one, revision in zip(told, numbers, strict=True)
                ],
            ),
        )


def _multirange(numbers: Iterable[int]) -> str:
    """Return the numbers as PostgreSQL writes a multirange."""
    return "{" + ",".join(f"[{a},{b + 1})" for a, b in ranges(numbers)) + "}"


def _receipt(change: StreamChange, *, revision: int, now: datetime) -> bytes:
    return encode_control(
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
