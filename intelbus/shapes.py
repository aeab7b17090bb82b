"""The shapes of the contract's records: what code that writes or reads other forms can walk."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from intelbus.contract import NAMESPACE, Kind, load_contract


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. `type` is its logical type where it has one, else its Avro type."""

    type: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a list of codes."""

    name: str
    symbols: tuple[str, ...]
    doc: str


@dataclass(frozen=True, slots=True)
class Array:
    """A list of values of one shape."""

    items: "Shape"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several records, told apart by name: only `Subject.details`."""

    records: tuple["Record", ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record. `sensitivity` is "" where the field is not personal."""

    name: str
    shape: "Shape"
    nullable: bool
    doc: str
    sensitivity: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record and its fields, in order."""

    name: str
    fields: tuple[Field, ...]
    doc: str

    @property
    def names(self) -> tuple[str, ...]:
        """The fields' names, in order."""
        return tuple(field.name for field in self.fields)


Shape: TypeAlias = Scalar | Choice | Array | OneOf | Record


@lru_cache(maxsize=64)
def event_shape(kind: Kind) -> Record:
    """Return the shape of the newest release of a kind of event."""
    return record_shape(load_contract().of_kind(kind).name)


@lru_cache(maxsize=64)
def record_shape(name: str) -> Record:
    """Return the shape of a released record, event or control, by its name."""
    released = load_contract().current(name)
    shape = _shape(json.loads(released.text), {})
    if not isinstance(shape, Record):
        raise TypeError(f"{name} is not a record")
    return shape


def _shape(node: Any, named: dict[str, Shape]) -> Shape:
    if isinstance(node, str):
        return named.get(node.removeprefix(f"{NAMESPACE}.")) or Scalar(node)
    if isinstance(node, list):
        members = [_shape(one, named) for one in node if one != "null"]
        if len(members) == 1:
            return members[0]
        return OneOf(tuple(one for one in members if isinstance(one, Record)))
    return _built(node, named)


def _built(node: Mapping[str, Any], named: dict[str, Shape]) -> Shape:
    shape: Shape
    match node["type"]:
        case "record":
            shape = Record(
                node["name"],
                tuple(_field(field, named) for field in node["fields"]),
                node.get("doc", ""),
            )
        case "enum":
            shape = Choice(node["name"], tuple(node["symbols"]), node.get("doc", ""))
        case "fixed":
            shape = Scalar("bytes")
        case "array":
            return Array(_shape(node["items"], named))
        case other:
            return Scalar(node.get("logicalType", other))
    named[node["name"]] = shape
    return shape


def _field(node: Mapping[str, Any], named: dict[str, Shape]) -> Field:
    return Field(
        node["name"],
        _shape(node["type"], named),
        isinstance(node["type"], list) and "null" in node["type"],
        node.get("doc", ""),
        node.get("sensitivity", ""),
    )
