"""A few seeded runs of `make chaos`, one of each family that breaks no server others share."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local.servers import Addresses
from tests.chaos.processes import Launcher
from tests.chaos.runs import FAULTS, Result, Series, variant_of
from tests.chaos.scene import TAKEOVER_SECONDS
from tests.chaos.world import TEMPLATE, drop_database, make_template

SEED = 2009
SHORT = ("kill-ingest.stored", "kill-linker.renewed", "kill-publisher.sent", "truncated")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the logs of runs with anomalies are kept."""
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def results(
    servers: Addresses, logs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Result]]]:
    """The runs, two at a time since they mostly wait, on the test servers; the series' template is
    made and dropped.
    """
    make_template(servers.database_url)
    launcher = Launcher()
    try:
        series = Series(launcher, servers, tmp_path_factory.mktemp("office"))
        series.undisturbed(variant_of(SEED))
        chosen = [next(one for one in FAULTS if one.name == name) for name in SHORT]
        with ThreadPoolExecutor(2) as pool:
            yield {one.name: pool.submit(series.run, SEED, one, keep=logs) for one in chosen}
    finally:
        launcher.close()
        drop_database(servers.database_url, TEMPLATE)


@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost_said_twice_or_out_of_order(
    results: Mapping[str, Future[Result]], logs: Path, name: str
) -> None:
    result = results[name].result()
    assert result.anomalies == [], f"logs: {logs}"
    assert result.takeover is None or result.takeover <= TAKEOVER_SECONDS
