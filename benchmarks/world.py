"""The world that is measured: servers of its own, enrolled agencies, topics, fresh databases."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from consumers.authority.office import Office
from consumers.commands.topics import STREAM_SETTINGS, TRUST_SETTINGS
from deploy.local.servers import Addresses, up
from intelbus.enrolment import make_request
from intelbus.kafka import make_producer
from intelbus.kafka_topics import create_topics
from intelbus.keys import SigningKey
from intelbus.settings import Settings, load_settings
from intelbus.topics import Topics
from intelbus.trust import REGISTRY_KEY
from intelbus.trust_files import REGISTRY_FILE
from producers.generator.agencies import AGENCIES
from repository.migrate import migrate

PARTITIONS = 6
# What an operator would set on such a machine; the local server's own settings are for tests.
SERVER = {
    "shared_buffers": "4GB",
    "effective_cache_size": "12GB",
    "random_page_cost": "1.1",
    "max_wal_size": "8GB",
}
# Workers started together join together, as with the broker's own default of three seconds. Of two
# that do not, the first works alone until a heartbeat tells it of the second.
BROKER = {"group.initial.rebalance.delay.ms": "1000"}
_DROP = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
_COPY = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")


@dataclass(frozen=True, slots=True)
class World:
    """Two servers, an authority, and a signing key for every agency of the generator."""

    folder: Path
    addresses: Addresses
    keys: dict[str, SigningKey]

    def settings(self, prefix: str, database_url: str | None = None) -> Settings:
        """Return the centre's settings for one deployment (a prefix and a database)."""
        return load_settings(
            kafka_bootstrap=self.addresses.kafka_bootstrap,
            database_url=database_url or self.addresses.database_url,
            topic_prefix=prefix,
            centre_home=self.folder / "ukhtc",
        )

    def environment(self, prefix: str, database_url: str) -> dict[str, str]:
        """Return the environment of the centre's commands for one deployment."""
        return {
            **os.environ,
            "INTELBUS_KAFKA_BOOTSTRAP": self.addresses.kafka_bootstrap,
            "INTELBUS_DATABASE_URL": database_url,
            "INTELBUS_TOPIC_PREFIX": prefix,
            "INTELBUS_CENTRE_HOME": str(self.folder / "ukhtc"),
        }

    def make_topics(self, prefix: str) -> Topics:
        """Make a deployment's topics and publish the trust registry there."""
        settings, topics = self.settings(prefix), Topics(prefix)
        wanted = {
            **dict.fromkeys((*topics.events, topics.heartbeats), STREAM_SETTINGS),
            topics.trust: TRUST_SETTINGS,
        }
        create_topics(settings, wanted, partitions=PARTITIONS, replication=1)
        _, signed = Office(self.folder / "ukhtc").publish(now=datetime.now(UTC))
        producer = make_producer(settings)
        producer.send(topics.trust, key=REGISTRY_KEY, value=signed).get(timeout=30)
        producer.close()
        return topics

    def registry(self) -> bytes:
        """Return the signed trust registry."""
        return (self.folder / "ukhtc" / REGISTRY_FILE).read_bytes()

    @property
    def servers(self) -> Path:
        """The servers' data directory."""
        return self.folder / "servers"

    def topics(self, prefix: str) -> Topics:
        """Return the names of a deployment's topics."""
        return Topics(prefix)

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.addresses.database_url)._replace(path=f"/{name}"))

    def kept_database(self, name: str, beginning: str = "template1") -> str:
        """Return the URL of a database that stays as long as the servers' data do, with the newest
        tables; it is made as a copy of `beginning` if it is not there.
        """
        with psycopg.connect(self.addresses.database_url, autocommit=True) as connection:
            there = "SELECT FROM pg_database WHERE datname = %s"
            if connection.execute(there, (name,)).fetchone() is None:
                connection.execute(_COPY.format(sql.Identifier(name), sql.Identifier(beginning)))
        migrate(self._url(name))
        return self._url(name)

    @contextmanager
    def copy(self, name: str, into: str) -> Iterator[str]:
        """Yield the URL of a copy of a database that nobody uses; it is dropped afterwards."""
        copied = sql.Identifier(into)
        with psycopg.connect(self.addresses.database_url, autocommit=True) as connection:
            connection.execute(_DROP.format(copied))
            connection.execute(_COPY.format(copied, sql.Identifier(name)))
            try:
                yield self._url(into)
            finally:
                connection.execute(_DROP.format(copied))

    @contextmanager
    def database(self, name: str, *, migrated: bool = True) -> Iterator[str]:
        """Yield the URL of a fresh database on the server; it is dropped afterwards."""
        server = self.addresses.database_url
        drop = _DROP.format(sql.Identifier(name))
        url = self._url(name)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(drop)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        if migrated:
            migrate(url)
        # every run starts from the same state: nothing of the one before is still to be written
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        try:
            yield url
        finally:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(drop)


def open_world(
    folder: Path,
    *,
    owner: int | None = None,
    settings: Mapping[str, str] | None = None,
    broker_settings: Mapping[str, str] | None = None,
) -> World:
    """Start the servers and found the authority with all agencies, or find them as they were.

    `owner` and both `settings` as for `deploy.local.servers.up`. Raises UnavailableError,
    ConfigurationError.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    addresses = up(
        folder / "servers", owner=owner, settings=settings, broker_settings=broker_settings
    )
    keys_file, home = folder / "agencies.json", folder / "ukhtc"
    if keys_file.exists():
        seeds = json.loads(keys_file.read_text("utf-8"))
        keys = {code: SigningKey.from_seed(bytes.fromhex(seed)) for code, seed in seeds.items()}
        return World(folder, addresses, keys)
    now = datetime.now(UTC)
    office = Office.found(home, now=now)
    seeds = {code: os.urandom(32) for code in AGENCIES}
    keys = {code: SigningKey.from_seed(seed) for code, seed in seeds.items()}
    for code, row in AGENCIES.items():
        office.enrol(
            make_request(code, keys[code], contact="duty@example.org", now=now),
            name=row.name,
            agency_type=row.type,
            kinds=row.kinds,
            now=now,
        )
    office.publish(now=now)
    keys_file.write_text(json.dumps({code: seed.hex() for code, seed in seeds.items()}), "utf-8")
    return World(folder, addresses, keys)
