"""Telephones and registrations, however they are written."""

import pytest

from repository.linking.written_numbers import dates, registrations, telephones


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("07700900001", ["07700900001"]),
        ("07700 900 001", ["07700900001"]),
        ("07700.900.001", ["07700900001"]),
        ("(07700) 900-001", ["07700900001"]),
        ("rang 07700 900987, twice", ["07700900987"]),
        ("+44 7700 900123", ["447700900123"]),
        ("+44 (0)7700 900123", ["447700900123"]),
        ("0044 7700 900123", ["00447700900123"]),
        ("+40 721 234 567", ["40721234567"]),
        ("07700 900123 07700 900124", ["07700900123", "07700900124"]),
        # neither a date, a reference, a short number nor a part of something longer
        ("2009-06-30", []),
        ("GLA/INT/0100 2009", []),
        ("01 02 2009", []),
        ("0115", []),
        ("x07700900001", []),
        ("07700 900001 2009", ["07700900001"]),
    ],
)
def test_telephones_are_told_from_other_numbers(text: str, digits: list[str]) -> None:
    assert [one for *_, one in telephones(text)] == digits


@pytest.mark.parametrize(
    ("words", "also"),
    [
        (["qa50haa"], ["qa50", "haa"]),
        (["van", "qa50", "haa", "seen"], ["qa50haa"]),
        (["qa50", "seen"], []),
    ],
)
def test_a_registration_is_looked_for_as_one_and_by_its_parts(
    words: list[str], also: list[str]
) -> None:
    assert list(registrations(words)) == also


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1990-05-14", ["19900514"]),
        ("born 14/05/1990, he says", ["19900514"]),
        ("14.5.1990.", ["19900514"]),
        ("the 3rd of January 1985 and 14 May 1990", ["19850103", "19900514"]),
        ("DOB:14/05/1990", ["19900514"]),
        ("31/02/1990", []),
        ("NRM/2009/0003", []),
        ("14/05/1990/7", []),
        ("10.14.05.1990", []),
    ],
)
def test_dates_however_they_are_written(text: str, found: list[str]) -> None:
    assert [day for _, _, day in dates(text)] == found
