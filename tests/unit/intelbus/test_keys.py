"""Key files that only their owner can read, and the rule for public keys."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from intelbus.curve import L, P, add, decompress, multiply, weakness_of
from intelbus.keys import (
    KeyFileError,
    SigningKey,
    WeakKeyError,
    check_public_key,
    fingerprint_of,
    key_id_of,
    public_pem,
    read_public_pem,
    verify,
)

# The base point of RFC 8032 §5.1, and a point of order 8 (RFC 7748's torsion; from CCTV).
BASE = bytes.fromhex("58" + "66" * 31)
ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")


def compressed(point: tuple[int, int, int, int]) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def test_saved_and_loaded_with_mode_0600_in_a_folder_of_0700(tmp_path: Path) -> None:
    path = tmp_path / "agency" / "signing.key"
    key = SigningKey.generate()
    key.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [p.name for p in path.parent.iterdir()] == ["signing.key"]
    loaded = SigningKey.load(path)
    assert (loaded.public_key, loaded.key_id) == (key.public_key, key.key_id)
    assert verify(key.public_key, loaded.sign(b"x"), b"x")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a" / "signing.key"
    SigningKey.generate().save(path)
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="never overwritten"):
        SigningKey.generate().save(path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["signing.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o610])
def test_a_key_open_to_others_is_refused_and_says_how_to_mend_it(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a" / "signing.key"
    SigningKey.generate().save(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="others may read or write") as refused:
        SigningKey.load(path)
    assert f"chmod 600 {path}" in (refused.value.hint or "")


def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(KeyFileError, match="others may replace files"):
        SigningKey.generate().save(folder / "signing.key")
    assert list(folder.iterdir()) == []


def test_files_that_are_no_signing_keys(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    with pytest.raises(KeyFileError, match="no signing key"):
        SigningKey.load(path)
    os.close(os.open(path, os.O_CREAT, 0o600))
    with pytest.raises(KeyFileError, match="not a private key"):
        SigningKey.load(path)
    other = generate_private_key(SECP256R1())
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyFileError, match="not an Ed25519"):
        SigningKey.load(path)
    with pytest.raises(KeyFileError, match="not a public key"):
        read_public_pem(path)


def test_the_text_of_a_key_shows_no_secret() -> None:
    seed = b"\x07" * 32
    key = SigningKey.from_seed(seed)
    assert seed.hex() not in repr(key)
    assert "_private" not in repr(key)


def test_public_pem_there_and_back(tmp_path: Path) -> None:
    key = SigningKey.generate()
    path = tmp_path / "a.pub"
    path.write_bytes(public_pem(key.public_key))
    assert read_public_pem(path) == key.public_key
    assert fingerprint_of(key.public_key).replace(" ", "").startswith(key_id_of(key.public_key))


def test_what_the_rule_refuses() -> None:
    base, order_8 = decompress(BASE), decompress(ORDER_8)
    assert base is not None
    assert order_8 is not None
    mixed = compressed(add(base, order_8))
    expected = {
        BASE: None,
        BASE + b"\0": "it is 33 bytes long, not 32",
        (P + 1).to_bytes(32, "little"): "it is not the canonical encoding of a point of the curve",
        (1 | 1 << 255).to_bytes(32, "little"): (
            "it is not the canonical encoding of a point of the curve"
        ),
        (2).to_bytes(32, "little"): "it is not the canonical encoding of a point of the curve",
        (1).to_bytes(32, "little"): "it is of small order",
        ORDER_8: "it is of small order",
        mixed: "it has a small-order component",
    }
    assert {raw: weakness_of(raw) for raw in expected} == expected
    assert compressed(multiply(L + 1, base)) == BASE
    with pytest.raises(WeakKeyError, match="small-order component"):
        check_public_key(mixed)


def test_every_generated_key_meets_the_rule() -> None:
    for _ in range(20):
        public_key = SigningKey.generate().public_key
        assert check_public_key(public_key) == public_key


def test_verify_answers_false_to_anything_malformed() -> None:
    key = SigningKey.generate()
    assert not verify(key.public_key, b"", b"x")
    assert not verify(key.public_key, bytes(63), b"x")
    assert not verify(b"short", bytes(64), b"x")
