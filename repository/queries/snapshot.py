"""One moment for several queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus


@contextmanager
def snapshot(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Let every query inside see the same moment.

    Inside a transaction that has begun already, its isolation level decides.
    """
    begins = connection.info.transaction_status is TransactionStatus.IDLE
    with connection.transaction():
        if begins:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
