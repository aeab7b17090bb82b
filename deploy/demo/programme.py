"""The demonstration's steps, in order."""

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from rich.console import Console

from consumers.commands import authority
from deploy.demo import closing, reading
from deploy.demo.children import Children, StepFailedError, intelbus, ukhtc
from deploy.demo.hostile import Attack, attack
from deploy.demo.places import Place
from intelbus.settings import READER_FILE, Settings, load_settings
from intelbus.trust_files import AUTHORITY_FILE
from producers.commands import keys
from producers.generator.agencies import AGENCIES
from producers.generator.stream import year_2009
from producers.generator.writing import write
from repository.access.policy import MARKINGS
from repository.access.reader import ROLES
from repository.database import connect

SEED = 2009
PARALLEL = 2
POLL = 0.25
CATCH_UP_DEADLINE = 150.0
READER = "demo.analyst"
PURPOSE = "the demonstration"


class Programme:
    """One demonstration in one place."""

    def __init__(self, place: Place, console: Console, *, workers: int) -> None:
        self._place, self._console, self._workers = place, console, workers
        environment = {
            **os.environ,
            **place.variables(),
            "INTELBUS_DATA": str(place.base / "local"),
        }
        root = str(Path(__file__).parents[2])
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, (root, environment.get("PYTHONPATH")))
        )
        self.children = Children(environment, place.base / "logs")
        self._files = place.base / "files"

    def play(self) -> list[str]:
        """Run every step and print the closing tables; return what is wrong.

        1 the story · 2 database and topics · 3 who may sign, who may read · 4 the centre ·
        5 the agencies · 6 the hostile · 7 wait · 8 tables. Raises StepFailedError,
        UnavailableError.
        """
        started = time.monotonic()
        settings = self._settings()
        with self._step("write what each agency knows of 2009"):
            counts = write(year_2009(SEED), self._files, self._place.base / "truth.jsonl")
        with self._step("make the database and the topics"):
            self.children.run(ukhtc("migrate"))
            agencies = [part for code in sorted(counts) for part in ("--agency", code)]
            self.children.run(ukhtc("topics", "create", *agencies))
        with self._step(f"enrol {len(AGENCIES)} agencies and publish whom to trust"):
            self._enrol()
        with self._step("let an analyst read"):
            self._let_read()
        with self._step(f"start the centre: ingest ({self._workers} workers) and its stages"):
            self._start_centre()
        with self._step(f"{len(counts)} agencies publish {counts.total()} events"):
            self._each(sorted(counts, key=lambda code: -counts[code]), self._publish)
        with self._step("send what must not get through"):
            attacks = attack(settings, self._place)
        with self._step("wait until the centre has dealt with everything"):
            self._catch_up(settings)
        wrong = self._tables(settings, attacks)
        self._console.print(f"\ntime taken: {time.monotonic() - started:.0f} s")
        return wrong

    def _settings(self) -> Settings:
        place = self._place
        return load_settings(
            kafka_bootstrap=place.kafka_bootstrap,
            database_url=place.database_url,
            topic_prefix=place.topic_prefix,
            centre_home=place.centre_home,
        )

    @contextmanager
    def _step(self, text: str) -> Iterator[None]:
        started = time.monotonic()
        self._console.print(f"- {text} …", highlight=False)
        yield
        self._console.print(f"  done in {time.monotonic() - started:.1f} s", highlight=False)

    def _each(self, codes: list[str], do: Callable[[str], None]) -> None:
        """Do something for every agency, two at a time; the first failure ends it."""
        with ThreadPoolExecutor(PARALLEL) as pool:
            for done in [pool.submit(do, code) for code in codes]:
                done.result()

    def _enrol(self) -> None:
        """Call the very functions of the commands; eighty processes would take a minute."""
        centre = self._place.centre_home
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            authority.init(home=centre)
            for code, row in AGENCIES.items():
                home = self._place.agency_home(code)
                request = home / "request.json"
                keys.new(agency=code, home=home)
                keys.request(
                    output=request, contact=f"duty desk of {row.name}", agency=code, home=home
                )
                keys.pin(centre / AUTHORITY_FILE, agency=code, home=home)
                authority.enrol(request, row.name, row.type, ",".join(row.kinds), home=centre)
        self.children.run(ukhtc("authority", "publish"))

    def _let_read(self) -> None:
        """Make a reader who may see everything, and leave their settings where commands look."""
        roles = [part for role in ROLES for part in ("--role", role)]
        known = ("--organisation", "ukhtc", "--clearance", MARKINGS[-1], *roles)
        self.children.run(ukhtc("reader", "add", READER, *known))
        settings = {"reader": READER, "purpose": PURPOSE}
        (self._place.centre_home / READER_FILE).write_text(json.dumps(settings), "utf-8")

    def _start_centre(self) -> None:
        self.children.start("centre", ukhtc("run", "--workers", str(self._workers)))

    def _publish(self, code: str) -> None:
        self.children.run(
            intelbus("publish", str(self._files / f"{code}.jsonl")),
            INTELBUS_AGENCY=code,
            INTELBUS_HOME=str(self._place.agency_home(code)),
        )

    def _catch_up(self, settings: Settings) -> None:
        deadline = time.monotonic() + CATCH_UP_DEADLINE
        with connect(self._place.database_url) as connection:
            while any((left := reading.waiting(connection, settings)).values()):
                self.children.require_alive()
                if time.monotonic() > deadline:
                    raise StepFailedError(f"still waiting after {CATCH_UP_DEADLINE:.0f} s: {left}")
                time.sleep(POLL)

    def _tables(self, settings: Settings, attacks: list[Attack]) -> list[str]:
        with connect(self._place.database_url) as connection:
            return closing.show(self._console, connection, settings, attacks)
