"""The publisher against a real broker: what it returns is what arrives, once, sealed."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from intelbus import Publisher
from intelbus.errors import ContentError, RefusedError, UnavailableError
from intelbus.kafka import admin_client
from intelbus.kafka_topics import describe
from intelbus.opening import StatementCache, VerifiedEvent, open_heartbeat, open_message
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry
from tests.support.agencies import enrolled, make_topics, read_topic, settings_of
from tests.support.events import sample_source
from tests.support.waiting import wait_until


@pytest.fixture
def place(
    tmp_path: Path, kafka_bootstrap: str, topic_prefix: str
) -> tuple[Settings, TrustRegistry]:
    home, registry = enrolled(tmp_path)
    settings = settings_of(home, kafka=kafka_bootstrap, prefix=topic_prefix)
    make_topics(settings)
    return settings, registry


def arrived(
    settings: Settings, registry: TrustRegistry, kind: str = "intelligence"
) -> list[VerifiedEvent]:
    topics, statements = Topics(settings.topic_prefix), StatementCache()
    return [
        open_message(one, registry, topics=topics, ceiling="confidential", statements=statements)
        for one in read_topic(settings, topics.for_kind(kind, target_kind="intelligence"))
    ]


def test_what_is_published_arrives_sealed_in_order_on_one_partition(
    place: tuple[Settings, TrustRegistry],
) -> None:
    settings, registry = place
    sources = [
        ("intelligence", sample_source("intelligence", source_reference=f"GLA/{n}"))
        for n in range(300)
    ]
    with Publisher(settings) as publisher:
        published = list(publisher.publish_many(sources))
        publisher.flush(30)
        statuses = publisher.receipts()
    events = arrived(settings, registry)
    assert [e.event_id for e in events] == [p.event_id for p in published]
    assert [e.sequence for e in events] == list(range(1, 301))
    assert len({(e.message.partition, e.stream) for e in events}) == 1
    assert sorted({e.statement.count for e in events}) == [44, 128]
    assert {row["status"] for row in statuses} == {"sent"}


def test_the_same_content_is_one_event_and_other_content_corrects_the_first(
    place: tuple[Settings, TrustRegistry],
) -> None:
    settings, registry = place
    first = sample_source("intelligence", source_reference="GLA/7")
    second = sample_source("intelligence", source_reference="GLA/7", title="Another title")
    with Publisher(settings) as publisher:
        said = [publisher.publish("intelligence", source) for source in (first, first)]
    with Publisher(settings) as publisher:  # a restart remembers
        said += [publisher.publish("intelligence", s) for s in (first, second, second, first)]
        publisher.flush(30)
    assert [one.status for one in said] == [
        "queued",
        "unchanged",
        "unchanged",
        "correction",
        "unchanged",
        "correction",
    ]
    events = arrived(settings, registry)
    corrects = [e.event["header"]["corrects"] for e in events]
    assert corrects == [None, said[0].event_id, said[0].event_id]
    assert len({e.event_id for e in events}) == 3


def test_corrects_and_retracts_name_source_references(
    place: tuple[Settings, TrustRegistry],
) -> None:
    settings, registry = place
    retraction = {"target_kind": "intelligence", "retracts": "GLA/2", "target_event_id": None}
    with Publisher(settings) as publisher:
        first = publisher.publish(
            "intelligence", sample_source("intelligence", source_reference="GLA/1")
        )
        renamed = sample_source("intelligence", source_reference="GLA/2", corrects="GLA/1")
        second = publisher.publish("intelligence", renamed)
        publisher.publish(
            "retraction", sample_source("retraction", source_reference="GLA/3", **retraction)
        )
        with pytest.raises(ContentError):
            publisher.publish(
                "intelligence",
                sample_source("intelligence", source_reference="GLA/4", corrects="GLA/none"),
            )
        publisher.flush(30)
    assert second.status == "correction"
    events = arrived(settings, registry)
    assert [e.kind for e in events] == ["intelligence", "intelligence", "retraction"]
    assert events[1].event["header"]["corrects"] == first.event_id
    assert events[2].event["target_event_id"] == first.event_id


def test_what_the_centre_would_refuse_never_leaves(
    tmp_path: Path, kafka_bootstrap: str, topic_prefix: str
) -> None:
    home, _ = enrolled(tmp_path, kinds=["intelligence"])
    settings = settings_of(home, kafka=kafka_bootstrap, prefix=topic_prefix)
    with Publisher(settings) as publisher:
        with pytest.raises(ContentError, match="marking"):
            publisher.publish("intelligence", sample_source("intelligence", marking="secret"))
        with pytest.raises(RefusedError, match="may not publish outcome"):
            publisher.publish("outcome", sample_source("outcome"))
        assert publisher.depth() == (0, None)


def test_flushing_sends_a_heartbeat_of_each_stream(
    place: tuple[Settings, TrustRegistry],
) -> None:
    settings, registry = place
    topics = Topics(settings.topic_prefix)
    with Publisher(settings) as publisher:
        for kind in ("intelligence", "operation"):
            publisher.publish(kind, sample_source(kind))
        publisher.flush(30)
    beats = [
        open_heartbeat(one, registry, topics=topics)
        for one in read_topic(settings, topics.heartbeats)
    ]
    assert {(b.topic, b.next_sequence) for b in beats} == {
        (topics.for_kind("intelligence"), 2),
        (topics.for_kind("operation"), 2),
    }


def test_without_a_broker_events_wait_and_go_out_later(
    place: tuple[Settings, TrustRegistry],
) -> None:
    settings, registry = place
    away = settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:9"})
    with Publisher(away) as publisher:
        said = publisher.publish("intelligence", sample_source("intelligence"))
        with pytest.raises(UnavailableError):
            publisher.flush(0.1)
        assert publisher.depth()[0] == 1
    with Publisher(settings) as publisher:
        publisher.flush(30)
    assert [e.event_id for e in arrived(settings, registry)] == [said.event_id]


def test_a_stream_stays_where_it_is_when_the_topic_grows(
    place: tuple[Settings, TrustRegistry],
) -> None:
    settings, registry = place
    topic = Topics(settings.topic_prefix).for_kind("intelligence")
    for number, partitions in enumerate((None, 7, 11)):  # a key would have to hit three times
        if partitions is not None:
            with admin_client(settings) as admin:
                admin.create_partitions({topic: partitions})
        with Publisher(settings) as publisher:
            source = sample_source("intelligence", source_reference=f"GLA/{number}")
            publisher.publish("intelligence", source)
            publisher.flush(30)
    events = arrived(settings, registry)
    assert len(describe(settings, [topic])[topic].partitions) == 11
    assert len(events) == 3
    assert len({e.message.partition for e in events}) == 1


def test_threads_publish_while_another_delivers(place: tuple[Settings, TrustRegistry]) -> None:
    settings, registry = place
    steps: list[tuple[str, str, int]] = []
    observe = lambda *step: steps.append(step)  # noqa: E731
    with Publisher(settings, deliver_every=0.02, observe=observe) as publisher:

        def publish(number: int) -> None:
            publisher.publish(
                "intelligence", sample_source("intelligence", source_reference=f"GLA/{number % 90}")
            )

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(publish, range(120)))
        wait_until(lambda: publisher.depth()[0] == 0, what="everything is delivered")
    events = arrived(settings, registry)
    assert sorted(e.sequence for e in events) == list(range(1, 91))
    assert len({e.event_id for e in events}) == 90
    counted = {name: sum(n for step, _, n in steps if step == name) for name, _, _ in steps}
    assert counted == {"queued": 90, "unchanged": 30, "sealed": 90, "acked": 90}
