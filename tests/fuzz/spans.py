"""Where each part of a value stands in its bytes: what a mutation aims at.

Walks valid bytes by the schema's text, on purpose sharing no code with `intelbus.canonical`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from intelbus.contract import load_contract

FRAME = 5


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to `end` of a value are one part of it.

    `path` names the field, such as `header.marking` or `subjects[0].details.person.names`. `what`
    is the part: `index` (of a union of `size` members), `enum` (of `size` codes), `count` (of an
    array of `size` items), `items`, `close`, `length`, `text`, `bytes`, `uuid`, or a number's
    type (`int`, `long`, `date`, `timestamp-micros`), `boolean`, `double`, `fixed`.
    """

    path: str
    what: str
    start: int
    end: int
    size: int = 0


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """Return the zig-zag long at `at`, and the position after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at


def write_long(number: int) -> bytes:
    """Return a long the one short way: zig-zag, seven bits a byte, lowest first."""
    value = number << 1 if number >= 0 else ((-number) << 1) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def spans_of(value: bytes) -> tuple[Span, ...]:
    """Return the parts of a framed, valid value, in the order of its bytes."""
    schema, named = _schema(int.from_bytes(value[1:FRAME], "big"))
    found: list[Span] = []
    end = _walk(schema, named, value, FRAME, "", found)
    if end != len(value):
        raise AssertionError(f"{len(value) - end} bytes follow a valid value")
    return tuple(found)


@lru_cache
def _schema(schema_id: int) -> tuple[Any, dict[str, Any]]:
    schema = json.loads(load_contract().canonical_json(schema_id))
    named: dict[str, Any] = {}
    for node in _nodes(schema):
        if node.get("type") in ("record", "enum", "fixed"):
            named[f"uk.intelbus.{node['name']}"] = node
    return schema, named


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from _nodes(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _nodes(inner)


def _walk(
    node: Any, named: dict[str, Any], data: bytes, at: int, path: str, found: list[Span]
) -> int:
    def note(what: str, end: int, size: int = 0, start: int = at) -> int:
        found.append(Span(path, what, start, end, size))
        return end

    if isinstance(node, list):
        index, after = read_long(data, at)
        note("index", after, len(node))
        return _walk(node[index], named, data, after, path, found)
    if isinstance(node, str):
        node = named.get(node, {"type": node})
    kind = node["type"]
    match node.get("logicalType") or kind:
        case "record":
            for field in node["fields"]:
                inner = f"{path}.{field['name']}" if path else field["name"]
                at = _walk(field["type"], named, data, at, inner, found)
            return at
        case "array":
            return _array(node, named, data, at, path, found)
        case "enum":
            return note("enum", read_long(data, at)[1], len(node["symbols"]))
        case "fixed":
            return note("fixed", at + node["size"])
        case "null":
            return at
        case "boolean":
            return note("boolean", at + 1)
        case "double":
            return note("double", at + 8)
        case "uuid" | "string" | "bytes" as what:
            length, after = read_long(data, at)
            note("length", after, length)
            part = {"string": "text"}.get(what, what)
            return note(part, after + length, length, after)
        case number:
            return note(number, read_long(data, at)[1])


def _array(
    node: Any, named: dict[str, Any], data: bytes, at: int, path: str, found: list[Span]
) -> int:
    count, after = read_long(data, at)
    found.append(Span(path, "count", at, after, count))
    if not count:
        return after
    first = after
    for number in range(count):
        after = _walk(node["items"], named, data, after, f"{path}[{number}]", found)
    found.append(Span(path, "items", first, after, count))
    found.append(Span(path, "close", after, after + 1))
    return after + 1
