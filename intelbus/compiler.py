"""The compiler: writes the Python source that reads one event's bytes by its schema.

`intelbus.compiled` says what the source is for, and holds what it calls.
"""

from collections.abc import Mapping
from typing import Any

from intelbus import checks
from intelbus.canonical import UUID_LENGTH
from intelbus.contract import FIRST_CONTENT_FIELD, NAMESPACE
from intelbus.passing import indented
from intelbus.plain import BOUNDS, Shape, shape_of

# One row a record: the fields whose values a rule needs together, and the line that applies it.
RULES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "ImpreciseTime": (
        ("earliest", "latest", "precision"),
        "s.time = time(v_earliest, v_latest, v_precision)",
    ),
    "PartialDate": (("year", "month", "day"), "s.born = v_year, v_month, v_day"),
    "Consent": (("nrm", "police_disclosure"), "s.consent = v_nrm, v_police_disclosure"),
    "Person": (
        ("date_of_birth", "age_from", "age_to"),
        "if not person_sound(v_date_of_birth and s.born, v_age_from, v_age_to): raise DoubtError",
    ),
    "Subject": (("local_id",), "s.ids.append(v_local_id)"),
    "Relation": (("from_id", "to_id"), "s.ends += (v_from_id, v_to_id)"),
}
# Records that the header holds, and where `Seen` keeps what was found of one.
KEPT: Mapping[str, str] = {"ImpreciseTime": "time", "Consent": "consent"}
# How a value kept of the header is written as the decoder would give it, by its type.
PLAIN: Mapping[str, str] = {
    "uuid": "uuid_of({0})",
    "stream": "stream({0})",
    "string": "{0}.decode()",
    "timestamp-micros": "moment({0})",
    "ImpreciseTime": "dict(earliest=s.time[0], latest=s.time[1], precision=s.time[2])",
    "Consent": "dict(nrm=s.consent[0], police_disclosure=s.consent[1])",
}
# The fields of the event itself that the rules of its kind look at.
KIND_FIELDS = {"step", "target_kind"} | {
    *(name for _, _, name, _ in checks.REQUIRED),
    *(name for period in checks.PERIODS.values() for name in period),
}


