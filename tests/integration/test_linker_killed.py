"""The linker, and the stage of terms, killed at each numbered step of their transactions: nothing
lost, nothing twice.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from repository.linking import posting
from repository.linking.stage import Linker, empty, link_all, link_once
from repository.sequencer import sequence_once
from tests.chaos.process_faults import STEPS
from tests.support.linked import person, report, vehicle
from tests.support.store import store_event

TABLES: tuple[LiteralString, ...] = (
    "SELECT * FROM record ORDER BY position, ordinal",
    "SELECT * FROM description ORDER BY number",
    "SELECT * FROM link_key ORDER BY key, description",
    "SELECT * FROM stop_key ORDER BY key",
    "SELECT * FROM edge ORDER BY a, b",
    "SELECT * FROM posting ORDER BY term, position, ordinal",
    "SELECT * FROM entity_redirect ORDER BY position, ordinal",
    "SELECT * FROM stage_cursor ORDER BY stage",
    "SELECT * FROM wording ORDER BY position, access_class",
)
EARLIER = 15
"""Events before the batch in which linkers die."""
LINK = """
import sys
from repository.database import connect
from repository.linking.stage import link_all
with connect(sys.argv[1]) as connection:
    link_all(connection, batch=10)
"""


def state(connection: psycopg.Connection[Any]) -> list[list[Any]]:
    return [connection.execute(table).fetchall() for table in TABLES]


@pytest.fixture(scope="module")
def undisturbed(database_url: str) -> Iterator[tuple[str, list[list[Any]]]]:
    """A store of reports, corrections and retractions, and what one linker makes of it."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for n in range(12):
            suspect = person("Ona", ("Novak", "Nowak")[n % 2], (1970, 2, 3), passport=f"{n % 3:07}")
            victim = person("Lan", "Tran", (1991, 4, n % 2 + 1), role="potential_victim")
            report(connection, f"agency-{n % 4}", suspect, victim, vehicle(f"AB{n % 5:02} CDE"))
        first = report(connection, "gla", vehicle("XY12 ABC"))
        gone = report(connection, "met", vehicle("XY12 ABC"))
        report(connection, "hmrc", vehicle("XY12 ABC"))
        while sequence_once(connection):
            pass
        link_all(connection, batch=10)
        # The batch in which linkers die takes records out, renames an entity and adds others.
        report(connection, "gla", vehicle("XY12 ABD"), corrects=first, source_reference="later")
        report(connection, "gmp", vehicle("XY12 ABD"))
        report(connection, "gmp", person("Ona", "Novakova", (1970, 2, 3), passport="0000001"))
        store_event(
            connection, "retraction", "met", target_event_id=gone, target_kind="intelligence"
        )
        while sequence_once(connection):
            pass
        link_all(connection, batch=10)
        found = state(connection)
        assert found[6] == [(13, 0, 15, 0)], "an entity is renamed"
        yield database_url, found


@pytest.mark.parametrize("step", STEPS["linker"])
def test_killed_at_a_step_and_started_again_it_ends_as_if_it_had_not_been(
    undisturbed: tuple[str, list[list[Any]]], step: str, tmp_path: Any
) -> None:
    database, expected = undisturbed
    with psycopg.connect(database, autocommit=True) as connection:
        empty(connection)
        linker = Linker()
        for _ in range(EARLIER // 5):
            assert link_once(connection, linker, batch=5) == 5
        die_at(f"linker.{step}", database, tmp_path / "armed")
        link_all(connection, batch=10)
        assert state(connection) == expected


@pytest.mark.parametrize("step", STEPS["terms"])
def test_terms_killed_at_a_step_are_written_as_if_nothing_had_been(
    undisturbed: tuple[str, list[list[Any]]], step: str, tmp_path: Any
) -> None:
    database, expected = undisturbed
    with psycopg.connect(database, autocommit=True) as connection:
        posting.empty(connection)
        for _ in range(EARLIER // 5):
            assert posting.post_once(connection, batch=5) == 5
        die_at(f"terms.{step}", database, tmp_path / "armed")
        link_all(connection, batch=10)
        assert state(connection) == expected


def die_at(step: str, database: str, armed: Path) -> None:
    """Link and write terms in a process that is killed at a step."""
    armed.touch()
    killed = subprocess.run(
        [sys.executable, "-c", LINK, database],
        env={
            **os.environ,
            "INTELBUS_FAILPOINT": step,
            "INTELBUS_FAILPOINT_ONCE": str(armed),
        },
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not armed.exists()
