"""The schema linter: what a schema must not do, so that hostile bytes cannot hurt its reader.

Why each rule: a recursive schema overflows a decoder's stack, items of no width turn five bytes
into gigabytes, a `bytes` decimal costs seconds, and a map has no canonical order.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from intelbus.contract import NAMESPACE, PRIMITIVES

MAX_DEPTH = 6
"""Records and arrays within each other, at most."""

SENSITIVITIES = frozenset(
    {"personal", "victim_identity", "source_identity", "location_of_refuge", "free_text"}
)

# Fields with these names are always about somebody: each must say how sensitive it is.
PERSONAL_NAMES = frozenset(
    {
        "text",
        "names",
        "full",
        "given",
        "family",
        "date_of_birth",
        "sex",
        "age_from",
        "age_to",
        "age_on",
        "age_status",
        "person_status",
        "vin",
        "registration",
        "nationalities",
        "documents",
        "nrm_reference",
        "nruc_number",
        "provenance",
        "subjects",
        "details",
        "imei",
        "imsi",
        "iban",
        "account_number",
        "identifier",
        "house",
        "street",
        "postcode",
        "latitude",
        "longitude",
    }
)

_WORD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a schema: where, what, and what to do."""

    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" + (f" ({self.hint})" if self.hint else "")


def lint(schema: Mapping[str, Any], *, event: bool = False) -> list[Finding]:
    """Return what is wrong with a self-contained schema; an `event` starts with its header."""
    found = list(_type(schema["name"], schema, {}, ()))
    if event:
        first = schema["fields"][0] if schema.get("fields") else {}
        if first.get("name") != "header":
            found.append(Finding(schema["name"], "does not start with its header"))
    return found


def _type(
    path: str, node: Any, named: dict[str, Mapping[str, Any]], within: tuple[str, ...]
) -> Iterator[Finding]:
    if len(within) > MAX_DEPTH:
        yield Finding(path, f"is nested over {MAX_DEPTH} deep", "make it flatter")
        return
    if isinstance(node, str):
        name = _short(node)
        if name in within:
            yield Finding(path, f"{name} contains itself", "refer to it by an identifier")
        elif node not in PRIMITIVES:
            if name not in named:
                yield Finding(path, f"{node} is defined nowhere")
            else:  # again here: it may be nested deeper than where it is defined
                yield from _type(path, named[name], named, within)
    elif isinstance(node, list):
        yield from _union(path, node, named, within)
    else:
        if "name" in node:
            named[_short(node["name"])] = node
        rule = _RULES.get(node["type"])
        if rule is not None:
            yield from rule(path, node, named, within)
        elif node["type"] not in PRIMITIVES:
            yield Finding(path, f"{node['type']} is not allowed", "use an array of records")
        if node.get("logicalType") == "decimal" and node["type"] == "bytes":
            yield Finding(path, "is a decimal of any length", "use a long of the smallest unit")


def _record(
    path: str, node: Mapping[str, Any], named: dict[str, Any], within: tuple[str, ...]
) -> Iterator[Finding]:
    if not node.get("doc"):
        yield Finding(path, "has no doc", "say in a sentence what it is")
    if not node["fields"]:
        yield Finding(path, "has no fields")
    for field in node["fields"]:
        where = f"{path}.{field['name']}"
        yield from _field(where, field)
        yield from _type(where, field["type"], named, (*within, _short(node["name"])))


def _field(path: str, field: Mapping[str, Any]) -> Iterator[Finding]:
    if not field.get("doc"):
        yield Finding(path, "has no doc", "say what it holds, in which unit or code list")
    if not _WORD.fullmatch(field["name"]):
        yield Finding(path, "is not lower_snake_case")
    node = field["type"]
    if isinstance(node, list) and "null" in node and field.get("default", "") is not None:
        yield Finding(path, "may be null and has no default of null", 'add "default": null')
    if isinstance(node, dict) and node["type"] == "array" and field.get("default") != []:
        yield Finding(path, "is a list and has no default of []", 'add "default": []')
    sensitivity = field.get("sensitivity")
    if sensitivity is None and field["name"] in PERSONAL_NAMES:
        yield Finding(path, "is about a person and has no sensitivity", _SENSITIVITY_HINT)
    if sensitivity is not None and sensitivity not in SENSITIVITIES:
        yield Finding(path, f"has the unknown sensitivity {sensitivity}", _SENSITIVITY_HINT)


def _enum(
    path: str, node: Mapping[str, Any], named: dict[str, Any], within: tuple[str, ...]
) -> Iterator[Finding]:
    if not node.get("doc"):
        yield Finding(path, "has no doc", "say in a sentence what it is")
    if node.get("default") not in node["symbols"]:
        yield Finding(path, "has no default code", "what an older reader sees for a new code")
    for symbol in node["symbols"]:
        if not _WORD.fullmatch(symbol):
            yield Finding(path, f"{symbol} is not lower_snake_case")


def _array(
    path: str, node: Mapping[str, Any], named: dict[str, Any], within: tuple[str, ...]
) -> Iterator[Finding]:
    yield from _type(f"{path}[]", node["items"], named, (*within, "[]"))
    if not _width(node["items"], named):
        yield Finding(path, "has items that take no bytes", "five bytes could name 2^62 of them")


def _fixed(
    path: str, node: Mapping[str, Any], named: dict[str, Any], within: tuple[str, ...]
) -> Iterator[Finding]:
    if not 1 <= node["size"] <= 64:
        yield Finding(path, "is not between 1 and 64 bytes")


def _union(
    path: str, node: list[Any], named: dict[str, Any], within: tuple[str, ...]
) -> Iterator[Finding]:
    if "null" in node and (node[0] != "null" or len(node) != 2):
        yield Finding(path, "is null or several other things", 'write ["null", X]')
    for member in node:
        yield from _type(path, member, named, within)


def _width(node: Any, named: Mapping[str, Any]) -> bool:
    """Return whether every value takes at least one byte."""
    if isinstance(node, str):
        return node != "null" and (_short(node) not in named or _width(named[_short(node)], named))
    if isinstance(node, list):
        return True  # the index of the member
    if node["type"] == "record":
        return any(_width(field["type"], named) for field in node["fields"])
    return bool(node.get("size", 1)) and node["type"] != "null"


def _short(name: str) -> str:
    return name.removeprefix(f"{NAMESPACE}.")


_SENSITIVITY_HINT = "one of " + ", ".join(sorted(SENSITIVITIES))
_RULES = {"record": _record, "enum": _enum, "array": _array, "fixed": _fixed}
