"""Ingest on a real Kafka and a real PostgreSQL: each message in effect once, whatever happens."""

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.context import SpawnProcess
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import psycopg
import pytest
from kafka import TopicPartition
from prometheus_client import REGISTRY

from consumers.ingest import fence
from consumers.ingest.fence import FencedError
from consumers.ingest.judgement import Judge
from consumers.ingest.quarantine import NotHeldError, entries, reject, retry, retry_after_registry
from consumers.ingest.supervisor import work
from consumers.ingest.worker import GROUP, Worker
from consumers.sealed_outbox import RECEIPTS
from consumers.stream_states import show
from deploy.local.folder import free_port
from deploy.local.servers import Addresses
from intelbus.codec import decode_control
from intelbus.errors import RefusedError
from intelbus.kafka import make_consumer
from intelbus.keys import SigningKey
from intelbus.message import OutgoingMessage
from intelbus.sealing import seal_heartbeat
from repository.database import connect
from repository.queries.streams import stream_states
from tests.support.bus import Bus, deploy
from tests.support.servers import fresh_database, fresh_prefix
from tests.support.waiting import wait_until

STEPS = ("fenced", "stored", "committed")


def test_each_message_has_one_outcome(bus: Bus) -> None:
    batch = bus.seal(5)
    replayed = batch[1]
    garbled = replace(batch[2], value=batch[2].value[:-1] + b"\0")
    bus.send(*batch, replayed, garbled)
    assert bus.ingest_all() == (5, 1, 1, 0)
    with connect(bus.settings.require_database()) as connection:
        refused = connection.execute("SELECT reason, agency FROM quarantine").fetchall()
        queued = connection.execute("SELECT sum(events) FROM event_queue").fetchone()
        seen = connection.execute("SELECT seen::text, gap_since FROM stream").fetchone()
    assert refused == [("not_in_batch", None)]
    assert queued == (5,)
    assert seen == ("{[1,6)}", None)


def test_one_identifier_with_two_contents_is_equivocation(bus: Bus) -> None:
    event_id = uuid4()
    bus.send(*bus.seal(1, event_id=event_id))
    bus.send(*bus.seal(1, event_id=event_id, urgency="threat_to_life"))
    assert bus.ingest_all() == (1, 0, 1, 0)
    with connect(bus.settings.require_database()) as connection:
        refused = connection.execute("SELECT reason, agency, sequence FROM quarantine").fetchall()
    assert refused == [("equivocation", "gla", 2)]


def test_a_sequence_number_that_no_column_holds_blocks_nothing(bus: Bus) -> None:
    bus.send(*bus.seal(1))
    bus.next_sequence, bus.last_root = 2**63 - 1, bytes(32)
    bus.send(*bus.seal(1))
    bus.next_sequence = 2
    bus.send(*bus.seal(1))
    assert bus.ingest_all() == (2, 0, 1, 0)
    with connect(bus.settings.require_database()) as connection:
        refused = connection.execute("SELECT reason, agency FROM quarantine").fetchall()
        assert refused == [("unstorable", None)]
        judge = Judge(bus.registry(bus.key), bus.topics, "confidential")
        counts = retry(connection, [entries(connection)[0].quarantine_id], judge, who="officer")
    assert counts == {"accepted": 0, "duplicate": 0, "quarantined": 1}
    assert bus.outcomes() == (2, 0, 1, 0)


def test_a_registry_that_cannot_be_trusted_does_not_stop_the_centre(bus: Bus) -> None:
    bus.send(*bus.seal(2))
    assert bus.ingest_all() == (2, 0, 0, 0)
    bus.send(OutgoingMessage(bus.topics.trust, b"registry", b"garbled", ()), *bus.seal(1))
    assert bus.ingest_all() == (3, 0, 0, 0)


def test_a_missing_message_and_a_cut_tail_show_as_gaps(bus: Bus) -> None:
    batch = bus.seal(4)
    bus.send(batch[0], batch[2])
    bus.send(
        seal_heartbeat(
            agency="gla",
            topic=bus.topics.for_kind("intelligence"),
            stream=bus.stream,
            next_sequence=7,
            last_root=bus.last_root,
            signing_key=bus.key,
            signed_at=datetime.now(UTC),
            heartbeats_topic=bus.topics.heartbeats,
        )
    )
    assert bus.ingest_all() == (2, 0, 0, 1)
    with connect(bus.settings.require_database()) as connection:
        row = connection.execute(
            "SELECT (int8multirange(int8range(1, announced_next)) - seen)::text,"
            " gap_since IS NOT NULL FROM stream"
        ).fetchone()
    assert row == ("{[2,3),[4,7)}", True)


