"""The interface's key: kept once, for its owner alone; each use has its own."""

from pathlib import Path

import pytest

from intelbus.errors import ConfigurationError
from repository.authentication.interface_key import FILE, BrokenSealError, InterfaceKey


def test_it_is_made_once_and_opens_what_it_sealed(tmp_path: Path) -> None:
    first = InterfaceKey.load_or_make(tmp_path / "home")
    again = InterfaceKey.load_or_make(tmp_path / "home")
    assert (tmp_path / "home" / FILE).stat().st_mode & 0o777 == 0o600
    assert again.open("codes", first.seal("codes", b"secret")) == b"secret"
    assert "secret" not in repr(first)


def test_it_opens_nothing_of_another_use_nor_what_was_changed(tmp_path: Path) -> None:
    key = InterfaceKey.load_or_make(tmp_path)
    sealed = key.seal("codes", b"secret")
    with pytest.raises(BrokenSealError):
        key.open("cursors", sealed)
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(BrokenSealError):
            key.open("codes", bytes(changed))


def test_a_damaged_or_open_file_is_refused(tmp_path: Path) -> None:
    InterfaceKey.load_or_make(tmp_path)
    path = tmp_path / FILE
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="open to others"):
        InterfaceKey.load_or_make(tmp_path)
    path.write_bytes(b"not a key")
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="damaged"):
        InterfaceKey.load_or_make(tmp_path)
