"""Storing verified events: which are new, which are there already, and the queue of the new ones.

Runs inside the transaction of `store`. What is new goes straight into `event` with COPY, a page at
a time; so what is not must be known beforehand.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import LiteralString, TypeAlias, TypeVar
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from consumers.ingest.event_rows import COLUMNS, copied
from consumers.ingest.judgement import Judged
from consumers.ingest.streams import ranges
from intelbus.opening import VerifiedEvent
from repository.database import Connection

# One look in the index for each, whatever the planner thinks of the table. Each list is one text:
# the client would look at every item of an array. No agency's code has a comma.
KNOWN: LiteralString = """
SELECT known.*
FROM unnest(string_to_array(%s, ','), string_to_array(%s, ',')::uuid[]) AS given(agency, event_id)
CROSS JOIN LATERAL (
    SELECT e.agency, e.event_id, e.digest FROM event e
    WHERE e.agency = given.agency AND e.event_id = given.event_id OFFSET 0
) AS known
"""

COPY: LiteralString = f"COPY event ({COLUMNS}) FROM STDIN (FORMAT BINARY)"

QUEUE: LiteralString = """
INSERT INTO event_queue (received_at, topic_no, partition, first_offset, offsets, events)
VALUES (%s, %s, %s, %s, %s, %s)
"""

RACES = 4

Identity = tuple[str, UUID]
Done = TypeVar("Done")

# By (topic number, partition): the latest time at which a message of it may wait to be numbered.
QueuedUpTo: TypeAlias = Mapping[tuple[int, int], datetime | None]
NOTHING_QUEUED: QueuedUpTo = MappingProxyType({})


@dataclass(slots=True)
class Sorted:
    """Events by what is to become of them; `fresh` in the order of their identities."""

    fresh: list[Judged] = field(default_factory=list)
    duplicates: list[Judged] = field(default_factory=list)
    equivocal: list[Judged] = field(default_factory=list)


def sort_events(
    numbers: Mapping[str, int], events: Iterable[Judged], known: Mapping[Identity, bytes]
) -> Sorted:
    """Tell new events from those whose identity is known, by digest, or comes twice here.

    `known` has the digests of those stored before. The same content is a duplicate; another is
    equivocation. Of two here the first by (topic, partition, offset) counts.
    """
    digests = {(agency, event_id.bytes): digest for (agency, event_id), digest in known.items()}
    out = Sorted()
    in_order = sorted(
        (
            (event.agency, event.event_id.bytes),
            (numbers[message.topic], message.partition, message.offset),
            number,
            one,
            event.digest,
        )
        for number, one in enumerate(events)
        for event, message in [(event_of(one), one.message)]
    )
    for identity, _, _, one, digest in in_order:
        if identity not in digests:
            digests[identity] = digest
            out.fresh.append(one)
        elif digests[identity] == digest:
            out.duplicates.append(one)
        else:
            out.equivocal.append(one)
    return out


def store_events(
    connection: Connection,
    numbers: Mapping[str, int],
    events: Sequence[Judged],
    queued_up_to: QueuedUpTo,
) -> Sorted:
    """Store and queue what is new among verified events; return what each turned out to be.

    In the queue, time never goes back within a partition: none is queued for a time before
    `queued_up_to`. A broker whose clock was put back must not have later messages of a stream
    numbered before earlier ones.

    Raises UniqueViolation when another transaction has stored one of them since it was looked for:
    see `past_races`. All write in the order of identities, so that two
    workers wait for each other, and never in a circle.
    """
    # 1 what is there already
    known = {
        (agency, event_id): digest
        for agency, event_id, digest in connection.execute(
            KNOWN,
            (
                ",".join(event_of(one).agency for one in events),
                ",".join(event_of(one).event_id.hex for one in events),
            ),
        ).fetchall()
    }
    found = sort_events(numbers, events, known)
    if found.fresh:
        with connection.cursor() as cursor:
            # 2 the events
            with cursor.copy(COPY) as copy:
                copy.write(
                    copied((numbers[one.message.topic], event_of(one)) for one in found.fresh)
                )
            # 3 what the sequencer is to number
            cursor.executemany(QUEUE, _queued(numbers, found.fresh, queued_up_to))
    return found


def past_races(attempt: Callable[[], Done]) -> Done:
    """Call `attempt`, a whole transaction, again when another stored one of its events meanwhile.

    The second time it finds that event there. Raises UniqueViolation when it loses every time.
    """
    for _ in range(RACES):
        with contextlib.suppress(UniqueViolation):
            return attempt()
    return attempt()


def _queued(
    numbers: Mapping[str, int], fresh: Iterable[Judged], queued_up_to: QueuedUpTo
) -> list[tuple[object, ...]]:
    """Return a row of the queue for each partition."""
    partitions: dict[tuple[int, int], list[Judged]] = {}
    for one in fresh:
        topic_no, partition, _ = place_of(numbers, one)
        partitions.setdefault((topic_no, partition), []).append(one)
    return [
        (
            _not_before(
                queued_up_to.get((topic_no, partition)),
                min(one.message.received_at for one in group),
            ),
            topic_no,
            partition,
            min(one.message.offset for one in group),
            Multirange(
                [
                    Range(first, last + 1, "[)")
                    for first, last in ranges(one.message.offset for one in group)
                ]
            ),
            len(group),
        )
        for (topic_no, partition), group in partitions.items()
    ]


def _not_before(earliest: datetime | None, received_at: datetime) -> datetime:
    return received_at if earliest is None else max(earliest, received_at)


def event_of(one: Judged) -> VerifiedEvent:
    """Return the event of a message that carries one."""
    if one.event is None:
        raise TypeError("not an event")
    return one.event


def place_of(numbers: Mapping[str, int], one: Judged) -> tuple[int, int, int]:
    """Return (topic number, partition, offset) of a message."""
    message = one.message
    return numbers[message.topic], message.partition, message.offset
