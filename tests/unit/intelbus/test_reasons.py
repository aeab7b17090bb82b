"""The table of reasons, and the page generated from it."""

from pathlib import Path

from intelbus.reasons import REASONS, reference_page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "quarantine-reasons.md"


def test_the_page_is_the_table() -> None:
    hint = "run: python -m intelbus.reasons > docs/reference/quarantine-reasons.md"
    assert PAGE.read_text(encoding="utf-8") == reference_page(), hint


def test_every_row_says_what_it_means_and_what_to_do() -> None:
    for code, reason in REASONS.items():
        assert reason.code == code
        assert reason.meaning.endswith(".")
        assert reason.advice.endswith(".")
