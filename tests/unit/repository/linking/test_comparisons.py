"""How far two values agree: each comparison by example, all of them by property."""

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.linking.closure import REVIEW_BAR, THRESHOLD
from repository.linking.comparisons import COMPARISONS, LEVELS, OFFICES
from repository.linking.described import Description
from repository.linking.weigher import Weigher


def level(comparison: str, one: str, other: str) -> str:
    return LEVELS[comparison][int(COMPARISONS[comparison]([one], [other])[0])]


@pytest.mark.parametrize(
    ("comparison", "one", "other", "expected"),
    [
        ("name", "rowe", "rowe", "same"),
        ("name", "rowe", "rwoe", "similar"),
        ("name", "robert", "bob", "short_form"),
        ("name", "j", "jane", "initial"),
        ("name", "smith jones", "jones", "contained"),
        ("name", "darla", "darlene", "different"),
        ("name", "stephen", "steven", "short_form"),
        ("name", "catherwood", "katherwode", "close"),
        ("name", "schmidt", "schmitt", "similar"),
        ("date", "19710624", "19710624", "same"),
        ("date", "19710106", "19710601", "swapped"),
        ("date", "19710624", "19810624", "one_digit"),
        ("date", "19710624", "19710000", "year_known_same"),
        ("date", "19710624", "19710101", "year_known_same"),
        ("date", "19710101", "19710101", "year_known_same"),
        ("date", "19680101", "19860101", "different"),
        ("date", "19710000", "19710000", "year_known_same"),
        ("date", "19710624", "19710600", "month_known_same"),
        ("date", "19820723", "19720725", "two_digits"),
        ("date", "19710624", "19710918", "year_same"),
        ("date", "19710624", "19710611", "two_parts_same"),
        ("date", "19710624", "19500101", "different"),
        ("code", "6089216", "6089216", "same"),
        ("code", "6089216", "6089261", "one_error"),
        ("code", "6089216", "1234567", "different"),
        ("email", "a.hall@example.org", "a.hal@exampel.org", "one_error"),
        ("email", "islahall@example.org", "islahall@elsewhere.net", "mailbox_of_letters"),
        ("email", "islahall81@example.org", "islahall81@elsewhere.net", "same_mailbox"),
        ("email", "info@example.org", "info@example.org", "shared_mailbox"),
        ("phone", "442079460123", "2079460123", "same"),
        ("phone", "2079460123", "2079460124", "one_error"),
        ("text", "stable hand", "hand stable", "similar"),
        ("postcode", "qa11ab", "qa11ac", "one_error"),
        ("postcode", "qa11ab", "qa12cd", "district_same"),
        ("address", "7 mill ln", "9 mill ln", "street_similar"),
        ("address", "7 mill ln", "7 mill ln northby", "similar"),
        ("address", "7 mill ln", "7 chapel rise", "house_same"),
        ("organisation", "north packing", "packing north", "similar"),
        ("organisation", "north packing", "north packing services", "contained"),
        ("category", "m", "male", "same"),
        ("number", "34", "35", "near"),
        ("number", "25-35", "30", "near"),
        ("number", "25-35", "25-35", "near"),
        ("number", "25-35", "41", "different"),
        ("span", "19840501-19941231", "19900214", "fits"),
        ("span", "19840501-19941231", "19900000", "fits"),
        ("span", "19840501-19941231", "19950101", "near"),
        ("span", "19840501-19941231", "19990600", "apart"),
        ("span", "19840501-19941231", "19600624", "far"),
        ("span", "19840501-19941231", "19900101-20001231", "fits"),
        ("coordinates", "51.5000,-0.1200", "51.5003,-0.1200", "within_100_m"),
        ("coordinates", "51.5000,-0.1200", "51.5050,-0.1200", "within_1_km"),
    ],
)
def test_levels(comparison: str, one: str, other: str, expected: str) -> None:
    assert level(comparison, one, other) == expected


