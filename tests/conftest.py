"""What every test may ask for: a real Kafka, a real PostgreSQL, a topic prefix of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.servers import Addresses
from tests.support.bus import Bus, deploy
from tests.support.servers import fresh_database, fresh_prefix, running_servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Addresses]:
    """Both servers, started at the first test that needs them."""
    with running_servers() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def kafka_bootstrap(servers: Addresses) -> str:
    """Kafka's bootstrap address."""
    return servers.kafka_bootstrap


@pytest.fixture(scope="module")
def database_url(servers: Addresses) -> Iterator[str]:
    """The URL of an empty database for this test module alone."""
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
