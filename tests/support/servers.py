"""The real servers of the tests: given by URL, or started for this run and removed after."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from deploy.local.servers import Addresses, down, up


@contextmanager
def running_servers() -> Iterator[Addresses]:
    """Yield both servers' addresses.

    Those of INTELBUS_KAFKA_BOOTSTRAP and INTELBUS_DATABASE_URL when both are set; else a pair is
    started in a temporary folder, and removed at the end even if this process is killed.
    """
    bootstrap = os.environ.get("INTELBUS_KAFKA_BOOTSTRAP")
    url = os.environ.get("INTELBUS_DATABASE_URL")
    if bootstrap and url:
        yield Addresses(kafka_bootstrap=bootstrap, database_url=url)
        return
    data = Path(tempfile.mkdtemp(prefix="intelbus-tests-"))
    try:
        yield up(data, owner=os.getpid(), durable=False)
    finally:
        down(data, remove=True)


@contextmanager
def fresh_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a new database on the server, empty or a copy of a template to which nobody
    is connected; it is dropped afterwards.
    """
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def fresh_prefix() -> str:
    """Return a topic prefix that no other test uses, so that tests share one broker."""
    return f"t{uuid4().hex[:12]}."
