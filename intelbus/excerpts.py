"""Excerpts: what an event says of its subjects, with the rest passed over.

Whoever links events needs a fifth of their values, and what is said of one subject is said again
and again in the same bytes: each of those is decoded once.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from intelbus.codec import unframe, untag
from intelbus.contract import NAMESPACE, load_contract, self_contained
from intelbus.passing import function, over, over_fields
from intelbus.reading import Readers, each, named_types, reader

FIELDS = frozenset({"operation_name", "nrm_reference", "subjects", "relations"})
"""The fields of an event that an excerpt has, where its kind has them."""
REMEMBERED = 32_768
"""Subjects' details of one kind of record, about 2 kB each."""


class Details(dict[str, Any]):
    """What is said of a subject, {kind: its fields}, and the bytes that say it.

    All events that say it in the same bytes have the same one: nobody may change it, but for what
    is kept with it, `saying`, that whoever reads it has made of it.
    """

    __slots__ = ("raw", "saying")
    raw: bytes
    saying: Any


def read_excerpt(value: bytes) -> dict[str, Any]:
    """Return `FIELDS` of a stored event as `read_event` does, the details of subjects as `Details`.

    Nothing is checked again.
    """
    schema_id, payload = unframe(value)
    return _excerpts(schema_id)(payload, 0)


@lru_cache(maxsize=256)
def _excerpts(schema_id: int) -> Callable[[bytes, int], dict[str, Any]]:
    """Return what reads the excerpts of one schema's events.

    Up to the last of the wanted fields all others are passed over; and so are the details of
    subjects, which are read by themselves.
    """
    root = json.loads(load_contract().canonical_json(schema_id))
    named = dict(named_types(root))
    readers = Readers(named)
    passed: dict[str, list[str]] = {}
    over(root, passed, readers.source)
    lines: list[str] = []
    found: dict[str, str] = {}
    unwanted: list[Any] = []
    for field in root["fields"]:
        if field["name"] not in FIELDS:
            unwanted.append(field)
            continue
        lines += over_fields(unwanted, passed, readers.source)
        unwanted = []
        into = found[field["name"]] = readers.variable()
        if field["name"] == "subjects":
            lines += _subjects(readers, named, passed, into)
        else:
            lines += readers.value(field["type"], into)
    whole = ", ".join(f"{name!r}: {into}" for name, into in found.items())
    readers.source += function("excerpt", lines, f"{{{whole}}}")
    read: Callable[[bytes, int], dict[str, Any]] = readers.made("excerpt")
    return read


def _subjects(
    readers: Readers, named: dict[str, Any], passed: dict[str, list[str]], into: str
) -> list[str]:
    """Return the lines that read an event's subjects into a name."""
    lines: list[str] = []
    values: list[str] = []
    for field in named["Subject"]["fields"]:
        value = readers.variable()
        values.append(f"{field['name']!r}: {value}")
        if field["name"] == "details":
            past = over(field["type"], passed, readers.source)
            lines += ["s = p", *past, f"{value} = details(d[s:p])"]
            readers.names["details"] = _details(json.dumps(_record(named, "Said", [field])))
        else:
            lines += readers.value(field["type"], value)
    item = readers.variable()
    lines.append(f"{item} = {{{', '.join(values)}}}")
    return [f"{into} = []", *each(lines, item, into)]


@lru_cache(maxsize=256)
def _details(schema: str) -> Callable[[bytes], Details]:
    """Return what reads subjects' details, by the record of nothing else, which many kinds have."""
    root = json.loads(schema)
    (said,) = root["fields"]
    decode = reader(root, said["type"])

    @lru_cache(maxsize=REMEMBERED)
    def read(raw: bytes) -> Details:
        details = Details(untag(decode(raw, 0)))
        details.raw, details.saying = raw, None
        return details

    return read


def _record(named: dict[str, Any], name: str, fields: list[Any]) -> dict[str, Any]:
    """Return a record of these fields, with every type that they name written out."""
    record = {"type": "record", "name": name, "namespace": NAMESPACE, "fields": fields}
    return self_contained(name, {**named, name: record})
