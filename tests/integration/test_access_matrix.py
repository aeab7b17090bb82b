"""Everybody against everything: the database's policies, and the policy that is their oracle.

The short form runs with the other tests; `make access` asks for every reader there is.
"""

import os
from random import Random
from typing import Any

import psycopg
import pytest

from repository.access.policy import MARKINGS, may_read, rights
from repository.access.reader import Reader
from repository.database import connect
from repository.migrate import migrate
from tests.support.readers import DIRECTOR, session_of
from tests.support.worlds import Said, answers, break_glass, fill, paths, without_hidden

EVERYTHING = os.environ.get("INTELBUS_ACCESS") == "everything"
SEED = int(os.environ.get("INTELBUS_ACCESS_SEED", "2009"))
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
    for roles in ((), ("victim_data",), ("originator_only",), ("source_data", "exporter"),
                  ("victim_data", "originator_only", "source_data", "exporter"))
]  # fmt: skip
# By position, or by the two positions of a judgement.
BY_POSITION = {
    "event_log": "SELECT position FROM event_log",
    "event": "SELECT l.position FROM event JOIN event_log l USING (agency, event_id)",
    "counted": "SELECT position FROM counted",
    "record": "SELECT DISTINCT position FROM record WHERE NOT sensitive",
    "posting": "SELECT DISTINCT position FROM posting WHERE access_class & 64 = 0",
    "amendment": "SELECT position FROM amendment",
    "telling": "SELECT position FROM telling",
    "citation": "SELECT position FROM citation",
}
# What is found and counted by rights alone, whatever glass is broken.
BY_RIGHTS_ALONE = {"posting", "counted"}
SENSITIVE = {
    "record": "SELECT DISTINCT position FROM record WHERE sensitive",
    "posting": "SELECT DISTINCT position FROM posting WHERE access_class & 64 <> 0",
}


@pytest.fixture(scope="module")
def world(database_url: str) -> tuple[str, list[Said]]:
    migrate(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        said = fill(connection, SEED, EVENTS)
    return database_url, said


def some(readers: list[Reader], count: int) -> list[Reader]:
    """Return all readers of different rights, or a few of them by the seed."""
    different = {(one.organisation, rights(one), one.has("source_data")): one for one in readers}
    listed = list(different.values())
    return listed if EVERYTHING else Random(SEED).sample(listed, count)


@pytest.mark.timeout(3600 if EVERYTHING else 300)
def test_no_table_shows_a_reader_other_rows_than_the_policy_allows(
    world: tuple[str, list[Said]],
) -> None:
    url, said = world
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
            broken = break_glass(owner, said, reader, random, victims=victims)
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


@pytest.mark.timeout(4 * 3600 if EVERYTHING else 300)
def test_hidden_and_absent_are_the_same_answer_on_every_path(
    world: tuple[str, list[Said]],
) -> None:
    url, said = world
    asked = paths(said, Random(SEED).sample(said, 20))
    random = Random(SEED)
    for at, reader in enumerate(some(READERS, 3)):
        victims, broken = at % 3 == 1, frozenset[int]()
        with connect(url) as owner:
            owner.execute("TRUNCATE glass_end, glass_decision, glass_request")
            if at % 3:
                broken = break_glass(owner, said, reader, random, victims=victims)
        with without_hidden(url, said, reader, broken, victims=victims) as twin:
            here, there = answers(url, reader, asked), answers(twin, reader, asked)
        differing = {name: (here[name], there[name]) for name in asked if here[name] != there[name]}
        if EVERYTHING:
            print(f"{reader.name}: {len(asked)} answers", flush=True)
        assert differing == {}, f"{reader}: {list(differing)}"


def test_who_may_see_everything_is_answered_more_than_who_may_not(
    world: tuple[str, list[Said]],
) -> None:
    url, said = world
    asked = {"list all": paths(said, [])["list all"]}
    nobody = Reader("nobody", "press", "official", frozenset())
    assert '"count": 0' in answers(url, nobody, asked)["list all"]
    assert '"count": 0' not in answers(url, DIRECTOR, asked)["list all"]
