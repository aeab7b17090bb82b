"""Schemas compiled to Python: one pass over an event's bytes that knows them to be acceptable.

The functions written here read canonical Avro by the schema and apply the rules of
`intelbus.checks` that concern single values, without building any. They never refuse: whatever is
not plainly in order raises `DoubtError`, and the long way decides (docs/adr/ says what it saves).
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from re import compile as pattern
from struct import Struct
from struct import error as struct_error
from typing import Any, TypeAlias

from intelbus import checks
from intelbus.canonical import UUID_FORM, read_number
from intelbus.compiler import KEPT, Compiler
from intelbus.contract import load_contract
from intelbus.identifiers import stream_of, uuid_of
from intelbus.plain import moment_of, number_of

DOUBTS = (ValueError, IndexError, struct_error)
"""What a compiled function may raise; `DoubtError` is a ValueError."""


class DoubtError(ValueError):
    """The bytes are not plainly acceptable; the long way must say what they are."""


class Seen:
    """What a compiled function found on its way that belongs together."""

    __slots__ = ("born", "consent", "content_at", "ends", "fields", "header", "ids", "time")

    def __init__(self) -> None:
        self.ids: list[bytes] = []
        self.ends: list[bytes] = []
        self.born: tuple[int, int | None, int | None] | None = None
        self.time: tuple[datetime, datetime, str] | None = None
        self.consent: tuple[str, str] | None = None
        self.header: dict[str, Any] = {}
        self.content_at = 0
        self.fields: dict[str, Any] = {}


# Takes the bytes, a position, what to call with each text, and `Seen`; returns the position after.
Compiled: TypeAlias = Callable[[bytes, int, Callable[[bytes], None], Seen], int]


@lru_cache(maxsize=256)
def compiled(schema_id: int) -> Compiled:
    """Return the function for an event's schema. Raises UnknownSchemaError."""
    root = json.loads(load_contract().canonical_json(schema_id))
    compiler = Compiler()
    source = compiler.compile(root)
    names: dict[str, Any] = {
        "DoubtError": DoubtError,
        "number": _number,
        "count": _count,
        "double": Struct("<d").unpack_from,
        "uuid": UUID_FORM.match,
        "time": _time,
        "moment": moment_of,
        "uuid_of": uuid_of,
        "stream": stream_of,
        "whole": number_of,
        "person_sound": _person_sound,
        **{
            f"form_{name}": pattern(form.pattern.encode()).fullmatch
            for name, (form, _, _) in checks.FORMS.items()
        },
        **{f"plain_{name}": shape.match for name, shape in compiler.shapes.items()},
        **{f"texts_{name}": shape.texts for name, shape in compiler.shapes.items()},
    }
    exec(compile(source, f"<schema {schema_id}>", "exec"), names)  # noqa: S102  our own source
    for name, slot in KEPT.items():
        if name in names:
            names[f"read_{name}"] = _reader(names[name], slot)
    function: Compiled = names["event"]
    return function


def compile_events() -> None:
    """Compile all events' schemas, which takes a third of a second, before any event waits."""
    for released in load_contract().all():
        if released.kind is not None:
            compiled(released.schema_id)


def _reader(function: Compiled, slot: str) -> Callable[[bytes], Any]:
    """Return what a record's bytes come to; times known to a day or a month come time and again."""

    @lru_cache(maxsize=4096)
    def read(data: bytes) -> Any:
        seen, texts = Seen(), list[bytes]()  # texts in the plain shape of one are ASCII
        function(data, 0, texts.append, seen)
        return getattr(seen, slot)

    return read


def _number(data: bytes, at: int, low: int, high: int) -> tuple[int, int]:
    value, at = read_number(data, at)
    if not low <= value <= high:
        raise DoubtError
    return value, at


def _count(data: bytes, at: int) -> tuple[int, int]:
    value, at = read_number(data, at)
    if not 0 < value <= checks.LIST_LIMIT:
        raise DoubtError
    return value, at


def _time(earliest: int, latest: int, precision: str) -> tuple[datetime, datetime, str]:
    first, last = moment_of(earliest), moment_of(latest)
    time = {"earliest": first, "latest": last, "precision": precision}
    if next(checks.order_problems("", time), None):
        raise DoubtError
    return first, last, precision


@lru_cache(maxsize=4096)
def _person_sound(
    born: tuple[int, int | None, int | None] | None, low: int | None, high: int | None
) -> bool:
    birth = None if born is None else dict(zip(("year", "month", "day"), born, strict=True))
    person = {"date_of_birth": birth, "age_from": low, "age_to": high}
    return not list(checks.person_problems("", person))
