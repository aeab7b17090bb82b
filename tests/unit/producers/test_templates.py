"""A filled-in template publishes without further work, whatever its kind and format."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from intelbus.contract import Kind
from producers.commands import template
from producers.mappings.template import headings_of, template_object
from producers.sources.events import check, describe
from producers.sources.files import find_mapping, open_source
from tests.support.filled import filled_row

NOW = datetime(2009, 11, 1, tzinfo=UTC)


def write_template(kind: Kind, file: Path) -> None:
    app = typer.Typer()
    template.register(app)
    given = [str(kind), "--format", file.suffix[1:], "-o", str(file)]
    result = CliRunner().invoke(app, given, catch_exceptions=False)
    assert result.exit_code == 0, result.output


def judge(file: Path, kind: Kind | None = None) -> list[list[str]]:
    mapping = find_mapping(file, None, kind)
    source = open_source(file, mapping)
    try:
        return [
            [
                str(problem)
                for problem in check(
                    describe(row, mapping, kind), originator="gla", ceiling="confidential", now=NOW
                )
            ]
            for row in source.rows()
        ]
    finally:
        source.close()


@pytest.mark.parametrize("kind", Kind)
def test_filled_csv_template_is_sound(kind: Kind, tmp_path: Path) -> None:
    file = tmp_path / "week23.csv"
    write_template(kind, file)
    with file.open("a", encoding="utf-8", newline="") as out:
        row = filled_row(kind)
        csv.writer(out).writerow([row.get(one.name, "") for one in headings_of(kind, 3)])
    assert judge(file) == [[]]


@pytest.mark.parametrize("kind", Kind)
def test_filled_xlsx_template_is_sound(kind: Kind, tmp_path: Path) -> None:
    file = tmp_path / "week23.xlsx"
    write_template(kind, file)
    book = openpyxl.load_workbook(file)
    row = filled_row(kind)
    for number, one in enumerate(headings_of(kind, 3), start=1):
        book["events"].cell(2, number).value = row.get(one.name)
    book.save(file)
    assert judge(file) == [[]]


@pytest.mark.parametrize("kind", Kind)
def test_empty_jsonl_template_names_every_field(kind: Kind, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write_template(kind, file)
    ((problem,),) = judge(file)  # nothing but the missing reference: every name is known
    assert problem.startswith("source_reference: is missing")
    assert template_object(kind)["kind"] == kind


def test_untouched_csv_template_holds_no_event(tmp_path: Path) -> None:
    file = tmp_path / "intelligence.csv"
    write_template(Kind.INTELLIGENCE, file)
    assert judge(file) == []


def test_subject_columns_have_flat_names() -> None:
    names = {one.name for one in headings_of(Kind.INTELLIGENCE, 2)}
    wanted = {
        "subject1_role",
        "subject1_person_full_name",
        "subject2_person_alias",
        "subject2_vehicle_registration",
        "subject1_telephone_number",
        "relation1_from_id",
        "movement_from_country",
    }
    assert wanted <= names
