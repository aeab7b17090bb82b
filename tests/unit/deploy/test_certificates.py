from pathlib import Path

from deploy.local.certificates import trust_machine_store


def test_unset_variables_point_at_the_first_store_there_is(tmp_path: Path) -> None:
    store = tmp_path / "store.crt"
    store.touch()
    environment = {"PIP_CERT": "chosen.pem"}
    assert trust_machine_store(environment, (tmp_path / "absent", store)) == store
    assert environment == {
        "PIP_CERT": "chosen.pem",
        "REQUESTS_CA_BUNDLE": str(store),
        "SSL_CERT_FILE": str(store),
        "UV_SYSTEM_CERTS": "1",
    }


def test_without_a_store_nothing_is_changed(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    assert trust_machine_store(environment, (tmp_path / "absent",)) is None
    assert environment == {}
