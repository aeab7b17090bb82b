from hashlib import sha256
from pathlib import Path

import pytest

from deploy.local.archives import (
    AlteredArchiveError,
    Archive,
    kafka_archives,
    missing,
    path_in,
    postgres_archive,
    verify,
)
from intelbus.errors import ConfigurationError

ARCHIVE = Archive("org.example:thing:1.0", sha256(b"right").hexdigest(), 5)


def test_the_lock_pins_the_servers_of_the_design() -> None:
    coordinates = {archive.coordinate for archive in kafka_archives()}
    assert "org.apache.kafka:kafka_2.13:4.3.1" in coordinates
    assert len(coordinates) == len(kafka_archives())
    assert all(len(bytes.fromhex(archive.sha256)) == 32 for archive in kafka_archives())


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("linux", "x86_64", "linux-amd64"),
        ("linux", "aarch64", "linux-arm64v8"),
        ("darwin", "arm64", "darwin-arm64v8"),
    ],
)
def test_each_platform_has_its_postgres(system: str, machine: str, name: str) -> None:
    expected = f"io.zonky.test.postgres:embedded-postgres-binaries-{name}:18.6.0"
    assert expected == postgres_archive(system, machine).coordinate


def test_an_unknown_platform_is_told_what_to_do() -> None:
    with pytest.raises(ConfigurationError) as caught:
        postgres_archive("plan9", "mips")
    assert caught.value.subject == "plan9 mips"
    assert "INTELBUS_DATABASE_URL" in str(caught.value.hint)


def test_an_altered_archive_is_refused(tmp_path: Path) -> None:
    file = tmp_path / ARCHIVE.filename
    file.write_bytes(b"right")
    verify(ARCHIVE, file)
    file.write_bytes(b"wrong")
    with pytest.raises(AlteredArchiveError):
        verify(ARCHIVE, file)


def test_what_the_cache_has_is_not_fetched_again(tmp_path: Path) -> None:
    assert missing([ARCHIVE], tmp_path) == [ARCHIVE]
    path = path_in(tmp_path, ARCHIVE)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"right")
    assert missing([ARCHIVE], tmp_path) == []
