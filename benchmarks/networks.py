"""How long a network takes under policy: `python -m benchmarks.networks --events 1000000`.

The store is filled in SQL as the stages would leave it: rings of eight entities, 25 reports each
with five of them, every fifth naming the next ring's first suspect too; one report in a hundred
names one hotel, one in two hundred an operation; agencies, and one report in twenty under code 4.
Prints the time of `ukhtc network show` at two hops, audit included, for who may see all and for an
agency's officer. Ends with 1 when the median of either is over the target.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any, LiteralString

import psycopg

from benchmarks.world import open_world
from deploy.local.servers import down
from repository.access.reader import ROLES, Reader
from repository.access.session import Session
from repository.database import connect
from repository.queries.entity import NoEntityError
from repository.queries.network import around

TARGET_MS = 250
REPORTS = 25
AGENCIES = ("met", "gmp", "soca", "ukba", "gla", "south-wales", "hmrc", "psni")
READERS = (
    Reader("d.irector", "ukhtc", "top_secret", frozenset(ROLES), "law_enforcement"),
    Reader("o.fficer", "met", "confidential", frozenset(), "law_enforcement"),
)
# p(r, k) = k * rings + r + 1 is where ring r tells its k-th report. Entity j of a ring is first
# named by report 0 (j below 5), else last of report j - 4.
FILL: tuple[LiteralString, ...] = (
    """CREATE TEMPORARY TABLE told AS
    SELECT n + 1 AS position, n %% %(rings)s AS ring, n / %(rings)s AS k,
           (%(agencies)s::text[])[1 + (n * 7 + n / %(rings)s) %% 8] AS agency,
           ('00000000-0000-7000-8000-' || lpad(to_hex(n + 1), 12, '0'))::uuid AS event_id,
           CASE WHEN n %% 20 = 3 THEN '4' ELSE '1' END AS handling,
           timestamptz '2009-01-01' + n * interval '20 seconds' AS at
    FROM generate_series(0::bigint, %(events)s - 1) AS n""",
    """INSERT INTO event (agency, event_id, kind, topic_no, partition, "offset", received_at,
        stream, sequence, schema_id, digest, content_digest, source_reference, reported_at, urgency,
        marking, grading_scheme, source_grade, information_grade, handling, key, value, headers)
    SELECT agency, event_id, 'intelligence', 1, 0, position, at, event_id, 1, 1,
        int8send(position), int8send(position), position::text, at, 'routine', 'restricted',
        'five_by_five_by_five', 'B', '3', handling, '', '', '[]' FROM told""",
    """INSERT INTO event_log (position, agency, event_id, audience)
    SELECT position, agency, event_id,
        event_audience('five_by_five_by_five', handling, 'restricted') FROM told""",
    """INSERT INTO telling (position, agency, root_event_id, event_id, name, reported_at, asserts,
        source, subjects)
    SELECT position, agency, event_id, event_id, agency || ':' || position, at, true, '', '{}'
    FROM told""",
    """CREATE TEMPORARY TABLE said AS
    SELECT t.position, s AS ordinal, t.agency,
        CASE WHEN s < 5 THEN (t.k + s) %% 8
             WHEN s = 5 THEN 0 WHEN s = 6 THEN 100 ELSE 101 END AS j,
        CASE WHEN s = 5 THEN (t.ring + 1) %% %(rings)s ELSE t.ring END AS ring
    FROM told t CROSS JOIN generate_series(0, 7) AS s
    WHERE s < 5 OR (s = 5 AND t.k %% 5 = 0) OR (s = 6 AND t.position %% 100 = 0)
       OR (s = 7 AND t.position %% 200 = 1)""",
    """INSERT INTO record (position, ordinal, agency, kind, role, label, victim, sensitive,
        entity_position, entity_ordinal)
    SELECT position, ordinal, agency,
        CASE WHEN j < 4 THEN 'person' WHEN j = 4 THEN 'vehicle' WHEN j = 5 THEN 'telephone'
             WHEN j = 6 THEN 'location' WHEN j = 7 THEN 'account' WHEN j = 100 THEN 'location'
             ELSE 'event_reference' END,
        CASE WHEN j < 2 THEN 'controller' WHEN j < 4 THEN 'potential_victim' ELSE 'other' END,
        'no. ' || ring || '/' || j, j IN (2, 3), false,
        CASE WHEN j < 5 THEN ring + 1 WHEN j < 8 THEN (j - 4) * %(rings)s + ring + 1
             WHEN j = 100 THEN 100 ELSE 1 END,
        CASE WHEN j < 5 THEN j WHEN j < 8 THEN 4 WHEN j = 100 THEN 6 ELSE 7 END
    FROM said""",
    """INSERT INTO judgement (a_position, a_ordinal, b_position, b_ordinal, judge, verdict, weight,
        reasons, victim)
    SELECT entity_position, entity_ordinal, position, ordinal, 'linker', 1, 15, '[]', false
    FROM record WHERE (position, ordinal) <> (entity_position, entity_ordinal)
      AND entity_ordinal < 6""",
)


def fill(connection: psycopg.Connection[Any], events: int) -> int:
    """Fill the tables; return how many rings there are."""
    rings = events // REPORTS
    wanted = {"rings": rings, "events": rings * REPORTS, "agencies": list(AGENCIES)}
    with connection.transaction():
        for statement in FILL:
            connection.execute(statement, wanted)
        connection.execute("INSERT INTO originator (agency) SELECT DISTINCT agency FROM event_log")
    connection.execute("VACUUM ANALYZE")
    return rings


def measure(url: str, reader: Reader, entities: list[str]) -> list[float]:
    """Return the milliseconds of each answer, slowest last; the first is not counted."""
    with connect(url) as connection:
        session = Session(lambda: _Kept(connection), reader, "OP/2009/1")
        taken = []
        for name in [entities[0], *entities]:
            started = time.perf_counter()
            try:
                session.answer("expansion", {"network": name}, lambda c, n=name: (around(c, n), ()))  # type: ignore[misc]
            except NoEntityError:  # its first record is hidden from this reader
                continue
            taken.append(1000 * (time.perf_counter() - started))
    return sorted(taken[1:])


class _Kept:
    """A connection that stays open between answers, as a pool's does."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __enter__(self) -> Any:
        return self._connection

    def __exit__(self, *_: object) -> None:
        return None


def main() -> int:
    """Run and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--entities", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="keep the servers here, and use them again")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="intelbus-networks-"))
    slow = 0
    try:
        world = open_world(folder, owner=None if asked.keep else os.getpid())
        with world.database("networks") as url:
            with psycopg.connect(url, autocommit=True) as connection:
                rings = fill(connection, asked.events)
            random = Random(2009)
            chosen = [random.randrange(1, rings) for _ in range(asked.entities)]
            entities = [f"E{ring + 1}-{random.randrange(5)}" for ring in chosen]
            for reader in READERS:
                taken = measure(url, reader, entities)
                median = statistics.median(taken)
                slow += median > TARGET_MS
                late = taken[int(0.95 * len(taken))]
                print(
                    f"{asked.events} events, {reader.name}: median {median:.0f} ms, "
                    f"95% {late:.0f} ms, most {taken[-1]:.0f} ms"
                )
    finally:
        if asked.keep is None:
            down(folder / "servers", remove=True)
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main())
