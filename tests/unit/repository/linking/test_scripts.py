"""Names in Arabic and Thai letters are the names that their bearers write in Latin ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.linking.name_levels import LEVELS, name
from repository.linking.names import readings
from repository.linking.normalise import tokens
from repository.linking.scripts import ARABIC, THAI, latin, skeleton
from repository.linking.subjects import describe_subject


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("محمد", "mohammed"),
        ("مُحَمَّد", "mohammed"),
        ("أحمد حسين", "ahmed hussein"),
        ("عبد الله الحسن", "abdullah al hassan"),
        ("عبدالرحمن", "abdulrahman"),
        ("فاطمة", "fatima"),
        ("سعید", "said"),
        ("สมชาย", "somchai"),
        ("Said", "said"),
        ("Мухаммад", "mukhammad"),
    ],
)
def test_names_of_scripts_without_vowels(text: str, expected: str) -> None:
    assert tokens(latin(text)) == expected.split()


def level(one: str, other: str) -> str:
    return LEVELS[int(name([one], [other])[0])]


@pytest.mark.parametrize(
    ("script", "latin_letters"),
    [("محمد", "Muhammad"), ("حسين", "Hussain"), ("يوسف", "Yousef"), ("ศิริพร", "Siriporn")],
)
def test_a_name_is_one_in_both_scripts(script: str, latin_letters: str) -> None:
    one, other = (readings(full=text)[0].family for text in (script, latin_letters))
    assert level(one, other) in {"same", "similar", "short_form", "sounds_alike", "close"}


def test_of_a_name_in_no_row_the_consonants_are_compared() -> None:
    assert skeleton("mohammed") == skeleton("mhmd") == "mhmd"
    assert level(tokens("بكر")[0], "bakr") == "similar"
    assert level("qndyl", "qandeel") == "sounds_alike"
    assert level("qndyl", "qasim") == "different"
    assert level("smith", "samantha") == "different"


def test_events_read_names_as_files_do() -> None:
    said = {"full": "محمد علي", "given": None, "family": None}
    details = {"names": [said], "date_of_birth": None, "documents": []}
    found = describe_subject("person", details).description.names[0]
    assert (found.given, found.family) == ("mohammed", "ali")


def test_rows_are_one_word_and_its_spelling() -> None:
    rows = [row.split() for row in f"{ARABIC};{THAI}".split(";")]
    assert [row for row in rows if len(row) != 2 or tokens(row[1]) != [row[1]]] == []
    assert [script for script, spelling in rows if tokens(latin(script)) != [spelling]] == []


@given(st.text(max_size=30))
def test_any_text_stays_a_text(text: str) -> None:
    assert bool(tokens(latin(text))) == bool(tokens(text))
