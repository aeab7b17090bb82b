"""Wording: what of a text is compared, and what is left out."""

import pytest

from repository.relays.bands import BANDS, bands_of
from repository.relays.quantities import one_spelling
from repository.relays.wording import MOST_PASSAGES, informative, passages

SAID = "Two vans leave the yard at 5 am and carry twelve men ten miles to the packing sheds."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10 miles", "16 km"),
        ("ten miles", "16 kilometres"),
        ("5 am", "05:00"),
        ("5.30 pm", "17:30"),
        ("five in the morning", "0500 hrs"),
        ("11 at night", "11 pm"),
        ("1 at night", "1 am"),
        ("12 pm", "12:00"),
        ("12 am", "00:00"),
        ("£1,500", "£1500"),
        ("seven men", "7 men"),
        ("six feet", "2 metres"),
        ("12 stone", "76 kg"),
    ],
)
def test_a_quantity_has_one_spelling(one: str, other: str) -> None:
    assert informative(one_spelling(one)) == informative(one_spelling(other))


def test_what_is_no_hour_stays() -> None:
    assert "clock" not in one_spelling("99 pm")


def test_a_text_told_in_other_units_is_the_same() -> None:
    told = "2 vans leave the yard at 05:00 and carry 12 men 16 km to the packing sheds."
    assert passages(SAID) == passages(told)


def test_subjects_are_masked() -> None:
    assert informative("Kazlauskas drives a van", {"kazlauskas"}) == ["drives", "van"]


@pytest.mark.parametrize(
    "formula",
    [
        "Form A, 5x5x5 Information/Intelligence Report.",
        "5x5x5 Form A - Intelligence Report, page 1 of 2.",
        "This intelligence must not be disseminated without the permission of the originator.",
        "No further information is available at this time.",
        "Handling code 1 applies; see overleaf for the conditions.",
        "The contents have been sanitised and a risk assessment has been made.",
        "The following information has been received from a partner agency.",
    ],
)
def test_formulas_are_no_passages(formula: str) -> None:
    assert passages(formula) == []
    assert passages(f"{formula} {SAID}") == passages(SAID)


def test_a_sentence_that_only_mentions_a_form_is_a_passage() -> None:
    assert (
        len(passages("The man signed a form for rooms above the bakery and left by the yard.")) == 1
    )


def test_short_sentences_tell_nothing() -> None:
    assert passages("Seen again. He left at once. No change.") == []


def test_a_long_text_is_read_up_to_a_bound() -> None:
    text = " ".join(
        f"Man number {n} walked past bakery {n} towards harbour {n}." for n in range(500)
    )
    assert len(passages(text)) == MOST_PASSAGES


def test_bands_are_as_stored() -> None:
    """Who changes hashing, scheme, seed or sizes must replay the stage: this fails to say so."""
    (bands,) = bands_of([passages(SAID)[0].shingles])
    assert (len(bands), bands[0], bands[-1]) == (BANDS, -8488787660729716525, -1377496713649307814)
