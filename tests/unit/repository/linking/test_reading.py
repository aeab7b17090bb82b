"""What is read out of names, dates, addresses and identifiers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.linking import addresses, dates, names
from repository.linking.described import describe
from repository.linking.fields import FIELDS, GENERIC, canonical
from repository.linking.nicknames import related


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1971-06-24", "19710624"),
        ("19710624", "19710624"),
        ("24/06/1971", "19710624"),
        ("24.6.71", "19710624"),
        ("Mar 1 1970", "19700301"),
        ("25-Jun-08", "20080625"),
        ("1971", "19710000"),
        ("1971-06", "19710600"),
        ("06/1971", "19710600"),
        ("1971-06-24 00:00:00", "19710624"),
        ("1971-06-24T00:00:00Z", "19710624"),
        ("not known", None),
        ("71", None),
    ],
)
def test_dates_as_files_write_them(text: str, expected: str | None) -> None:
    assert dates.date(text) == expected


def test_a_column_shows_itself_whether_the_month_comes_first() -> None:
    assert dates.month_first(["11/12/1978", "9/28/97"])
    assert not dates.month_first(["11/12/1978", "28/9/97"])
    assert not dates.month_first(["11/12/1978"])
    assert dates.date("9/28/97", month_before_day=True) == "19970928"


@given(st.text(max_size=30))
def test_a_date_is_eight_digits_or_nothing(text: str) -> None:
    found = dates.date(text)
    assert found is None or (len(found) == 8 and found.isdigit())


@pytest.mark.parametrize(
    ("said", "given", "middle", "family"),
    [
        ({"given": "Anna Maria", "family": "Rossi"}, "anna", "maria", "rossi"),
        ({"full": "Hughes, Howie"}, "howie", "", "hughes"),
        ({"full": "Sir William Smith, 1st Baronet"}, "william", "", "smith"),
        ({"full": "Piet van den Berg"}, "piet", "", "van den berg"),
        ({"full": "刘杰"}, "jie", "", "liu"),
        ({"full": "Madonna"}, "", "", "madonna"),
        ({"given": "David", "family": "Dobbins Jr"}, "david", "", "dobbins"),
    ],
)
def test_names_are_read(said: dict[str, str], given: str, middle: str, family: str) -> None:
    first = names.readings(**said)[0]
    assert (first.given, first.middle, first.family) == (given, middle, family)


def test_who_said_which_is_which_pays_for_turning_them_round() -> None:
    assert [name.turned for name in names.readings(given="Isla", family="Hall")] == [False, True]
    assert [name.turned for name in names.readings(full="Isla Hall")] == [False, False]


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_a_name(one: str, other: str) -> None:
    for name in names.readings(given=one, family=other) + names.readings(full=one):
        assert name.given or name.family


def test_generations_tell_father_from_son() -> None:
    assert names.generation("Dobbins Jr") == "2"
    assert names.generation("Dobbins Senior") == "1"
    assert names.generation("Morris I") == "1"
    assert names.generation("Morris") is None


def test_short_forms_are_related_both_ways() -> None:
    assert related("robert", "bob")
    assert related("bob", "robert")
    assert not related("robert", "william")
    assert not related("robert", "robert")


def test_addresses_telephones_and_identifiers() -> None:
    assert addresses.address("435 S. La Cienega Boulevard") == "435 s la cienega blvd"
    assert addresses.house_of("apt 3b 12 mill ln") == "3b"
    assert addresses.street_words("435 s la cienega blvd") == ["la", "cienega"]
    assert addresses.phone("310/246-1501") == "3102461501"
    assert addresses.email('"Jay Jones" <JJones@Example.org>') == "jjones@example.org"
    assert addresses.code("00 12-34.0") == "1234"


def test_a_description_takes_what_is_said_and_leaves_what_is_nothing() -> None:
    said = [
        ("given_names", "Isla"),
        ("family_name", "unknown"),
        ("year", "1985"),
        ("month", "2"),
        ("day", "7"),
        ("email", "isla@example.org"),
        ("email", "hall@example.org"),
        ("text1", "  n/a "),
    ]
    found = describe(said)
    assert found.names[0].given == "isla"
    assert found.names[0].family == ""
    assert dict(found.values) == {
        "date_of_birth": ("19850207",),
        "email": ("isla@example.org", "hall@example.org"),
    }


_FIELDS = sorted({one.name for one in FIELDS} | {f"{name}1" for name in GENERIC})


@given(st.lists(st.tuples(st.sampled_from([*_FIELDS, "full_name"]), st.text(max_size=25))))
def test_anything_can_be_described(said: list[tuple[str, str]]) -> None:
    for values in describe(said).values.values():
        assert values
        assert all(values)


@pytest.mark.parametrize(
    ("asked", "kind", "expected"),
    [
        ("surname", "person", "family_name"),
        ("name", "person", "full_name"),
        ("name", "place", "name"),
        ("full_name", "organisation", "business_name"),
        ("full_name", "place", "name"),
        ("dob", "person", "date_of_birth"),
        ("text12", "person", "text12"),
        ("phone2", "person", "telephone"),
        ("soul", "person", None),
    ],
)
def test_what_a_column_may_be_called(asked: str, kind: str, expected: str | None) -> None:
    assert canonical(asked, kind) == expected
