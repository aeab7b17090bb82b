"""Settings: the environment, what is passed, the local servers' addresses; and what is missing."""

from pathlib import Path

import pytest

from intelbus.errors import ConfigurationError
from intelbus.settings import SERVERS_FILE, load_settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_BOOTSTRAP", "DATABASE_URL", "AGENCY", "HOME", "DATA", "MAXIMUM_MARKING"):
        monkeypatch.delenv(f"INTELBUS_{name}", raising=False)


def test_what_is_passed_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTELBUS_AGENCY", "gla")

    assert load_settings().require_agency() == "gla"
    assert load_settings(agency="soca").require_agency() == "soca"
    assert load_settings(agency=None).require_agency() == "gla"


def test_an_address_that_is_set_wins_over_the_local_servers(tmp_path: Path) -> None:
    (tmp_path / SERVERS_FILE).write_text('{"kafka_bootstrap": "a:1", "database_url": "b"}')

    assert load_settings(data=tmp_path).require_kafka() == "a:1"
    assert load_settings(data=tmp_path).require_database() == "b"
    assert load_settings(data=tmp_path, kafka_bootstrap="c:2").require_kafka() == "c:2"


def test_a_missing_server_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(data=tmp_path).require_kafka()
    assert caught.value.hint == "run `intelbus up`, or set INTELBUS_KAFKA_BOOTSTRAP"


def test_a_damaged_file_of_addresses_is_named(tmp_path: Path) -> None:
    (tmp_path / SERVERS_FILE).write_text("{")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(data=tmp_path).require_database()
    assert caught.value.subject == str(tmp_path / SERVERS_FILE)


def test_a_setting_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTELBUS_MAXIMUM_MARKING", "eyes_only")
    with pytest.raises(ConfigurationError, match="INTELBUS_MAXIMUM_MARKING"):
        load_settings()


def test_an_agency_that_is_not_named_is_asked_for() -> None:
    with pytest.raises(ConfigurationError, match="no agency is named"):
        load_settings().agency_home()
    assert load_settings(agency="gla").agency_home() == Path(".intelbus/agency/gla")
