"""The schemas themselves: linted, compatible, frozen; and rules that refuse what they must."""

import copy
import json
import re
from typing import Any

import pytest

from intelbus.contract import (
    Kind,
    UnknownSchemaError,
    load_contract,
    load_sources,
    schema_folder,
    self_contained,
)
from schemas import generate
from schemas.check import check_compatibility, check_sources
from schemas.compatibility import incompatibilities
from schemas.lint import lint

Node = dict[str, Any]
RELEASED = {one.name: json.loads(one.text) for one in load_contract().all()}


def test_the_schemas_pass_their_own_checks() -> None:
    assert check_sources(schema_folder(), load_contract()) == []


def test_every_released_version_reads_every_other() -> None:
    assert check_compatibility(schema_folder(), load_contract()) == []


def test_each_kind_and_each_release_has_an_id_of_its_own() -> None:
    contract = load_contract()
    released = contract.all()

    assert len({one.schema_id for one in released}) == len(released)
    assert {contract.kind_of(contract.id_of(kind)) for kind in Kind} == set(Kind)
    with pytest.raises(UnknownSchemaError):
        contract.released(0)


def test_the_ids_that_messages_in_the_world_carry_never_change() -> None:
    first_release = {
        "IntelligenceReport": 1,
        "OperationEvent": 2,
        "ReferralEvent": 3,
        "CaseOutcome": 4,
        "PortEncounter": 5,
        "MissingChild": 6,
        "Inspection": 7,
        "Assessment": 8,
        "VictimSupport": 9,
        "NilReturn": 10,
        "Watch": 11,
        "Retraction": 12,
        "BatchStatement": 13,
        "Heartbeat": 14,
        "HeartbeatStatement": 15,
        "QuarantineEntry": 16,
        "Receipt": 17,
        "Seal": 18,
        "SignedRegistry": 19,
        "TrustRegistry": 20,
        "Notice": 21,
    }
    released = {one.name: one.schema_id for one in load_contract().all() if one.version == 1}
    assert released == first_release


def test_what_is_generated_is_what_is_there() -> None:
    hint = "run python -m schemas.generate"
    assert generate.types() == generate.TYPES.read_text("utf-8"), hint
    assert generate.reference() == generate.REFERENCE.read_text("utf-8"), hint


def _record(*fields: Node, **over: Any) -> Node:
    return {"type": "record", "name": "Sample", "doc": "A sample.", "fields": list(fields), **over}


def _field(name: str, kind: Any, **over: Any) -> Node:
    return {"name": name, "type": kind, "doc": "A field.", **over}


def _nested(depth: int) -> Any:
    inner: Any = "string"
    for level in range(depth):
        inner = _record(_field("inner", inner), name=f"Level{level}")
    return inner


# One row a rule of the linter: a schema that breaks it alone, and what is said.
UNSOUND: list[tuple[Node, str]] = [
    (_record(_field("next", ["null", "Sample"], default=None)), "Sample contains itself"),
    (
        _record(_field("nothing", {"type": "array", "items": "null"}, default=[])),
        "has items that take no bytes",
    ),
    (
        _record(
            _field(
                "nothing",
                {"type": "array", "items": _record(_field("no", "null"), name="Empty")},
                default=[],
            )
        ),
        "has items that take no bytes",
    ),
    (
        _record(_field("sum", {"type": "bytes", "logicalType": "decimal", "precision": 9})),
        "is a decimal of any length",
    ),
    (_record(_field("inner", _nested(7))), "is nested over 6 deep"),
    (_record(_field("values", {"type": "map", "values": "string"})), "map is not allowed"),
    (_record({"name": "bare", "type": "string"}), "has no doc"),
    (_record(_field("one", "string"), doc=""), "has no doc"),
    (_record(_field("CamelCase", "string")), "is not lower_snake_case"),
    (_record(_field("maybe", ["null", "string"])), "may be null and has no default of null"),
    (_record(_field("maybe", ["string", "null"], default="")), "may be null and has no default"),
    (_record(_field("many", {"type": "array", "items": "int"})), "is a list and has no default"),
    (
        _record(
            _field("code", {"type": "enum", "name": "Code", "doc": "A code.", "symbols": ["a"]})
        ),
        "has no default code",
    ),
    (_record(_field("postcode", "string")), "is about a person and has no sensitivity"),
    (_record(_field("one", "string", sensitivity="rather")), "has the unknown sensitivity rather"),
    (_record(_field("one", "Nowhere")), "Nowhere is defined nowhere"),
]


@pytest.mark.parametrize(("schema", "message"), UNSOUND)
def test_the_linter_refuses(schema: Node, message: str) -> None:
    assert [finding for finding in lint(schema) if message in finding.message], lint(schema)


def test_an_event_must_start_with_its_header() -> None:
    assert lint(_record(_field("one", "string")), event=True)


def _edited(edit: str) -> Node:
    """The schema of Watch with one change, each a way in which people change schemas."""
    schema: Node = copy.deepcopy(RELEASED["Watch"])
    fields: list[Node] = schema["fields"]
    by_name = {field["name"]: field for field in fields}
    match edit:
        case "add a field that may be null":
            fields.append(_field("more", ["null", "string"], default=None))
        case "add a code to a list with a default":
            symbols = by_name["step"]["type"]["symbols"]
            symbols.insert(0, "renewed")
        case "add a field without a default":
            fields.append(_field("more", "string"))
        case "remove a field without a default":
            fields.remove(by_name["watch_reference"])
        case "rename a field":
            by_name["watch_reference"]["name"] = "reference"
        case "retype a field":
            by_name["watch_reference"]["type"] = "long"
        case "measure time in milliseconds":
            header = by_name["header"]["type"]["fields"]
            next(f for f in header if f["name"] == "reported_at")["type"]["logicalType"] = (
                "timestamp-millis"
            )
        case "make a date a number":
            by_name["expires_on"]["type"] = ["null", "int"]
    return schema


@pytest.mark.parametrize(
    ("edit", "compatible"),
    [
        ("change nothing", True),
        ("add a field that may be null", True),
        ("add a code to a list with a default", True),
        ("add a field without a default", False),
        ("remove a field without a default", False),
        ("rename a field", False),
        ("retype a field", False),
        ("measure time in milliseconds", False),
        ("make a date a number", False),
    ],
)
def test_an_edit_is_judged_against_every_release(edit: str, compatible: bool) -> None:
    found = incompatibilities({"version 1": RELEASED["Watch"], "as edited": _edited(edit)})
    assert (not found) == compatible, found


def test_two_steps_that_are_compatible_may_not_be_so_together() -> None:
    plain = _record(_field("one", "string"))
    more = _record(_field("one", "string"), _field("more", "string", default="x"))
    other = _record(_field("one", "string"), _field("more", "long", default=0))

    assert incompatibilities({"1": plain, "2": more}) == []
    assert incompatibilities({"1": plain, "2": other}) == []
    assert incompatibilities({"1": plain, "2": more, "3": other}) != []


def test_a_control_record_is_written_out_whole() -> None:
    sources = load_sources(schema_folder())
    text = json.dumps(self_contained("TrustRegistry", sources))
    assert len(re.findall(r'"name": "TrustedKey"', text)) == 1
