"""What a long-running publisher tells Prometheus (extra `metrics`): no personal data in labels.

publisher = Publisher(deliver_every=1.0, observe=metrics.observe)
metrics.watch(publisher)
metrics.serve(9465)
"""

from datetime import UTC, datetime

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from intelbus.errors import ConfigurationError
from intelbus.publishing.publisher import Publisher

EVENTS = Counter(
    "intelbus_publisher_events_total",
    "Events, by what publishing came to (queued, unchanged, correction), and those acked.",
    ["topic", "status"],
)
BATCH_EVENTS = Histogram(
    "intelbus_publisher_batch_events",
    "Events under one signature.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128),
)
OUTBOX_EVENTS = Gauge("intelbus_outbox_events", "Events that no broker has acknowledged.")
OUTBOX_AGE = Gauge(
    "intelbus_outbox_oldest_age_seconds", "How long the oldest of them has waited; 0 for none."
)


def observe(step: str, topic: str, events: int) -> None:
    """Count a publisher's step; pass it as `Publisher(observe=...)`."""
    if step == "sealed":
        BATCH_EVENTS.observe(events)
    else:
        EVENTS.labels(topic, step).inc(events)


def watch(publisher: Publisher) -> None:
    """Read depth and age from this publisher's outbox at each scrape."""
    OUTBOX_EVENTS.set_function(lambda: publisher.depth()[0])
    OUTBOX_AGE.set_function(lambda: oldest_age(publisher.depth()[1], now=datetime.now(UTC)))


def oldest_age(published_at: str | None, *, now: datetime) -> float:
    """Return the seconds from an RFC 3339 time to `now`, never below 0; 0 for None."""
    if published_at is None:
        return 0.0
    return max(0.0, (now - datetime.fromisoformat(published_at)).total_seconds())


def serve(port: int, *, host: str = "127.0.0.1") -> None:
    """Serve `/metrics` in a thread of its own. Raises ConfigurationError if the port is taken."""
    try:
        start_http_server(port, addr=host)
    except OSError as error:
        raise ConfigurationError(
            f"the metrics port is taken: {error.strerror}", subject=str(port)
        ) from error
