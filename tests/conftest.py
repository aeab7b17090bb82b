"""What every test may ask for: a real Kafka, a real PostgreSQL, a topic prefix of its own."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer.main
import typer.testing

from deploy.local.servers import Addresses
from repository.migrate import migrate
from tests.support.bus import Bus, deploy
from tests.support.servers import fresh_database, fresh_prefix, running_servers


@pytest.fixture(scope="session", autouse=True)
def commands_are_made_once() -> Iterator[None]:
    """Let Typer's runner make an application's commands once and not each time it runs one, which
    takes longer than most of them do.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", lru_cache(8)(typer.main.get_command))
        yield


@pytest.fixture(scope="session")
def servers() -> Iterator[Addresses]:
    """Both servers, started at the first test that needs them."""
    with running_servers() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def kafka_bootstrap(servers: Addresses) -> str:
    """Kafka's bootstrap address."""
    return servers.kafka_bootstrap


@pytest.fixture(scope="session")
def template(servers: Addresses) -> Iterator[str]:
    """The name of a database with the tables, for others to begin as copies of: migrating each
    takes ten times as long.
    """
    with fresh_database(servers.database_url) as url:
        migrate(url)
        yield urlsplit(url).path.lstrip("/")


@pytest.fixture(scope="module")
def database_url(servers: Addresses, template: str) -> Iterator[str]:
    """The URL of a database for this test module alone, with its tables and nothing in them."""
    with fresh_database(servers.database_url, template) as url:
        yield url


@pytest.fixture(scope="module")
def empty_database_url(servers: Addresses) -> Iterator[str]:
    """The URL of a database for this test module alone, without any table."""
    with fresh_database(servers.database_url) as url:
        yield url


@pytest.fixture
def topic_prefix() -> str:
    """A prefix for the topics of one test."""
    return fresh_prefix()


@pytest.fixture
def bus(kafka_bootstrap: str, database_url: str, topic_prefix: str, tmp_path: Path) -> Bus:
    """A deployment of one test's own, with one agency that may publish intelligence."""
    return deploy(kafka_bootstrap, database_url, topic_prefix, tmp_path / "ukhtc")
