"""One run's deployment: topics, a database, agencies, and the programs that serve them."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from consumers.authority.office import Office
from consumers.authority.sending import send_registry
from consumers.commands.topics import STREAM_SETTINGS, TRUST_SETTINGS
from deploy.local.servers import Addresses
from intelbus.enrolment import make_request
from intelbus.kafka import admin_client
from intelbus.kafka_topics import create_topics
from intelbus.settings import Settings, load_settings
from intelbus.topics import Topics
from intelbus.trust_files import keep_registry, pin_authority
from repository.migrate import migrate
from tests.chaos.load import Journal
from tests.chaos.processes import Keeper, Launcher, Program
from tests.support.agencies import agency_folder
from tests.support.servers import fresh_prefix

LOADS = {"gla": (110, 40), "met": (70, 0)}
"""An agency's number of items, and after how many it waits for the gate."""

TEMPLATE = "chaos_template"
PARTITIONS = 2
DRAIN_SECONDS = 90.0
POLL = 0.05

LINKED: LiteralString = """
SELECT CASE WHEN count(*) = 2 THEN min(position) ELSE 0 END FROM stage_cursor
WHERE stage IN ('linker', 'terms')
"""
CURSORS: LiteralString = """
SELECT t.name, c.partition, c.next_offset FROM ingest_cursor c JOIN topic t USING (topic_no)
"""


class NotInTimeError(AssertionError):
    """Something that must come to pass within a bound did not."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An authority and its agencies, made once for many runs."""

    folder: Path
    signed: bytes

    @property
    def centre(self) -> Path:
        """The centre's folder."""
        return self.folder / "ukhtc"

    @classmethod
    def make(cls, folder: Path) -> "Enrolled":
        """Found an authority and enrol the agencies of the load."""
        # A day old, as keys are: one enrolled a minute ago speaks for no clock that is behind.
        now = datetime.now(UTC) - timedelta(days=1)
        office = Office.found(folder / "ukhtc", now=now)
        for agency in LOADS:
            key = agency_folder(folder / agency)
            request = make_request(agency, key, contact="duty@example.org", now=now)
            office.enrol(request, name=agency.upper(), agency_type="agency", kinds=["all"], now=now)
        _, signed = office.publish(now=now)
        for agency in LOADS:
            pin_authority(folder / agency, folder / "ukhtc" / "authority.pub")
            keep_registry(folder / agency, signed, now=now)
        return cls(folder, signed)


def make_template(server_url: str) -> None:
    """Make the migrated database of which each run's is a copy."""
    drop_database(server_url, TEMPLATE)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    migrate(named(server_url, TEMPLATE))


