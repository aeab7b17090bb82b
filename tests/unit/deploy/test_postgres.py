import pytest

from deploy.local import postgres
from intelbus.errors import ConfigurationError


def test_without_the_package_one_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError) as caught:
        postgres.binaries()
    assert "INTELBUS_DATABASE_URL" in str(caught.value.hint)
