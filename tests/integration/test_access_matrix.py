"""Everybody against everything: the database's policies, and the policy that is their oracle.

The short form runs with the other tests; `make access` asks for every reader there is.
"""

import os
import re
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from random import Random
from typing import Any

import psycopg
import pytest

from repository.access.context import context_of
from repository.access.policy import MARKINGS, OWN, VICTIM, audience, may_read, sees_everything
from repository.access.reader import Reader
from repository.access.session import settings_of
from repository.database import connect
from tests.support.looks import look_around
from tests.support.paths import World, answers, differing, paths, undone
from tests.support.readers import DIRECTOR, session_of
from tests.support.worlds import WHOLE, Glass, Said, break_glass, copies, fill, keep_searches

EVERYTHING = os.environ.get("INTELBUS_ACCESS") == "everything"
SEED = int(os.environ.get("INTELBUS_ACCESS_SEED", "2009"))
WORKERS = int(os.environ.get("INTELBUS_ACCESS_WORKERS", "3"))
EVENTS = 120 if EVERYTHING else 60
ORGANISATIONS = (
    ("ukhtc", "law_enforcement"),
    ("met", "law_enforcement"),
    ("cps", "prosecuting"),
    ("poppy", "non_prosecuting"),
    ("europol", "eea"),
    ("fbi", "foreign"),
    ("press", "unknown"),
)
READERS = [
    Reader(f"{organisation} {clearance} {' '.join(roles)}", organisation, clearance,
           frozenset(roles), party)
    for organisation, party in ORGANISATIONS
    for clearance in (*MARKINGS, "official")
    for roles in ((), ("victim_data",), ("originator_only", "supervisor", "approver"),
                  ("source_data", "exporter"),
                  ("victim_data", "originator_only", "source_data", "exporter", "supervisor",
                   "approver"))
]  # fmt: skip
# By position, or by the two positions of a judgement.
BY_POSITION = {
    "event_log": "SELECT position FROM event_log",
    "event": "SELECT l.position FROM event JOIN event_log l USING (agency, event_id)",
    "counted": "SELECT position FROM counted",
    "record": "SELECT DISTINCT position FROM record WHERE NOT sensitive",
    "posting": "SELECT DISTINCT position FROM posting WHERE access_class & 64 = 0",
    "narrow_posting": "SELECT DISTINCT position FROM narrow_posting WHERE access_class & 64 = 0",
    "wording": "SELECT position FROM wording WHERE access_class & 64 = 0",
    "amendment": "SELECT position FROM amendment",
    "telling": "SELECT position FROM telling",
    "citation": "SELECT position FROM citation",
}
# No stream is in the store, and whose glass is broken is asked of others.
MADE_LATER = {"streams", "receipts", "glass"}
# What is found and counted by rights alone, whatever glass is broken.
BY_RIGHTS_ALONE = {"posting", "narrow_posting", "wording", "counted"}
SENSITIVE = {
    "record": "SELECT DISTINCT position FROM record WHERE sensitive",
    "posting": "SELECT DISTINCT position FROM posting WHERE access_class & 64 <> 0",
    "narrow_posting": "SELECT DISTINCT position FROM narrow_posting WHERE access_class & 64 <> 0",
    "wording": "SELECT position FROM wording WHERE access_class & 64 <> 0",
}
POSTINGS = "SELECT position, ordinal, term FROM {} ORDER BY term, position, ordinal"


@pytest.fixture(scope="module")
def world(database_url: str) -> World:
    random = Random(SEED)
    with psycopg.connect(database_url, autocommit=True) as connection:
        said = fill(connection, SEED, EVENTS)
        keep_searches(connection, READERS)
        lookers = random.sample(READERS, 40 if EVERYTHING else 20)
        looks = look_around(database_url, connection, said, lookers, random)
    return World(database_url, said, looks)


def some(said: list[Said], count: int) -> list[Reader]:
    """Return one reader of each sort that the store can tell apart, or a few of them by the seed.

    Readers of one organisation are alike whose rights differ by nothing that is in the store.
    """
    there = {
        audience(one.scheme, one.handling, one.marking) + OWN * own + VICTIM * victim
        for one in said
        for own in (0, 1)
        for victim in (0, 1)
    }
    highest = max(MARKINGS.index(one.marking) for one in said)
    different = {}
    for one in READERS:
        known = settings_of(one)
        told = {
            "rights": "".join(known["rights"][bit] for bit in sorted(there)),
            "clearance": str(min(int(known["clearance"]), highest)),
            "over_others": "",
        }
        alike = {**known, **told, "reader": "", "discloses": ""}
        different[tuple(sorted(alike.items()))] = one
    listed = list(different.values())
    return listed if EVERYTHING else Random(SEED).sample(listed, count)


def test_whoever_searches_a_part_of_the_postings_may_see_no_other(world: World) -> None:
    narrow = set()
    for reader in READERS:

        def read(connection: Any) -> tuple[tuple[str, list[Any], list[Any]], tuple[()]]:
            used = context_of(connection).postings
            asked = (connection.execute(POSTINGS.format(one)) for one in ("posting", used))
            return (used, *(one.fetchall() for one in asked)), ()

        used, whole, part = session_of(world.url, reader).answer("search", {}, read)
        assert part == whole
        if used == "narrow_posting" and reader.clearance in MARKINGS:
            narrow.add(reader.organisation)
    assert narrow == {"poppy", "press"}


