"""Labelled files: what is broken is said with its line, and what is only unusual is read."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.linking.fields import canonical
from repository.linking.labelled import (
    LabelledFileError,
    MappingError,
    guess_map,
    parse_map,
    read_labelled,
)

MAP = "full_name=name,date_of_birth=born"
GOOD = [f"Ann Example {at},1980-02-03,{at}" for at in range(1, 31)]


def written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(["name,born,truth", *lines, ""]), encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    return [dict(row) for row in read_labelled(path, parse_map(MAP, "person"), truth="truth").rows]


@pytest.mark.parametrize(
    ("tenth", "said"),
    [
        ('"Bad Quote,1980-02-03,5', "line 11: a quote that is opened here is not closed"),
        ('"Bad" Quote,1980-02-03,5', "line 11: .* expected after"),
        ("Too Few,1980-02-03", "line 11: 2 fields where the header has 3"),
        ("Too, Many,1980-02-03,5", "line 11: 4 fields where the header has 3"),
    ],
)
@pytest.mark.parametrize("after", [[], ['"Quoted, Name",1980-02-03,6']])
def test_a_broken_row_ends_it_and_its_line_is_named(
    tmp_path: Path, tenth: str, said: str, after: list[str]
) -> None:
    path = written(tmp_path / "people.csv", [*GOOD[:9], tenth, *GOOD[10:], *after])
    with pytest.raises(LabelledFileError, match=said) as caught:
        rows(path)
    assert caught.value.subject == str(path)
    assert caught.value.hint


def test_the_line_is_that_of_the_file_after_line_breaks_and_blank_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "people.csv", ['"Ann\nExample",1980-02-03,1', "", "x,y", *GOOD])
    with pytest.raises(LabelledFileError, match="line 5: 2 fields"):
        rows(path)


def test_line_breaks_quotes_and_blank_lines_are_read(tmp_path: Path) -> None:
    lines = ['"Ann\nExample, ""Annie""",1980-02-03,1', "", "   ", "Ann Example,1980-02-03,1"]
    found = rows(written(tmp_path / "people.csv", lines))
    assert [row["name"] for row in found] == ['Ann\nExample, "Annie"', "Ann Example"]


def test_the_command_ends_with_1(tmp_path: Path) -> None:
    path = written(tmp_path / "people.csv", [*GOOD, '"Bad Quote,1980-02-03,5', *GOOD])
    asked = ["linking", "evaluate", str(path), "--map", MAP, "--truth", "truth", "--json"]
    result = CliRunner().invoke(assemble(), asked)
    assert isinstance(result.exception, LabelledFileError)
    assert result.exception.exit_status == 1
    assert not result.stdout


@pytest.mark.parametrize(
    ("others", "month"),
    [
        (["3 rujna 1981", "4 siječnja 1982"], "10"),
        (["3 września 1981", "4 stycznia 1982"], "11"),
        (["3 září 1981", "4 ledna 1982"], "11"),
    ],
)
def test_the_file_s_language_says_which_month_listopad_is(
    tmp_path: Path, others: list[str], month: str
) -> None:
    dates = ["5 listopad 1980", *others]
    lines = [f"Ann Example,{date},{at}" for at, date in enumerate(dates)]
    found = read_labelled(
        written(tmp_path / "people.csv", lines), parse_map(MAP, "person"), truth="truth"
    )
    assert found.descriptions[0].values["date_of_birth"] == (f"1980{month}05",)
    assert not any(found.unread.values())


@pytest.mark.parametrize("others", [[], ["4 May 1982"], ["3 rujna 1981", "4 stycznia 1982"]])
def test_a_month_of_two_languages_is_unread_where_nothing_says_which(
    tmp_path: Path, others: list[str]
) -> None:
    dates = ["5 listopad 1980", *others]
    lines = [f"Ann Example,{date},{at}" for at, date in enumerate(dates)]
    found = read_labelled(
        written(tmp_path / "people.csv", lines), parse_map(MAP, "person"), truth="truth"
    )
    assert "date_of_birth" not in found.descriptions[0].values
    assert found.unread == {"name": 0, "born": 1}


def test_columns_called_as_fields_are_are_read_without_a_map(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("First;Surname;dob;shoe;source;who\nAnn;Lee;1980-02-03;39;a;1\n", "utf-8")
    found, left = guess_map(path, "person", besides={"who", "source", None})
    assert found == [
        ("given_names", "First"),
        ("family_name", "Surname"),
        ("date_of_birth", "dob"),
    ]
    assert left == ["shoe"]
    path.write_text("Name,date,who\nAnn Lee,2009-01-03,1\n", "utf-8")
    # When what the row tells of happened, it may be; when she was born, nobody says.
    assert guess_map(path, "person", besides={"who"}) == ([("full_name", "Name")], ["date"])
    path.write_text("shoe,who\n39,1\n", "utf-8")
    with pytest.raises(MappingError, match="no column is called as a field is") as caught:
        guess_map(path, "person", besides={"who"})
    assert "its columns are shoe, who" in caught.value.hint


@pytest.mark.parametrize(
    ("kind", "column", "field"),
    [
        ("person", "givenname", "given_names"),
        ("person", "givenName", "given_names"),
        ("person", "Given Name", "given_names"),
        ("person", "patient_last_name", "family_name"),
        ("person", "raw_inventor_name_first", "given_names"),
        ("person", "DateOfBirth", "date_of_birth"),
        ("person", "res_city_desc", "town"),
        ("person", "res_street_address", "street"),
        ("person", "zipcode", "postcode"),
        ("person", "street_no", "house"),
        ("person", "birth_place", "place1"),
        ("person", "name_suffix", "generation"),
        ("person", "phone_2", "telephone"),
        ("person", "author_name", "full_name"),
        ("person", "primary_name_full", "full_name"),
        ("person", "primary_name_middle", "middle_names"),
        ("person", "primary_name_org", "name"),
        # Another's, or nobody's.
        ("person", "father_first_name", None),
        ("person", "company_name", None),
        ("person", "recid", None),
        ("organisation", "company_name", "business_name"),
        ("organisation", "LegalName", "business_name"),
        ("organisation", "company_no", "registration_number"),
        ("place", "venue_name", "name"),
    ],
)
def test_a_column_is_known_by_its_words(kind: str, column: str, field: str | None) -> None:
    assert canonical(column, kind) == field


def test_a_suffix_in_a_column_of_its_own_tells_father_from_son(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "name,suffix,who\nJohn Lee,Jr.,1\nJohn Lee Jr,junior,1\nJohn Lee,-,2\n", "utf-8"
    )
    found = read_labelled(
        path, parse_map("full_name=name,generation=suffix", "person"), truth="who"
    )
    assert [one.values.get("generation") for one in found.descriptions] == [("2",), ("2",), None]


def test_what_was_meant_is_said_of_a_column_and_a_field(tmp_path: Path) -> None:
    path = written(tmp_path / "people.csv", GOOD)
    with pytest.raises(MappingError) as caught:
        read_labelled(path, parse_map("full_name=nane", "person"), truth="truth")
    assert caught.value.hint.startswith("did you mean name? its columns are")
    with pytest.raises(MappingError) as caught:
        parse_map("famly_name=name", "person")
    assert caught.value.hint.startswith("did you mean family_name? use one of")
