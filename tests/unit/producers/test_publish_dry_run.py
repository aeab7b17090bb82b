"""What `intelbus publish --dry-run` does with files as offices save them."""

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from intelbus.errors import ConfigurationError
from producers.commands import publish

MAPPING = """
kind = "intelligence"
[dates]
formats = ["%d/%m/%y"]
[constants]
marking = "restricted"
handling = "1"
"subjects[1].role" = "suspect"
"subjects[2].role" = "means_of_transport"
[codes.country]
Vietnamese = "VN"
[columns]
Ref = "source_reference"
When = "occurred"
What = "text"
Name = "subjects[1].person.names[1].full"
Nationality = { field = "subjects[1].person.nationalities", codes = "country" }
Car = "subjects[2].vehicle.registration"
Grade = "source_grade"
Info = "information_grade"
"""
GOOD = ["00123", "03/06/09", "A house in Café Row", "Nguyễn Văn A", "Vietnamese", "", "B", "2"]
COLUMNS = ["Ref", "When", "What", "Name", "Nationality", "Car", "Grade", "Info"]


def run(*given: str | Path) -> tuple[int, dict[str, Any]]:
    result = invoke(*given)
    return result.exit_code, json.loads(result.stdout)["files"][0]


def invoke(*given: str | Path) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    publish.register(app)
    arguments = [*map(str, given), "--dry-run", "--json"]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def write_csv(file: Path, *rows: list[str], encoding: str = "utf-8", separator: str = ",") -> Path:
    with file.open("w", encoding=encoding, newline="") as out:
        csv.writer(out, delimiter=separator).writerows([COLUMNS, *rows])
    file.with_name(f"{file.stem}.mapping.toml").write_text(MAPPING, encoding="utf-8")
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators_are_found(tmp_path: Path, encoding: str, separator: str) -> None:
    file = write_csv(tmp_path / "a.csv", GOOD, encoding=encoding, separator=separator)
    assert run(file) == (0, summary(file, read=1, valid=1))


def test_cp1252_is_told_from_utf8(tmp_path: Path) -> None:
    row = [*GOOD[:3], "José Nuñez", *GOOD[4:]]
    file = write_csv(tmp_path / "a.csv", row, encoding="cp1252")
    assert run(file) == (0, summary(file, read=1, valid=1))


def test_one_bad_row_is_put_aside_and_can_be_mended(tmp_path: Path) -> None:
    bad = [GOOD[0], "31/06/09", *GOOD[2:]]
    unnamed = ["", *GOOD[1:]]
    file = write_csv(tmp_path / "a.csv", GOOD, bad, unnamed, [*GOOD, "spare"], GOOD)
    rejects = tmp_path / "a.csv.rejects.csv"
    wanted = summary(file, read=5, valid=2, rejected=3, rejects_file=str(rejects))
    assert run(file) == (1, wanted)

    with rejects.open(encoding="utf-8-sig", newline="") as aside:
        rows = list(csv.DictReader(aside))
    assert [row["reject_line"] for row in rows] == ["3", "4", "5"]
    assert rows[0]["reject_field"] == "When (occurred)"
    assert rows[1]["reject_field"] == "source_reference"
    assert rows[0]["When"] == "31/06/09"
    assert all(row["reject_problem"] and row["reject_action"] for row in rows)

    rows[0]["When"], rows[1]["Ref"] = "30/06/09", "00124"
    with rejects.open("w", encoding="utf-8-sig", newline="") as mended:
        writer = csv.DictWriter(mended, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert run(rejects) == (0, summary(rejects, read=3, valid=3))


def test_an_unclosed_quotation_mark_costs_one_row(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", GOOD)
    line = ",".join(["2", *GOOD[1:]])
    several = line.replace(GOOD[2], '"A house\nwith ""two"" floors"')
    unclosed = line.replace(GOOD[2], '"A house')
    with file.open("a", encoding="utf-8") as out:
        out.write("\n".join([several, unclosed, *[line] * 700, several, ""]))
    rejects = tmp_path / "a.csv.rejects.csv"
    wanted = summary(file, read=704, valid=703, rejected=1, rejects_file=str(rejects))
    assert run(file) == (1, wanted)
    with rejects.open(encoding="utf-8-sig", newline="") as aside:
        (row,) = csv.DictReader(aside)
    assert (row["reject_line"], row["reject_extra_cells"]) == ("5", unclosed)


def test_a_rejects_file_is_never_overwritten(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", ["", *GOOD[1:]])
    first, second = run(file)[1]["rejects_file"], run(file)[1]["rejects_file"]
    assert (Path(first).name, Path(second).name) == (
        "a.csv.rejects.csv",
        "a.csv.rejects-2.csv",
    )
    assert Path(first).stat().st_mode & 0o077 == 0


def test_jsonl_rejects_can_be_mended(tmp_path: Path) -> None:
    event = {"kind": "intelligence", "source_reference": "1", "marking": "restricted"}
    event |= {"grade": "B21", "text": "x"}
    lines = [json.dumps(event), "{", "", json.dumps({**event, "txt": "y"}), "[1]", '{"a":1,"a":2}']
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    status, found = run(file)
    assert (status, found["read"], found["valid"], found["rejected"]) == (1, 5, 1, 4)

    aside = Path(found["rejects_file"])
    rejected = [json.loads(line) for line in aside.read_text("utf-8").splitlines()]
    assert [one["reject"]["line"] for one in rejected] == [2, 4, 5, 6]
    del rejected[1]["row"]["txt"]
    aside.write_text(json.dumps(rejected[1]), encoding="utf-8")
    assert run(aside) == (0, summary(aside, read=1, valid=1))


def test_spreadsheet_dates_zeros_and_errors(tmp_path: Path) -> None:
    from datetime import date

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(COLUMNS)
    sheet.append([123, date(2009, 6, 3), *GOOD[2:]])
    sheet["A2"].number_format = "00000"
    sheet.append([124, 39967, *GOOD[2:]])
    sheet.append([125, "#REF!", *GOOD[2:]])
    sheet.append([1234567890123456789, "", *GOOD[2:]])
    file = tmp_path / "a.xlsx"
    book.save(file)
    file.with_name("a.mapping.toml").write_text(MAPPING, encoding="utf-8")
    status, found = run(file)
    assert (status, found["valid"], found["rejected"]) == (1, 2, 2)


def test_wrong_files_are_named(tmp_path: Path) -> None:
    lonely = tmp_path / "b.csv"
    lonely.write_text("a,b\n1,2\n", encoding="utf-8")
    strange = tmp_path / "b.docx"
    strange.write_text("x", encoding="utf-8")
    for arguments in ([lonely], [lonely, "--kind", "watch"], [strange], [tmp_path / "none.csv"]):
        with pytest.raises(ConfigurationError) as caught:
            invoke(*arguments)
        assert caught.value.subject
        assert caught.value.hint or "no such file" in caught.value.message


def test_a_mapping_naming_no_field_says_which_is_near(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", GOOD)
    wrong = MAPPING.replace('"source_reference"', '"source_referense"')
    (tmp_path / "a.mapping.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="source_reference"):
        invoke(file)


def summary(file: Path, **changes: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("read", "queued", "unchanged", "correction", "valid", "rejected"), 0)
    return {"file": str(file), **counts, "rejects_file": None} | changes
