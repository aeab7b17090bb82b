"""What COPY leaves in the table, and two workers that store one event at once."""

import threading
from datetime import UTC, datetime

from consumers.ingest import fence
from consumers.ingest.events import event_of, past_races
from consumers.ingest.judgement import Judge, Judged
from consumers.ingest.store import Stored, store_judged
from intelbus.message import headers_from_bytes
from repository.database import connect
from repository.sequencer import sequence_once
from tests.support.bus import Bus
from tests.support.sealed import received
from tests.support.waiting import wait_until

COLUMNS = """
SELECT agency, event_id, kind, topic_no, partition, "offset", received_at, stream, sequence,
       schema_id, digest, content_digest, corrects, source_reference, reported_at, occurred_from,
       occurred_to, urgency, marking, grading_scheme, source_grade, information_grade, handling,
       key, value, headers
FROM event ORDER BY "offset"
"""
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"


def judged(bus: Bus, count: int, first: int = 0, **over: object) -> list[Judged]:
    """Return events as a worker has judged them, at offsets from `first`."""
    judge = Judge(bus.registry(bus.key), bus.topics, "confidential")
    now = datetime.now(UTC)
    return judge.judge_all(
        [
            received(one)._replace(offset=at, received_at=now)
            for at, one in enumerate(bus.seal(count, **over), first)
        ]
    )


def test_every_column_says_what_the_event_says(bus: Bus) -> None:
    events = judged(bus, 1) + judged(bus, 1, 1, occurred=None, source_reference="é/\\\t\n'")
    with connect(bus.settings.require_database()) as connection:
        numbers = fence.topic_numbers(connection, {events[0].message.topic})
        with connection.transaction():
            store_judged(connection, numbers, events)
        rows = connection.execute(COLUMNS).fetchall()
    for one, row in zip(events, rows, strict=True):
        event, message = event_of(one), one.message
        header = event.header
        occurred = header["occurred"] or {"earliest": None, "latest": None}
        assert row[:-1] == (
            *(event.agency, event.event_id, event.kind.value, numbers[message.topic]),
            *(message.partition, message.offset, message.received_at, event.stream),
            *(event.sequence, event.schema_id, event.digest, event.content_digest),
            *(header["corrects"], header["source_reference"], header["reported_at"]),
            *(occurred["earliest"], occurred["latest"], header["urgency"], header["marking"]),
            *(header["grading_scheme"], header["source_grade"], header["information_grade"]),
            *(header["handling"], message.key, message.value),
        )
        assert headers_from_bytes(row[-1]) == message.headers


def test_of_two_that_store_an_event_at_once_one_finds_a_duplicate(bus: Bus) -> None:
    database = bus.settings.require_database()
    events = judged(bus, 20)
    again = [Judged(one.message._replace(partition=1), event=one.event) for one in events]
    outcome: list[Stored] = []

    def second() -> None:
        with connect(database, ingest=True) as own:

            def attempt() -> Stored:
                with own.transaction():
                    return store_judged(own, numbers, again)

            outcome.append(past_races(attempt))

    with connect(database) as connection, connect(database) as watching:
        numbers = fence.topic_numbers(connection, {events[0].message.topic})
        other = threading.Thread(target=second)
        with connection.transaction():
            store_judged(connection, numbers, events)
            other.start()
            wait_until(
                lambda: watching.execute(WAITS).fetchone() == (1,),
                timeout=30,
                what="the second waits for the first",
            )
        other.join(30)
        assert [len(one.duplicates) for one in outcome] == [20]
        assert sequence_once(connection) == 20
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (20,)
