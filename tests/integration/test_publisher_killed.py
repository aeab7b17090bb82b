"""Killing the publisher at any moment loses nothing and says nothing under a second id."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path

from intelbus.opening import StatementCache, open_message
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry
from tests.support import publish_all
from tests.support.agencies import enrolled, make_topics, read_topic, settings_of

EVENTS = 150
STEPS = ("storing", "stored", "sealing", "sealed", "sending", "sent", "acked")
RANDOM_KILLS = 3
ROOT = Path(__file__).parents[2]


def start(settings: Settings, failpoint: str = "") -> "subprocess.Popen[bytes]":
    assert settings.kafka_bootstrap is not None
    return subprocess.Popen(
        [
            *(sys.executable, publish_all.__file__, str(settings.home)),
            *(settings.kafka_bootstrap, settings.topic_prefix, str(EVENTS)),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "INTELBUS_FAILPOINT": failpoint},
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )


def assert_whole(settings: Settings, registry: TrustRegistry) -> int:
    """Check what lies on the topic; return how many messages were sent more than once."""
    topics, statements = Topics(settings.topic_prefix), StatementCache()
    messages = read_topic(settings, topics.for_kind("intelligence"))
    sent = defaultdict(set)
    references = defaultdict(set)
    for message in messages:
        event = open_message(
            message, registry, topics=topics, ceiling="confidential", statements=statements
        )
        sent[event.sequence].add((event.event_id, message.value, message.headers))
        references[event.event["header"]["source_reference"]].add(event.event_id)
    assert sorted(sent) == list(range(1, EVENTS + 1))
    assert {len(copies) for copies in sent.values()} == {1}, "a resend had other bytes"
    assert sorted(references) == sorted(f"GLA/{n}" for n in range(EVENTS))
    assert {len(ids) for ids in references.values()} == {1}, "one record under two event ids"
    return len(messages) - EVENTS


def test_killed_at_each_step(tmp_path: Path, kafka_bootstrap: str, topic_prefix: str) -> None:
    home, registry = enrolled(tmp_path)
    settings = settings_of(home, kafka=kafka_bootstrap, prefix=topic_prefix)
    make_topics(settings)
    for step in STEPS:
        program = start(settings, f"publisher.{step}")
        _, errors = program.communicate(timeout=60)
        assert program.returncode == -signal.SIGKILL, f"{step}: {errors.decode()}"
    program = start(settings)
    _, errors = program.communicate(timeout=60)
    assert program.returncode == 0, errors.decode()
    resent = assert_whole(settings, registry)
    assert resent > 0, "killed after sending, the same bytes go out again"


def test_killed_at_random(tmp_path: Path, kafka_bootstrap: str, topic_prefix: str) -> None:
    home, registry = enrolled(tmp_path)
    settings = settings_of(home, kafka=kafka_bootstrap, prefix=topic_prefix)
    make_topics(settings)
    choose = random.Random(2009)
    for _ in range(RANDOM_KILLS):
        program = start(settings)
        timer = threading.Timer(choose.uniform(0.5, 1.6), program.kill)
        timer.start()
        program.communicate(timeout=60)
        timer.cancel()
    program = start(settings)
    _, errors = program.communicate(timeout=60)
    assert program.returncode == 0, errors.decode()
    assert_whole(settings, registry)
