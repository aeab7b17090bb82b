"""Killed at any step, the stage and the sender tell everything once and lose nothing."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from consumers.commands.topics import STREAM_SETTINGS
from consumers.receipts import run_receipts
from intelbus.codec import decode_control
from intelbus.kafka_topics import create_topics
from intelbus.keys import SigningKey
from intelbus.settings import Settings, load_settings
from intelbus.topics import Topics
from intelbus.trust_files import SIGNING_KEY_FILE
from repository.database import connect
from repository.linking.stage import link_all
from repository.notices.stage import decide_all
from repository.sequencer import sequence_once
from tests.support.agencies import read_topic
from tests.support.notices import REGISTRY, TABLES, tell, told, vehicle
from tests.support.store import store_event
from tests.support.waiting import wait_until

MARKS = ("KX56 ABZ", "LT04 AAA", "MX05 BBB")
DECIDING = ("locked", "read", "noted", "decided", "moved", "committed")
SENDING = ("sealing", "sealed", "acknowledged", "sent")


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}")
        yield connection


def killed_at(step: str, target: Callable[..., Any], *arguments: Any) -> None:
    """Run a function in a process of its own, and see it die at a step."""
    os.environ["INTELBUS_FAILPOINT"] = f"notices.{step}"
    try:
        doomed = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
        doomed.start()
        doomed.join(60)
    finally:
        del os.environ["INTELBUS_FAILPOINT"]
    assert doomed.exitcode == -9


def decide(database: str) -> None:
    with connect(database) as connection:
        decide_all(connection, lambda _: REGISTRY, batch=2)


def send(settings: Settings) -> None:
    run_receipts(settings, threading.Event())


def hold(connection: psycopg.Connection[Any]) -> None:
    """Let two agencies hold three vehicles, and one of them take one back."""
    for mark in MARKS:
        tell(connection, "gla", vehicle(mark))
        gone = tell(connection, "met", vehicle(mark))
    sequence_once(connection)
    link_all(connection)
    decide_all(connection, lambda _: REGISTRY)
    store_event(connection, "retraction", "met", target_event_id=gone)
    tell(connection, "soca", vehicle(MARKS[0]))
    sequence_once(connection)
    link_all(connection)


EXPECTED = sorted(
    [("gla", "met", "stands", "strong", 1), ("met", "gla", "stands", "strong", 1)] * 3
    + [("gla", "met", "withdrawn", "strong", 2), ("met", "gla", "withdrawn", "strong", 2)]
    + [("soca", "gla", "stands", "strong", 1), ("soca", "met", "stands", "strong", 1)]
    + [("gla", "soca", "stands", "strong", 1), ("met", "soca", "stands", "strong", 1)]
)


@pytest.mark.parametrize("step", DECIDING)
def test_the_stage_killed_at_any_step_decides_everything_once(
    connection: psycopg.Connection[Any], database_url: str, step: str
) -> None:
    hold(connection)
    killed_at(step, decide, database_url)
    decide_all(connection, lambda _: REGISTRY, batch=2)
    assert sorted(told(connection)) == EXPECTED


@pytest.fixture
def centre(kafka_bootstrap: str, database_url: str, topic_prefix: str, tmp_path: Path) -> Settings:
    SigningKey.generate().save(tmp_path / SIGNING_KEY_FILE)
    settings = load_settings(
        kafka_bootstrap=kafka_bootstrap,
        database_url=database_url,
        topic_prefix=topic_prefix,
        centre_home=tmp_path,
    )
    topics = Topics(topic_prefix)
    wanted = {topics.notices(agency): STREAM_SETTINGS for agency in ("gla", "met", "soca")}
    create_topics(settings, wanted, partitions=1, replication=1)
    return settings


@pytest.mark.parametrize("step", SENDING)
def test_the_sender_killed_at_any_step_sends_the_same_bytes(
    connection: psycopg.Connection[Any], centre: Settings, step: str
) -> None:
    hold(connection)
    decide_all(connection, lambda _: REGISTRY)
    killed_at(step, send, centre)
    stop = threading.Event()
    sender = threading.Thread(target=run_receipts, args=(centre, stop))
    sender.start()

    def all_sent() -> bool:
        row = connection.execute(
            "SELECT count(*) FROM notice_outbox WHERE sent_at IS NULL"
        ).fetchone()
        return row == (0,)

    try:
        wait_until(all_sent, timeout=60, what="every notice is sent")
    finally:
        stop.set()
        sender.join(30)
    copies: dict[tuple[str, int], set[Any]] = {}
    for agency in ("gla", "met", "soca"):
        for message in read_topic(centre, Topics(centre.topic_prefix).notices(agency)):
            said = decode_control("Notice", message.value or b"")
            key = (str(said["notice_id"]), said["revision"])
            copies.setdefault(key, set()).add((message.key, message.value, message.headers))
    assert len(copies) == len(EXPECTED)
    assert {len(same) for same in copies.values()} == {1}, "a resend had other bytes"
