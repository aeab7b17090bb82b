"""The file an agency fills in for a kind of event, and the mapping that reads it: from the schemas.

Both come from the same list of columns, so a filled template publishes without further work.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from intelbus.contract import Kind
from producers.mappings.fields import Field, Form, Path, field_at, fields_of
from producers.mappings.mapping import Mapping, read_mapping

# How many places a template gives each list; subjects are asked for.
PLACES = {"provenance": 1, "exploitation": 2, "relations": 2, "findings": 3, "victims_declined": 3}

# Inside a subject: fields that a sheet has no room for; a mapping may still name them.
LEFT_OUT = frozenset({"local_id", "order", "script", "age_on"})

# Names that are shorter in a heading than their path: of the path's end, after any subject's.
HEADINGS = {
    "person.names[1].full": "person_full_name",
    "person.names[1].given": "person_given_name",
    "person.names[1].family": "person_family_name",
    "person.names[1].kind": "person_name_kind",
    "person.names[2].full": "person_alias",
    "consent.nrm": "consent_nrm",
    "consent.police_disclosure": "consent_police_disclosure",
}

EXAMPLES = {
    Form.TEXT: "text",
    Form.WHOLE_NUMBER: "whole number",
    Form.NUMBER: "number",
    Form.YES_NO: "yes / no",
    Form.DATE: "date: 2009-06-30 or 30/06/2009",
    Form.TIME: "date and time (UTC): 2009-06-30T14:00Z",
    Form.IMPRECISE: "2009-06-30, 2009-06, 2009, or 2009-06-01/2009-06-20",
    Form.PARTIAL_DATE: "1985-03-27, 1985-03 or 1985",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of a template."""

    name: str
    target: Field

    @property
    def help(self) -> str:
        """What to write in it."""
        codes = self.target.codes
        text = " / ".join(codes) if codes else EXAMPLES[self.target.form]
        return f"several, separated by ; : {text}" if self.target.many else text


def headings_of(kind: Kind, subjects: int) -> tuple[Heading, ...]:
    """Return a template's columns for a kind, with room for so many subjects."""
    out: list[Heading] = []
    groups: dict[str, list[Field]] = {}
    for field in fields_of(kind).values():
        groups.setdefault(str(field.path[0]), []).append(field)
    for name, fields in groups.items():
        listed = len(fields[0].path) > 1 and fields[0].path[1] == 1
        count = (subjects if name == "subjects" else PLACES.get(name, 1)) if listed else 1
        for place in range(1, count + 1):
            for field in fields:
                out += [
                    Heading(heading(path), field_at(kind, path))
                    for path in _places(field.path, place, listed=listed)
                ]
    required_first = sorted(out, key=lambda one: not one.target.required)
    return tuple(required_first)


def _places(path: Path, place: int, *, listed: bool) -> list[Path]:
    if path[0] == "subjects" and path[-1] in LEFT_OUT:
        return []
    if listed:
        path = (path[0], place, *path[2:])
    if path[-4:] == ("person", "names", 1, "full"):
        return [path, (*path[:-2], 2, "full")]
    return [path]


def heading(path: Path) -> str:
    """Return a column's name: `subject1_person_full_name` for subjects[1].person.names[1].full."""
    start = ""
    if path[0] == "subjects":
        start, path = f"subject{path[1]}_", path[2:]
    elif len(path) > 1 and isinstance(path[1], int):
        start, path = f"{_singular(str(path[0]))}{path[1]}_", path[2:]
    written = ""
    for part in path:
        written += f"[{part}]" if isinstance(part, int) else f".{part}" if written else part
    if written in HEADINGS:
        return start + HEADINGS[written]
    flat = re.sub(
        r"(\w+)\[(\d+)\]", lambda m: _singular(m[1]) + ("" if m[2] == "1" else m[2]), written
    )
    return start + flat.replace(".", "_")


def _singular(name: str) -> str:
    return name[:-1] if name.endswith("s") else name


def template_mapping(kind: Kind, subjects: int) -> Mapping:
    """Return the mapping of a template without a file between."""
    columns = {one.name: one.target.name for one in headings_of(kind, subjects)}
    return read_mapping({"kind": str(kind), "columns": columns})


def mapping_toml(kind: Kind, subjects: int) -> str:
    """Return the mapping of a template as TOML, to be changed where a file differs."""
    headings = headings_of(kind, subjects)
    width = max(len(one.name) for one in headings)
    lines = [
        "# Which column is which field. Rename a column on the left; delete lines not needed.",
        "# All that a mapping can say: docs/guides/files.md",
        f'kind = "{kind}"',
        "",
        "[dates]",
        'formats = ["%d/%m/%Y"]   # beside ISO 8601 (2009-06-30) and spreadsheet dates',
        "",
        "# The same in every row, for example:",
        "# [constants]",
        '# marking = "restricted"',
        "",
        "[columns]",
    ]
    lines += [
        f"{one.name:<{width}} = {json.dumps(one.target.name)}"
        + ("   # required" if one.target.required else "")
        for one in headings
    ]
    return "\n".join(lines) + "\n"


def template_object(kind: Kind) -> dict[str, Any]:
    """Return an event in source form with every field named and empty, for a JSONL template."""
    from producers.mappings.rows import put

    event: dict[str, Any] = {"kind": str(kind)}
    for field in fields_of(kind).values():
        put(event, field.path, [] if field.many else None)
    return event
