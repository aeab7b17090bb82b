"""What counts as the same thing after normalisation, and what never does."""

import json
from typing import Any

import numpy as np
import pytest

from repository.linking import normalise
from repository.linking.closure import CONNECTS, REVIEW_BAR, THRESHOLD
from repository.linking.comparisons import LEVELS
from repository.linking.described import Description, packed, unpacked
from repository.linking.features import FEATURES, values_of
from repository.linking.fields import field_of
from repository.linking.names import Name
from repository.linking.scoring import prior
from repository.linking.subjects import KINDS, describe_subject
from repository.linking.weigher import Weigher
from repository.linking.weights import comparison_of, read_weights


def person(full: str, born: tuple[int, int | None, int | None] | None, **over: Any) -> Any:
    date = None if born is None else dict(zip(("year", "month", "day"), born, strict=True))
    name = {"full": full, "given": None, "family": None}
    return {"names": [name], "date_of_birth": date, "documents": [], **over}


def weight(one: Any, other: Any) -> float:
    """What two persons weigh by the shipped weights."""
    both = [describe_subject("person", details).description for details in (one, other)]
    pairs = Weigher().pairs("person", dict(enumerate(both)), np.array([0]), np.array([1]))
    return float(pairs[0])


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
    assert weight(person(one, born), person(other, born)) > THRESHOLD


@pytest.mark.parametrize("born", [None, (1971, None, None), (1971, 2, None)])
def test_a_name_without_a_full_date_of_birth_identifies_nobody(born: Any) -> None:
    one = describe_subject("person", person("Jonas Kazlauskas", born))
    assert Weigher().own("person", [one.description])[0] < CONNECTS


def test_an_nrm_case_is_one_person_s_whatever_else_is_said_of_them() -> None:
    case = {"nrm": "NRM/2009/0471"}
    named = person("Jonas Kazlauskas", None, **case)
    assert weight(named, person("KAZLAUSKAS Jonas", (1971, 2, 28), nrm="nrm 2009 0471")) > THRESHOLD
    assert Weigher().own("person", [describe_subject("person", named).description])[0] > THRESHOLD


def test_a_case_s_reference_that_was_mistyped_joins_nobody() -> None:
    one = person("Jonas Kazlauskas", (1971, 2, 28), nrm="NRM/2009/0471")
    other = person("Hoa Nguyen", (1990, 7, 1), nrm="NRM/2009/0471")
    assert weight(one, other) < REVIEW_BAR
    next_case = person("Jonas Kazlauskas", None, nrm="NRM/2009/0472")
    assert weight(one, next_case) < CONNECTS


def test_passports_of_one_series_are_two_people_s() -> None:
    def passport(number: str) -> list[dict[str, str]]:
        return [{"kind": "passport", "number": number, "issuer": "VN"}]

    one = person("Tran Thi Tuyet", (1972, 8, 22), documents=passport("VN0000254"))
    for number in ("VN0000258", "VN0000361"):
        other = person("Tran Thi Tuyet", (1992, 6, 12), documents=passport(number))
        assert weight(one, other) < CONNECTS
        unborn = person("Tran Thi Tuyet", None, documents=passport(number))
        assert weight(one, unborn) < THRESHOLD


def test_a_single_name_with_a_date_identifies_nobody() -> None:
    one = person("Jonas", (1971, 2, 28))
    assert weight(one, one) < THRESHOLD


def test_equal_content_has_equal_numbers_and_other_content_another() -> None:
    born = (1971, 2, 28)
    numbers = [
        describe_subject("person", person(full, born)).number
        for full in ("Jonas Kazlauskas", "JONAS KAZLAUSKAS", "Jonas Kazlauskis")
    ]
    assert numbers[0] == numbers[1] != numbers[2]


def test_a_stored_description_is_read_back() -> None:
    one = describe_subject("person", person("Nguyễn Văn Minh", (1971, 2, None)))
    assert unpacked(one.text) == one.description


def test_a_description_is_stored_as_compact_json() -> None:
    texts = ('Ján "Honza"', "a\\b\n\u2028", "\x7f\x01", "")
    names = (Name(*texts[:3]), Name(texts[3], texts[2], texts[1], turned=True))
    one = Description(names, {"sex": ("male",), "nationality": texts})
    rows = [[n.given, n.middle, n.family, int(n.turned)] for n in names]
    said = [rows, {"nationality": texts, "sex": ["male"]}]
    assert packed(one) == json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    assert unpacked(packed(one)) == one


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
    by_iban = values_of("account", empty | {"iban": "GB82 WEST 1234 5698 7654 32"})
    by_number = values_of(
        "account", empty | {"sort_code": "12-34-56", "account_number": "98765432"}
    )
    shared = set(by_iban["account_number"]) & set(by_number["account_number"])
    assert shared == {"uk:12345698765432"}


def test_an_address_needs_its_house() -> None:
    place = dict.fromkeys(("street", "town", "name", "latitude", "longitude"))
    place |= {"postcode": "nn16 0aa", "house": "12"}
    assert values_of("location", place) == {"building": ("nn160aa:12",)}
    assert values_of("location", place | {"house": None}) == {}


def test_every_feature_explains_itself_and_can_be_compared() -> None:
    assert [f for f in FEATURES if not f.meaning] == []
    assert [f.field for f in FEATURES if field_of(f.field).name != f.field] == []
    assert {f.subject for f in FEATURES} == set(KINDS)


@pytest.mark.parametrize(
    ("field", "beside"),
    [
        ("vehicle_registration", ("vehicle_make", "vehicle_model", "vehicle_colour")),
        ("vehicle_vin", ("vehicle_make", "vehicle_model", "vehicle_colour")),
        ("telephone_number", ("telephone_imei",)),
        ("account_number", ("account_holder",)),
    ],
)
def test_an_identifier_that_is_nearly_the_same_joins_nothing(
    field: str, beside: tuple[str, ...]
) -> None:
    """Vans of one fleet have neighbouring plates: one character apart is for a person to judge."""
    weights = read_weights()

    def bits(feature: str, level: str) -> float:
        rates, levels = weights.of(feature), LEVELS[comparison_of(feature)]
        at = levels.index(level)
        return float(np.log2(rates.m[at] / rates.u[at]))

    slips = sum(bits(one, "one_error" if "imei" in one else "same") for one in beside)
    assert prior(weights) + bits(field, "one_error") + slips < THRESHOLD