class Compiler:
    """Writes the source of an event's function: one function a record that has not its plain shape,
    all else in line.
    """

    def __init__(self) -> None:
        self.shapes: dict[str, Shape] = {}
        self._functions: dict[str, list[str]] = {}
        self._looks: dict[str, list[str]] = {}
        self._enums: dict[str, list[str]] = {}
        self._types: dict[str, Any] = {}

    def compile(self, root: Any) -> str:
        """Return the source; the function for the event is called `event`."""
        self._record(root, called="event", wanted=KIND_FIELDS)
        return "\n".join(line for lines in self._functions.values() for line in lines) + "\n"

    def _record(self, node: Any, *, called: str, wanted: set[str]) -> None:
        self._types[called] = node
        body: list[str] = []
        rule = RULES.get(node["name"].rpartition(".")[2]) if called != "event" else None
        fields = node["fields"]
        header = called == "Header"
        needed = set(rule[0]) if rule else {f["name"] for f in fields} if header else wanted
        for index, field in enumerate(fields):
            name, kind = field["name"], field["type"]
            if header and name == FIRST_CONTENT_FIELD:
                body.append("s.content_at = p")
            lines = self._value(kind, name, f"v_{name}" if name in needed else None)
            if called == "event" and name in needed:
                decoded = f"v_{name} and v_{name}.decode()" if "string" in kind else f"v_{name}"
                lines.append(f"s.fields[{name!r}] = {decoded}")
            run = self._empties(fields[index:], needed)
            if run > 2 and not self._empties(fields[max(0, index - 1) : index], needed):
                # the empty ends of records are most of what is read: look at them all at once
                zeros = "\\0" * run
                ahead = f'if d[p : p + {run}] == b"{zeros}": p += {run}'
                body += [ahead, "else:"]
                for later in fields[index : index + run]:
                    body += indented(self._value(later["type"], later["name"], None))
            elif not self._in_run(fields, index, needed):
                body += lines
        end = rule[1].split("\n") if rule else []
        if header:
            end.append(f"s.header = {{{', '.join(map(self._plain, fields))}}}")
        if called != "event":
            self._looks[called] = self._plainly(called, node, needed, end)
        lines = [*body, *end, "return p"]
        self._functions[called] = [f"def {called}(d, p, add, s):", *indented(lines)]

    def _plainly(self, called: str, node: Any, needed: set[str], end: list[str]) -> list[str]:
        """Return the lines that read a record at one look, where it has its plain shape: all but
        what follows where it has not.
        """
        shape = shape_of(node, self._types, keep=needed, joined=RULES)
        if shape is None:
            return []
        self.shapes[called] = shape
        many = len(shape.kept) > 2
        lines = ["g = m.groups()"] if many else []
        lines += self._found(node["fields"], shape, all_at_once=many)
        if called == "Header":
            names = [field["name"] for field in node["fields"]]
            before = names[names.index(FIRST_CONTENT_FIELD) - 1]
            lines.append(f"s.content_at = m.end({shape.kept[before]})")
        lines += end
        if shape.texts_are_left:
            last = "m.lastindex" if shape.kept else "(m.lastindex or 0)"
            lines += [
                f"if {last} >= {shape.texts_from}:",
                f"    for t in texts_{called}(m): add(t)",
            ]
        return [f"m = plain_{called}(d, p)", "if m:", *indented([*lines, "p = m.end()"]), "else:"]

    def _found(self, fields: list[Any], shape: Shape, *, all_at_once: bool) -> list[str]:
        """Return the lines that leave kept fields in variables, as reading one by one does."""
        lines = []
        for field in fields:
            name, kind = field["name"], field["type"]
            nullable = isinstance(kind, list)
            kind = kind[1] if nullable else kind
            if isinstance(kind, str):
                kind = self._types.get(kind.removeprefix(f"{NAMESPACE}."), kind)
            group = shape.kept.get(name)
            if group is None:
                continue
            found = f"g[{group - 1}]" if all_at_once else f"m[{group}]"
            short = "" if isinstance(kind, str) else str(kind.get("name")).rpartition(".")[2]
            if short in KEPT:
                lines.append(f"if {found}: s.{KEPT[short]} = read_{short}({found})")
            value = self._read(kind, found)
            lines.append(f"v_{name} = {found} and {value}" if nullable else f"v_{name} = {value}")
        return lines

    @staticmethod
    def _read(kind: Any, found: str) -> str:
        """Return how the bytes in a group become what the rules and `PLAIN` expect."""
        symbols: list[str] = []
        if not isinstance(kind, str):
            symbols = kind.get("symbols", symbols)
            kind = kind.get("logicalType") or kind["type"]
        match kind:
            case "string":
                return f"{found}[1:]"
            case "uuid":
                return found
            case "record":
                return "True"
            case "enum":
                return f"{tuple(symbols)!r}[{found}[0] >> 1]"
        return f"whole({found})"

    def _plain(self, field: Any) -> str:
        """Return the entry of one header field, as source."""
        name, kind = field["name"], field["type"]
        nullable = isinstance(kind, list)
        inner = kind[1] if nullable else kind
        if not isinstance(inner, str):
            inner = inner.get("logicalType") or inner.get("name") or inner["type"]
        how = PLAIN.get(name) or PLAIN.get(inner.removeprefix(f"{NAMESPACE}."), "{0}")
        value = how.format(f"v_{name}")
        return f"{name!r}: v_{name} and {value}" if nullable else f"{name!r}: {value}"

    def _in_run(self, fields: list[Any], index: int, needed: set[str]) -> bool:
        """Return whether an earlier field's run of empties has covered this one."""
        start = index
        while start and self._empties(fields[start - 1 : start], needed):
            start -= 1
        return (
            start < index
            and self._empties(fields[start:], needed) > 2
            and bool(self._empties(fields[index : index + 1], needed))
        )

    def _empties(self, fields: list[Any], needed: set[str]) -> int:
        """Return how many fields from the first on are a zero byte when there is nothing."""
        count = 0
        for field in fields:
            kind = field["type"]
            nullable = isinstance(kind, list) and kind[0] == "null"
            array = isinstance(kind, dict) and kind["type"] == "array"
            special = field["name"] in needed or field["name"] == FIRST_CONTENT_FIELD
            if special or not (nullable or array):
                break
            count += 1
        return count

    def _value(  # noqa: PLR0911  a table of types
        self, node: Any, name: str, keep: str | None
    ) -> list[str]:
        """Return the lines that read one value; `keep` is the variable to leave it in."""
        if isinstance(node, list):
            return self._union(node, name, keep)
        kind = node if isinstance(node, str) else node.get("logicalType") or node["type"]
        if keep and (kind in {"boolean", "double", "array"} or name in checks.FORMS):
            raise TypeError(f"no rule can be given the value of {name}, a {kind}")
        match kind:
            case "string" | "bytes":
                return self._text(kind, name, keep)
            case "uuid":
                return [
                    f"if d[p] != {UUID_LENGTH} or not uuid(d, p + 1): raise DoubtError",
                    *([f"{keep} = d[p + 1 : p + 37]"] if keep else []),
                    "p += 37",
                ]
            case "boolean":
                return ["if d[p] > 1: raise DoubtError", "p += 1"]
            case "int" | "long" | "date" | "timestamp-micros":
                return _whole(keep, *BOUNDS[kind])
            case "double":
                bound = checks.DEGREES.get(name)
                low_, high_ = (0.0, 1e300) if bound is None else (-bound, bound)
                test = f"if not {low_!r} <= double(d, p)[0] <= {high_!r}: raise DoubtError"
                return [test, "p += 8"]
            case "enum":
                self._enums[_short(node)] = node["symbols"]
                self._types[_short(node)] = node
                return self._enum(node["symbols"], keep)
            case "record":
                self._record(node, called=_short(node), wanted=set())
                return self._call(_short(node), keep)
            case "array":
                return self._array(node["items"], name)
        return self._reference(kind, keep)

    def _reference(self, kind: str, keep: str | None) -> list[str]:
        short = kind.removeprefix(f"{NAMESPACE}.")
        if short in self._enums:
            return self._enum(self._enums[short], keep)
        if short in self._functions:
            return self._call(short, keep)
        return ["raise DoubtError"]  # a type that no event has had: always the long way

    def _call(self, name: str, keep: str | None) -> list[str]:
        look, call = self._looks[name], f"p = {name}(d, p, add, s)"
        # Looked at where it stands, which spares nearly every record a call.
        lines = [*look, f"    {call}"] if look else [call]
        return [*lines, *([f"{keep} = True"] if keep else [])]

    def _text(self, kind: str, name: str, keep: str | None) -> list[str]:
        if kind == "bytes":
            return ["raise DoubtError"]
        lines = [
            "n = d[p]",
            "if n & 1 or n > 127: n, p = number(d, p, 1, 1000000)",
            "elif n: n >>= 1; p += 1",
            "else: raise DoubtError",
            "e = p + n",
        ]
        if name in checks.FORMS:
            lines.append(f"if not form_{name}(d, p, e): raise DoubtError")
        elif keep:
            lines += [f"{keep} = d[p:e]", f"add({keep})"]
        else:
            lines.append("add(d[p:e])")
        return [*lines, "p = e"]

    def _enum(self, symbols: list[str], keep: str | None) -> list[str]:
        lines = ["i = d[p]", f"if i & 1 or i > {min(126, 2 * len(symbols) - 2)}: raise DoubtError"]
        return [*lines, "p += 1", *([f"{keep} = {tuple(symbols)!r}[i >> 1]"] if keep else [])]

    def _union(self, members: list[Any], name: str, keep: str | None) -> list[str]:
        if len(members) == 2 and members[0] == "null":
            return [
                "i = d[p]",
                "p += 1",
                "if i == 2:",
                *indented(self._value(members[1], name, keep)),
                "elif i: raise DoubtError",
                *([f"else: {keep} = None"] if keep else []),
            ]
        lines = ["i = d[p]", "p += 1"]
        for index, member in enumerate(members):
            lines.append(f"{'elif' if index else 'if'} i == {2 * index}:")
            inner = ["pass"] if member == "null" else self._value(member, name, None)
            lines += indented(inner)
        return [*lines, "else: raise DoubtError"]

    def _array(self, items: Any, name: str) -> list[str]:
        return [
            "if d[p]:",
            f"    c_{name}, p = count(d, p)",
            f"    for _ in range(c_{name}):",
            *indented(indented(self._value(items, name, None))),
            "    if d[p]: raise DoubtError",
            "p += 1",
        ]


def _whole(keep: str | None, low: int, high: int) -> list[str]:
    if low == 0:
        return [
            "n = d[p]",
            f"if n & 1 or n > 127: n, p = number(d, p, {low}, {high})",
            "else: n >>= 1; p += 1",
            *([f"{keep} = n"] if keep else []),
        ]
    return [f"{keep or '_'}, p = number(d, p, {low}, {high})"]


def _short(node: Any) -> str:
    return str(node["name"]).rpartition(".")[2]
