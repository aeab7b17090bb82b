"""Identifiers as files write them: read as events' are, and with slips where they are not so."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.linking import identifiers, normalise
from repository.linking.comparisons import LEVELS, code
from repository.linking.described import describe
from repository.linking.evaluation import Setup, evaluate
from repository.linking.fields import canonical
from repository.linking.identifiers import two_for_certain
from repository.linking.keys import keys_of
from repository.linking.labelled import parse_map, read_labelled
from repository.linking.subjects import describe_subject
from repository.linking.weights import read_weights

AMERICAN, OTHER_AMERICAN = "1HGCM82633A004352", "1HGCM82653A004353"
GERMAN, NEXT_GERMAN = "WVWZZZ1JZXW000017", "WVWZZZ1JZXW000018"


def level(one: str, other: str) -> str:
    found = int(code([one], [other])[0])
    assert found == int(code([other], [one])[0])
    return LEVELS["code"][found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wvw zzz-1jzxw000017", "wvwzzz1jzxw000017"),
        ("WVWZZZIJZXWOOOO17", "wvwzzz1jzxw000017"),
        ("WVWZZZ1JZXW00001", None),
        ("0" * 17, None),
        ("not known to anyone", None),
    ],
)
def test_a_vin_has_neither_o_nor_i(text: str, expected: str | None) -> None:
    assert normalise.vin(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("49-015420-323751-8", "490154203237518"),
        ("49015420323751", "490154203237518"),
        ("4901542032375180", "490154203237518"),
        ("490154203237519", "490154203237519"),
        ("4901542032", "4901542032"),
        ("000000000000000", None),
    ],
)
def test_an_imei_is_one_with_and_without_its_check_digit(text: str, expected: str | None) -> None:
    assert identifiers.imei(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("АВ 1234 СЕ", "ab1234ce"),
        ("ВС-1234-ІК", "bc1234ik"),
        ("ΑΒΕ 1234", "abe1234"),
        ("ab12 cde", "ab12cde"),
        ("ab1", None),
    ],
)
def test_letters_that_look_alike_are_one_on_a_plate(text: str, expected: str | None) -> None:
    assert normalise.registration(text) == expected


def test_an_account_is_one_by_iban_and_by_sort_code() -> None:
    by_iban = describe([("account", "GB82 WEST 1234 5698 7654 32")])
    by_number = describe([("account", "98765432"), ("sort_code", "12-34-56")])
    together = describe([("account", "12-34-56 98765432")])
    assert by_iban == by_number == together
    abroad = describe([("account", "DE89 3704 0044 0532 0130 00"), ("sort_code", "12-34-56")])
    assert abroad.values["account"] == ("de89370400440532013000",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("SC12345", "sc012345"), ("1234567", "01234567"), ("J40/12345/2007", "j40123452007")],
)
def test_a_company_number_has_eight_characters(text: str, expected: str) -> None:
    assert normalise.company_number(text) == expected


def test_check_digits_tell_a_slip_from_two_things() -> None:
    assert level("490154203237518", "490154203237526") == "different"
    assert level("490154203237518", "490154203237519") == "one_error"
    assert level("de89370400440532013000", "de62370400440532013001") == "different"
    assert level("de89370400440532013000", "de89370400440532013001") == "one_error"
    assert level(AMERICAN.lower(), OTHER_AMERICAN.lower()) == "different"
    assert level(AMERICAN.lower(), AMERICAN.lower().replace("4352", "4353")) == "one_error"
    assert level(GERMAN.lower(), NEXT_GERMAN.lower()) == "different"
    assert level(GERMAN.lower(), GERMAN.lower()[:-1]) == "one_error"
    assert level("ab12cde", "ab12cdf") == "one_error"


@given(st.text(max_size=20), st.text(max_size=20))
def test_anything_can_be_two(one: str, other: str) -> None:
    assert two_for_certain(one, other) == two_for_certain(other, one)


def vehicle(registration: str, country: str | None) -> dict[str, str | None]:
    empty = dict.fromkeys(("vin", "make", "model", "colour"))
    return empty | {"registration": registration, "country": country}


def test_a_plate_without_its_country_may_be_of_any() -> None:
    one, other, third = (
        describe_subject("vehicle", vehicle("ABC 123", country)) for country in ("LT", None, "DE")
    )
    (lt,), (unsaid,), (de,) = (
        found.description.values["vehicle_registration"] for found in (one, other, third)
    )
    assert level(lt, unsaid) == "same"
    assert level(de, unsaid) == "same"
    assert level(lt, de) != "same"
    assert set(one.keys) & set(other.keys)


def test_a_file_s_identifiers_weigh_what_an_event_s_weigh() -> None:
    weights = read_weights()
    for field, of_events in (("vin", "vehicle_vin"), ("imei", "telephone_imei")):
        assert weights.of(field) is weights.of(of_events)
    assert weights.of("national_id") is weights.of("code1")


def test_what_fills_a_form_is_no_identifier() -> None:
    assert describe([("national_id", "999999999"), ("code1", "XXXXXXX")]).values == {}
    assert keys_of(describe([("vin", "11111111111111111")])) == set()


def test_a_telephone_among_objects_is_the_object() -> None:
    assert canonical("phone", "object") == "line"
    assert canonical("telephone_2", "object") == "line"
    assert canonical("phone", "person") == "telephone"


def test_objects_are_found_however_their_identifiers_are_written(tmp_path: Path) -> None:
    rows = [("truth", "plate", "vin", "imei", "iban", "phone")]
    for n in range(1, 400):
        vin = f"WVWZZZ1JZXW{n:06}"
        rows.append((f"v{n}", "", vin, "", "", ""))
        rows.append((f"v{n}", "", vin.replace("0", "O").replace("1J", "IJ").lower(), "", "", ""))
        handset = identifiers.imei(f"3534170368{n:04}")
        assert handset is not None
        rows.append((f"h{n}", "", "", handset, "", ""))
        rows.append((f"h{n}", "", "", f"{handset[:2]}-{handset[2:8]}-{handset[8:14]}", "", ""))
        rows.append((f"t{n}", "", "", "", "", f"+44 7700 9{37 * n:05}"))
        rows.append((f"t{n}", "", "", "", "", f"07700 9{37 * n:05}"))
    rows.append(("p1", "АВ1234СЕ", "", "", "", ""))
    rows.append(("p1", "AB 1234 CE", "", "", "", ""))
    path = tmp_path / "things.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    asked = "registration=plate,vin=vin,imei=imei,account=iban,telephone=phone"
    things = read_labelled(path, parse_map(asked, "object"), truth="truth")
    for train in (False, True):
        found = evaluate(things, read_weights(), Setup(kind="object", train=train, mistakes=0))
        assert found["shipped"]["f1"] == 1.0, train
