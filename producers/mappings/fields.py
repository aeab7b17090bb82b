"""The fields of each kind of event as a person filling in a sheet sees them, from the schemas.

A field's path is the source form's (`intelbus.source_form`): header fields at the top level, list
places counted from 1, as in `subjects[1].person.names[1].full`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from intelbus.codec import SUBJECT_TYPES
from intelbus.contract import NAMESPACE, Kind, load_contract
from intelbus.errors import ConfigurationError
from intelbus.source_form import IDENTITY, LEFT_OUT

Path = tuple[str | int, ...]

# What the publisher fills in: nobody writes these in a file.
FILLED_IN = frozenset({"event_id", "originator", "stream", "sequence", "corrects"})

_PART = re.compile(r"([a-z_][a-z0-9_]*)(?:\[([1-9][0-9]{0,2})\])?")


class Form(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    WHOLE_NUMBER = "whole number"
    NUMBER = "number"
    YES_NO = "yes or no"
    DATE = "date"
    TIME = "date and time"
    IMPRECISE = "date, month, year or time"
    PARTIAL_DATE = "date, month or year"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Field:
    """One field that a column can fill."""

    path: Path
    form: Form
    required: bool
    many: bool
    codes: tuple[str, ...]
    doc: str

    @property
    def name(self) -> str:
        """The path as a mapping writes it."""
        return write_path(self.path)


# Forms of the records and logical types that are one cell.
_FORMS = {
    "string": Form.TEXT,
    "uuid": Form.TEXT,
    "int": Form.WHOLE_NUMBER,
    "long": Form.WHOLE_NUMBER,
    "double": Form.NUMBER,
    "boolean": Form.YES_NO,
    "date": Form.DATE,
    "timestamp-micros": Form.TIME,
    "ImpreciseTime": Form.IMPRECISE,
    "PartialDate": Form.PARTIAL_DATE,
}

_RETRACTS = Field(
    ("retracts",),
    Form.TEXT,
    required=True,
    many=False,
    codes=(),
    doc="The source_reference of the event to retract.",
)


def read_path(text: str) -> Path:
    """Return a path from its written form. Raises ConfigurationError."""
    path: list[str | int] = []
    for part in text.split("."):
        match = _PART.fullmatch(part)
        if match is None:
            raise ConfigurationError(
                "not a field path", subject=text, hint="for example subjects[1].role"
            )
        path.append(match[1])
        if match[2]:
            path.append(int(match[2]))
    return tuple(path)


def write_path(path: Path) -> str:
    """Return a path as a mapping writes it."""
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out


@lru_cache
def fields_of(kind: Kind) -> dict[Path, Field]:
    """Return every field of a kind by its path, each list having one place: `subjects[1]`."""
    released = load_contract().of_kind(kind)
    source = json.loads(released.text)
    named = {one["name"]: one for one in _named_types(source)}
    found: list[Field] = []
    for field in source["fields"]:
        if field["name"] == "header":
            header = _resolve(field["type"], named)
            found += [
                leaf
                for part in header["fields"]
                if part["name"] not in FILLED_IN
                for leaf in _leaves((), part, named, required=True)
            ]
        else:
            found += _leaves((), field, named, required=True)
    if kind is Kind.RETRACTION:
        found = [_RETRACTS if one.path == ("target_event_id",) else one for one in found]
    return {one.path: one for one in found}


def _may_be_left_out(name: str, field: dict[str, Any], codes: tuple[str, ...]) -> bool:
    """Return whether the source form fills a field of the event or its header when it is empty."""
    return (
        "default" in field
        or name in IDENTITY
        or name == "grading_scheme"  # told from the handling code
        or "unknown" in codes
        or any(left_out == name for _, left_out in LEFT_OUT)
    )


def field_at(kind: Kind, path: Path) -> Field:
    """Return the field at a path of any list places. Raises ConfigurationError with near names."""
    path = tuple(part for part in path if part != "details")  # said or not, as in the source form
    first = tuple(1 if isinstance(part, int) else part for part in path)
    known = fields_of(kind)
    field = known.get(first)
    if field is None:
        raise ConfigurationError(
            f"{kind} has no field {write_path(path)}",
            hint=_near(write_path(first), [one.name for one in known.values()]),
        )
    return Field(path, field.form, field.required, field.many, field.codes, field.doc)


def _near(wrong: str, names: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(wrong, names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else "see `intelbus schemas show`"


def _named_types(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for part in node:
            yield from _named_types(part)
    elif isinstance(node, dict):
        if node.get("type") in {"record", "enum", "fixed"}:
            yield node
        for part in node.get("fields", ()):
            yield from _named_types(part["type"])
        for inner in ("items", "type"):
            if isinstance(node.get(inner), dict | list):
                yield from _named_types(node[inner])


def _resolve(node: Any, named: dict[str, Any]) -> Any:
    return named.get(node.removeprefix(f"{NAMESPACE}."), node) if isinstance(node, str) else node


def _leaves(
    prefix: Path, field: dict[str, Any], named: dict[str, Any], *, required: bool
) -> Iterator[Field]:
    """Walk one field of a record down to what fits a cell."""
    path = (*prefix, field["name"])
    node = field["type"]
    codes = _resolve(node, named).get("symbols", ()) if _is_enum(node, named) else ()
    required = required and not _may_be_left_out(field["name"], field, codes)
    if isinstance(node, list):
        branches = [_resolve(one, named) for one in node if one != "null"]
        if len(branches) > 1:  # the details of a subject: one kind of thing of several
            keys = {name: key for key, name in SUBJECT_TYPES.items()}
            for branch in branches:
                for part in branch["fields"]:
                    yield from _leaves((*prefix, keys[branch["name"]]), part, named, required=False)
            return
        node = branches[0]
    node = _resolve(node, named)
    many = isinstance(node, dict) and node["type"] == "array"
    if many:
        node = _resolve(node["items"], named)
    leaf = _leaf(path, node, required=required, many=many, doc=field.get("doc", ""))
    if leaf is not None:
        yield leaf
        return
    inner_path = (*path, 1) if many else path
    for part in node["fields"]:
        yield from _leaves(inner_path, part, named, required=required and not many)


def _is_enum(node: Any, named: dict[str, Any]) -> bool:
    node = _resolve(node, named) if isinstance(node, str) else node
    return isinstance(node, dict) and node["type"] == "enum"


def _leaf(path: Path, node: Any, *, required: bool, many: bool, doc: str) -> Field | None:
    codes: tuple[str, ...] = ()
    if isinstance(node, dict) and node["type"] == "enum":
        form, codes = Form.CODE, tuple(node["symbols"])
        # An enum inside a list's record has a default symbol; only the event's own are asked for.
        required = required and len(path) == 1
    else:
        name = node if isinstance(node, str) else node.get("logicalType", node.get("name"))
        if name not in _FORMS:
            return None
        form = _FORMS[name]
    return Field(path, form, required, many, codes, doc)
