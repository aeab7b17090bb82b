"""Reading values: from a schema to code that builds them as the decoder of whole events does.

As for `intelbus.passing`, the bytes must be canonical Avro by that schema, as all that is stored
is: nothing is checked. A decoder that is called for each of a subject's few fields takes longer to
be called than to read.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from struct import Struct
from typing import Any
from uuid import UUID

from intelbus.canonical import read_number
from intelbus.codec import unframe, untag_subjects
from intelbus.contract import NAMESPACE, load_contract
from intelbus.passing import function, indented, is_array
from intelbus.plain import moment_of

_NUMBER = ["n = d[p]", "if n < 128:", "    p += 1", "    {0} = (n >> 1) ^ -(n & 1)",
           "else: {0}, p = number(d, p)"]  # fmt: skip
_SIZED = ["n = d[p]", "if n < 128:", "    p += 1", "    q = p + (n >> 1)",
          "else:", "    n, p = number(d, p)", "    q = p + n"]  # fmt: skip
# The lines that read a value into a name, {0}, and move `p` past it.
_VALUES: Mapping[str, Sequence[str]] = {
    "null": ["{0} = None"],
    "boolean": ["{0} = d[p] == 1", "p += 1"],
    "int": _NUMBER,
    "long": _NUMBER,
    "double": ["({0},) = double(d, p)", "p += 8"],
    "string": [*_SIZED, "{0} = d[p:q].decode()", "p = q"],
    "bytes": [*_SIZED, "{0} = d[p:q]", "p = q"],
    "uuid": [*_SIZED, "{0} = UUID(d[p:q].decode())", "p = q"],
    "date": [*_NUMBER, "{0} = day({0})"],
    "timestamp-micros": [*_NUMBER, "{0} = moment({0})"],
}
_FIRST_DAY = date(1970, 1, 1).toordinal()


class Readers:
    """The code that reads values of one schema, `source`, and what it is run with, `names`."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        """`named` are the schema's named types, each written out."""
        self.source: list[str] = []
        self.names: dict[str, Any] = {
            "number": read_number,
            "double": Struct("<d").unpack_from,
            "UUID": UUID,
            "day": lambda days: date.fromordinal(_FIRST_DAY + days),
            "moment": moment_of,
        }
        self._named = named
        self._functions: set[str] = set()
        self._variables = 0

    def variable(self) -> str:
        """Return a name that nothing else in the code has."""
        self._variables += 1
        return f"v{self._variables}"

    def value(self, node: Any, into: str) -> list[str]:
        """Return the lines that read a value into a name; of a record, by a function of its own."""
        if isinstance(node, str) and node not in _VALUES:
            node = self._named[node.removeprefix(f"{NAMESPACE}.")]
        if isinstance(node, list):
            return self._union(node, into)
        kind = node if isinstance(node, str) else node.get("logicalType") or node["type"]
        match kind:
            case "record":
                self._record(node)
                return [f"{into}, p = read_{node['name']}(d, p)"]
            case "enum":
                self.names[f"symbols_{node['name']}"] = tuple(node["symbols"])
                return [*self.value("int", "n"), f"{into} = symbols_{node['name']}[n]"]
            case "fixed":
                return [f"{into} = d[p : p + {node['size']}]", f"p += {node['size']}"]
            case "array":
                item = self.variable()
                return [f"{into} = []", *each(self.value(node["items"], item), item, into)]
            case _:
                return [line.format(into) for line in _VALUES[kind]]

    def fields(self, fields: Sequence[Mapping[str, Any]]) -> tuple[list[str], str]:
        """Return the lines that read a record's fields, and the expression of all as a dict.

        Where several values may be absent, one look tells that all are.
        """
        lines: list[str] = []
        names: dict[str, str] = {}
        run: list[tuple[str, Any]] = []
        for field in [*fields, None]:
            kind = field and field["type"]
            into = self.variable()
            if field:
                names[field["name"]] = into
            if kind and (kind[0] == "null" if isinstance(kind, list) else is_array(kind)):
                run.append((into, kind))
                continue
            lines += self._run(run)
            run = []
            if kind:
                lines += self.value(kind, into)
        return lines, "{" + ", ".join(f"{name!r}: {into}" for name, into in names.items()) + "}"

    def _run(self, run: Sequence[tuple[str, Any]]) -> list[str]:
        one_by_one = [line for into, kind in run for line in self.value(kind, into)]
        if len(run) < 3:
            return one_by_one
        zeros = "\\0" * len(run)
        absent = [f"{into} = {'[]' if is_array(kind) else 'None'}" for into, kind in run]
        return [
            f'if d[p : p + {len(run)}] == b"{zeros}":',
            *indented([f"p += {len(run)}", *absent]),
            "else:",
            *indented(one_by_one),
        ]

    def _record(self, node: Mapping[str, Any]) -> None:
        if node["name"] not in self._functions:
            self._functions.add(node["name"])
            lines, whole = self.fields(node["fields"])
            self.source += function(f"read_{node['name']}", lines, f"{whole}, p")

    def _union(self, members: Sequence[Any], into: str) -> list[str]:
        """Return the lines that read a union's value; of several records it is told which one."""
        full = [self._full_name(one) for one in members]
        told = sum(name is not None for name in full) > 1
        if len(members) == 2 and members[0] == "null":
            read = self.value(members[1], into)
            absent = ["    p += 1", f"    {into} = None"]
            return ["if d[p]:", *indented(["p += 1", *read]), "else:", *absent]
        lines = ["i = d[p]", "p += 1"]
        for index, (one, name) in enumerate(zip(members, full, strict=True)):
            read = self.value(one, into)
            if told and name:
                read = [*read, f"{into} = ({name!r}, {into})"]
            lines += [f"{'elif' if index else 'if'} i == {2 * index}:", *indented(read)]
        return lines

    def _full_name(self, node: Any) -> str | None:
        """Return the full name of a record, and nothing of any other type."""
        if isinstance(node, str) and node not in _VALUES:
            node = self._named[node.removeprefix(f"{NAMESPACE}.")]
        is_record = isinstance(node, dict) and node["type"] == "record"
        return f"{NAMESPACE}.{node['name']}" if is_record else None

    def made(self, name: str) -> Any:
        """Return the function of that name that the code defines."""
        code = compile("\n".join(self.source), "<reading>", "exec")
        exec(code, self.names)  # noqa: S102  our own source
        return self.names[name]


