"""The source form: how an agency's files and programs write an event, both ways, by the schemas.

Header fields stand flat beside the body's, times are ISO 8601, codes forgive case and spaces, and
what may be left out is filled. Everything that is wrong is found at once, with what to do.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from intelbus import source_times as times
from intelbus.checks import SCHEMES, Problem
from intelbus.codec import SUBJECT_TYPES
from intelbus.contract import Kind
from intelbus.errors import ContentError
from intelbus.shapes import Array, Choice, Field, OneOf, Record, Scalar, Shape, event_shape
from intelbus.suggestions import allowed, nearest

# Given by the publisher when the source leaves them out: None until then.
IDENTITY = frozenset({"event_id", "originator", "stream", "sequence", "reported_at"})

# References to the agency's own records, which only its outbox can turn into event ids.
REFERENCES: Mapping[Kind, tuple[str, ...]] = {
    **dict.fromkeys(Kind, ("kind", "grade", "corrects")),
    Kind.RETRACTION: ("kind", "grade", "retracts"),
}

# One row a field that may be left out: what is then meant. Codes with an `unknown` need no row.
LEFT_OUT: Mapping[tuple[str, str], Any] = {
    ("Header", "urgency"): "routine",
    ("Organisation", "kind"): "other",
    ("Location", "kind"): "other",
    ("EventReference", "kind"): "other",
    ("Retraction", "target_event_id"): None,  # when `retracts` names it instead
    ("CaseOutcome", "defendant_may_be_victim"): False,
}

_GRADE = re.compile(
    r"([A-Ea-e])\s*/?\s*([1-5])\s*/?\s*([1-5])|([1-3])\s*/?\s*([A-Ea-e])\s*/?\s*([PCpc])"
)
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_BOOLEANS = {"true": True, "yes": True, "y": True, "1": True} | {
    "false": False,
    "no": False,
    "n": False,
    "0": False,
}


class SourceFormError(ContentError):
    """An event in source form cannot be read; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in problems))