_WORDS = st.lists(st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=9),
                  min_size=1, max_size=4).map(" ".join)  # fmt: skip
VALUES = {
    **dict.fromkeys(COMPARISONS, _WORDS),
    "date": st.from_regex(r"\A[12]\d{3}(0[0-9]|1[0-2])[0-3]\d\Z"),
    "coordinates": st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(
        lambda at: f"{at[0]:.5f},{at[1]:.5f}"
    ),
    "number": st.integers(0, 120).map(str),
    "span": st.tuples(st.integers(1900, 1950), st.integers(1950, 2000)).map(
        lambda years: f"{years[0]}0101-{years[1]}1231"
    ),
}


@pytest.mark.parametrize("comparison", sorted(COMPARISONS))
@given(data=st.data())
def test_a_comparison_is_symmetric_and_the_same_is_the_highest(
    comparison: str, data: st.DataObject
) -> None:
    some = data.draw(st.lists(VALUES[comparison], min_size=1, max_size=6))
    others = data.draw(st.lists(VALUES[comparison], min_size=len(some), max_size=len(some)))
    compare = COMPARISONS[comparison]
    np.testing.assert_array_equal(compare(some, others), compare(others, some))
    found = {LEVELS[comparison][at] for at in compare(some, some)}
    match comparison:
        case "date":  # parts may be unknown
            assert found <= {"same", "month_known_same", "year_known_same"}
        case "email":
            offices = {one.partition("@")[0] in OFFICES for one in some}
            assert found == {"shared_mailbox" if office else "same" for office in offices}
        case "coordinates":  # what ends in noughts may be a town's
            exact = {any(not part.endswith("00") for part in one.split(",")) for one in some}
            assert found <= ({"same_spot"} if exact == {True} else {"same_spot", "within_100_m"})
        case _:
            assert found == {LEVELS[comparison][-1]}
    assert set(compare(some, others).tolist()) <= set(range(len(LEVELS[comparison])))


@pytest.mark.parametrize("comparison", sorted(COMPARISONS))
def test_nothing_to_compare_is_no_level(comparison: str) -> None:
    assert len(COMPARISONS[comparison]([], [])) == 0


def test_a_level_does_not_depend_on_what_else_is_compared() -> None:
    some, others = ["rowe", "robert", "darla"], ["rwoe", "bob", "darlene"]
    alone = [int(COMPARISONS["name"]([a], [b])[0]) for a, b in zip(some, others, strict=True)]
    assert COMPARISONS["name"](some, others).tolist() == alone


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("51.500120,-0.123450", "51.500130,-0.123460", "same_spot"),
        ("51.500120,-0.123450", "51.500120,-0.123450", "same_spot"),
        ("51.500120,-0.123450", "51.500530,-0.123450", "within_100_m"),
        # Degrees of a town, not of a house.
        ("51.500000,-0.120000", "51.500000,-0.120000", "within_100_m"),
        ("51.500120,-0.123450", "51.500000,-0.120000", "within_1_km"),
        ("51.5,-0.12", "53.5,-0.12", "different"),
    ],
)
def test_a_spot_is_as_exact_as_its_degrees(one: str, other: str, expected: str) -> None:
    assert level("coordinates", one, other) == expected


def test_reports_of_one_spot_wait_for_review_and_are_joined_with_its_name() -> None:
    weigher = Weigher()

    def weight(**more: str) -> float:
        said = [
            Description((), {"coordinates": (at,), **{name: (v,) for name, v in more.items()}})
            for at in ("51.500120,-0.123450", "51.500130,-0.123460")
        ]
        pair = np.array([0]), np.array([1])
        return float(weigher.pairs("location", dict(enumerate(said)), *pair)[0])

    assert REVIEW_BAR <= weight() < THRESHOLD
    assert weight(place_name="lucky star car wash") > THRESHOLD