def each(reading: list[str], item: str, into: str) -> list[str]:
    """Return the lines that read an array, each item by lines that read it into the name `item`."""
    block = [*reading, f"{into}.append({item})"]
    head = ["while d[p]:", "    n, p = number(d, p)", "    for _ in range(n):"]
    return [*head, *indented(indented(block)), "p += 1"]


def read_event(value: bytes) -> dict[str, Any]:
    """Return what an event says that `decode_event` has taken before, as all that is stored was.

    Nothing is checked again. Raises UndecodableError for what has no frame.
    """
    schema_id, payload = unframe(value)
    return untag_subjects(_event_reader(schema_id)(payload, 0))


@lru_cache(maxsize=256)
def _event_reader(schema_id: int) -> Callable[[bytes, int], Any]:
    root = json.loads(load_contract().canonical_json(schema_id))
    return reader(root, root)


def reader(root: Any, node: Any) -> Callable[[bytes, int], Any]:
    """Return what reads a value of the type `node` that begins at a position; all the types that it
    names are written out in `root`.
    """
    readers = Readers(dict(named_types(root)))
    readers.source += function("read", readers.value(node, "v"), "v")
    made: Callable[[bytes, int], Any] = readers.made("read")
    return made


def named_types(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield the named types that are written out in a type, by name."""
    if isinstance(node, list):
        for one in node:
            yield from named_types(one)
    elif isinstance(node, dict):
        if "name" in node:
            yield node["name"], node
        for field in node.get("fields", ()):
            yield from named_types(field["type"])
        yield from named_types(node.get("items"))
