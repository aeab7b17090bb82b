"""Which reader a file needs, and which mapping lies beside it."""

import re
from pathlib import Path

from intelbus.contract import Kind
from intelbus.errors import ConfigurationError
from producers.mappings.mapping import Mapping, load_mapping
from producers.mappings.template import template_mapping
from producers.sources.delimited import Delimited
from producers.sources.jsonl import JsonLines
from producers.sources.rows import Source
from producers.sources.spreadsheet import Spreadsheet

JSONL = frozenset({".jsonl", ".ndjson"})
DELIMITED = frozenset({".csv", ".tsv", ".txt"})
WORKBOOKS = frozenset({".xlsx", ".xlsm"})

# A filled template is read without its mapping too, up to this many subjects a row.
MOST_SUBJECTS = 9

_OF_REJECTS = re.compile(r"(?P<original>.+)\.rejects(-\d+)?\.(csv|jsonl)")


def find_mapping(path: Path, given: Path | None, kind: Kind | None) -> Mapping | None:
    """Return the mapping for a file: the one given, one beside it, or the template's for `kind`.

    Beside `week23.csv` (or a rejects file made from it) that is `week23.mapping.toml`. None for
    JSONL with no mapping given: its lines are events already. Raises ConfigurationError.
    """
    if given is not None:
        return load_mapping(given, kind=kind)
    if path.suffix.lower() in JSONL:
        return None
    beside = path.with_name(f"{Path(original_name(path.name)).stem}.mapping.toml")
    if beside.exists():
        return load_mapping(beside, kind=kind)
    if kind is not None:
        return template_mapping(kind, MOST_SUBJECTS)
    raise ConfigurationError(
        "nothing says what the columns mean",
        subject=str(path),
        hint=f"write {beside.name} beside it, pass --mapping, or --kind for a template's columns",
    )


def original_name(name: str) -> str:
    """Return the name of the file that a rejects file was made from, or the name itself."""
    while match := _OF_REJECTS.fullmatch(name):
        name = match["original"]
    return name


def open_source(path: Path, mapping: Mapping | None) -> Source:
    """Return a file opened as rows. Raises ConfigurationError."""
    suffix = path.suffix.lower()
    try:
        if suffix in JSONL:
            return JsonLines(path)
        if suffix not in DELIMITED | WORKBOOKS:
            raise ConfigurationError(
                f"files named {suffix or 'without an ending'} are not read",
                subject=str(path),
                hint="JSONL (.jsonl), CSV (.csv, .tsv) and XLSX (.xlsx) are",
            )
        if mapping is None:
            raise ConfigurationError("no mapping", subject=str(path), hint="pass --mapping")
        # A rejects file is ours: CSV in UTF-8, whatever the original was.
        own = original_name(path.name) != path.name
        if suffix in WORKBOOKS:
            return Spreadsheet(path, sheet=mapping.sheet, header_row=mapping.header_row)
        return Delimited(
            path,
            encoding=None if own else mapping.encoding,
            separator="," if own else mapping.separator,
            header_row=1 if own else mapping.header_row,
        )
    except OSError as error:
        raise ConfigurationError(
            f"cannot be read: {error.strerror}", subject=str(path), hint="check the name"
        ) from error
