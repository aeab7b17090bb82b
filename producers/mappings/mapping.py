"""A mapping file: TOML that says which column is which field of an event.

kind = "intelligence"

[file]                      # all optional
encoding = "cp1252"
separator = ";"
sheet = "Reports"
header_row = 3

[dates]                     # optional
formats = ["%d/%m/%y"]
timezone = "Europe/London"

[constants]
marking = "restricted"
"subjects[1].role" = "suspect"

[codes.country]
Vietnamese = "VN"

[columns]
"Ref" = "source_reference"
"Nationality" = { field = "subjects[1].person.nationalities", codes = "country",
                  separator = "," }
"""

import tomllib
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from intelbus.contract import Kind
from intelbus.errors import ConfigurationError
from producers.mappings.cells import DEFAULT_DATES, CellError, Reading, fold_codes, read_cell
from producers.mappings.fields import Field, field_at, read_path

_TABLES = frozenset({"kind", "file", "dates", "constants", "codes", "columns"})
_FILE = {"encoding": str, "separator": str, "sheet": str, "header_row": int}
_COLUMN = frozenset({"field", "codes", "separator", "dates", "empty", "width"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field it fills, and how its cells are read."""

    name: str
    target: Field
    reading: Reading


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping ready to be applied."""

    kind: Kind
    columns: tuple[Column, ...]
    constants: tuple[tuple[Field, Any], ...]
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    header_row: int = 1


def load_mapping(path: Path, *, kind: Kind | None = None) -> Mapping:
    """Return the mapping in a TOML file. Raises ConfigurationError, naming the entry at fault."""
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(
            "there is no such mapping", subject=str(path), hint="`intelbus template` writes one"
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"not a TOML file: {error}", subject=str(path)) from error
    try:
        return read_mapping(table, kind=kind)
    except ConfigurationError as error:
        where = f"{path}: {error.subject}" if error.subject else str(path)
        raise ConfigurationError(error.message, subject=where, hint=error.hint) from error


def read_mapping(table: MappingOf[str, Any], *, kind: Kind | None = None) -> Mapping:
    """Return the mapping a TOML table describes. Raises ConfigurationError."""
    _only(table, _TABLES, "the mapping")
    kind = _kind(table.get("kind"), kind)
    file = _section(table, "file")
    _only(file, _FILE, "[file]")
    for name, wanted in _FILE.items():
        if name in file and not isinstance(file[name], wanted):
            raise ConfigurationError(f"{name} is not {wanted.__name__}", subject="[file]")
    dates = _section(table, "dates")
    _only(dates, frozenset({"formats", "timezone"}), "[dates]")
    zone = _zone(dates.get("timezone"))
    formats = tuple(dates.get("formats", DEFAULT_DATES))
    codes = {name: fold_codes(one) for name, one in _section(table, "codes").items()}
    columns = tuple(
        _column(name, entry, kind, formats, zone, codes)
        for name, entry in _section(table, "columns").items()
    )
    if not columns:
        raise ConfigurationError("no column is mapped", subject="[columns]")
    _no_field_twice(columns)
    constants = tuple(
        _constant(kind, name, value) for name, value in _section(table, "constants").items()
    )
    return Mapping(
        kind,
        columns,
        constants,
        encoding=file.get("encoding"),
        separator=file.get("separator"),
        sheet=file.get("sheet"),
        header_row=file.get("header_row", 1),
    )


def _kind(written: Any, given: Kind | None) -> Kind:
    try:
        kind = Kind(written) if written is not None else given
    except ValueError:
        raise ConfigurationError(
            f"{written!r} is no kind of event", subject="kind", hint=", ".join(Kind)
        ) from None
    if kind is None:
        raise ConfigurationError(
            "the mapping names no kind", subject="kind", hint="write kind, or pass --kind"
        )
    if given is not None and given is not kind:
        raise ConfigurationError(f"the mapping is for {kind}, not {given}", subject="kind")
    return kind


def _section(table: MappingOf[str, Any], name: str) -> dict[str, Any]:
    section = table.get(name, {})
    if not isinstance(section, dict):
        raise ConfigurationError("not a table", subject=f"[{name}]")
    return section


def _only(table: MappingOf[str, Any], known: Any, where: str) -> None:
    unknown = [name for name in table if name not in known]
    if unknown:
        raise ConfigurationError(
            f"{unknown[0]!r} means nothing here",
            subject=where,
            hint=f"known: {', '.join(sorted(known))}",
        )


def _zone(name: Any) -> tzinfo:
    if name is None:
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"no time zone {name!r} is known here",
            subject="[dates] timezone",
            hint="a name such as Europe/London; install the system's tzdata if it is missing",
        ) from error


def _column(  # noqa: PLR0917
    name: str,
    entry: Any,
    kind: Kind,
    formats: tuple[str, ...],
    zone: tzinfo,
    codes: MappingOf[str, MappingOf[str, str]],
) -> Column:
    table = {"field": entry} if isinstance(entry, str) else entry
    where = f"[columns] {name}"
    if not isinstance(table, dict) or "field" not in table:
        raise ConfigurationError(
            "a column names its field", subject=where, hint='"Ref" = "source_reference"'
        )
    _only(table, _COLUMN, where)
    try:
        target = field_at(kind, read_path(table["field"]))
    except ConfigurationError as error:
        raise ConfigurationError(error.message, subject=where, hint=error.hint) from error
    code_list = table.get("codes")
    if code_list is not None and code_list not in codes:
        raise ConfigurationError(f"there is no [codes.{code_list}]", subject=where)
    return Column(
        name,
        target,
        Reading(
            dates=tuple(table.get("dates", formats)),
            zone=zone,
            codes=codes[code_list] if code_list else {},
            separator=table.get("separator"),
            empty=frozenset(table.get("empty", ())),
            width=table.get("width", 0),
        ),
    )


def _no_field_twice(columns: tuple[Column, ...]) -> None:
    seen: dict[Any, str] = {}
    for column in columns:
        if column.target.path in seen:
            raise ConfigurationError(
                f"{seen[column.target.path]!r} and {column.name!r} fill the same field",
                subject=column.target.name,
                hint="number list places: subjects[1], subjects[2]",
            )
        seen[column.target.path] = column.name


def _constant(kind: Kind, name: str, value: Any) -> tuple[Field, Any]:
    try:
        target = field_at(kind, read_path(name))
        read = (
            value
            if target.many and isinstance(value, list)
            else read_cell(value, target, Reading())
        )
    except CellError as error:
        raise ConfigurationError(
            error.message, subject=f"[constants] {name}", hint=error.hint
        ) from error
    return target, read
