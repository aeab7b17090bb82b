"""A database that is not migrated is refused with what to do; migrating twice changes nothing."""

import pytest

from intelbus.errors import RefusedError, UnavailableError
from repository.database import require_migrated, revisions
from repository.migrate import migrate


def test_an_empty_database_is_refused_until_it_is_migrated(database_url: str) -> None:
    current, newest = revisions(database_url)
    assert current is None
    with pytest.raises(RefusedError, match=f"revision none, and {newest} is needed"):
        require_migrated(database_url)
    assert migrate(database_url) == (None, newest)
    require_migrated(database_url)
    assert migrate(database_url) == (newest, newest)


def test_a_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(UnavailableError, match="PostgreSQL did not answer"):
        require_migrated("postgresql://nobody@127.0.0.1:1/none")
