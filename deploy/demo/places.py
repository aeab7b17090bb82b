"""Where the demonstration runs: servers and a folder of its own, or servers given by URL."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from deploy.local.servers import Reporter, down, up
from intelbus.errors import ConfigurationError

BASE = Path(".intelbus/demo")
# What is kept lies where every command looks by itself, and is marked as the demonstration's.
KEPT_BASE = Path(".intelbus")
KEPT_MARK = ".demonstration"
KEPT_FOLDERS = ("local", "ukhtc", "agency")


@dataclass(frozen=True, slots=True)
class Place:
    """Addresses and folders of one demonstration."""

    kafka_bootstrap: str
    database_url: str
    topic_prefix: str
    base: Path

    @property
    def centre_home(self) -> Path:
        """The centre's folder."""
        return self.base / "ukhtc"

    def agency_home(self, code: str) -> Path:
        """An agency's folder; the centre publishes from its own."""
        return self.centre_home if code == "ukhtc" else self.base / "agency" / code

    def variables(self) -> dict[str, str]:
        """Return the settings that lead any command here."""
        return {
            "INTELBUS_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            "INTELBUS_DATABASE_URL": self.database_url,
            "INTELBUS_TOPIC_PREFIX": self.topic_prefix,
            "INTELBUS_CENTRE_HOME": str(self.centre_home),
        }


@contextmanager
def found_place(*, reporter: Reporter, keep: bool = False) -> Iterator[Place]:
    """Yield a fresh place; servers that this started are stopped and their data deleted after.

    With `keep`, they stay when all went well, in the folders where other commands look.

    Servers given by INTELBUS_KAFKA_BOOTSTRAP and INTELBUS_DATABASE_URL are used as they are, with
    a topic prefix and a database made for this run; the database is dropped afterwards.
    """
    kafka, database = (
        os.environ.get(f"INTELBUS_{name}") for name in ("KAFKA_BOOTSTRAP", "DATABASE_URL")
    )
    run = uuid4().hex[:8]
    _clear_abandoned()
    base = (BASE / f"{os.getpid()}").absolute()
    if kafka and database:
        with _own_database(database, f"intelbus_demo_{run}") as url:
            base.mkdir(parents=True, exist_ok=True)
            try:
                yield Place(kafka, url, f"demo-{run}.", base)
            finally:
                shutil.rmtree(base, ignore_errors=True)
        return
    if keep:
        yield _kept(reporter)
        return
    clear(base)
    try:
        addresses = up(base / "local", reporter=reporter, owner=os.getpid(), durable=False)
        yield Place(addresses.kafka_bootstrap, addresses.database_url, "", base)
    finally:
        clear(base)


def _kept(reporter: Reporter) -> Place:
    base = KEPT_BASE.absolute()
    mark = base / KEPT_MARK
    there = [name for name in KEPT_FOLDERS if (base / name).exists()]
    if there and not mark.exists():
        raise ConfigurationError(
            f"holds {', '.join(there)} that are not the demonstration's",
            subject=str(base),
            hint="work in another folder, or move these away",
        )
    for name in KEPT_FOLDERS:
        if name == "local":
            down(base / name, remove=True)
        shutil.rmtree(base / name, ignore_errors=True)
    base.mkdir(parents=True, exist_ok=True)
    mark.touch()
    addresses = up(base / "local", reporter=reporter)
    return Place(addresses.kafka_bootstrap, addresses.database_url, "", base)


def _clear_abandoned() -> None:
    """Clear what demonstrations left that were killed; each folder is named by its process."""
    for folder in BASE.glob("*"):
        if not (folder.name.isdecimal() and _running(int(folder.name))):
            clear(folder.absolute())


def _running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def clear(base: Path) -> None:
    """Stop what a demonstration left in its folder, and delete it."""
    down(base / "local", remove=True)
    shutil.rmtree(base, ignore_errors=True)


@contextmanager
def _own_database(url: str, name: str) -> Iterator[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    address, question, options = url.partition("?")
    try:
        yield address.rpartition("/")[0] + f"/{name}" + question + options
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))
