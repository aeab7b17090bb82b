from hashlib import sha256
from pathlib import Path

import pytest

from deploy.local.archives import (
    AlteredArchiveError,
    Archive,
    kafka_archives,
    missing,
    path_in,
    verify,
)

ARCHIVE = Archive("org.example:thing:1.0", sha256(b"right").hexdigest(), 5)


def test_the_lock_pins_the_broker_of_the_design() -> None:
    coordinates = {archive.coordinate for archive in kafka_archives()}
    assert "org.apache.kafka:kafka_2.13:4.3.1" in coordinates
    assert len(coordinates) == len(kafka_archives())
    assert all(len(bytes.fromhex(archive.sha256)) == 32 for archive in kafka_archives())


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
