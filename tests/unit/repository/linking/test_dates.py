"""Dates in files: whole or in part, in many languages; what no date can be read from is counted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.linking import dates
from repository.linking.described import can_be_read
from repository.linking.evaluation import Setup, evaluate
from repository.linking.fields import FIELDS
from repository.linking.labelled import DATE_PARTS, parse_map, read_labelled
from repository.linking.months import month_of
from repository.linking.weights import read_weights


@pytest.mark.parametrize(
    "text",
    [
        "1 Mai 1980", "1 maja 1980", "1 mai 1980", "1º de mayo de 1980", "1 de maio de 1980",
        "1 maggio 1980", "1 mei 1980", "1 мая 1980", "1 май 1980 г.", "1 травня 1980",
        "1980 m. gegužės 1 d.", "1980. gada 1. maijs", "1980. május 1.", "1. května 1980",
        "1 maj 1980", "1 Mayıs 1980", "1 Μαΐου 1980", "1980年5月1日", "١/٥/١٩٨٠", "1.V.1980",
        "01051980", "1051980", "010580", "800501", "80/05/01", "01/05/80", "01MAY1980",
        "1980-05-01T10:30:00Z", "1980-05-01 10:30:00.000", "1980-05-01+01:00",
        "1/5/1980 12:00:00 AM",
        "Thu May  1 10:30:00 1980", "01/05/2523",
    ],
)  # fmt: skip
def test_one_day_as_files_write_it(text: str) -> None:
    assert dates.date(text) == "19800501"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 Juli 1980", "19800703"),
        ("1 iulie 1980", "19800701"),
        ("iunie 1980", "19800600"),
        ("1 marzo 1980", "19800301"),
        ("15 août 1980", "19800815"),
        ("2 lutego 1980", "19800202"),
        ("décembre 1980", "19801200"),
        ("25 OCT 1980", "19801025"),
        ("3 Febuary 1980", "19800203"),
        ("May 1980", "19800500"),
        ("May '80", "19800500"),
        ("05/80", "19800500"),
        ("xx/05/1980", "19800500"),
        ("00/05/1980", "19800500"),
        ("19800500", "19800500"),
        ("198005", "19800500"),
        ("1980-00-00", "19800000"),
        ("c. 1980", "19800000"),
        ("approx. 1980", "19800000"),
        ("01/05/00", "20000501"),
        ("05/13/1980", "19800513"),
    ],
)
def test_dates_in_part_and_in_other_words(text: str, expected: str) -> None:
    assert dates.date(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1 May", "May", "1980s", "80s", "1980-1985", "1980/81", "25-35", "29342", "101051980",
        "00/00/00", "0000-00-00", "01/01/0001", "45", "²", "soon",
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert dates.date(text) is None


def test_a_spreadsheet_s_days_are_told_by_the_whole_column() -> None:
    assert dates.serial(["29342", "31500", "28999.0", ""])
    assert not dates.serial(["10580", "11280"])
    assert not dates.serial(["29342", "31500", "1980"])
    assert not dates.serial(["29342", "1980-05-01"])
    assert not dates.serial([])
    assert dates.date("29342", serials=True) == "19800501"


def test_words_that_begin_like_a_month_are_none() -> None:
    assert [month_of(word) for word in ("approx", "born", "unknown", "ma", "")] == [None] * 5


@given(st.text(max_size=20), st.sampled_from([*(one.name for one in FIELDS), *DATE_PARTS]))
def test_anything_can_be_asked_whether_it_can_be_read(text: str, field: str) -> None:
    assert can_be_read(field, text) in {True, False}


def test_values_that_cannot_be_read_are_counted_by_column(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    rows = ["truth,name,born,where", "1,Ada Vale,1 maja 1980,51.5", "1,Ada Vale,25-35,95",
            "2,???,unknown,", "2,Bea Moss,25-35,x"]  # fmt: skip
    path.write_text("\n".join(rows), encoding="utf-8")
    asked = "full_name=name,date_of_birth=born,latitude=where"
    people = read_labelled(path, parse_map(asked, "person"), truth="truth")
    assert people.unread == {"name": 1, "born": 2, "where": 2}
    assert people.shuffled(1).unread == people.unread
    assert evaluate(people, read_weights(), Setup(kind="person"))["unread"] == people.unread
    command = ["linking", "evaluate", str(path), "--map", asked, "--truth", "truth"]
    shown = CliRunner().invoke(assemble(), command)
    assert "values that could not be read: name 1, born 2, where 2" in shown.stdout
