"""Passing over values: from a schema to code that finds where each value ends, and builds nothing.

The bytes must be canonical Avro by that schema, as all that is stored is: nothing is checked. Code
is written and compiled for each schema, as `intelbus.compiled` does to check.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from intelbus.canonical import read_number
from intelbus.contract import NAMESPACE

# Takes the bytes and a position; returns the position after the value.
Passer: TypeAlias = Callable[[bytes, int], int]

_WHOLE = ["while d[p] > 127: p += 1", "p += 1"]
_TEXT = [
    "n = d[p]",
    "if n < 128: p += 1 + (n >> 1)",
    "else:",
    "    n, p = number(d, p)",
    "    p += n",
]
_PRIMITIVES: Mapping[str, list[str]] = {
    "null": ["pass"],
    "boolean": ["p += 1"],
    "int": _WHOLE,
    "long": _WHOLE,
    "double": ["p += 8"],
    "string": _TEXT,
    "bytes": _TEXT,
}


def passers(fields: Mapping[str, Any], root: Any) -> dict[str, Passer]:
    """Return what passes over a value of each of these types, whose named types `root` holds."""
    named: dict[str, list[str]] = {}
    source: list[str] = []
    over(root, named, source)
    for name, node in fields.items():
        source += function(f"over_{name}", over(node, named, source))
    made: dict[str, Any] = {"number": read_number}
    exec(compile("\n".join(source), "<passing over>", "exec"), made)  # noqa: S102  our own source
    return {name: made[f"over_{name}"] for name in fields}


def over(node: Any, named: dict[str, list[str]], source: list[str]) -> list[str]:
    """Return the lines that move `p` past a value in `d`; records become functions in `source`.

    `named` are the lines of the named types that have been passed over so far.
    """
    if isinstance(node, str):
        return named.get(node.removeprefix(f"{NAMESPACE}.")) or _PRIMITIVES[node]
    if isinstance(node, list):
        return _union([over(one, named, source) for one in node])
    match node["type"]:
        case "record":
            lines = over_fields(node["fields"], named, source)
            source += function(node["name"], lines)
            named[node["name"]] = [f"p = {node['name']}(d, p)"]
        case "enum":
            named[node["name"]] = _WHOLE if len(node["symbols"]) > 64 else ["p += 1"]
        case "fixed":
            named[node["name"]] = [f"p += {node['size']}"]
        case "array":
            items = indented(indented(over(node["items"], named, source)))
            head = ["while d[p]:", "    n, p = number(d, p)", "    for _ in range(n):"]
            return [*head, *items, "p += 1"]
        case other:
            return _PRIMITIVES[other]
    return named[node["name"]]


def over_fields(fields: list[Any], named: dict[str, list[str]], source: list[str]) -> list[str]:
    """Return the lines that pass over a record: where several values may be absent, at one look."""
    lines: list[str] = []
    run: list[list[str]] = []
    for field in [*fields, None]:
        kind = field and field["type"]
        if kind and (kind[0] == "null" if isinstance(kind, list) else is_array(kind)):
            run.append(over(kind, named, source))
            continue
        one_by_one = [line for each in run for line in each]
        if len(run) > 2:
            zeros = "\\0" * len(run)
            lines.append(f'if d[p : p + {len(run)}] == b"{zeros}": p += {len(run)}')
            lines += ["else:", *indented(one_by_one)]
        else:
            lines += one_by_one
        run = []
        if kind:
            lines += over(kind, named, source)
    return lines


def is_array(node: Any) -> bool:
    """Whether a type is that of an array, written out."""
    return isinstance(node, dict) and node["type"] == "array"


def _union(members: list[list[str]]) -> list[str]:
    lines = ["i = d[p]", "p += 1"]
    for index, member in enumerate(members):
        lines += [f"{'elif' if index else 'if'} i == {2 * index}:", *indented(member)]
    return lines


def function(name: str, lines: list[str], result: str = "p") -> list[str]:
    """Return the lines of a function of the bytes and a position."""
    return [f"def {name}(d, p):", *indented([*lines, f"return {result}"])]


def indented(lines: list[str]) -> list[str]:
    """Return lines one step further in."""
    return [f"    {line}" for line in lines]
