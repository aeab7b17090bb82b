"""The fence: which worker owns a partition, kept in the database and nowhere else.

Owning a partition is having raised its epoch last. A worker that was presumed dead and wakes up
finds a higher epoch, updates no row, and must drop what it holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from intelbus.errors import RefusedError
from intelbus.message import ReceivedMessage
from repository.database import Connection

CLAIM = """
INSERT INTO ingest_cursor
    (topic_no, partition, cluster_id, topic_id, epoch, first_offset, next_offset)
VALUES (%(topic_no)s, %(partition)s, %(cluster)s, %(topic)s, 1, %(first)s, %(first)s)
ON CONFLICT (topic_no, partition) DO UPDATE SET epoch = ingest_cursor.epoch + 1
RETURNING epoch, next_offset, cluster_id, topic_id
"""

# The queue's key starts with the time, so this looks at all of it: once a claim.
QUEUED_UP_TO = """
SELECT max(received_at) FROM event_queue WHERE topic_no = %s AND partition = %s
"""

ADVANCE = """
UPDATE ingest_cursor SET next_offset = %(next)s, noted = noted + %(noted)s
WHERE topic_no = %(topic_no)s AND partition = %(partition)s
  AND epoch = %(epoch)s AND next_offset = %(expected)s
"""


class FencedError(Exception):
    """Another worker owns the partition now, or its cursor is not where this one left it."""


class WrongLogError(RefusedError):
    """The log in Kafka is not the one that was being read; going on would skip or repeat."""


@dataclass(slots=True)
class Claim:
    """A partition this worker owns, the offset it must read next, and the latest time at which
    one of its messages may wait to be numbered."""

    topic_no: int
    partition: int
    epoch: int
    next_offset: int
    queued_up_to: datetime | None = None

    def took(self, stored: Sequence[ReceivedMessage]) -> None:
        """Take note of the next messages of the partition, which were stored."""
        latest = max(message.received_at for message in stored)
        self.next_offset = stored[-1].offset + 1
        self.queued_up_to = max(self.queued_up_to or latest, latest)


def topic_numbers(connection: Connection, names: Iterable[str]) -> Mapping[str, int]:
    """Return the small number of each topic, giving one to those that have none."""
    with connection.transaction():
        for name in sorted(names):
            connection.execute(
                "INSERT INTO topic (name) SELECT %s"
                " WHERE NOT EXISTS (SELECT FROM topic WHERE name = %s) ON CONFLICT DO NOTHING",
                [name, name],
            )
        rows = connection.execute("SELECT name, topic_no FROM topic").fetchall()
    return dict(rows)


def claim(
    connection: Connection,
    *,
    topic_no: int,
    partition: int,
    name: str,
    cluster_id: str,
    topic_id: str,
    first: int,
    end: int,
) -> Claim:
    """Own a partition; `first` and `end` are the offsets Kafka has of it.

    Raises WrongLogError when the cursor belongs to another cluster or topic, or lies outside.
    """
    with connection.transaction():
        row = connection.execute(
            CLAIM,
            {
                "topic_no": topic_no,
                "partition": partition,
                "cluster": cluster_id,
                "topic": topic_id,
                "first": first,
            },
        ).fetchone()
        if row is None:
            raise FencedError(f"{name}/{partition} could not be claimed")
        epoch, next_offset, known_cluster, known_topic = row
        if (known_cluster, known_topic) != (cluster_id, topic_id):
            raise WrongLogError(
                f"{name}/{partition} is another topic or cluster than the one read so far",
                subject=f"was {known_cluster}/{known_topic}, is {cluster_id}/{topic_id}",
                hint="reconnect to the right cluster; if the topic was made anew, see the runbook",
            )
        if not first <= next_offset <= end:
            raise WrongLogError(
                f"{name}/{partition} holds offsets {first} to {end - 1}; {next_offset} is next",
                subject="messages were deleted before they were read, or the log was cut short",
                hint="nothing was skipped; see the runbook before going on",
            )
        queued = connection.execute(QUEUED_UP_TO, [topic_no, partition]).fetchone()
    return Claim(topic_no, partition, epoch, next_offset, queued[0] if queued else None)


def advance(connection: Connection, claim: Claim, *, to: int, noted: int) -> None:
    """Move a cursor inside the caller's transaction. Raises FencedError."""
    done = connection.execute(
        ADVANCE,
        {
            "topic_no": claim.topic_no,
            "partition": claim.partition,
            "epoch": claim.epoch,
            "expected": claim.next_offset,
            "next": to,
            "noted": noted,
        },
    )
    if done.rowcount != 1:
        raise FencedError(f"topic {claim.topic_no} partition {claim.partition}")
