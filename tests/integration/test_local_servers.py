"""The local servers themselves: what they promise to programs, and that they come back."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from deploy.local.folder import DataFolder, free_port
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres, binaries
from deploy.local.processes import running_with
from deploy.local.servers import Addresses, down, status, up
from intelbus.errors import ConfigurationError
from repository.database import require_migrated
from tests.support.waiting import wait_until

OWNER = """
import json, os, sys, time
from pathlib import Path
from deploy.local.servers import up
from repository.database import require_migrated
up(Path(sys.argv[1]), owner=os.getpid(), durable=False)
print(json.dumps("up"), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("servers") / "data"
    yield folder
    down(folder, remove=True)


def test_the_database_is_utf8_and_asks_for_a_password(servers: Addresses) -> None:
    with psycopg.connect(servers.database_url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_encoding'), current_setting('password_encryption'),"
            " datlocprovider::text, datlocale FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    assert row[:2] == ("UTF8", "scram-sha-256")


def test_the_database_of_a_module_has_its_tables_and_an_empty_one_has_none(
    database_url: str, empty_database_url: str
) -> None:
    require_migrated(database_url)
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) FROM event").fetchone()
    assert row == (0,)
    with psycopg.connect(empty_database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchone()
    assert row == (0,)


def test_up_again_finds_them_and_a_kill_is_recovered_from(data: Path) -> None:
    first = up(data, owner=os.getpid())
    assert up(data) == first
    assert set(status(data).values()) == {first.kafka_bootstrap, first.database_url}
    assert (data / "servers.json").stat().st_mode & 0o777 == 0o600

    folder = DataFolder(data)
    for process in running_with(Kafka(folder).marker) + running_with(str(Postgres(folder).data)):
        process.send_signal(signal.SIGKILL)
    wait_until(lambda: not any(status(data).values()), timeout=10)

    second = up(data)
    assert second == first  # the same ports, the same password
    with pytest.raises(ConfigurationError, match=r"port .* is taken"):
        DataFolder(data).ports({"kafka": int(second.kafka_bootstrap.rpartition(":")[2])})

    assert down(data)
    assert not down(data)
    assert status(data) == {"kafka": None, "postgres": None}
    assert not (data / "servers.json").exists()


def test_a_cluster_whose_password_is_gone_is_refused_and_kept(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.create()
    cluster = Postgres(folder, binaries())
    cluster.start(free_port(taken=set()), durable=False, settings={})
    cluster.stop()
    try:
        folder.password_file.unlink()
        with pytest.raises(ConfigurationError, match="its password is not") as refused:
            up(folder.path)
        assert str(cluster.home) in str(refused.value.hint)
        assert cluster.data.exists()
        assert status(folder.path) == {"kafka": None, "postgres": None}
    finally:
        down(folder.path, remove=True)


def test_servers_are_removed_when_their_owner_is_killed(tmp_path: Path) -> None:
    data = tmp_path / "owned"
    owner = subprocess.Popen(
        [
            sys.executable,
            "-c",
            OWNER,
            str(data),
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert owner.stdout is not None
    assert json.loads(owner.stdout.readline()) == "up"
    kafka = running_with(Kafka(DataFolder(data)).marker)
    assert len(kafka) == 1
    owner.kill()
    owner.wait()
    wait_until(lambda: not data.exists(), timeout=30)
    assert not psutil.pid_exists(kafka[0].pid)


def test_a_started_command_that_is_ended_leaves_nothing(tmp_path: Path) -> None:
    data = tmp_path / "ended"
    command = subprocess.Popen(
        [sys.executable, "-c", "from producers.cli import main; main()", "up", "--data", str(data)],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.DEVNULL,
    )
    marker = Kafka(DataFolder(data)).marker
    wait_until(lambda: bool(running_with(marker)), timeout=60)
    command.send_signal(signal.SIGTERM)
    assert command.wait(timeout=60) == 130
    assert running_with(marker) == []
    assert not Postgres(DataFolder(data)).running()
    down(data, remove=True)
