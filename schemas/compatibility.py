"""FULL_TRANSITIVE: each version of a record reads what every other version wrote, and the reverse.

Judged by Apache `avro`'s checker, plus one rule that it lacks: the logical type of a field never
changes (it lets microseconds become milliseconds). `avro` is a development dependency.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from avro.compatibility import (
    ReaderWriterCompatibilityChecker,
    SchemaCompatibilityType,
)
from avro.schema import parse

from schemas.lint import Finding


def incompatibilities(versions: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Return why the versions of one record (by what each is called) do not all read each other."""
    labels = list(versions)
    found: list[Finding] = []
    for index, old in enumerate(labels):
        for new in labels[index + 1 :]:
            for reader, writer in ((new, old), (old, new)):
                found += _unreadable(reader, writer, versions)
            found += _retyped(new, old, versions)
    return found


def _unreadable(
    reader: str, writer: str, versions: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
    result = checker.get_compatibility(
        parse(json.dumps(versions[reader])), parse(json.dumps(versions[writer]))
    )
    if result.compatibility is not SchemaCompatibilityType.compatible:
        for message in sorted(result.messages) or ["they differ"]:
            yield Finding(reader, f"cannot read what {writer} wrote: {message}", _HINT)


def _retyped(new: str, old: str, versions: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    before, after = (dict(_logical_types("", versions[one], {})) for one in (old, new))
    for path in before.keys() & after.keys():
        if before[path] != after[path]:
            yield Finding(
                f"{new}{path}",
                f"was {before[path] or 'plain'} in {old} and is {after[path] or 'plain'}",
                "add a field of another name",
            )


def _logical_types(path: str, node: Any, named: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Return the logical type (None for a plain value) at each path; schemas do not recurse."""
    match node:
        case str() if node in named:
            yield from _logical_types(path, named[node], named)
        case str():
            yield path, None
        case list():
            members = [one for one in node if one != "null"]
            for one in members:
                label = one if isinstance(one, str) else one.get("name", "")
                inner = path if len(members) == 1 else f"{path}<{label.rpartition('.')[2]}>"
                yield from _logical_types(inner, one, named)
        case {"type": "record"}:
            for name in (node["name"], f"{node.get('namespace', '')}.{node['name']}"):
                named[name] = node
            for field in node["fields"]:
                yield from _logical_types(f"{path}.{field['name']}", field["type"], named)
        case {"type": "array"}:
            yield from _logical_types(f"{path}[]", node["items"], named)
        case _:
            yield path, node.get("logicalType")


_HINT = "add fields with defaults; never remove, rename or retype one"
