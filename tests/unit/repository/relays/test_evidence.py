"""Evidence: what makes two reports one told twice, and what does not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.relays.evidence import WINDOW, Likeness, Verdict, compare, same_matter
from repository.relays.telling import Telling
from repository.relays.wording import passages

FIRST = (
    "A white van collects workers from the yard behind the station at 5 am every weekday. "
    "Wages are kept by the foreman against the cost of the journey from Vilnius. "
    "Nobody is let out alone, and letters home are read by the landlady."
)
FORM = (
    "Form A, 5x5x5 Information/Intelligence Report. This intelligence must not be disseminated "
    "without the permission of the originator. No further information is available."
)


def likeness(one: str, other: str, subjects: int = 2) -> Likeness | None:
    return compare(passages(one), passages(other), subjects=subjects)


@pytest.mark.parametrize("subjects", [0, 2])
def test_word_for_word(subjects: int) -> None:
    found = likeness(FIRST, FIRST, subjects)
    assert found is not None
    assert (found.verdict, found.score) == (Verdict.RELAY, 1.0)


def test_one_sentence_quoted_in_a_long_report() -> None:
    own = " ".join(
        f"On day {n} the team followed car {n} along road {n} to harbour {n}." for n in range(40)
    )
    quoted = FIRST.split(". ")[1]
    found = likeness(FIRST, f"{own} {quoted}. {own}")
    assert found is not None
    assert (found.kind, found.verdict) == ("close", Verdict.RELAY)


def test_other_words_and_units() -> None:
    told = (
        "A white van picks up labourers from the yard behind the station at 05:00 every weekday. "
        "Wages are held by the foreman against the price of the journey from Vilnius."
    )
    found = likeness(FIRST, told)
    assert found is not None
    assert (found.kind, found.verdict) == ("reworded", Verdict.RELAY)


def test_the_same_facts_in_ones_own_words_are_no_relay() -> None:
    own = (
        "Early each working day men board a pale Transit near the railway. "
        "The overseer pays them nothing, saying that their fares are still owed. "
        "They are watched at all hours, and their post is opened."
    )
    found = likeness(FIRST, own)
    assert found is None or found.verdict is Verdict.POSSIBLE


def test_a_common_form_is_no_likeness() -> None:
    assert likeness(f"{FORM} The man drives for a bakery in Leeds.", f"{FORM} Two girls live above the nail bar.") is None  # fmt: skip # noqa: E501


@pytest.mark.parametrize("text", ["", "Seen.", "As before.", "White van seen at the yard."])
def test_short_texts_are_no_relays(text: str) -> None:
    found = likeness(text, text)
    assert found is None or found.verdict is Verdict.POSSIBLE
    assert likeness(text, text, subjects=0) is None


def test_a_common_sentence_on_other_subjects_is_no_relay() -> None:
    sentence = "The windows are covered with foil and the meter has been bypassed."
    assert likeness(sentence, sentence, subjects=0) is None


TEXTS = st.lists(st.sampled_from(FIRST.split(". ") + FORM.split(". ")), max_size=5).map(". ".join)


@given(TEXTS, TEXTS, st.integers(0, 3))
def test_it_is_symmetric(one: str, other: str, subjects: int) -> None:
    assert likeness(one, other, subjects) == likeness(other, one, subjects)


def telling(days: int, *subjects: int) -> Telling:
    return Telling(
        *(1, "gla", UUID(int=1), UUID(int=1), "gla:1"),
        reported_at=datetime(2009, 1, 1, tzinfo=UTC) + timedelta(days=days),
        asserts=True,
        source="",
        subjects=frozenset(subjects),
        citations=(),
        passages=(),
    )


def test_the_same_matter_is_subjects_within_the_window() -> None:
    assert same_matter(telling(0, 1, 2, 3), telling(WINDOW.days, 2, 3, 4)) == 2
    assert same_matter(telling(0, 1, 2), telling(WINDOW.days + 1, 1, 2)) == 0


def test_a_small_rewording_without_a_common_subject_is_in_doubt_and_not_independent() -> None:
    told = (
        "A white van collects labourers from the yard behind the station at 5 am every weekday. "
        "Wages are kept by the foreman against the price of the journey from Vilnius."
    )
    found = likeness(". ".join(FIRST.split(". ")[:2]) + ".", told, subjects=0)
    assert found is not None
    assert (found.kind, found.verdict) == ("likewise", Verdict.POSSIBLE)
    assert likeness("The car wash opens at seven and closes at six.", told, subjects=0) is None
