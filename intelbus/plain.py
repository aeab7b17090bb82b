"""Plain shapes: regular expressions that know most canonical values at one look.

Avro binary is no regular language: texts and lists stand behind their lengths. Short ones are
regular, length by length, and nearly all are short. A pattern made here matches *some* of the
values that `intelbus.compiled` would accept field by field, and nothing else: texts of at most 63
bytes, lists of at most three, numbers well within their bounds. What does not match is not wrong;
it is read field by field.

Groups are atomic, `(?>…)`: what has once been read as one thing is never tried as another, so that
no bytes make matching slow.
"""

import json
from calendar import monthrange
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from re import DOTALL, Match, escape
from re import compile as pattern
from typing import Any

from intelbus import checks
from intelbus.canonical import INT_MAX, UUID_FORM, UUID_LENGTH, read_number
from intelbus.codec import frame
from intelbus.contract import NAMESPACE, load_contract

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
# What numbers of each type may be: the rules of `intelbus.checks`, as Avro counts.
BOUNDS: Mapping[str, tuple[int, int]] = {
    "int": (0, INT_MAX),
    "long": (0, 2**63 - 1),
    "date": (
        (date(checks.FIRST_YEAR, 1, 1) - _EPOCH.date()).days,
        (date(checks.LAST_YEAR_OF_A_DATE, 12, 31) - _EPOCH.date()).days,
    ),
    "timestamp-micros": (
        int((datetime(checks.FIRST_YEAR, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) * _SECOND,
        int((datetime(MAXYEAR, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) * _SECOND - 1,
    ),
}

TEXT_BYTES = 63  # as far as a length is one byte
LIST_ITEMS = 3

_PRINTED = [2 * n for n in range(1, TEXT_BYTES + 1)]  # lengths, as Avro writes them


def one_of(codes: Iterable[int]) -> bytes:
    """Return the pattern of a single byte out of these."""
    return b"[" + b"".join(escape(bytes((code,))) for code in codes) + b"]"


def either(*choices: bytes) -> bytes:
    """Return the pattern of the first choice that matches."""
    return b"(?>" + b"|".join(choices) + b")"


def whole(low: int, high: int) -> bytes:
    """Return a pattern of numbers from `low` (0 or less) to `high`, in their canonical form.

    Numbers are doubled, those below 0 odd, and written in sevens of bits, lowest first. The last
    byte is bounded so that all lower ones may be anything.
    """
    bound = 2 * high if low == 0 else min(2 * high, -2 * low - 1)
    step = 2 if low == 0 else 1
    choices = [one_of(range(0, min(bound, 0x7F) + 1, step))]
    for more in range(1, 9):
        last = min(0x7F, ((bound + 1) >> (7 * more)) - 1)
        if last >= 1:
            middle = b"[\x80-\xff]{%d}" % (more - 1) if more > 1 else b""
            choices.append(one_of(range(0x80, 0x100, step)) + middle + one_of(range(1, last + 1)))
    return either(*choices)


def _months() -> bytes:
    """Return the pattern of nothing, a month, or a month and a day that it has in every year."""
    days = [b"\0\0"]
    for month in range(1, 13):
        length = monthrange(2001, month)[1]
        day = either(b"\0", b"\2" + one_of(range(2, 2 * length + 1, 2)))
        days.append(b"\2" + escape(bytes((2 * month,))) + day)
    return either(*days)


# UTF-8 that is not blank and holds no NUL, without a look at a table.
_ASCII = either(*(escape(bytes((n,))) + b"[!-~][ -~]{%d}" % (n // 2 - 1) for n in _PRINTED))
_ANY = b"(" + b"|".join(escape(bytes((n,))) + b".{%d}" % (n // 2) for n in _PRINTED) + b")"
_UUID = escape(bytes((UUID_LENGTH,)))
# The forms of texts (intelbus.checks) of which all are of one length; others have no plain shape.
_WIDTHS = {"[A-Z]{2}": 2, "[A-Z][a-z]{3}": 4}
_AGE = b"\2" + whole(0, 150)
# Records whose fields a rule of `intelbus.compiled` joins: the shapes in which it always holds.
_RULED: Mapping[str, Mapping[str, bytes]] = {
    "PartialDate": {
        "year": one_of(range(0x80, 0x100, 2)) + b"[\x1d-\x1f]",  # 1856 to 2047
        "month": _months(),
        "day": b"",
    },
    "Person": {"age_from": either(b"\0\0", _AGE + b"\0", b"\0" + _AGE), "age_to": b""},
}


def number_of(data: bytes) -> int:
    """Return the number that canonical bytes are: of up to eight, their sevens of bits joined."""
    if len(data) > 8:
        return read_number(data, 0)[0]
    joined = int.from_bytes(data, "little") & 0x7F7F7F7F7F7F7F7F
    joined = joined & 0x007F007F007F007F | (joined & 0x7F007F007F007F00) >> 1
    joined = joined & 0x00003FFF00003FFF | (joined & 0x3FFF00003FFF0000) >> 2
    joined = joined & 0x0FFFFFFF | (joined & 0x0FFFFFFF00000000) >> 4
    return joined >> 1 ^ -(joined & 1)


def moment_of(microseconds: int) -> datetime:
    """Return the time that so many microseconds since 1970 are."""
    seconds, rest = divmod(microseconds, _SECOND)
    return _EPOCH + timedelta(0, seconds, rest)


class Shape:
    """The plain shape of a record: what matches it, and which group holds which field's bytes.

    The groups after those of `kept` hold texts that are yet to be looked at. A text in a group
    stands behind its length, one byte.
    """

    def __init__(self, source: bytes, kept: Mapping[str, int]) -> None:
        self.match: Callable[[bytes, int], Match[bytes] | None] = pattern(source, DOTALL).match
        self.kept = kept
        self.texts_from = len(kept) + 1
        self.texts_are_left = pattern(source, DOTALL).groups > len(kept)

    def texts(self, match: Match[bytes]) -> list[bytes]:
        """Return the texts of a match that are yet to be looked at.

        There are none if its last group is before `texts_from`.
        """
        return [text[1:] for text in match.groups()[self.texts_from - 1 :] if text is not None]


def shape_of(
    record: Any, named: Mapping[str, Any], *, keep: Collection[str], joined: Collection[str]
) -> Shape | None:
    """Return the plain shape of a record's schema, None if it has none.

    `named` holds the types that the schema only names; `keep` the fields to be found again: none
    comes after another text. `joined` are the records with a rule over several fields: the
    caller applies those of this record and of the kept ones; others have a plain shape only if the
    shapes in which the rule holds are known here.
    """
    writer = _Writer(named, keep, joined)
    source = writer.record(record, "", spare=True)
    if source is None or set(writer.kept) != set(keep):
        return None
    first = list(writer.kept.values()) == list(range(1, len(keep) + 1))
    return Shape(source, writer.kept) if first else None


def control_shape(name: str) -> tuple[bytes, Shape | None]:
    """Return the frame of the newest release of a control record, and its plain shape with all
    fields kept."""
    released = load_contract().current(name)
    record = json.loads(released.text)
    named: dict[str, Any] = {}
    _collect(record, named)
    keep = [field["name"] for field in record["fields"]]
    return frame(released.schema_id, b""), shape_of(record, named, keep=keep, joined=())


def _collect(node: Any, named: dict[str, Any]) -> None:
    if isinstance(node, list):
        for part in node:
            _collect(part, named)
    elif isinstance(node, dict):
        if "name" in node and node["type"] in ("record", "enum", "fixed"):
            named[node["name"].rpartition(".")[2]] = node
        _collect([node.get("type"), node.get("items"), node.get("fields")], named)


class _Writer:
    """Writes the pattern of one record."""

    def __init__(
        self, named: Mapping[str, Any], keep: Collection[str], joined: Collection[str]
    ) -> None:
        self._named, self._keep, self._joined = named, keep, joined
        self.kept: dict[str, int] = {}
        self._groups = 0

    def record(self, node: Any, path: str, *, spare: bool) -> bytes | None:
        """Return the pattern of a record at a path ("" or "field."); `spare` as for `_value`."""
        short = node["name"].rpartition(".")[2]
        if path and short in self._joined and short not in _RULED and path[:-1] not in self._keep:
            return None
        ruled, parts = _RULED.get(short, {}), []
        for field in node["fields"]:
            name = field["name"]
            part = ruled.get(name)
            if part is None:
                part = self._value(field["type"], name, f"{path}{name}", spare=spare)
            if part is None:
                return None
            parts.append(part)
        return b"".join(parts)

    def _value(self, node: Any, name: str, path: str, *, spare: bool) -> bytes | None:
        """Return the pattern of a value, None if it has no plain shape.

        `spare` says that the value is matched once, so that a group can hold a text of it.
        """
        if isinstance(node, list):
            return self._union(node, name, path, spare=spare)
        if isinstance(node, str) and node.removeprefix(f"{NAMESPACE}.") in self._named:
            node = self._named[node.removeprefix(f"{NAMESPACE}.")]
        kept = path in self._keep
        kind = node if isinstance(node, str) else node.get("logicalType") or node["type"]
        if kind == "record":
            found = self.record(node, f"{path}.", spare=spare and not kept)
            return None if found is None else self._group(found, path, kept=kept)
        if kind == "array":
            return self._array(node["items"], name, path, spare=spare)
        if kind == "string" and not kept and name not in checks.FORMS:
            self._groups += spare
            return either(_ASCII, _ANY) if spare else _ASCII
        if kind == "uuid":
            return _UUID + self._group(UUID_FORM.pattern, path, kept=kept)
        found = self._single(kind, node, name)
        return None if found is None else self._group(found, path, kept=kept)

    def _single(self, kind: str, node: Any, name: str) -> bytes | None:
        match kind:
            case "string" if name in checks.FORMS:
                form = checks.FORMS[name][0].pattern
                width = _WIDTHS.get(form)
                return None if width is None else escape(bytes((2 * width,))) + form.encode()
            case "string" | "boolean":
                return _ASCII if kind == "string" else b"[\0\1]"
            case "int" | "long" | "date" | "timestamp-micros":
                return whole(*BOUNDS[kind])
            case "enum":
                return one_of(range(0, min(2 * len(node["symbols"]), 0x80), 2))
            case "fixed":
                return b".{%d}" % node["size"]
        return None

    def _union(self, members: list[Any], name: str, path: str, *, spare: bool) -> bytes | None:
        choices = []
        for index, member in enumerate(members):
            before = dict(self.kept), self._groups
            found = b"" if member == "null" else self._value(member, name, path, spare=spare)
            if found is None:
                self.kept, self._groups = before
            else:
                choices.append(escape(bytes((2 * index,))) + found)
        return either(*choices) if choices else None

    def _array(self, items: Any, name: str, path: str, *, spare: bool) -> bytes:
        choices = [b"\0"]
        for count in range(1, LIST_ITEMS + 1):
            item = self._value(items, name, f"{path}[]", spare=spare and count == 1)
            if item is not None:
                choices.append(b"%b(?:%b){%d}\0" % (escape(bytes((2 * count,))), item, count))
        return either(*choices)

    def _group(self, found: bytes, path: str, *, kept: bool) -> bytes:
        if not kept:
            return found
        self._groups += 1
        self.kept[path] = self._groups
        return b"(%b)" % found
