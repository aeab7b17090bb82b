"""One PostgreSQL transaction a batch: the cursor, the messages and what they change, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.errors import UniqueViolation

from consumers.ingest import fence
from consumers.ingest.events import (
    NOTHING_QUEUED,
    QueuedUpTo,
    event_of,
    place_of,
    store_events,
)
from consumers.ingest.fence import Claim
from consumers.ingest.judgement import Judged
from consumers.ingest.streams import StreamChange, record_streams
from intelbus.failpoints import failpoint
from intelbus.message import headers_to_text
from intelbus.opening import Attribution, Refusal
from repository.database import Connection

QUARANTINE = """
INSERT INTO quarantine (topic_no, partition, "offset", reason, detail, agency, stream, sequence,
                        received_at, key, value, headers)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (topic_no, partition, "offset") DO UPDATE SET
    reason = excluded.reason, detail = excluded.detail, agency = excluded.agency,
    stream = excluded.stream, sequence = excluded.sequence, attempts = quarantine.attempts + 1
"""


@dataclass(slots=True)
class Stored:
    """What one transaction did, by outcome."""

    accepted: list[Judged] = field(default_factory=list)
    duplicates: list[Judged] = field(default_factory=list)
    quarantined: list[Judged] = field(default_factory=list)
    noted: list[Judged] = field(default_factory=list)


def store_batch(
    connection: Connection, claims: Mapping[tuple[str, int], Claim], judged: Sequence[Judged]
) -> Stored:
    """Store a polled batch and move its cursors, in one transaction.

    `claims` are by (topic, partition); `judged` is in offset order within each partition. Raises
    FencedError when another worker owns a partition, psycopg.Error from the database; either way
    nothing was stored.
    """
    with connection.transaction():
        # 1 fence: every cursor of the batch, in (topic, partition) order
        _advance(connection, claims, judged)
        failpoint("ingest.fenced")
        # 2 store: events, and what was there already
        numbers = {name: claim.topic_no for (name, _), claim in claims.items()}
        queued = {(one.topic_no, one.partition): one.queued_up_to for one in claims.values()}
        stored = store_judged(connection, numbers, judged, queued)
        failpoint("ingest.stored")
    # 3 committed
    failpoint("ingest.committed")
    return stored


def store_judged(
    connection: Connection,
    numbers: Mapping[str, int],
    judged: Sequence[Judged],
    queued_up_to: QueuedUpTo = NOTHING_QUEUED,
) -> Stored:
    """Store judged messages inside the caller's transaction, wherever they come from.

    `queued_up_to` as for `store_events`.
    """
    stored = Stored(noted=[one for one in judged if one.heartbeat is not None])
    events = [one for one in judged if one.event is not None]
    if events:
        found = store_events(connection, numbers, events, queued_up_to)
        stored.accepted, stored.duplicates = found.fresh, found.duplicates
        stored.quarantined += [one.refused(_equivocation(one)) for one in found.equivocal]
    stored.quarantined += [one for one in judged if one.refusal is not None]
    _write_duplicates(connection, numbers, stored.duplicates)
    _write_quarantine(connection, numbers, stored.quarantined)
    record_streams(connection, stream_changes(numbers, stored), now=datetime.now(UTC))
    return stored


def _advance(
    connection: Connection, claims: Mapping[tuple[str, int], Claim], judged: Sequence[Judged]
) -> None:
    last: dict[tuple[str, int], int] = {}
    noted: dict[tuple[str, int], int] = {}
    for one in judged:
        place = (one.message.topic, one.message.partition)
        last[place] = one.message.offset
        noted[place] = noted.get(place, 0) + (one.heartbeat is not None)
    for place in sorted(last, key=lambda p: (claims[p].topic_no, p[1])):
        fence.advance(connection, claims[place], to=last[place] + 1, noted=noted[place])


def _equivocation(one: Judged) -> Refusal:
    event = event_of(one)
    return Refusal(
        "equivocation",
        f"{event.agency} has already given event {event.event_id} another content",
        attribution_of(one),
    )


def attribution_of(one: Judged) -> Attribution | None:
    """Return whose message it is, where the seal held."""
    if one.event is not None:
        return one.event.attribution
    return one.refusal.attribution if one.refusal is not None else None


def _write_duplicates(
    connection: Connection, numbers: Mapping[str, int], duplicates: Sequence[Judged]
) -> None:
    rows = [
        (*place_of(numbers, one), e.agency, e.event_id, e.stream, e.sequence, m.received_at)
        for one in duplicates
        for e, m in [(event_of(one), one.message)]
    ]
    if rows:
        with connection.cursor() as cursor, cursor.copy("COPY duplicate FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _write_quarantine(
    connection: Connection, numbers: Mapping[str, int], quarantined: Sequence[Judged]
) -> None:
    if quarantined:
        with connection.cursor() as cursor:
            cursor.executemany(QUARANTINE, [_quarantine_row(numbers, one) for one in quarantined])


def _quarantine_row(numbers: Mapping[str, int], one: Judged) -> tuple[Any, ...]:
    if one.refusal is None:
        raise TypeError("not refused")
    whose, message = one.refusal.attribution, one.message
    return (
        *place_of(numbers, one),
        one.refusal.reason.code,
        one.refusal.detail.replace("\0", "\\0"),
        whose.agency if whose else None,
        whose.stream if whose else None,
        whose.sequence if whose else None,
        message.received_at,
        message.key,
        message.value,
        headers_to_text(message.headers),
    )


def stream_changes(numbers: Mapping[str, int], stored: Stored) -> list[StreamChange]:
    """Return what the batch says of each stream, for those messages whose seal held."""
    changes: dict[tuple[str, UUID], StreamChange] = {}

    def change(agency: str, stream: UUID, topic: str, partition: int) -> StreamChange:
        known = changes.get((agency, stream))
        if known is None:
            known = StreamChange(agency, stream, topic, numbers[topic], partition)
            changes[agency, stream] = known
        return known

    for outcome, group in (
        ("accepted", stored.accepted),
        ("duplicate", stored.duplicates),
        ("quarantined", stored.quarantined),
    ):
        for one in group:
            whose = attribution_of(one)
            if whose is not None:
                entry = change(whose.agency, whose.stream, one.message.topic, one.message.partition)
                reason = one.refusal.reason if one.refusal else None
                entry.saw(whose, outcome, reason, one.message.received_at)
    for one in stored.noted:
        beat = one.heartbeat
        if beat is not None and beat.topic in numbers:
            entry = change(beat.agency, beat.stream, beat.topic, one.message.partition)
            entry.heard(beat.next_sequence, one.message.received_at)
    return list(changes.values())


def unstorable(
    connection: Connection, numbers: Mapping[str, int], judged: Sequence[Judged]
) -> list[Judged]:
    """Return `judged` with each message that the database cannot hold refused as `unstorable`.

    Bisects: a half that stores (and is rolled back) is clean. Used after a data error only. Raises
    UniqueViolation, which says nothing about what a message holds.
    """
    try:
        with connection.transaction(force_rollback=True):
            store_judged(connection, numbers, judged)
    except UniqueViolation:
        raise
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        if len(judged) == 1:
            return [_as_unstorable(connection, numbers, judged[0], str(error.sqlstate))]
        middle = len(judged) // 2
        return unstorable(connection, numbers, judged[:middle]) + unstorable(
            connection, numbers, judged[middle:]
        )
    return list(judged)


def _as_unstorable(
    connection: Connection, numbers: Mapping[str, int], one: Judged, sqlstate: str
) -> Judged:
    detail = f"the store refuses it: {sqlstate}"
    refused = one.refused(Refusal("unstorable", detail, attribution_of(one)))
    try:
        with connection.transaction(force_rollback=True):
            store_judged(connection, numbers, [refused])
    except (psycopg.DataError, psycopg.IntegrityError):
        # What it says of its stream (a number beyond bigint, say) cannot be held either; kept with
        # nobody's name, it is still one message with one outcome and blocks no partition.
        return one.refused(Refusal("unstorable", detail, None))
    return refused