@pytest.fixture(scope="module")
def killed(
    servers: Addresses, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, tuple[Bus, SpawnProcess]]]:
    """A deployment for each step, and the worker that was killed there: side by side, for until a
    group misses one that is gone takes ten seconds.
    """
    context = multiprocessing.get_context("spawn")
    doomed = {}
    with ExitStack() as stack:
        for step in STEPS:
            url = stack.enter_context(fresh_database(servers.database_url, template))
            home = tmp_path_factory.mktemp(step) / "ukhtc"
            bus = deploy(servers.kafka_bootstrap, url, fresh_prefix(), home)
            bus.send(*bus.seal(50))
            process = context.Process(target=work, args=(bus.settings, None))
            os.environ["INTELBUS_FAILPOINT"] = f"ingest.{step}"
            try:
                process.start()
            finally:
                del os.environ["INTELBUS_FAILPOINT"]
            doomed[step] = bus, process
        for _, process in doomed.values():
            process.join(60)
        yield doomed


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_any_step_loses_and_repeats_nothing(
    killed: Mapping[str, tuple[Bus, SpawnProcess]], step: str
) -> None:
    bus, doomed = killed[step]
    assert doomed.exitcode == -9
    assert bus.outcomes()[0] == (50 if step == "committed" else 0)
    assert bus.ingest_all() == (50, 0, 0, 0)


