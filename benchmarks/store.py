"""A store of a million events to read from: `python -m benchmarks.store --events 1000000`.

The first BASE events are the generator's year 2009 and then its endless stream; the sequencer, the
linker, the relays and the counting stage derive from them what they derive. The rest are copies
(`benchmarks/copies.py`), rows as the stages would write them. Looks are put into the audit by its
own trigger and chained by its own code. The store is kept, and used again.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from benchmarks import copies, direct
from benchmarks.world import SERVER, World, open_world
from intelbus.trust import unverified
from producers.generator.stream import endless, year_2009
from repository.access.chain import chain_once
from repository.database import revisions
from repository.linking.posting import post_once
from repository.linking.stage import Linker, link_once
from repository.migrate import migrate
from repository.relays.stage import relay_once
from repository.statistics.stage import count_once

BASE = 20_000
FOLDER = Path(".intelbus/reading")
HUBS = 12
"""Things that every copy names, among 20,000 events of each."""
EVENTS_A_LOOK = 5
IDS_A_LOOK = 20
WORDS = 2_000
"""Pairs of records that people have said are one."""

LOOKS: LiteralString = """
INSERT INTO audit (reader, organisation, os_user, credential, purpose, operation, asked, outcome,
                   ids, rights, at)
SELECT 'reader ' || n %% 40, (ARRAY['ukhtc', 'met', 'gmp', 'gla'])[1 + n %% 4], '', '', 'OP/1',
       (ARRAY['search', 'view', 'expansion', 'statistic'])[1 + n %% 4],
       jsonb_build_object('query', 'word ' || n), 'answered',
       ARRAY(SELECT (1 + (n * 7919 + i * 104729) %% %(events)s)::text
             FROM generate_series(1, %(ids)s) AS i),
       repeat('1', 256)::bit varying, timestamptz '2010-01-01' + n * interval '3 minutes'
FROM generate_series(%(first)s::bigint, %(last)s) AS n
"""
KEEP: LiteralString = "INSERT INTO registry (version, signed) VALUES (%s, %s)"
# A person's word on records that the linker has made one too: it changes no entity.
JUDGE: LiteralString = """
INSERT INTO judgement (a_position, a_ordinal, b_position, b_ordinal, judge, verdict, weight,
                       reasons, victim)
SELECT r.entity_position, r.entity_ordinal, r.position, r.ordinal, 'a.nalyst', 1, 0, '[]', false
FROM record r
WHERE r.kind = 'person' AND NOT r.victim AND r.position <> r.entity_position
  AND r.position %% %(every)s = 0
LIMIT %(words)s
"""


Done = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Store:
    """A store that is kept: its database, how many events it was made with, and by what schema."""

    database: str
    events: int
    revision: str

    def url(self, world: World) -> str:
        """Return where it is on the world's server."""
        server = urlsplit(world.addresses.database_url)
        return urlunsplit(server._replace(path=f"/{self.database}"))


def kept_store(world: World, events: int) -> Store:
    """Return a store of so many events: one that was kept, brought to the newest schema, or a new
    one, which takes minutes. Progress goes to standard error.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("store", total=1.0)

        def done(what: str, share: float) -> None:
            progress.update(task, description=what, advance=share)

        base = min(BASE, events)
        derived = _kept(
            world,
            f"reading_base_{base}",
            base,
            None,
            lambda c: derive(c, base, done, world.registry()),
        )
        times = -(-events // base) - 1
        return _kept(
            world, f"reading_{events}", events, derived, lambda c: enlarge(c, base, times, done)
        )


def _kept(
    world: World,
    name: str,
    events: int,
    template: Store | None,
    fill: Callable[[psycopg.Connection[Any]], None],
) -> Store:
    """Return a database as its note says it is, or fill a copy of `template`, or an empty one."""
    note = world.folder / f"{name}.json"
    store = Store(name, events, "")
    url = store.url(world)
    if not note.exists():
        database = sql.Identifier(name)
        original = sql.Identifier(template.database if template else "template1")
        with psycopg.connect(world.addresses.database_url, autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(database, original))
        migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            fill(connection)
    elif json.loads(note.read_text("utf-8"))["revision"] != revisions(url)[1]:
        migrate(url)
    store = Store(name, events, revisions(url)[0] or "")
    note.write_text(json.dumps(asdict(store)) + "\n", "utf-8")
    return store


def derive(connection: psycopg.Connection[Any], base: int, done: Done, registry: bytes) -> None:
    """Fill a migrated, empty database with the generator's first events, and let every stage
    derive what it derives. The signed `registry` says what sort of agency each is.
    """
    known = unverified(registry)
    connection.execute(KEEP, (known.version, registry))
    told = (one for one in chain(year_2009(2009), endless(2009)) if one.nature != "repeat")
    for position, _ in direct.store(connection, islice(told, base)):
        if position % 1000 == 0:
            done("events of the generator", 0.03 * 1000 / base)
    stages: tuple[tuple[str, Callable[..., int], float], ...] = (
        ("linker", partial(link_once, linker=Linker()), 0.1),
        ("terms", post_once, 0.02),
        ("relays", relay_once, 0.03),
        ("statistics", count_once, 0.02),
    )
    for stage, once, share in stages:
        while ready := once(connection):
            done(stage, share * ready / base)


def enlarge(connection: psycopg.Connection[Any], base: int, times: int, done: Done) -> None:
    """Put `times` copies of a base beside it; add people's words on records, and looks."""
    events = base * (times + 1)
    if times:
        copies.grow(connection, times, HUBS, lambda what, share: done(what, 0.7 * share))
        connection.execute("UPDATE stage_cursor SET position = %s", (events,))
    connection.execute(JUDGE, {"every": max(1, events // WORDS), "words": WORDS})
    looks, step = events // EVENTS_A_LOOK, 10_000
    for first in range(1, looks + 1, step):
        last = min(first + step - 1, looks)
        wanted = {"events": events, "ids": IDS_A_LOOK, "first": first, "last": last}
        connection.execute(LOOKS, wanted)
        while chain_once(connection):
            pass
        done("audit", 0.1 * (last - first + 1) / looks)
    done("vacuum", 0.0)
    connection.execute("VACUUM (ANALYZE, FREEZE)")
    done("done", 0.02)


def main() -> int:
    """Build or find the store; print where it is; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, default=FOLDER, help="where servers and store are")
    asked = parser.parse_args()
    world = open_world(asked.keep, settings=SERVER)
    print(kept_store(world, asked.events).url(world))
    return 0


if __name__ == "__main__":
    sys.exit(main())
