"""Enrolment: an agency asks UKHTC to trust a key, and proves that it holds the private half.

The request is a small JSON file. Its proof is a signature over the request's own fields under a
payload type of its own (`intelbus.dsse`), so no other signature can serve as one. What it does not
prove is *who* the agency is: UKHTC compares the fingerprint with a known person there.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intelbus import dsse
from intelbus.errors import RefusedError
from intelbus.keys import SigningKey, check_public_key, key_id_of, verify
from intelbus.message import rfc3339
from intelbus.trust import is_agency_code

FORMAT = "intelbus-enrolment-request/1"
REQUEST_LIMIT = 16 * 1024
_FIELDS = ("format", "agency", "key_id", "public_key", "created_at", "contact", "proof")


class EnrolmentError(RefusedError):
    """The enrolment request is not to be believed."""


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """A request whose proof held, for a key that meets the rule for public keys."""

    agency: str
    public_key: bytes
    key_id: str
    created_at: str
    contact: str


def make_request(agency: str, key: SigningKey, *, contact: str, now: datetime) -> str:
    """Return the JSON text of a request, signed with the key that it asks to be trusted.

    Raises EnrolmentError when `agency` is not written as agency codes are.
    """
    if not is_agency_code(agency):
        raise EnrolmentError(
            f"not an agency code: {agency!r}", hint="small letters, digits and single hyphens"
        )
    fields = {
        "format": FORMAT,
        "agency": agency,
        "key_id": key.key_id,
        "public_key": key.public_key.hex(),
        "created_at": rfc3339(now),
        "contact": contact,
    }
    return json.dumps({**fields, "proof": key.sign(_to_sign(fields)).hex()}, indent=2) + "\n"


def read_request(text: bytes | str) -> EnrolmentRequest:
    """Return the request in `text`, its proof of possession verified.

    Raises EnrolmentError when it is damaged or the proof fails, WeakKeyError for a weak key.
    """
    if len(text) > REQUEST_LIMIT:
        raise EnrolmentError(f"the request is longer than {REQUEST_LIMIT} bytes")
    try:
        fields = json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise EnrolmentError("this is not an enrolment request in JSON") from error
    if not isinstance(fields, dict) or set(fields) != set(_FIELDS):
        raise EnrolmentError(f"an enrolment request has exactly the fields {', '.join(_FIELDS)}")
    if fields["format"] != FORMAT or not all(isinstance(v, str) for v in fields.values()):
        raise EnrolmentError(f"not of the format {FORMAT}")
    if not is_agency_code(fields["agency"]):
        raise EnrolmentError(f"not an agency code: {fields['agency']!r:.60}")
    try:
        public_key, proof = bytes.fromhex(fields["public_key"]), bytes.fromhex(fields["proof"])
    except ValueError as error:
        raise EnrolmentError("public_key and proof are written in hexadecimal") from error
    check_public_key(public_key)
    if fields["key_id"] != key_id_of(public_key):
        raise EnrolmentError("the key id is not that of the public key")
    if not verify(public_key, proof, _to_sign(fields)):
        raise EnrolmentError(
            "the proof of possession fails: the sender does not hold this key, or it was edited",
            subject=f"{fields['agency']} {fields['key_id']}",
            hint="ask the agency to run `intelbus key request` again and send the file unchanged",
        )
    return EnrolmentRequest(
        fields["agency"], public_key, fields["key_id"], fields["created_at"], fields["contact"]
    )


def _to_sign(fields: dict[str, str]) -> bytes:
    # Canonical: strings only, sorted, ASCII, no white space; the file may be re-indented freely.
    payload = {name: value for name, value in fields.items() if name != "proof"}
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return dsse.pae(dsse.ENROLMENT_REQUEST, text.encode("ascii"))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field is given twice")
    return fields