def is_ready(port: int) -> bool:
    """Ask a worker's /readyz; one that does not listen yet is not ready."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_two_workers_share_the_partitions(bus: Bus) -> None:
    context = multiprocessing.get_context("spawn")
    first = free_port(set())
    ports = [first, free_port({first})]
    workers = [context.Process(target=work, args=(bus.settings, port)) for port in ports]
    for one in workers:
        one.start()
    try:
        for _ in range(10):
            bus.stream, bus.next_sequence, bus.last_root = uuid4(), 1, None
            bus.send(*bus.seal(20))
        wait_until(lambda: all(is_ready(port) for port in ports), timeout=90, what="both ready")
        wait_until(lambda: bus.waiting() == 0, timeout=90, what="every message has an outcome")
    finally:
        for one in workers:
            one.terminate()
        for one in workers:
            one.join(30)
    assert [one.exitcode for one in workers] == [0, 0]
    assert bus.outcomes() == (200, 0, 0, 0)


def test_who_lost_a_partition_can_write_nothing(bus: Bus) -> None:
    place: dict[str, Any] = {
        "topic_no": 1,
        "partition": 0,
        "name": "t",
        "cluster_id": "c",
        "topic_id": "i",
    }
    with connect(bus.settings.require_database()) as connection:
        fence.topic_numbers(connection, ["t"])
        row = connection.execute("SELECT topic_no FROM topic WHERE name = 't'").fetchone()
        assert row is not None
        place["topic_no"] = row[0]
        zombie = fence.claim(connection, **place, first=0, end=9)
        owner = fence.claim(connection, **place, first=0, end=9)
        with pytest.raises(FencedError):
            fence.advance(connection, zombie, to=3, noted=0)
        fence.advance(connection, owner, to=3, noted=0)


def test_a_topic_made_anew_or_cut_short_stops_loudly(bus: Bus) -> None:
    with connect(bus.settings.require_database()) as connection:
        number = fence.topic_numbers(connection, ["t"])["t"]
        place: dict[str, Any] = {"topic_no": number, "partition": 0, "name": "t", "cluster_id": "c"}
        fence.claim(connection, **place, topic_id="old", first=5, end=9)
        with pytest.raises(RefusedError, match="another topic"):
            fence.claim(connection, **place, topic_id="new", first=0, end=9)
        with pytest.raises(RefusedError, match="holds offsets 7"):
            fence.claim(connection, **place, topic_id="old", first=7, end=9)


def test_an_unmigrated_database_is_refused(bus: Bus, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE alembic_version RENAME TO away")
        try:
            with pytest.raises(RefusedError, match="is needed"):
                Worker(bus.settings)
        finally:
            connection.execute("ALTER TABLE away RENAME TO alembic_version")


def test_a_late_enrolment_releases_what_waited_for_it(bus: Bus) -> None:
    known, bus.key = bus.key, SigningKey.generate()
    bus.send(*bus.seal(3))
    assert bus.ingest_all() == (0, 0, 3, 0)
    with connect(bus.settings.require_database()) as connection:
        held = [one.quarantine_id for one in entries(connection, reason="unknown_key")]
        judge = Judge(bus.registry(known, bus.key), bus.topics, "confidential")
        counts = retry_after_registry(connection, judge)
        assert (len(held), counts["accepted"]) == (3, 3)
        with pytest.raises(NotHeldError):
            reject(connection, held[0], who="officer", why="too late")
    assert bus.outcomes() == (3, 0, 0, 0)


def test_a_rejected_message_is_receipted_as_such(bus: Bus) -> None:
    batch = bus.seal(2, marking="secret")
    bus.send(*batch)
    assert bus.ingest_all() == (0, 0, 2, 0)
    with connect(bus.settings.require_database()) as connection:
        first = entries(connection)[0]
        reject(connection, first.quarantine_id, who="officer", why="wrong channel")
        bodies = connection.execute("SELECT body FROM receipt_outbox ORDER BY revision").fetchall()
        sealing_key = SigningKey.load(bus.settings.centre_home / "signing.key")
        assert RECEIPTS.seal_pending(connection, sealing_key, bus.topics, datetime.now(UTC)) == 2
    outcomes = [
        [
            (one["sequence"], one["outcome"])
            for one in decode_control("Receipt", bytes(b))["exceptions"]
        ]
        for (b,) in bodies
    ]
    assert outcomes == [[(1, "quarantined"), (2, "quarantined")], [(1, "rejected")]]
    assert bus.outcomes() == (0, 0, 2, 0)


def test_two_histories_of_one_stream_show_as_a_fork(bus: Bus) -> None:
    bus.send(*bus.seal(2))
    bus.next_sequence, bus.last_root = 1, None
    bus.send(*bus.seal(2))
    assert bus.ingest_all() == (4, 0, 0, 0)
    with connect(bus.settings.require_database()) as connection:
        (state,) = stream_states(connection)
    assert (state.agency, state.missing, state.forks) == ("gla", 0, 1)
    assert state.alarms(datetime.now(UTC))


def test_a_gap_is_an_alarm_only_after_the_grace(bus: Bus) -> None:
    batch = bus.seal(3)
    bus.send(batch[0], batch[2])
    assert bus.ingest_all() == (2, 0, 0, 0)
    with connect(bus.settings.require_database()) as connection:
        (state,) = stream_states(connection)
    assert (state.gaps, state.missing) == ("{[2,3)}", 1)
    now = datetime.now(UTC)
    assert not state.alarms(now)
    assert state.alarms(now + timedelta(minutes=11))
    show([state], now + timedelta(minutes=11))
    assert REGISTRY.get_sample_value("intelbus_streams_missing_messages", {"agency": "gla"}) == 1
    age = REGISTRY.get_sample_value("intelbus_streams_gap_age_seconds", {"agency": "gla"})
    assert age is not None
    assert 660 <= age < 720
    bus.send(batch[1])
    assert bus.ingest_all() == (3, 0, 0, 0)
    with connect(bus.settings.require_database()) as connection:
        (whole,) = stream_states(connection)
    assert (whole.gaps, whole.gap_since) == ("{}", None)


def test_a_worker_is_ready_once_its_partitions_are_claimed(bus: Bus) -> None:
    worker = Worker(bus.settings)
    assert not worker.ready()
    claimed: list[int] = []

    def ready() -> bool:
        if worker.ready():
            with connect(bus.settings.require_database()) as connection:
                claimed.append(connection.execute("SELECT FROM ingest_cursor").rowcount)
        return bool(claimed)

    worker.run(ready)
    assert claimed == [2 * (len(bus.topics.events) + 1)]


@pytest.mark.parametrize("stopped", [False, True])
def test_kafka_is_told_how_far_the_worker_is(bus: Bus, *, stopped: bool) -> None:
    bus.send(*bus.seal(3))
    watching = make_consumer(bus.settings, group_id=f"{bus.settings.topic_prefix}{GROUP}")
    partitions = [TopicPartition(name, n) for name in bus.topics.events for n in (0, 1)]

    def told() -> bool:
        return sum(watching.committed(one) or 0 for one in partitions) == 3

    try:
        # Ends when it has told; or as soon as all is stored, and tells it then.
        Worker(bus.settings).run((lambda: bus.outcomes() == (3, 0, 0, 0)) if stopped else told)
        assert told()
    finally:
        watching.close()
