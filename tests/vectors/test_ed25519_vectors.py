"""Signatures against Wycheproof; weak public keys against C2SP CCTV."""

import json
from typing import Any

from intelbus.curve import weakness_of
from intelbus.keys import verify
from tests.support.shared import shared_path

WEAK = {"low_order_A", "low_order_component_A", "non_canonical_A"}


def test_all_wycheproof_signatures() -> None:
    suite = json.loads(shared_path("vectors", "wycheproof-ed25519.json").read_text())
    expected: dict[int, bool] = {}
    actual: dict[int, bool] = {}
    for group in suite["testGroups"]:
        public_key = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            expected[case["tcId"]] = case["result"] == "valid"
            actual[case["tcId"]] = verify(
                public_key, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
            )
    assert len(expected) == suite["numberOfTests"]
    assert expected == actual


def cctv() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(
        shared_path("vectors", "cctv-ed25519.json").read_text()
    )
    assert cases
    return cases


def test_a_key_is_refused_exactly_when_cctv_flags_it() -> None:
    expected = {c["key"]: bool(WEAK & set(c["flags"] or ())) for c in cctv()}
    actual = {key: weakness_of(bytes.fromhex(key)) is not None for key in expected}
    assert any(expected.values())
    assert not all(expected.values())
    assert expected == actual