@pytest.mark.timeout(3600 if EVERYTHING else 300)
def test_no_table_shows_a_reader_other_rows_than_the_policy_allows(
    world: World,
) -> None:
    url, said = world.url, world.said
    with connect(url) as owner:
        there = {
            name: {position for (position,) in owner.execute(query)}
            for name, query in BY_POSITION.items()
        }
        sensitive = {
            name: {position for (position,) in owner.execute(query)}
            for name, query in SENSITIVE.items()
        }
    random = Random(SEED)
    for at, reader in enumerate(READERS if EVERYTHING else random.sample(READERS, 40)):
        victims = at % 2 == 0
        with connect(url) as owner:
            broken = break_glass(owner, said, reader, random, victims=victims).positions
        rightly = {one.position for one in said if one.seen_by(reader)}
        seen = rightly | broken

        def read(connection: Any) -> tuple[dict[str, set[int]], tuple[()]]:
            rows = {
                name: {position for (position,) in connection.execute(query)}
                for name, query in BY_POSITION.items()
            }
            guarded = {
                f"{name}, sensitive": {position for (position,) in connection.execute(query)}
                for name, query in SENSITIVE.items()
            }
            return rows | guarded, ()

        found = session_of(url, reader).answer("view", {}, read)
        expected = {
            name: positions & (rightly if name in BY_RIGHTS_ALONE else seen)
            for name, positions in there.items()
        }
        for name, positions in sensitive.items():
            allowed = {
                one.position
                for one in said
                if one.position in rightly
                and may_read(reader, one.agency, one.scheme, one.handling, one.marking, victim=True)
            }
            if name not in BY_RIGHTS_ALONE and (victims or reader.has("victim_data")):
                allowed |= broken
            expected[f"{name}, sensitive"] = positions & allowed
        assert found == expected, reader


def test_a_folded_case_is_for_who_may_see_every_step_of_it(world: World) -> None:
    def read(connection: Any) -> tuple[list[list[int]], tuple[()]]:
        return [row for (row,) in connection.execute("SELECT positions FROM nrm_case")], ()

    cases = session_of(world.url, DIRECTOR).answer("view", {}, read)
    shown = set()
    for reader in READERS if EVERYTHING else Random(SEED).sample(READERS, 60):
        seen = {one.position for one in world.said if one.seen_by(reader)}
        found = session_of(world.url, reader).answer("view", {}, read)
        assert all(seen.issuperset(steps) for steps in found), reader
        shown.add(len(found))
    assert {0, len(cases)} < shown


@pytest.mark.timeout(3600 if EVERYTHING else 300)
def test_hidden_and_absent_are_the_same_answer_on_every_path(
    world: World,
) -> None:
    """One reader in three sees by rights alone, one by a broken glass too, one victims by it."""
    url, said = world.url, world.said
    # Of all readers each is asked about other events; of a few about many.
    about = [Random(SEED + at).sample(said, 6 if EVERYTHING else 20) for at in range(len(READERS))]
    readers = some(said, 3)
    random = Random(SEED)
    with connect(url) as owner:
        owner.execute("TRUNCATE glass_end, glass_decision, glass_request")
        glass = [
            break_glass(owner, said, one, random, victims=at % 3 == 1) if at % 3 else WHOLE
            for at, one in enumerate(readers)
        ]
    asked = list(zip(about, readers, glass, strict=False))
    workers = WORKERS if EVERYTHING else 1
    with copies(url, workers) as copy_urls, _workers() as pool:
        made = [
            pool.submit(_differing, world, copy_url, asked[at::workers])
            for at, copy_url in enumerate(copy_urls)
        ]
        found = {name: paths for one in made for name, paths in one.result().items()}
    assert len(found) == len(readers)
    assert not any(found.values()), {name: list(paths) for name, paths in found.items() if paths}


def _differing(
    world: World, copy_url: str, asked: list[tuple[list[Said], Reader, Glass]]
) -> dict[str, dict[str, tuple[str, str]]]:
    """Return what differs, by reader and path; say how far it has come."""
    found = {}
    for about, reader, glass in asked:
        paths = differing(world, copy_url, about, reader, glass)
        found[reader.name] = paths
        if EVERYTHING:
            print(f"{reader.name}: {', '.join(paths) or 'nothing hidden shows'}", flush=True)
    return found


def _workers() -> Executor:
    """Return processes for all there is to ask, a thread for a few."""
    if not EVERYTHING:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"))


def test_who_may_see_everything_is_answered_more_than_who_may_not(
    world: World,
) -> None:
    url, said = world.url, world.said
    nobody = Reader("nobody", "press", "official", frozenset())
    asked = {"list all": paths(said, nobody, [])["list all"]}
    with undone(url) as store:
        assert '"count": 0' in answers(store, nobody, asked)["list all"]
        assert '"count": 0' not in answers(store, DIRECTOR, asked)["list all"]


def test_there_is_something_to_hide_on_every_path(world: World) -> None:
    """Or two answers of nothing would be the same."""
    (everything,) = (one for one in READERS if sees_everything(one) and one.has("victim_data"))
    asked = paths(world.said, everything, world.said[:20])
    with undone(world.url) as store:
        told = answers(store, everything, asked)
    entities = "".join(text for name, text in told.items() if name.startswith("entity E"))
    assert '"suggestions": [{' in entities
    assert '"echoes": [{' in entities
    found: dict[str, bool] = {}
    for name, text in told.items():
        way = re.sub(r" [ER]?\d.*", "", name)
        found[way] = found.get(way, False) or text not in ("[]", "{}")
    assert {way for way, something in found.items() if not something} <= MADE_LATER