def named(server_url: str, database: str) -> str:
    """Return the URL of another database of the server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{database}"))


def drop_database(server_url: str, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


@dataclass
class World:
    """A deployment in `folder`, and what runs in it."""

    launcher: Launcher
    folder: Path
    addresses: Addresses
    enrolled: Enrolled
    database: str
    prefix: str
    variant: int
    programs: dict[str, Program] = field(default_factory=dict)
    keeper: Keeper | None = None
    loose: list[Program] = field(default_factory=list)
    """Programs that are not started again."""
    disk: Path = Path()
    """The small file system of the database, where it has one."""
    _connection: psycopg.Connection[Any] | None = None

    @property
    def settings(self) -> Settings:
        """The centre's settings."""
        return load_settings(
            kafka_bootstrap=self.addresses.kafka_bootstrap,
            database_url=self.database,
            topic_prefix=self.prefix,
            centre_home=self.enrolled.centre,
        )

    @property
    def topics(self) -> Topics:
        """The topics under this run's prefix."""
        return Topics(self.prefix)

    @property
    def gate(self) -> Path:
        """The file for which the loads wait."""
        return self.folder / "gate"

    def home(self, agency: str) -> Path:
        """An agency's folder in this run, its outbox included."""
        return self.folder / agency

    def environment(self, agency: str | None = None) -> dict[str, str]:
        """Return what a program of the centre, or of an agency, is told."""
        told = {
            "INTELBUS_KAFKA_BOOTSTRAP": self.addresses.kafka_bootstrap,
            "INTELBUS_TOPIC_PREFIX": self.prefix,
        }
        if agency is None:
            told["INTELBUS_DATABASE_URL"] = self.database
            told["INTELBUS_CENTRE_HOME"] = str(self.enrolled.centre)
        else:
            told["INTELBUS_AGENCY"] = agency
            told["INTELBUS_HOME"] = str(self.home(agency))
        return told

    def program(self, name: str, arguments: list[str], agency: str | None = None) -> Program:
        """Return a program of this run; it is not started, and nobody keeps it running."""
        log = self.folder / f"{name}.log"
        return Program(self.launcher, name, arguments, self.environment(agency), log)

    def load_of(self, agency: str) -> Program:
        """Return an agency's load."""
        count, gate_at = LOADS[agency]
        return self.program(
            f"load-{agency}",
            [
                *("tests.chaos.load", "--agency", agency),
                *("--variant", str(self.variant), "--count", str(count)),
                *("--journal", str(self.folder / f"{agency}.journal")),
                *("--gate", str(self.gate), "--gate-at", str(gate_at)),
            ],
            agency,
        )

    def prepare(self, *, ingests: int = 1, workers: int = 1) -> None:
        """Get every program ready: ingest (named ingest-0, …), sequencer, linker, terms, loads."""
        for number in range(ingests):
            name = f"ingest-{number}"
            self.programs[name] = self.program(name, ["ukhtc", "ingest", "--workers", str(workers)])
        self.programs["sequencer"] = self.program("sequencer", ["ukhtc", "sequence"])
        self.programs["linker"] = self.program("linker", ["ukhtc", "link"])
        self.programs["terms"] = self.program("terms", ["ukhtc", "index"])
        for agency in LOADS:
            self.programs[f"load-{agency}"] = self.load_of(agency)

    def start(self, **environment: dict[str, str]) -> None:
        """Start every program, some with more in their environment, and keep them running.

        An environment's name is the program's, with `_` for `-`.
        """
        for name, program in self.programs.items():
            program.start(environment.get(name.replace("-", "_")))
        self.keeper = Keeper(list(self.programs.values()))

    def open_gate(self) -> None:
        """Let the loads say the rest."""
        self.gate.touch()

    def ingests(self) -> list[Program]:
        """Return the ingest programs."""
        return [one for name, one in self.programs.items() if name.startswith("ingest-")]

    def said(self) -> int:
        """Return how many events the loads have published so far."""
        return sum(len(Journal(self.folder / f"{agency}.journal").lines()) for agency in LOADS)

    def published(self) -> bool:
        """Return whether every load has ended with everything acknowledged."""
        return all(self.programs[f"load-{agency}"].status() == 0 for agency in LOADS)

    def query(self, statement: LiteralString) -> list[tuple[Any, ...]]:
        """Return the rows of a query. Raises psycopg.Error while the database is away."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self.database, connect_timeout=5, autocommit=True)
        try:
            return self._connection.execute(statement).fetchall()
        except psycopg.OperationalError:
            self._connection.close()
            raise

    def caught_up_to(self, events: int) -> bool:
        """Return whether at least so many events have come all the way."""
        try:
            return bool(self.query(LINKED)[0][0] >= events)
        except psycopg.OperationalError:
            return False

    def wait(
        self, condition: Callable[[], bool], what: str, *, seconds: float = DRAIN_SECONDS
    ) -> float:
        """Return how many seconds it took until a condition came true.

        Raises NotInTimeError after `seconds`, and at once when a program has stopped for good.
        """
        started = time.monotonic()
        while not condition():
            for program in self.programs.values():
                if program.statuses and program.statuses[-1] in {2, 3, 5}:
                    raise NotInTimeError(f"{program.name} ended with {program.statuses[-1]}")
            if time.monotonic() - started > seconds:
                raise NotInTimeError(f"not within {seconds:g} s: {what}")
            time.sleep(POLL)
        return time.monotonic() - started

    def wait_begun(self) -> None:
        """Wait until the first part of the load has come all the way."""
        first = sum(gate_at for _, gate_at in LOADS.values())
        self.wait(lambda: self.caught_up_to(first), "the first part of the load is linked")

    def wait_all_claimed(self) -> None:
        """Wait until every ingest has claimed its part."""
        logs = [self.folder / f"{program.name}.log" for program in self.ingests()]
        self.wait(lambda: all("claimed" in log.read_text("utf-8") for log in logs), "all own some")

    def drain(self) -> None:
        """Open the gate, and wait until everything is published, stored, numbered and linked."""
        self.open_gate()
        self.wait(self.published, "everything is published")
        total = sum(count for count, _ in LOADS.values())
        self.wait(lambda: self.caught_up_to(total), f"all {total} events are linked")
        self.wait(self._read_to_the_end, "every partition is read to its end")

    def _read_to_the_end(self) -> bool:
        from intelbus.kafka_topics import end_offsets

        ends = end_offsets(self.settings, (*self.topics.events, self.topics.heartbeats))
        rows = self.query(CURSORS)
        cursors = {(name, partition): following for name, partition, following in rows}
        return all(cursors.get(place, -1) >= end for place, (_, end) in ends.items())

    def stop(self) -> dict[str, int | None]:
        """End every program in order; return their statuses."""
        if self.keeper is not None:
            self.keeper.stop()
        for program in self.programs.values():
            program.ask_to_end()
        return {name: program.wait_end() for name, program in self.programs.items()}

    def destroy(self) -> None:
        """End everything at once."""
        if self.keeper is not None:
            self.keeper.stop()
        for program in (*self.programs.values(), *self.loose):
            program.destroy()
        if self._connection is not None:
            self._connection.close()


@contextmanager
def new_world(
    launcher: Launcher,
    addresses: Addresses,
    enrolled: Enrolled,
    variant: int,
    *,
    tablespace: str | None = None,
) -> Iterator[World]:
    """Yield a deployment of its own on the servers; nothing of it is left afterwards."""
    prefix = fresh_prefix()
    name = f"chaos_{uuid4().hex[:12]}"
    folder = Path(tempfile.mkdtemp(prefix="intelbus-chaos-"))
    url = named(addresses.database_url, name)
    world = World(launcher, folder, addresses, enrolled, url, prefix, variant)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(TEMPLATE)
    )
    if tablespace is not None:
        statement += sql.SQL(" TABLESPACE {}").format(sql.Identifier(tablespace))
    with psycopg.connect(addresses.database_url, autocommit=True) as connection:
        connection.execute(statement)
    try:
        for agency in LOADS:
            shutil.copytree(enrolled.folder / agency, world.home(agency))
        topics = world.topics
        create_topics(
            world.settings,
            {
                **dict.fromkeys((*topics.events, topics.heartbeats), STREAM_SETTINGS),
                topics.trust: TRUST_SETTINGS,
            },
            partitions=PARTITIONS,
            replication=1,
        )
        send_registry(world.settings, enrolled.signed)
        yield world
    finally:
        world.destroy()
        with admin_client(world.settings) as admin:
            admin.delete_topics([one for one in admin.list_topics() if one.startswith(prefix)])
        drop_database(addresses.database_url, name)
        shutil.rmtree(folder, ignore_errors=True)
