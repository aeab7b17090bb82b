"""A worker's pace: the broker is seldom asked while nothing comes, and waits for the first."""

from kafka import KafkaConsumer, TopicPartition

from consumers.ingest.pace import QUIET_MS, Pace
from intelbus.kafka import make_consumer
from tests.support.bus import Bus
from tests.support.waiting import wait_until

LONGEST = "fetch-latency-max"


def _longest_ms(consumer: KafkaConsumer) -> float:
    """Return how long the broker took over a fetch at most."""
    found = [group[LONGEST] for group in consumer.metrics().values() if LONGEST in group]
    return float(found[0]) if found else 0.0


def test_a_quiet_broker_is_seldom_asked(bus: Bus) -> None:
    consumer = make_consumer(bus.settings)
    try:
        pace = Pace(consumer)
        partitions = [TopicPartition(name, n) for name in bus.topics.events for n in (0, 1)]
        consumer.assign(partitions)
        consumer.seek_to_beginning()

        def polled() -> bool:
            heard = bool(consumer.poll(timeout_ms=200))
            pace.polled(heard=heard)
            return heard

        wait_until(lambda: not polled() and pace.quiet)
        wait_until(lambda: not polled() and _longest_ms(consumer) >= QUIET_MS * 0.9)
        bus.send(*bus.seal(1))
        wait_until(polled)
        assert not pace.quiet
    finally:
        consumer.close()
