"""RFC 9162 trees against the vectors of transparency-dev/merkle, and the RFC's recursion."""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from intelbus import merkle
from tests.support.shared import shared_path


def vectors(kind: str) -> list[tuple[str, dict[str, Any]]]:
    folder: Path = shared_path("vectors", "merkle", "testdata", kind)
    found = [
        (str(path.relative_to(folder)), json.loads(path.read_text()))
        for path in sorted(folder.rglob("*.json"))
    ]
    assert found, f"no vectors in {folder}"
    return found


def as_bytes(value: str | None) -> bytes:
    return b64decode(value or "")


def test_inclusion_vectors() -> None:
    wrong = []
    for name, v in vectors("inclusion"):
        held = merkle.verify_inclusion(
            as_bytes(v["leafHash"]),
            v["leafIdx"],
            v["treeSize"],
            [as_bytes(p) for p in v["proof"] or []],
            as_bytes(v["root"]),
        )
        if held is v["wantErr"]:
            wrong.append(f"{name}: {v['desc']}")
    assert wrong == []


def test_consistency_vectors() -> None:
    wrong = []
    for name, v in vectors("consistency"):
        held = merkle.verify_consistency(
            v["size1"],
            v["size2"],
            as_bytes(v["root1"]),
            as_bytes(v["root2"]),
            [as_bytes(p) for p in v["proof"] or []],
        )
        if held is v["wantErr"]:
            wrong.append(f"{name}: {v['desc']}")
    assert wrong == []


def root_of_rfc(entries: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word: split at the largest power of two below n."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1 << (len(entries) - 1).bit_length() - 1
    return sha256(b"\x01" + root_of_rfc(entries[:k]) + root_of_rfc(entries[k:])).digest()


@pytest.mark.parametrize("size", range(130))
def test_root_is_the_recursive_one(size: int) -> None:
    entries = [bytes([n]) * n for n in range(size)]
    assert merkle.root([merkle.leaf_hash(e) for e in entries]) == root_of_rfc(entries)
