"""Readers for tests, and the settings that make one of them the reader of the command line."""

from typing import Any

import psycopg
import pytest

from repository.access.accounts import keep_reader
from repository.access.reader import ROLES, Reader
from repository.access.session import Session
from repository.database import connect

PURPOSE = "OP/2009/1"
# Sees everything there is.
DIRECTOR = Reader("d.irector", "ukhtc", "top_secret", frozenset(ROLES), "law_enforcement")


def session_of(database_url: str, reader: Reader = DIRECTOR) -> Session:
    """Return a session of a reader on a database."""
    return Session(lambda: connect(database_url), reader, PURPOSE)


def reads_here(
    monkeypatch: pytest.MonkeyPatch,
    connection: psycopg.Connection[Any],
    reader: Reader = DIRECTOR,
) -> None:
    """Let a reader be known, and be who reads by command line."""
    connection.execute("DELETE FROM reader WHERE name = %s", (reader.name,))
    keep_reader(connection, reader)
    monkeypatch.setenv("INTELBUS_READER", reader.name)
    monkeypatch.setenv("INTELBUS_PURPOSE", PURPOSE)
