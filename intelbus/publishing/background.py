"""Delivery in a thread of its own, for programs that run for long."""

import threading
from collections.abc import Callable

import structlog

from intelbus.errors import IntelbusError

_log = structlog.get_logger(__name__)


class Background:
    """Calls `flush` again and again until it is stopped. A failure waits for the next time."""

    def __init__(self, flush: Callable[[], object], *, interval: float) -> None:
        self._flush = flush
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intelbus-delivery", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the delivery under way."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            try:
                self._flush()
            except IntelbusError as error:
                _log.warning("delivery failed; the outbox keeps the events", error=str(error))
