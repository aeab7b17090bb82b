"""A few seeded runs of `make chaos`, one of each family that breaks no server others share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.servers import Addresses
from tests.chaos.processes import Launcher
from tests.chaos.runs import FAULTS, Series
from tests.chaos.scene import TAKEOVER_SECONDS
from tests.chaos.world import TEMPLATE, drop_database, make_template

SEED = 2009
SHORT = ("kill-ingest.stored", "kill-linker.renewed", "kill-publisher.sent", "truncated")


@pytest.fixture(scope="module")
def series(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Series]:
    """A series on the test servers, its template made and dropped."""
    make_template(servers.database_url)
    launcher = Launcher()
    try:
        yield Series(launcher, servers, tmp_path_factory.mktemp("office"))
    finally:
        launcher.close()
        drop_database(servers.database_url, TEMPLATE)


@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost_said_twice_or_out_of_order(
    series: Series, name: str, tmp_path: Path
) -> None:
    fault = next(one for one in FAULTS if one.name == name)
    result = series.run(SEED, fault, keep=tmp_path)
    assert result.anomalies == [], f"logs: {tmp_path}"
    assert result.takeover is None or result.takeover <= TAKEOVER_SECONDS
