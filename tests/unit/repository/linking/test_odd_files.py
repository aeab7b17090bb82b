"""Files as strangers have them are read, or refused in words that say what to do."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from intelbus.errors import IntelbusError
from repository.linking.dates import date
from repository.linking.described import describe
from repository.linking.fillers import without_fillers
from repository.linking.keys import LONGEST, deletions
from repository.linking.labelled import LabelledFileError, MappingError, parse_map, read_labelled
from repository.linking.names import readings

HEAD = "truth,given,family,born,number"
ROWS = ["1,Ann,Hartley,1980-05-04,700", "1,Anne,Hartley,1980-05-04,701", "2,Omar,Khan,1975-01-09,5"]
TEXT = "\n".join([HEAD, *ROWS]) + "\n"
MAP = "given_names=given,family_name=family,date_of_birth=born"


def read(path: Path, raw: bytes, **how: Any) -> list[str]:
    path.write_bytes(raw)
    found = read_labelled(path, parse_map(MAP, "person"), truth="truth", **how)
    return [one.names[0].family for one in found.descriptions]


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.replace("\n", "\r").encode(),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        b"sep=;\r\n" + TEXT.replace(",", ";").encode(),
        TEXT.replace("\n", ",\n").replace("number,", "number").encode(),
    ],
    ids=["cr", "utf-16-le", "utf-16-be", "utf-32", "sep", "delimiter after the last field"],
)
def test_what_programs_write_is_read(tmp_path: Path, raw: bytes) -> None:
    assert read(tmp_path / "people.csv", raw) == ["hartley", "hartley", "khan"]


@pytest.mark.parametrize(
    ("raw", "message", "hint"),
    [
        (b"PK\x03\x04" + b"sheet" * 50, "is no text", "as CSV"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is no text", "as CSV"),
        (gzip.compress(TEXT.encode() * 50)[:-20], "cannot be read", "cut off"),
        (b"", "no rows", ""),
    ],
    ids=["spreadsheet", "picture", "cut off", "empty"],
)
@pytest.mark.parametrize("columns", [["--map", MAP], []], ids=["map", "guessed"])
def test_what_is_no_csv_ends_with_1(
    tmp_path: Path, raw: bytes, message: str, hint: str, columns: list[str]
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(raw)
    asked = ["linking", "evaluate", str(path), "--truth", "truth", *columns]
    error = CliRunner().invoke(assemble(), asked).exception
    assert isinstance(error, LabelledFileError)
    assert message in str(error)
    assert hint in str(error)
    assert error.exit_status == 1


def test_labels_are_not_compared_and_one_source_is_not_linked(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(TEXT)
    with pytest.raises(MappingError, match="truth says what the rows are about"):
        read_labelled(path, parse_map("code1=truth", "person"), truth="truth")
    one = TEXT.replace(HEAD, f"{HEAD},from").replace("\n1", ",a\n1").replace("\n2", ",a\n2")
    one = one.replace(",from,a", ",from").rstrip("\n") + ",a\n"
    with pytest.raises(MappingError, match="from names one source"):
        read(path, one.encode(), source="from")
    with pytest.raises(MappingError, match="did you mean truth"):
        read_labelled(path, parse_map(MAP, "person"), truth="TRUTH")


def test_a_seed_below_nought_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(TEXT)
    asked = ["linking", "evaluate", str(path), "--truth", "truth", "--map", MAP]
    done = CliRunner().invoke(assemble(), [*asked, "--shuffle", "-1"])
    assert done.exit_code == 2
    assert not isinstance(done.exception, IntelbusError | ValueError)


@pytest.mark.parametrize("made", [lambda at: f"R{at:04}", lambda at: f"{at * 7919:08}x{at * 31}"])
def test_a_number_that_each_row_has_for_itself_is_left_out(made: Any) -> None:
    said = [describe([("full_name", f"A B{at % 9}"), ("code1", made(at))]) for at in range(40)]
    kept, gone = without_fillers(said)
    assert gone == {"code1": 40}
    assert not any(one.values for one in kept)
    # Once the same comes again, or nearly, it is somebody's.
    again = [*said, describe([("full_name", "A B1"), ("code1", "81234567")])]
    again += [describe([("full_name", "A B1"), ("code1", "8123456")])]
    assert without_fillers(again)[1] == {}
    assert without_fillers([*said, said[0]])[1] == {}
    assert without_fillers(said[:19])[1] == {}


def test_a_blob_has_no_keys_for_each_of_its_letters() -> None:
    assert len(list(deletions("a" * LONGEST))) == LONGEST
    assert list(deletions("a" * (LONGEST + 1))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mary Jones (née Smith)", [("mary", "jones"), ("mary", "smith")]),
        ("Jones née Smith, Mary", [("mary", "jones"), ("mary", "smith")]),
        ("Mary Ann Jones [formerly van Dyke]", [("mary", "jones"), ("mary", "van dyke")]),
        ("John Smith a/k/a Johnny Blade", [("john", "smith"), ("johnny", "blade")]),
        ("John Smith aka Johnny", [("john", "smith"), ("johnny", "smith")]),
        ("Smith, John, Jr.", [("john", "smith")]),
        ("SMITH, JOHN JR", [("john", "smith")]),
        ("Smith John, Mrs", [("smith", "john")]),
        ("John Smith, 3rd Baronet", [("john", "smith")]),
        ("Nee Born", [("nee", "born")]),
        ("김철수", [("cheolsu", "gim")]),
    ],
)
def test_names_beside_names(text: str, expected: list[tuple[str, str]]) -> None:
    found = readings(full=text)
    straight = [one for at, one in enumerate(found) if at % 2 == 0]
    assert [(one.given, one.family) for one in straight] == expected


def test_a_family_name_of_before_is_a_reading() -> None:
    found = readings(given="Mary", family="Jones (née Smith)")
    assert {one.family for one in found if one.given == "mary"} == {"jones", "smith"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("昭和55年5月4日", "19800504"), ("平成元年1月8日", "19890108"), ("9999-12-31", None)],
)
def test_eras_and_the_end_of_time(text: str, expected: str | None) -> None:
    assert date(text) == expected
