"""The one canonical form of Avro binary: what our encoder writes, byte for byte.

fastavro lets pass numbers written the long way, negative lengths and indexes, split blocks,
identifiers in any spelling and trailing bytes. Encoding again and comparing finds them all, but
costs more than decoding; these scanners read the bytes once, by the schema, and build nothing.
Whether the values themselves can be read is left to the decoder (Avro 1.12, "Binary Encoding").
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from intelbus.contract import NAMESPACE, load_contract

# Takes the bytes and a position; returns the position after the value.
Scanner: TypeAlias = Callable[[bytes, int], int]

UUID_FORM = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UUID_LENGTH = 72  # 36, as Avro writes a length
INT_MAX = 2**31 - 1
_LAST_SHIFT = 63  # of the tenth byte, the last of a long


class NotCanonicalError(ValueError):
    """The bytes are not what an encoder would write for any value of the schema."""


def is_canonical(schema_id: int, payload: bytes) -> bool:
    """Return whether the bytes have the canonical form of a released schema, to the last one.

    Raises UnknownSchemaError.
    """
    try:
        return scanner_of(schema_id)(payload, 0) == len(payload)
    except (NotCanonicalError, IndexError):
        return False


@lru_cache(maxsize=256)
def scanner_of(schema_id: int) -> Scanner:
    """Return the scanner of a released schema."""
    return _scanner(json.loads(load_contract().canonical_json(schema_id)), {})


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """Return a long and the position after it."""
    byte = data[at]
    at += 1
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at
    value, shift = byte & 0x7F, 7
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > _LAST_SHIFT:  # or a number of 200 kB takes a second, byte by byte
            raise NotCanonicalError("a number has more than 64 bits")
    if not byte or value >> 64:
        raise NotCanonicalError("a number is written the long way")
    return (value >> 1) ^ -(value & 1), at


def _long(data: bytes, at: int) -> int:
    return at + 1 if data[at] < 0x80 else read_number(data, at)[1]


def _int(data: bytes, at: int) -> int:
    if data[at] < 0x80:
        return at + 1
    value, at = read_number(data, at)
    if not -INT_MAX - 1 <= value <= INT_MAX:
        raise NotCanonicalError("an int has more than 32 bits")
    return at


def _text(data: bytes, at: int) -> int:
    length = data[at]
    if length < 0x80 and not length & 1:
        return at + 1 + (length >> 1)
    count, at = read_number(data, at)
    if count < 0:
        raise NotCanonicalError("a length is negative")
    return at + count


def _uuid(data: bytes, at: int) -> int:
    if data[at] != UUID_LENGTH or not UUID_FORM.match(data, at + 1):
        raise NotCanonicalError("an identifier is not spelled in the one way")
    return at + 37


def _boolean(data: bytes, at: int) -> int:
    if data[at] > 1:
        raise NotCanonicalError("a boolean is neither 0 nor 1")
    return at + 1


def _double(data: bytes, at: int) -> int:
    return at + 8


def _null(data: bytes, at: int) -> int:
    return at


def _scanner(node: Any, named: dict[str, Scanner]) -> Scanner:
    if isinstance(node, str):
        return named.get(node.removeprefix(f"{NAMESPACE}.")) or _PRIMITIVES[node]
    if isinstance(node, list):
        return _union([_scanner(member, named) for member in node])
    match node["type"]:
        case "record":
            scanner = _record([_scanner(field["type"], named) for field in node["fields"]])
        case "enum":
            scanner = _enum(len(node["symbols"]))
        case "fixed":
            scanner = _fixed(node["size"])
        case "array":
            return _array(_scanner(node["items"], named))
        case _ if node.get("logicalType") == "uuid":
            return _uuid
        case other:
            return _PRIMITIVES[other]
    named[node["name"]] = scanner
    return scanner


def _record(fields: list[Scanner]) -> Scanner:
    scanners = tuple(fields)

    def scan(data: bytes, at: int) -> int:
        for scanner in scanners:
            at = scanner(data, at)
        return at

    return scan


def _enum(size: int) -> Scanner:
    def scan(data: bytes, at: int) -> int:
        index, after = read_number(data, at)
        if not 0 <= index < size:
            raise NotCanonicalError("a code is over the end of its list")
        return after

    return scan


def _fixed(size: int) -> Scanner:
    return lambda data, at: at + size


def _union(members: list[Scanner]) -> Scanner:
    scanners = tuple(members)

    def scan(data: bytes, at: int) -> int:
        index = data[at]
        if index & 1 or index >= 0x80:  # no union has 64 members
            raise NotCanonicalError("an index is negative or written the long way")
        return scanners[index >> 1](data, at + 1)

    return scan


def _array(items: Scanner) -> Scanner:
    def scan(data: bytes, at: int) -> int:
        if not data[at]:
            return at + 1
        count, at = read_number(data, at)
        if count < 0 or count > len(data):  # each item takes at least one byte (schemas.lint)
            raise NotCanonicalError("a block's count is negative or impossible")
        for _ in range(count):
            at = items(data, at)
        if data[at]:
            raise NotCanonicalError("a list is split into blocks")
        return at + 1

    return scan


_PRIMITIVES: Mapping[str, Scanner] = {
    "null": _null,
    "boolean": _boolean,
    "int": _int,
    "long": _long,
    "double": _double,
    "string": _text,
    "bytes": _text,
}
