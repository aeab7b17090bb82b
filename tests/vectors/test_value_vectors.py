"""Values byte for byte: what an event of each kind is on the wire, and its content digest.

`values.json` may be used to test a publisher in any language. Its values never change: they are in
outboxes, in Kafka and under signatures. A new release of a schema adds rows and keeps these.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from intelbus.codec import content_digest_of, decode_event, encode_event
from intelbus.contract import Kind, load_contract
from intelbus.source_form import from_source

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "values.json").read_text("utf-8")
)
by_kind = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["kind"])


def test_there_is_one_of_each_kind() -> None:
    assert [vector["kind"] for vector in VECTORS] == list(Kind)


@by_kind
def test_the_value_says_what_the_source_says(vector: dict[str, Any]) -> None:
    decoded = decode_event(bytes.fromhex(vector["value"]))

    assert decoded.event == from_source(vector["kind"], vector["source"])
    assert decoded.kind == vector["kind"]
    assert decoded.content_digest.hex() == vector["content_digest"]


@by_kind
def test_the_source_is_written_as_the_value(vector: dict[str, Any]) -> None:
    value = bytes.fromhex(vector["value"])
    written = encode_event(vector["kind"], from_source(vector["kind"], vector["source"]))

    # A vector of an earlier release is read for ever, and no longer written.
    newest = load_contract().id_of(vector["kind"]) == decode_event(value).schema_id
    assert (written == value) == newest
    assert content_digest_of(value).hex() == vector["content_digest"]
