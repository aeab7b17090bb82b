"""`intelbus template KIND`: a file to fill in, and the mapping that reads it."""

import csv
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from intelbus.contract import Kind
from intelbus.errors import ConfigurationError


class Format(StrEnum):
    """Kinds of file that a template is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    app.command("template")(template)


def template(
    kind: Annotated[Kind, typer.Argument(help="The kind of event.")],
    file_format: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to; default KIND.FORMAT.")
    ] = None,
    subjects: Annotated[
        int, typer.Option(min=1, max=20, help="How many subjects a row has room for.")
    ] = 3,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> None:
    """Write a file to fill in for KIND, and the mapping that `intelbus publish` reads it with."""
    path = output or Path(f"{kind}.{file_format}")
    mapping = path.with_name(f"{path.stem}.mapping.toml")
    written = [path] if file_format is Format.JSONL else [path, mapping]
    for one in written:
        if one.exists() and not force:
            raise ConfigurationError(
                "the file is there already",
                subject=str(one),
                hint="choose another name with -o, or pass --force",
            )
    try:
        _write(kind, file_format, path, mapping, subjects)
    except OSError as error:
        raise ConfigurationError(f"cannot be written: {error}", subject=str(path)) from error
    for one in written:
        typer.echo(str(one))


def _write(kind: Kind, file_format: Format, path: Path, mapping: Path, subjects: int) -> None:
    from producers.mappings.template import headings_of, mapping_toml, template_object

    if file_format is Format.JSONL:
        line = json.dumps(template_object(kind), ensure_ascii=False)
        path.write_text(line + "\n", encoding="utf-8")
        return
    headings = headings_of(kind, subjects)
    if file_format is Format.CSV:
        # The byte order mark tells Excel that the file is UTF-8.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([one.name for one in headings])
            writer.writerow(["# help", *[one.help for one in headings[1:]]])
    else:
        from producers.sources.workbook import write_workbook

        write_workbook(path, headings)
    mapping.write_text(mapping_toml(kind, subjects), encoding="utf-8")
