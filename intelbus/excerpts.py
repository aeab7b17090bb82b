"""Excerpts: what an event says of its subjects, with the rest passed over.

Whoever links events needs a fifth of their values, and what is said of one subject is said again
and again in the same bytes: each of those is decoded once.
"""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from fastavro import parse_schema

from intelbus.canonical import read_number
from intelbus.codec import read_as, unframe, untag
from intelbus.contract import NAMESPACE, load_contract, self_contained
from intelbus.passing import Passer, passers

FIELDS = frozenset({"operation_name", "nrm_reference", "subjects", "relations"})
"""The fields of an event that an excerpt has, where its kind has them."""
REMEMBERED = 32_768
"""Subjects' details of one kind of record, about 2 kB each."""


class Details(dict[str, Any]):
    """What is said of a subject, {kind: its fields}, and the bytes that say it.

    All events that say it in the same bytes have the same one: nobody may change it.
    """

    __slots__ = ("raw",)
    raw: bytes


def read_excerpt(value: bytes) -> dict[str, Any]:
    """Return `FIELDS` of a stored event as `read_event` does, the details of subjects as `Details`.

    Nothing is checked again.
    """
    schema_id, payload = unframe(value)
    return _excerpts(schema_id)(payload)


@lru_cache(maxsize=256)
def _excerpts(schema_id: int) -> Callable[[bytes], dict[str, Any]]:
    """Return what reads the excerpts of one schema's events.

    Up to the last of the wanted fields all is passed over, and the bytes of those are kept. Without
    the details of subjects, which are read by themselves, they are a record, `Excerpt`.
    """
    root = json.loads(load_contract().canonical_json(schema_id))
    named = dict(_named(root))
    kinds = {f["name"]: f["type"] for f in root["fields"]}
    fields = list(passers(kinds, root).items())
    while fields and fields[-1][0] not in FIELDS:
        fields.pop()
    subject: list[tuple[bool, Passer]] = []
    if "Subject" in named:
        parts = named["Subject"]["fields"]
        over = passers({f["name"]: f["type"] for f in parts}, root)
        subject = [(name == "details", passer) for name, passer in over.items()]
        (said,) = (f for f in parts if f["name"] == "details")
        details = _details(json.dumps(_record(named, "Said", [said])))
        rest = [f for f in parts if f["name"] != "details"]
        named["Subject"] = {**named["Subject"], "fields": rest}
        wanted = [
            {**f, "type": {"type": "array", "items": "Subject"}} if f["name"] == "subjects" else f
            for f in root["fields"]
            if f["name"] in FIELDS
        ]
        excerpt = parse_schema(_record(named, "Excerpt", wanted))

    def read(data: bytes) -> dict[str, Any]:
        kept: list[bytes] = []
        found: list[bytes] = []
        at = 0
        for name, passer in fields:
            start = at
            if name == "subjects" and data[at]:
                count, at = read_number(data, at)
                kept.append(data[start:at])
                for _ in range(count):
                    for is_details, over_it in subject:
                        start, at = at, over_it(data, at)
                        (found if is_details else kept).append(data[start:at])
                kept.append(data[at : at + 1])
                at += 1
            else:
                at = passer(data, at)
                if name in FIELDS:
                    kept.append(data[start:at])
        if not kept:
            return {}
        event: dict[str, Any] = read_as(excerpt, b"".join(kept))
        for one, raw in zip(event.get("subjects", ()), found, strict=True):
            one["details"] = details(raw)
        return event

    return read


@lru_cache(maxsize=256)
def _details(schema: str) -> Callable[[bytes], Details]:
    """Return what reads subjects' details, by the record of nothing else, which many kinds have."""
    parsed = parse_schema(json.loads(schema))

    @lru_cache(maxsize=REMEMBERED)
    def read(raw: bytes) -> Details:
        details = Details(untag(read_as(parsed, raw)["details"]))
        details.raw = raw
        return details

    return read


def _record(named: dict[str, Any], name: str, fields: list[Any]) -> dict[str, Any]:
    """Return a record of these fields, with every type that they name written out."""
    record = {"type": "record", "name": name, "namespace": NAMESPACE, "fields": fields}
    return self_contained(name, {**named, name: record})


def _named(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield the named types that are written out in a type, by name."""
    if isinstance(node, list):
        for one in node:
            yield from _named(one)
    elif isinstance(node, dict):
        if "name" in node:
            yield node["name"], node
        for field in node.get("fields", ()):
            yield from _named(field["type"])
        yield from _named(node.get("items"))
