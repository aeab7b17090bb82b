"""Warming: what a search looks up here and there is read once from end to end, before anybody asks.

Of a thousand results a search reads a row of the log and one of the wordings' index each, all over
both. While those lie on disk, that is two thousand waits; together they are some 300 bytes an
event, which a disk gives in one go. Postings lie together, and need no warming.
"""

from threading import Thread
from typing import LiteralString

import psycopg
import structlog

from intelbus.errors import IntelbusError
from repository.database import connect

# Each counts, and nobody is told how many: what is wanted is that the pages have been read.
ROWS: LiteralString = "SELECT count(reported_at) FROM event_log"
BY_INDEX: tuple[LiteralString, ...] = (
    "SELECT count(*) FROM event_log WHERE position > 0",
    "SELECT count(*) FROM wording WHERE position > 0",
)
INDEX_ALONE: LiteralString = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"

log = structlog.get_logger()


def warm(url: str) -> None:
    """Read what searches look up; seconds at a million events. Raises UnavailableError."""
    with connect(url) as connection, connection.transaction():
        connection.execute(ROWS)
        connection.execute(INDEX_ALONE)
        for read in BY_INDEX:
            connection.execute(read)


def warm_meanwhile(url: str) -> Thread:
    """Do so beside whatever else is done; return the thread that does. What fails is logged: then
    the first searches wait for the disk.
    """

    def run() -> None:
        try:
            warm(url)
        except (psycopg.Error, IntelbusError) as error:
            log.warning("not_warmed", kind=type(error).__name__)

    thread = Thread(target=run, name="warming", daemon=True)
    thread.start()
    return thread
