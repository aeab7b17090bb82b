"""Reads a run's history from where each part is kept: outboxes, Kafka, PostgreSQL."""

import sqlite3
from typing import Any

import psycopg

from intelbus.codec import UndecodableError, decode_event
from intelbus.publishing.outbox import OUTBOX_FILE
from tests.chaos.checker import History, Message, Outcome, Sent, StreamState
from tests.chaos.load import Journal
from tests.chaos.world import LOADS, World
from tests.support.agencies import read_topic

OUTCOMES = """
SELECT t.name, o.partition, o."offset", o.outcome, o.agency, o.event_id::text FROM (
    SELECT topic_no, partition, "offset", 'accepted' AS outcome, agency, event_id FROM event
    UNION ALL SELECT topic_no, partition, "offset", 'duplicate', agency, event_id FROM duplicate
    UNION ALL SELECT topic_no, partition, "offset", 'quarantined', agency, NULL FROM quarantine
        WHERE status <> 'released'
) o JOIN topic t USING (topic_no)
"""
CURSORS = """
SELECT t.name, c.partition, c.first_offset, c.next_offset
FROM ingest_cursor c JOIN topic t USING (topic_no)
"""
STREAMS = """
SELECT s.agency, s.stream, ARRAY(SELECT ARRAY[lower(r), upper(r) - 1] FROM unnest(s.seen) r),
       s.announced_next
FROM stream s
"""
CHAIN = """
SELECT first_sequence, count, root, previous_root FROM stream_batch
WHERE agency = %s AND stream = %s ORDER BY first_sequence, root
"""


def history_of(world: World) -> History:
    """Return everything that is known of a run that has ended."""
    history = History()
    for agency in LOADS:
        _outbox(world, agency, history)
    for topic in (*world.topics.events, world.topics.heartbeats):
        for message in read_topic(world.settings, topic):
            place = (message.topic, message.partition, message.offset)
            if topic == world.topics.heartbeats:
                history.messages.append(Message(*place, agency=""))
                continue
            try:
                header = decode_event(message.value or b"").event["header"]
            except UndecodableError:
                history.messages.append(Message(*place, agency="", event_id=""))
                continue
            history.messages.append(
                Message(
                    *place,
                    agency=header["originator"],
                    stream=str(header["stream"]),
                    event_id=str(header["event_id"]),
                    sequence=header["sequence"],
                )
            )
    with psycopg.connect(world.database) as connection:
        _store(connection, history)
    return history


def _outbox(world: World, agency: str, history: History) -> None:
    for line in Journal(world.folder / f"{agency}.journal").lines():
        history.said.add((agency, line["event_id"]))
    path = world.home(agency) / OUTBOX_FILE
    if not path.exists():  # ingest stopped before this agency had its turn
        return
    outbox = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for event_id, topic, sequence, offset in outbox.execute(
            "SELECT event_id, topic, sequence, acked_offset FROM event"
        ):
            history.sent.append(Sent(agency, event_id, topic, sequence, offset))
    finally:
        outbox.close()


def _store(connection: psycopg.Connection[Any], history: History) -> None:
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    for topic, partition, first, following in connection.execute(CURSORS):
        history.cursors[topic, partition] = (first, following)
    history.outcomes = [Outcome(*row) for row in connection.execute(OUTCOMES)]
    history.positions = [
        (position, (agency, str(event_id)))
        for position, agency, event_id in connection.execute(
            "SELECT position, agency, event_id FROM event_log"
        )
    ]
    for agency, stream, seen, following in connection.execute(STREAMS).fetchall():
        chain = connection.execute(CHAIN, (agency, stream)).fetchall()
        history.streams.append(
            StreamState(
                agency,
                str(stream),
                tuple((first, last) for first, last in seen),
                following,
                tuple(chain),
            )
        )
