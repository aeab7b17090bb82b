"""A request proves possession of a good key, or is refused."""

import json
from typing import Any

import pytest

from intelbus import dsse
from intelbus.enrolment import EnrolmentError, make_request, read_request
from intelbus.keys import SigningKey, WeakKeyError, key_id_of
from tests.support.sealed import KEY, NOW, OTHER_KEY

TEXT = make_request("gmp", KEY, contact="Duty officer, ext. 4", now=NOW)


def edited(**changes: Any) -> str:
    return json.dumps({**json.loads(TEXT), **changes})


def test_there_and_back_also_re_indented() -> None:
    request = read_request(TEXT)
    assert (request.agency, request.public_key, request.contact) == (
        "gmp",
        KEY.public_key,
        "Duty officer, ext. 4",
    )
    assert read_request(edited()) == request
    assert read_request(edited().encode()) == request


@pytest.mark.parametrize(
    "changes",
    [
        {"agency": "met"},
        {"contact": "someone else"},
        {"created_at": "2020-01-01T00:00:00.000000Z"},
        {"proof": "00" * 64},
        {"public_key": OTHER_KEY.public_key.hex(), "key_id": OTHER_KEY.key_id},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_edited_request_proves_nothing(changes: dict[str, str]) -> None:
    with pytest.raises(EnrolmentError, match="proof of possession"):
        read_request(edited(**changes))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 10_000,
        edited(extra="x"),
        edited(format="other"),
        edited(contact=None),
        edited(agency="G M P"),
        edited(key_id="0" * 16),
        edited(proof="zz"),
        TEXT.replace('"agency": "gmp"', '"agency": "gmp", "agency": "gmp"'),
        " " * 20_000,
    ],
    ids=range(11),
)
def test_what_is_no_request(text: str) -> None:
    with pytest.raises(EnrolmentError):
        read_request(text)


def test_a_weak_key_is_refused_before_its_proof_is_looked_at() -> None:
    weak = (1).to_bytes(32, "little")
    with pytest.raises(WeakKeyError, match="small order"):
        read_request(edited(public_key=weak.hex(), key_id=key_id_of(weak)))


def test_a_signature_for_another_purpose_is_no_proof() -> None:
    fields = {k: v for k, v in json.loads(TEXT).items() if k != "proof"}
    payload = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    assert read_request(edited(proof=KEY.sign(dsse.pae(dsse.ENROLMENT_REQUEST, payload)).hex()))
    with pytest.raises(EnrolmentError, match="proof of possession"):
        read_request(edited(proof=KEY.sign(dsse.pae(dsse.TRUST_REGISTRY, payload)).hex()))


def test_no_request_for_what_is_no_agency_code() -> None:
    with pytest.raises(EnrolmentError, match="not an agency code"):
        make_request("Greater Manchester", SigningKey.generate(), contact="", now=NOW)
