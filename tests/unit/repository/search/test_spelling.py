"""Near spellings: one slip of the pen, of words that may be names."""

import pytest

from repository.search.language import parse
from repository.search.spelling import likest_first, one_slip, spelled


@pytest.mark.parametrize(
    ("written", "meant", "near"),
    [
        ("yonescu", "ionescu", True),
        ("gheorge", "gheorghe", True),
        ("pervati", "parvati", True),
        ("kazluaskas", "kazlauskas", True),
        ("kazlauskass", "kazlauskas", True),
        ("george", "gheorghe", False),
        ("ionescu", "ionescu", False),
    ],
)
def test_a_word_is_near_that_one_slip_makes_of_it(written: str, meant: str, near: bool) -> None:
    assert (meant in one_slip(written)) is near


def test_of_two_the_likest_goes_first() -> None:
    assert likest_first("gheorge", {"george", "gheorghe"}) == ["gheorghe", "george"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Yonescu Ana", ["yonescu"]),
        ("yonescu kx56abz 07700900123", ["yonescu"]),
        ('yonescu "white lorry"', ["yonescu"]),
        ("yonescu NOT lorry", ["yonescu"]),
        (f"yonescu {'a' * 21}", ["yonescu"]),
        (
            "alpha bravo charlie delta foxtrot golfer hotel indigo",
            ["alpha", "bravo", "charlie", "delta", "foxtrot", "golfer"],
        ),
    ],
)
def test_words_are_spelled_otherwise_that_may_be_names(text: str, words: list[str]) -> None:
    assert [word.text for word in spelled(parse(text))] == words
