"""A broker whose clock is put back: a stream is numbered in its order all the same."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from consumers.ingest import worker
from intelbus.kafka_reading import to_received
from intelbus.message import ReceivedMessage
from repository.database import connect
from repository.sequencer import sequence_once
from tests.support.bus import Bus

PUT_BACK = timedelta(minutes=10)
IN_ORDER_OF_NUMBERS = """
SELECT e.sequence FROM event_log l JOIN event e USING (agency, event_id) ORDER BY l.position
"""


@pytest.fixture
def put_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return what puts the clock back from a message on, counted over all that are received."""

    def from_message(first: int) -> None:
        seen = 0

        def received(record: Any) -> ReceivedMessage:
            nonlocal seen
            message = to_received(record)
            seen += 1
            if seen <= first:
                return message
            return message._replace(received_at=message.received_at - PUT_BACK)

        monkeypatch.setattr(worker, "to_received", received)

    return from_message


def numbered(bus: Bus) -> Sequence[int]:
    """Number all that is queued, in batches of five; return the sequences in that order."""
    with connect(bus.settings.require_database()) as connection:
        while sequence_once(connection, batch=5):
            pass
        return [row[0] for row in connection.execute(IN_ORDER_OF_NUMBERS)]


def test_within_one_polled_batch(bus: Bus, put_back: Callable[[int], None]) -> None:
    put_back(4)
    bus.send(*bus.seal(9))
    assert bus.ingest_all() == (9, 0, 0, 0)
    assert numbered(bus) == list(range(1, 10))


def test_from_one_worker_to_the_next(bus: Bus, put_back: Callable[[int], None]) -> None:
    bus.send(*bus.seal(4))
    assert bus.ingest_all() == (4, 0, 0, 0)
    put_back(0)
    bus.send(*bus.seal(5))
    assert bus.ingest_all() == (9, 0, 0, 0)
    assert numbered(bus) == list(range(1, 10))


def test_from_one_batch_to_the_next(bus: Bus, put_back: Callable[[int], None]) -> None:
    put_back(4)
    first, second = bus.seal(4), bus.seal(5)
    bus.send(*first)
    sent = False

    def stop() -> bool:
        nonlocal sent
        if not sent and bus.waiting() == 0:
            bus.send(*second)
            sent = True
            return False
        return sent and bus.waiting() == 0

    worker.Worker(bus.settings).run(stop)
    assert numbered(bus) == list(range(1, 10))
