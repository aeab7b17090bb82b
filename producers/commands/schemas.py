"""`intelbus schemas list | show | check`: the contract, for people and for other programs."""

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from intelbus.contract import Released

app = typer.Typer(help="The contract: kinds of event and their schemas.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def register(parent: typer.Typer) -> None:
    """Add `schemas` to the command line."""
    parent.add_typer(app, name="schemas")


@app.command("list")
def list_schemas(as_json: JsonOption = False) -> None:
    """List every released schema: id, kind of event, record, version."""
    from rich.table import Table

    from intelbus.cli import console
    from intelbus.contract import load_contract

    released = load_contract().all()
    if as_json:
        rows = [
            {"id": one.schema_id, "kind": one.kind, "record": one.name, "version": one.version}
            for one in released
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("id", "kind", "record", "version", box=None)
    for one in released:
        table.add_row(str(one.schema_id), one.kind or "(control)", one.name, str(one.version))
    console.print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A kind, a record's name, or a schema id.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="As a schema registry would answer, with its id.")
    ] = False,
    fields: Annotated[bool, typer.Option("--fields", help="A table of the fields.")] = False,
) -> None:
    """Print a schema, self-contained, ready for any Avro library (for example AvroDeserializer)."""
    from intelbus.contract import NAMESPACE

    released = _find(name)
    if fields:
        _show_fields(released.name)
    elif as_json:
        answer = {
            "subject": f"{NAMESPACE}.{released.name}",
            "id": released.schema_id,
            "version": released.version,
            "schemaType": "AVRO",
            "schema": released.text,
        }
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        typer.echo(released.text, nl=False)


def _find(name: str) -> "Released":
    from intelbus.contract import Kind, UnknownSchemaError, load_contract
    from intelbus.errors import ConfigurationError
    from intelbus.suggestions import allowed

    contract = load_contract()
    if name in set(Kind):
        return contract.of_kind(name)
    try:
        return contract.released(int(name)) if name.isdecimal() else contract.current(name)
    except UnknownSchemaError:
        known = [*Kind, *(one.name for one in contract.all() if one.kind is None)]
        raise ConfigurationError(
            "no such kind or record", subject=name, hint=allowed(name, known)
        ) from None


def _show_fields(name: str) -> None:
    from rich.table import Table

    from intelbus.cli import console
    from intelbus.shapes import Choice, record_shape

    shape = record_shape(name)
    table = Table("field", "may be empty", "sensitivity", "meaning", box=None)
    for field in shape.fields:
        codes = ": " + ", ".join(field.shape.symbols) if isinstance(field.shape, Choice) else ""
        empty = "yes" if field.nullable else ""
        table.add_row(field.name, empty, field.sensitivity, field.doc.rstrip(".") + codes)
    console.print(table)


@app.command()
def check() -> None:
    """Check the schemas: safe to decode, documented, and compatible with every released version."""
    from intelbus.contract import load_contract, schema_folder
    from schemas.check import check_compatibility, check_sources

    folder, contract = schema_folder(), load_contract()
    found = check_sources(folder, contract)
    unchecked = False
    try:
        found += check_compatibility(folder, contract)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "avro":
            raise
        unchecked = True
        typer.echo(
            "compatibility NOT checked: Apache avro is not installed (pip install avro)", err=True
        )
    for finding in found:
        typer.echo(str(finding), err=True)
    checked = "linted" if unchecked else "linted and compatible"
    if found:
        typer.echo(f"{len(found)} problems", err=True)
        raise typer.Exit(1)
    if unchecked and os.environ.get("INTELBUS_STRICT"):
        raise typer.Exit(3)
    typer.echo(f"{len(contract.all())} released schemas: {checked}")
