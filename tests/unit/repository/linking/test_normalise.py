"""Normalising: one spelling for what is the same."""

from anyascii import anyascii
from hypothesis import given
from hypothesis import strategies as st

from repository.linking.normalise import plain


@given(st.text())
def test_runs_of_other_scripts_are_written_in_ascii_as_the_whole_text_is(text: str) -> None:
    assert plain(text) == anyascii(text).casefold()


def test_scripts_may_be_mixed() -> None:
    assert plain("Nguyễn at 北京 Street") == "nguyen at beijing street"
