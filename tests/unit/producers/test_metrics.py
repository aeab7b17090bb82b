"""What the publisher tells Prometheus."""

from datetime import UTC, datetime

from prometheus_client import REGISTRY

from producers import metrics


def test_steps_are_counted_by_topic_and_status() -> None:
    labels = {"topic": "test.v1", "status": "queued"}
    metrics.observe("queued", "test.v1", 2)
    metrics.observe("queued", "test.v1", 1)
    metrics.observe("sealed", "test.v1", 128)
    assert REGISTRY.get_sample_value("intelbus_publisher_events_total", labels) == 3.0


def test_the_oldest_age_is_in_seconds_and_never_negative() -> None:
    now = datetime(2009, 10, 12, 9, 30, tzinfo=UTC)
    ages = [
        metrics.oldest_age(at, now=now)
        for at in (None, "2009-10-12T09:29:30.000000Z", "2009-10-12T09:31:00.000000Z")
    ]
    assert ages == [0.0, 30.0, 0.0]
