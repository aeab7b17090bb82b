"""A database that is not migrated is refused with what to do; migrating twice changes nothing."""

import importlib

import psycopg
import pytest

from intelbus.errors import RefusedError, UnavailableError
from repository.access.classes import FAR
from repository.access.policy import OWN, VICTIM
from repository.database import make_engine, require_migrated, revisions
from repository.migrate import migrate
from tests.support.worlds import enrol


def test_an_empty_database_is_refused_until_it_is_migrated(empty_database_url: str) -> None:
    current, newest = revisions(empty_database_url)
    assert current is None
    with pytest.raises(RefusedError, match=f"revision none, and {newest} is needed"):
        require_migrated(empty_database_url)
    assert migrate(empty_database_url) == (None, newest)
    require_migrated(empty_database_url)
    assert migrate(empty_database_url) == (newest, newest)


def test_originators_beyond_law_enforcement_are_numbered_anew_with_all_that_they_told(
    database_url: str,
) -> None:
    migration = importlib.import_module("repository.migrations.versions.0041_narrow_postings")
    with psycopg.connect(database_url, autocommit=True) as connection:
        for agency, number in (("met", 7), ("poppy", 8)):
            connection.execute(
                "INSERT INTO originator (agency, number) VALUES (%s, %s)", (agency, number)
            )
            told = {"position": number, "class": OWN * number + VICTIM + 9}
            connection.execute("INSERT INTO posting VALUES ('w', %(position)s, 0, %(class)s)", told)
            connection.execute("INSERT INTO wording VALUES (%(position)s, %(class)s, '', '')", told)
        # where no registry is kept, nobody knows who they are; done again, it changes nothing
        for kept in (False, True, True):
            if kept:
                enrol(connection)
            with make_engine(database_url).begin() as begun:
                migration.number_the_far(begun)
        numbers = dict(connection.execute("SELECT agency, number FROM originator").fetchall())
        assert numbers == {"met": 7, "poppy": 8 + FAR}
        for table in ("posting", "wording"):
            classes = dict(
                connection.execute(f"SELECT position, access_class FROM {table}").fetchall()
            )
            assert classes == {7: OWN * 7 + VICTIM + 9, 8: OWN * (8 + FAR) + VICTIM + 9}
        assert connection.execute("SELECT position FROM narrow_posting").fetchall() == [(8,)]


def test_a_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(UnavailableError, match="PostgreSQL did not answer"):
        require_migrated("postgresql://nobody@127.0.0.1:1/none")
