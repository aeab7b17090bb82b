"""Noise: how clerks write what they were told, one row a way. Training and evaluation share none.

A linker that is trained on generated records must not have seen the ways in which those it is
evaluated on go wrong, so each split of the names has rows of its own.
"""

from calendar import isleap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

NEIGHBOURS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass(frozen=True, slots=True)
class Parts:
    """A name as written: its parts, which may not be told apart, and their order."""

    given: str
    family: str
    family_first: bool
    told_apart: bool = True


@dataclass(frozen=True, slots=True)
class NameNoise:
    """One row: its name, how it changes a name, and how often, of a hundred names."""

    name: str
    change: Callable[[Random, Parts], Parts]
    in_a_hundred: int


@dataclass(frozen=True, slots=True)
class DateNoise:
    """One row: its name, the date as it is then written (None: not at all), and how often."""

    name: str
    written: Callable[[Random, date], str | None]
    in_a_hundred: int


def _either(random: Random, parts: Parts, slip: Callable[[str, int], str]) -> Parts:
    """Apply a slip of the hand at one place in one part of a name, never to its first letter."""
    word = random.choice((parts.given, parts.family))
    if len(word) < 4:
        return parts
    slipped = slip(word, random.randrange(1, len(word) - 1))
    if word == parts.given:
        return Parts(slipped, parts.family, parts.family_first)
    return Parts(parts.given, slipped, parts.family_first)


def key_beside(random: Random, parts: Parts) -> Parts:
    """A neighbouring key was hit."""

    def slip(word: str, at: int) -> str:
        row = next((row for row in NEIGHBOURS if word[at].lower() in row), None)
        if row is None:
            return word
        place = row.index(word[at].lower())
        return word[:at] + row[place - 1 if place else 1] + word[at + 1 :]

    return _either(random, parts, slip)


def letter_left_out(random: Random, parts: Parts) -> Parts:
    """A letter was not hit."""
    return _either(random, parts, lambda word, at: word[:at] + word[at + 1 :])


def letters_changed_places(random: Random, parts: Parts) -> Parts:
    """Two letters came in the other order."""
    return _either(
        random, parts, lambda word, at: word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    )


def letter_doubled(random: Random, parts: Parts) -> Parts:
    """A key was hit twice."""
    return _either(random, parts, lambda word, at: word[:at] + word[at] + word[at:])


def initial_alone(random: Random, parts: Parts) -> Parts:
    """The given name was cut to its first letter."""
    return Parts(parts.given[0], parts.family, parts.family_first)


def not_told_apart(random: Random, parts: Parts) -> Parts:
    """The name was written in one, nobody said which part is which, in either order."""
    return Parts(parts.given, parts.family, random.random() < 0.5, told_apart=False)


NAME_NOISE: Mapping[str, tuple[NameNoise, ...]] = {
    "training": (),  # what `people.spelled` does: marks dropped, order swapped, transliterated
    "evaluation": (
        NameNoise("key_beside", key_beside, 3),
        NameNoise("letter_left_out", letter_left_out, 3),
        NameNoise("letters_changed_places", letters_changed_places, 2),
        NameNoise("letter_doubled", letter_doubled, 2),
        NameNoise("initial_alone", initial_alone, 1),
        NameNoise("not_told_apart", not_told_apart, 6),
    ),
}


def _digit_wrong(random: Random, born: date) -> str | None:
    text = born.isoformat()
    year = text[:3] + str((int(text[3]) + random.choice((1, 9))) % 10)
    # The 29th of February is not in every year, and what is no date no agency can publish.
    day = "28" if text[5:] == "02-29" and not isleap(int(year)) else text[8:]
    return f"{year}{text[4:8]}{day}"


def _swapped(random: Random, born: date) -> str | None:
    if born.day > 12:
        return born.isoformat()
    return f"{born.year}-{born.day:02d}-{born.month:02d}"


DATE_NOISE: Mapping[str, tuple[DateNoise, ...]] = {
    "training": (),
    "evaluation": (
        DateNoise("digit_wrong", _digit_wrong, 2),
        DateNoise("day_and_month_swapped", _swapped, 2),
        DateNoise("month_alone", lambda random, born: f"{born.year}-{born.month:02d}", 2),
        DateNoise("year_alone", lambda random, born: str(born.year), 3),
        DateNoise("first_of_january", lambda random, born: f"{born.year}-01-01", 2),
        DateNoise("not_known", lambda random, born: None, 2),
    ),
}
# Of a hundred records, how many leave out what is otherwise said, and write a number wrongly.
LEFT_OUT: Mapping[str, Mapping[str, int]] = {
    "training": {},
    "evaluation": {"sex": 4, "nationalities": 10},
}
NUMBER_WRONG = {"training": 0, "evaluation": 2}


def name_noise(random: Random, split: str, parts: Parts) -> Parts:
    """Return the parts as one clerk of this split wrote them; one slip at most."""
    draw = random.randrange(100) if NAME_NOISE[split] else 0
    for row in NAME_NOISE[split]:
        draw -= row.in_a_hundred
        if draw < 0:
            return row.change(random, parts)
    return parts


def date_written(random: Random, split: str, born: date) -> str | None:
    """Return a date of birth as one clerk of this split wrote it."""
    draw = random.randrange(100) if DATE_NOISE[split] else 0
    for row in DATE_NOISE[split]:
        draw -= row.in_a_hundred
        if draw < 0:
            return row.written(random, born)
    return born.isoformat()


def left_out(random: Random, split: str, details: dict[str, Any]) -> None:
    """Take out what this clerk did not ask, and write a document's number with a wrong digit."""
    for field, in_a_hundred in LEFT_OUT[split].items():
        if random.randrange(100) < in_a_hundred:
            details.pop(field, None)
    for document in details.get("documents", ()):
        if NUMBER_WRONG[split] and random.randrange(100) < NUMBER_WRONG[split]:
            number = document["number"]
            at = random.randrange(len(number) - 6, len(number))
            document["number"] = f"{number[:at]}{(int(number[at]) + 1) % 10}{number[at + 1 :]}"
