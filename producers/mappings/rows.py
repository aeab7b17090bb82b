"""A row and a mapping to an event in the source form. No I/O."""

from collections.abc import Mapping as MappingOf
from itertools import pairwise
from typing import Any

from intelbus.checks import Problem
from producers.mappings.cells import CellError, read_cell
from producers.mappings.fields import Path
from producers.mappings.mapping import Mapping


def map_row(cells: MappingOf[str, Any], mapping: Mapping) -> tuple[dict[str, Any], list[Problem]]:
    """Return the event a row describes and what is wrong with its cells.

    Empty cells say nothing. A constant inside a list place counts only where a column filled
    something of that place: a row without a second subject has no second role either.
    """
    event: dict[str, Any] = {}
    problems: list[Problem] = []
    filled: set[Path] = set()
    for column in mapping.columns:
        try:
            value = read_cell(cells.get(column.name), column.target, column.reading)
        except CellError as error:
            problems.append(
                Problem(f"{column.name} ({column.target.name})", error.message, error.hint)
            )
            filled.update(_places(column.target.path))
            continue
        if value is not None:
            put(event, column.target.path, value)
            filled.update(_places(column.target.path))
    for target, value in mapping.constants:
        places = _places(target.path)
        if (not places or places[-1] in filled) and not _has(event, target.path):
            put(event, target.path, value)
    event["kind"] = str(mapping.kind)
    return tidy_event(event), problems


def tidy_event(event: MappingOf[str, Any]) -> dict[str, Any]:
    """Return an event without its empty parts, each subject numbered s1, s2, … by its place.

    A subject keeps its number where an earlier one is empty, so that relations still hold.
    """
    out: dict[str, Any] = dict(event)
    subjects = event.get("subjects")
    if isinstance(subjects, list):
        numbered = []
        for place, subject in enumerate(subjects, start=1):
            kept = _without_empty(subject)
            if isinstance(kept, dict) and kept.keys() - {"local_id"}:
                kept.setdefault("local_id", f"s{place}")
                numbered.append(kept)
            elif kept is not None and not isinstance(kept, dict):
                numbered.append(kept)
        out["subjects"] = numbered
    return _without_empty(out) or {}


def _without_empty(value: Any) -> Any:
    """Return a value without empty texts, lists and objects; None when nothing is left."""
    if isinstance(value, dict):
        kept = {name: _without_empty(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner is not None} or None
    if isinstance(value, list):
        return [inner for one in value if (inner := _without_empty(one)) is not None] or None
    if isinstance(value, str) and not value.strip():
        return None
    return value


def _places(path: Path) -> list[Path]:
    """Return the list places a path goes through, outermost first."""
    return [path[: index + 1] for index, part in enumerate(path) if isinstance(part, int)]


def put(event: dict[str, Any], path: Path, value: Any) -> None:
    """Set the value at a path, making the objects and list places on the way."""
    node: Any = event
    for part, following in pairwise(path):
        if isinstance(part, int):
            node.extend({} for _ in range(part - len(node)))
            node = node[part - 1]
        else:
            node = node.setdefault(part, [] if isinstance(following, int) else {})
    node[path[-1]] = value


def _has(event: dict[str, Any], path: Path) -> bool:
    node: Any = event
    for part in path:
        if isinstance(part, int):
            if len(node) < part:
                return False
            node = node[part - 1]
        elif part not in node:
            return False
        else:
            node = node[part]
    return True