def from_source(kind: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event that a source object describes.

    Header fields the source leaves to the publisher (`IDENTITY`) are None; `corrects` and
    `retracts` are references that the publisher resolves. Raises SourceFormError.
    """
    found: list[Problem] = []
    try:
        known = Kind(code(kind).replace("_", "-"))
    except ValueError:
        raise SourceFormError(
            [Problem("kind", f"{kind!r} is no kind of event", allowed(kind, [*Kind]))]
        ) from None
    body = event_shape(known)
    header = _header_of(body)
    names = [f.name for f in header.fields] + [f.name for f in body.fields if f.name != "header"]
    found += _unknown("", source, [*names, *REFERENCES[known]])
    given = {**source, **_graded(source, found)}
    if isinstance(given.get("corrects"), str) and known is not Kind.RETRACTION:
        given["corrects"] = as_uuid(given["corrects"])  # any other reference is the publisher's
    event: dict[str, Any] = {"header": _fields("", header, given, found)}
    event |= _fields("", body, given, found, but="header")
    if known is Kind.RETRACTION and event["target_event_id"] is None and not source.get("retracts"):
        hint = "give the source_reference of what is taken back"
        found.append(Problem("retracts", "is missing", hint))
    if found:
        raise SourceFormError(found)
    return event


def to_source(kind: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event in source form, JSON-able; `from_source` of it gives an equal event.

    Fields that hold nothing are left out.
    """
    body = event_shape(Kind(kind))
    source: dict[str, Any] = {"kind": str(kind)}
    source |= _written(_header_of(body), event["header"])
    return source | _written(body, event, but="header")


def code(text: Any) -> str:
    """Return a code as the contract spells it: lower case, words joined by underscores."""
    return re.sub(r"[\s\-]+", "_", str(text).strip().lower())


def as_uuid(text: str) -> UUID | None:
    """Return the identifier that a text spells, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


# -- reading ---------------------------------------------------------------------------------


def _header_of(body: Record) -> Record:
    header = body.fields[0].shape
    assert isinstance(header, Record)  # noqa: S101  (schemas.lint: every event starts with it)
    return header


def _graded(source: Mapping[str, Any], found: list[Problem]) -> dict[str, Any]:
    """Return the scheme and codes that `grade` spells in one word, or the scheme left unsaid."""
    grade = source.get("grade")
    if grade is None or grade == "":
        if source.get("grading_scheme"):
            return {}
        letter = str(source.get("handling") or "").strip().upper() in {"P", "C"}
        return {"grading_scheme": list(SCHEMES)[1 if letter else 0]}
    match = _GRADE.fullmatch(str(grade).strip())
    if match is None:
        found.append(Problem("grade", f"{grade!r} is no grade", "B35 in 5x5x5, or 2CP in 3x5x2"))
        return {}
    five = match[1] is not None
    spelled = {
        "grading_scheme": list(SCHEMES)[0 if five else 1],
        "source_grade": (match[1] or match[4]).upper(),
        "information_grade": (match[2] or match[5]).upper(),
        "handling": (match[3] or match[6]).upper(),
    }
    for name, value in spelled.items():
        other = source.get(name)
        if other not in (None, "") and code(other) != code(value):
            found.append(Problem(name, f"{other!r} contradicts grade {grade!r}", "give only one"))
    return spelled


def _unknown(path: str, given: Mapping[str, Any], names: list[str]) -> Iterator[Problem]:
    for name in given:
        if name not in names:
            yield Problem(_at(path, str(name)), "is no field here", nearest(str(name), names))


def _fields(
    path: str, record: Record, given: Mapping[str, Any], found: list[Problem], *, but: str = ""
) -> dict[str, Any]:
    return {
        field.name: _field(_at(path, field.name), record, field, given.get(field.name), found)
        for field in record.fields
        if field.name != but
    }


def _field(path: str, record: Record, field: Field, value: Any, found: list[Problem]) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        return _left_out(path, record, field, found)
    return _read(path, field.shape, value, found)


def _left_out(path: str, record: Record, field: Field, found: list[Problem]) -> Any:
    if isinstance(field.shape, Array):
        return []
    if field.nullable or (record.name == "Header" and field.name in IDENTITY):
        return None
    if (record.name, field.name) in LEFT_OUT:
        return LEFT_OUT[record.name, field.name]
    if isinstance(field.shape, Choice) and "unknown" in field.shape.symbols:
        return "unknown"
    hint = field.doc
    if isinstance(field.shape, Choice):
        hint = allowed("", field.shape.symbols)
    found.append(Problem(path, "is missing", hint))
    return None


def _read(path: str, shape: Shape, value: Any, found: list[Problem]) -> Any:
    match shape:
        case Array():
            return _list(path, shape.items, value, found)
        case Record():
            return _record(path, shape, value, found)
        case Choice():
            return _choice(path, shape, value, found)
        case Scalar():
            return _scalar(path, shape, value, found)
        case OneOf():
            raise TypeError(f"{path}: read by _subject alone")


def _list(path: str, items: Shape, value: Any, found: list[Problem]) -> list[Any]:
    if not isinstance(value, list | tuple):
        found.append(Problem(path, f"{value!r:.60} is not a list", "write [ … ]"))
        return []
    subjects = isinstance(items, Record) and items.name == "Subject"
    return [
        _subject(f"{path}[{index}]", index, items, one, found)
        if subjects
        else _read(f"{path}[{index}]", items, one, found)
        for index, one in enumerate(value)
    ]


def _choice(path: str, shape: Choice, value: Any, found: list[Problem]) -> str:
    symbol = code(value)
    if symbol not in shape.symbols:
        found.append(Problem(path, f"{value!r:.60} is no code", allowed(symbol, shape.symbols)))
    return symbol


def _scalar(path: str, shape: Scalar, value: Any, found: list[Problem]) -> Any:
    reader, wanted, example = _SCALARS[shape.type]
    try:
        return reader(value)
    except (ValueError, TypeError, OverflowError):
        found.append(Problem(path, f"{value!r:.60} is not {wanted}", example))
        return None


def _record(path: str, shape: Record, value: Any, found: list[Problem]) -> Any:
    if shape.name in _SHORT and isinstance(value, str | date):
        try:
            value = _SHORT[shape.name](value)
        except ValueError as error:
            found.append(Problem(path, f"{value!r:.60} is no time: {error}", times.EXAMPLES))
            return None
    if not isinstance(value, Mapping):
        found.append(
            Problem(path, f"{value!r:.60} is no object", "{" + ", ".join(shape.names) + "}")
        )
        return None
    found += _unknown(path, value, list(shape.names))
    return _fields(path, shape, value, found)


def _subject(path: str, index: int, shape: Shape, value: Any, found: list[Problem]) -> Any:
    """Read a subject: `details` may be left out around {"person": {…}}, and so may the local_id."""
    assert isinstance(shape, Record)  # noqa: S101  (called for the record Subject only)
    if not isinstance(value, Mapping):
        return _record(path, shape, value, found)
    rest = {name: one for name, one in value.items() if name not in SUBJECT_TYPES}
    short = {name: one for name, one in value.items() if name in SUBJECT_TYPES}
    details = rest.pop("details", None) or {}
    found += _unknown(path, rest, [*shape.names, *SUBJECT_TYPES])
    subject: dict[str, Any] = {}
    for field in shape.fields:
        where = _at(path, field.name)
        if field.name == "local_id":
            local_id = rest.get("local_id") or f"s{index + 1}"
            subject["local_id"] = _read(where, field.shape, local_id, found)
        elif field.name == "details":
            subject["details"] = _details(where, field.shape, details, short, found)
        else:
            subject[field.name] = _field(where, shape, field, rest.get(field.name), found)
    return subject


def _details(
    path: str, shape: Shape, details: Any, short: Mapping[str, Any], found: list[Problem]
) -> dict[str, Any]:
    assert isinstance(shape, OneOf)  # noqa: S101  (the shape of Subject.details)
    given = {**details, **short} if isinstance(details, Mapping) else {}
    given = {name: one for name, one in given.items() if one is not None}
    found += _unknown(path, given, list(SUBJECT_TYPES))
    named = [name for name in given if name in SUBJECT_TYPES]
    if len(named) != 1:
        if set(given) <= set(SUBJECT_TYPES):
            hint = 'one of {"' + '": …}, {"'.join(SUBJECT_TYPES) + '": …}'
            found.append(Problem(path, f"says {len(named)} things where one is wanted", hint))
        return {}
    name = named[0]
    return {name: _record(f"{path}.{name}", _member(shape, name), given[name], found)}


def _member(shape: OneOf, name: str) -> Record:
    return next(one for one in shape.records if one.name == SUBJECT_TYPES[name])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    number = float(value)
    if number - number != 0:  # not finite
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() not in _BOOLEANS:
        raise ValueError
    return _BOOLEANS[str(value).strip().lower()]


def _identifier(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(_text(value))


# One row a type of value: how it is read, what it should have been, and an example.
_SCALARS: Mapping[str, tuple[Callable[[Any], Any], str, str]] = {
    "string": (_text, "text", "put it in quotes, so that leading zeros stay"),
    "int": (_whole, "a whole number", "for example 3"),
    "long": (_whole, "a whole number", "for example 3"),
    "double": (_number, "a number", "for example 51.5"),
    "boolean": (_boolean, "true or false", "true or false"),
    "uuid": (_identifier, "an event id", "for example 0198f2c4-7a10-7c3e-9b1d-2f6f3c1a5e77"),
    "date": (times.read_date, "a date", "for example 2009-06-03"),
    "timestamp-micros": (
        times.read_instant,
        "a time with its zone",
        "for example 2009-06-03T10:00Z",
    ),
}


def _name(value: Any) -> dict[str, Any]:
    return {"full": _text(value)}


# One row a record that may be written in one word.
_SHORT: Mapping[str, Callable[[Any], Mapping[str, Any]]] = {
    "ImpreciseTime": times.read_imprecise,
    "PartialDate": times.read_partial,
    "PersonName": _name,
}


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


# -- writing ---------------------------------------------------------------------------------


def _written(record: Record, value: Mapping[str, Any], *, but: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for field in record.fields:
        inner = value.get(field.name)
        if field.name != but and inner is not None and inner != []:
            out[field.name] = _write(field.shape, inner)
    return out


def _write(shape: Shape, value: Any) -> Any:
    match shape:
        case Array():
            return [_write(shape.items, one) for one in value]
        case Record():
            short = _SHORTENED.get(shape.name)
            return (short and short(value)) or _written(shape, value)
        case OneOf():
            ((name, details),) = value.items()
            return {name: _written(_member(shape, name), details)}
        case _:
            return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return times.write_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


_SHORTENED: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {
    "ImpreciseTime": times.write_imprecise,
    "PartialDate": times.write_partial,
}
