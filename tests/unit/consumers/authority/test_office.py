"""The authority's folder: what is in it, and what publishing leaves behind."""

from pathlib import Path

import pytest

from consumers.authority.office import Office
from intelbus.enrolment import EnrolmentError, make_request
from intelbus.errors import ConfigurationError
from intelbus.keys import KeyFileError, SigningKey
from intelbus.trust import verify_registry
from intelbus.trust_files import keep_registry, pin_authority, pinned_authority
from tests.support.sealed import DAY, KEY, NOW


def founded(tmp_path: Path) -> Office:
    return Office.found(tmp_path / "ukhtc", now=NOW)


def test_the_folder_and_its_files(tmp_path: Path) -> None:
    home = founded(tmp_path).home
    modes = {p.name: p.stat().st_mode & 0o777 for p in home.iterdir()}
    assert modes == {
        "authority.key": 0o600,
        "authority.pub": 0o644,
        "draft.json": 0o600,
        "signing.key": 0o600,
    }
    assert home.stat().st_mode & 0o777 == 0o700
    assert SigningKey.load(home / "authority.key").public_key == pinned_authority(home)


def test_founding_is_once(tmp_path: Path) -> None:
    office = founded(tmp_path)
    before = {p.name: p.read_bytes() for p in office.home.iterdir()}
    with pytest.raises(KeyFileError, match="never overwritten"):
        founded(tmp_path)
    assert {p.name: p.read_bytes() for p in office.home.iterdir()} == before


def test_an_agency_enrolled_and_published_is_believed_by_another(tmp_path: Path) -> None:
    office = founded(tmp_path)
    office.enrol(
        make_request("gmp", KEY, contact="", now=NOW),
        name="Greater Manchester Police",
        agency_type="police",
        kinds=["all"],
        now=NOW,
    )
    assert office.published(now=NOW) is None
    registry, signed = office.publish(now=NOW)
    assert (registry.version, set(registry.agencies)) == (1, {"gmp", "ukhtc"})
    assert office.published(now=NOW) == registry
    home = tmp_path / "agency"
    pin_authority(home, office.home / "authority.pub")
    assert keep_registry(home, signed, now=NOW) == registry
    centre = SigningKey.load(office.home / "signing.key")
    assert registry.keys[centre.key_id].agency == "ukhtc"


def test_each_publication_has_a_version_of_its_own(tmp_path: Path) -> None:
    office = founded(tmp_path)
    office.publish(now=NOW)
    (office.home / "trust.registry").unlink()
    registry, signed = office.publish(now=NOW + DAY)
    assert registry.version == 2
    assert verify_registry(signed, pinned_authority(office.home), now=NOW + DAY).version == 2


def test_a_refused_request_leaves_the_draft_as_it_was(tmp_path: Path) -> None:
    office = founded(tmp_path)
    before = office.draft
    forged = make_request("gmp", KEY, contact="", now=NOW).replace("gmp", "met")
    with pytest.raises(EnrolmentError, match="proof of possession"):
        office.enrol(forged, name="x", agency_type="police", kinds=["all"], now=NOW)
    assert office.draft == before


def test_no_authority_here(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no authority here"):
        Office(tmp_path).publish(now=NOW)
