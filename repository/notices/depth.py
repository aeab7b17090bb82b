"""How much waits: messages for the broker, and notices for an officer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg

DEPTH: LiteralString = """
SELECT (SELECT min(queued_at) FROM notice_outbox WHERE sent_at IS NULL),
       (SELECT count(*) FROM notice WHERE status = 'held'),
       (SELECT min(decided_at) FROM notice WHERE status = 'held')
"""


@dataclass(frozen=True, slots=True)
class Depth:
    """Seconds that the oldest unsent message has waited, and the officers' queue: how many, and
    seconds that the oldest has waited. 0 where nothing waits."""

    outbox_age: float
    held: int
    held_age: float


def depth(connection: psycopg.Connection[Any], now: datetime) -> Depth:
    """Return how much waits."""
    queued_at, held, held_since = connection.execute(DEPTH).fetchone() or (None, 0, None)
    return Depth(_age(queued_at, now), held, _age(held_since, now))


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
