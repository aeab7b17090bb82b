"""What a trust registry must be before anyone believes it, and how each side keeps it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from intelbus import dsse
from intelbus.codec import decode_control, encode_control
from intelbus.errors import ConfigurationError
from intelbus.keys import KeyFileError, SigningKey, key_id_of, public_pem
from intelbus.trust import (
    LATE_DELIVERY,
    Agency,
    TrustRegistry,
    UntrustedRegistryError,
    is_agency_code,
    sign_registry,
    verify_registry,
)
from intelbus.trust_files import NotPinnedError, keep_registry, load_registry, pin_authority
from tests.support.sealed import DAY, KEY, NOW, OTHER_KEY, registry, trusted

AUTHORITY = SigningKey.from_seed(b"\x09" * 32)
SIGNED = sign_registry(registry(), AUTHORITY)


def test_there_and_back() -> None:
    made = registry(revoked_at=NOW, revocation_reason="stolen")
    assert verify_registry(sign_registry(made, AUTHORITY), AUTHORITY.public_key, now=NOW) == made
    endless = registry(valid_until=None)
    signed = sign_registry(endless, AUTHORITY)
    assert verify_registry(signed, AUTHORITY.public_key, now=NOW) == endless


@pytest.mark.parametrize("bit", range(0, len(SIGNED) * 8, 41))
def test_any_flipped_bit_is_refused(bit: int) -> None:
    altered = bytearray(SIGNED)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(UntrustedRegistryError):
        verify_registry(bytes(altered), AUTHORITY.public_key, now=NOW)


def test_signed_by_another_or_as_something_else() -> None:
    with pytest.raises(UntrustedRegistryError, match="not signed by the authority"):
        verify_registry(SIGNED, OTHER_KEY.public_key, now=NOW)
    envelope = decode_control("SignedRegistry", SIGNED)
    envelope["signature"] = AUTHORITY.sign(dsse.pae(dsse.BATCH_STATEMENT, envelope["registry"]))
    with pytest.raises(UntrustedRegistryError, match="not signed by the authority"):
        verify_registry(encode_control("SignedRegistry", envelope), AUTHORITY.public_key, now=NOW)
    with pytest.raises(UntrustedRegistryError, match="cannot be read"):
        verify_registry(b"noise", AUTHORITY.public_key, now=NOW)
    with pytest.raises(UntrustedRegistryError, match="larger"):
        verify_registry(bytes(256 * 1024 + 1), AUTHORITY.public_key, now=NOW)


def test_rollback_and_expiry() -> None:
    with pytest.raises(UntrustedRegistryError, match="older than one accepted"):
        verify_registry(SIGNED, AUTHORITY.public_key, now=NOW, at_least_version=4)
    assert verify_registry(SIGNED, AUTHORITY.public_key, now=NOW, at_least_version=3).version == 3
    late = NOW + 30 * DAY
    with pytest.raises(UntrustedRegistryError, match="expired"):
        verify_registry(SIGNED, AUTHORITY.public_key, now=late)
    kept = verify_registry(SIGNED, AUTHORITY.public_key, now=late, allow_expired=True)
    assert kept.expired(late)


def test_a_weak_key_is_refused_even_when_the_authority_signed_it() -> None:
    weak = (1).to_bytes(32, "little")
    made = trusted(KEY, "gmp", public_key=weak, key_id=key_id_of(weak))
    signed = sign_registry(
        TrustRegistry.of(1, NOW, NOW + DAY, [Agency("gmp", "", "police", frozenset())], [made]),
        AUTHORITY,
    )
    with pytest.raises(UntrustedRegistryError, match="weak key"):
        verify_registry(signed, AUTHORITY.public_key, now=NOW)


GMP = Agency("gmp", "Greater Manchester Police", "police", frozenset())


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("versions count from 1", {"version": 0}),
        ("expires before", {"expires_at": NOW - DAY}),
        ("not an agency code", {"agencies": [replace(GMP, code="G M P")]}),
        ("not enrolled", {"agencies": [GMP], "keys": [trusted(KEY, "met")]}),
        ("another key's id", {"keys": [trusted(KEY, "gmp", key_id="0" * 16)]}),
        ("ends before", {"keys": [trusted(KEY, "gmp", valid_until=NOW - 20 * DAY)]}),
        ("agency listed twice", {"agencies": [GMP, GMP]}),
        ("key listed twice", {"keys": [trusted(KEY, "gmp"), trusted(KEY, "gmp")]}),
    ],
)
def test_a_registry_that_contradicts_itself(what: str, changes: dict[str, Any]) -> None:
    parts: dict[str, Any] = {
        "version": 1,
        "issued_at": NOW,
        "expires_at": NOW + DAY,
        "agencies": [GMP],
        "keys": [],
        **changes,
    }
    with pytest.raises(UntrustedRegistryError, match=what):
        TrustRegistry.of(**parts)


def test_a_key_is_judged_at_both_times() -> None:
    key = trusted(KEY, "gmp", valid_from=NOW, valid_until=NOW + DAY)
    second = DAY / 86400
    assert key.objection(signed_at=NOW, received_at=NOW) is None
    assert key.objection(signed_at=NOW - second, received_at=NOW) == "key_not_yet_valid"
    assert key.objection(signed_at=NOW, received_at=NOW - second) == "key_not_yet_valid"
    assert key.objection(signed_at=NOW + DAY, received_at=NOW + DAY) == "key_expired"
    last = NOW + DAY + LATE_DELIVERY
    assert key.objection(signed_at=NOW, received_at=last - second) is None
    assert key.objection(signed_at=NOW, received_at=last) == "key_expired"
    revoked = replace(key, revoked_at=NOW + DAY / 2)
    assert revoked.objection(signed_at=NOW, received_at=NOW + DAY / 2 - second) is None
    assert revoked.objection(signed_at=NOW, received_at=NOW + DAY / 2) == "key_revoked"


def test_whoever_may_publish_may_retract_and_nobody_else() -> None:
    assert replace(GMP, kinds=frozenset({"outcome"})).may_publish("retraction")
    assert not replace(GMP, kinds=frozenset({"outcome"})).may_publish("intelligence")
    assert not GMP.may_publish("retraction")


def test_agency_codes() -> None:
    assert all(map(is_agency_code, ["gmp", "south-wales", "riu-1"]))
    assert not any(
        map(is_agency_code, ["", "GMP", "-a", "a-", "a--b", "a b", "a.b", "a" * 41, "é"])
    )


def test_a_registry_cannot_be_edited() -> None:
    with pytest.raises(TypeError):
        registry().agencies["x"] = GMP  # type: ignore[index]


def pinned(tmp_path: Path) -> Path:
    source = tmp_path / "authority.pub"
    source.write_bytes(public_pem(AUTHORITY.public_key))
    home = tmp_path / "home"
    assert pin_authority(home, source) == AUTHORITY.public_key
    return home


def test_keeping_a_registry(tmp_path: Path) -> None:
    home = pinned(tmp_path)
    with pytest.raises(ConfigurationError, match="no trust registry"):
        load_registry(home, now=NOW)
    assert keep_registry(home, SIGNED, now=NOW).version == 3
    assert (home / "trust.registry").read_bytes() == SIGNED
    assert load_registry(home, now=NOW) == registry()
    newer = sign_registry(replace(registry(), version=4), AUTHORITY)
    keep_registry(home, newer, now=NOW)
    with pytest.raises(UntrustedRegistryError, match="older than one accepted"):
        keep_registry(home, SIGNED, now=NOW)
    assert (home / "trust.registry").read_bytes() == newer


def test_pinning_is_once(tmp_path: Path) -> None:
    with pytest.raises(NotPinnedError):
        load_registry(tmp_path, now=NOW)
    home = pinned(tmp_path)
    pinned(tmp_path)
    other = tmp_path / "other.pub"
    other.write_bytes(public_pem(OTHER_KEY.public_key))
    with pytest.raises(ConfigurationError, match="another authority"):
        pin_authority(home, other)
    with pytest.raises(KeyFileError, match="no such public key"):
        pin_authority(home, tmp_path / "missing.pub")
