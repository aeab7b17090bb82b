import socket
from pathlib import Path

import pytest

from deploy.local.folder import HIGHEST_PORT, HOST, LOWEST_PORT, DataFolder
from intelbus.errors import ConfigurationError


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    made.create()
    return made


def test_the_folder_is_its_owners_alone(folder: DataFolder) -> None:
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_the_password_is_made_once_and_private(folder: DataFolder) -> None:
    assert folder.password() == folder.password()
    assert (folder.path / "postgres.password").stat().st_mode & 0o777 == 0o600


def test_ports_are_remembered_and_differ(folder: DataFolder) -> None:
    ports = folder.ports({})
    assert folder.ports({}) == ports
    assert len(set(ports.values())) == 3
    assert all(LOWEST_PORT <= port < HIGHEST_PORT for port in ports.values())


def test_a_remembered_port_that_is_taken_is_replaced(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.folder.RELEASE_SECONDS", 0.2)
    before = folder.ports({})
    with socket.create_server((HOST, before["kafka"])):
        after = folder.ports({})
    assert after["kafka"] != before["kafka"]
    assert after["postgres"] == before["postgres"]


def test_a_chosen_port_that_is_taken_is_refused(folder: DataFolder) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as caught:
            folder.ports({"kafka": port})
    assert caught.value.subject == f"{HOST}:{port} for kafka"


def test_two_commands_do_not_race(folder: DataFolder) -> None:
    with (
        folder.locked(),
        pytest.raises(ConfigurationError, match="another command"),
        folder.locked(),
    ):
        pass
    with folder.locked():
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError) as caught:
        DataFolder(tmp_path / "file" / "data").create()
    assert caught.value.hint == "set INTELBUS_DATA to a folder you can write to"


def test_a_damaged_servers_file_counts_as_none(folder: DataFolder) -> None:
    folder.servers_file.write_text("{", "utf-8")
    assert folder.addresses() is None
