"""Comparing words of names: spelling, sound, short forms, sex and script. Pure and vectorised."""

import zlib
from functools import lru_cache

import numpy as np

from repository.linking import gendered, nicknames
from repository.linking.asian_names import syllable_of
from repository.linking.distances import Levels, Texts, edits, initial, lengths
from repository.linking.gendered import has_ending, of_two_sexes, one_family
from repository.linking.names import sound
from repository.linking.nicknames import related
from repository.linking.scripts import skeleton, without_vowels

LEVELS = (
    "different", "other_sex", "close", "sounds_alike", "contained", "initial", "similar",
    "short_form", "same",
)  # fmt: skip
(
    _OTHER_SEX, _CLOSE, _SOUNDS_ALIKE, _CONTAINED, _INITIAL, _SIMILAR, _SHORT_FORM, _SAME
) = range(1, len(LEVELS))  # fmt: skip
# Rows of a table of names, as bits of a whole number: names that share none share no row.
_BITS = 61
_LEAST_CONSONANTS = 3
# Where in a number of `_special` what is.
_SOUND, _LETTER = (1 << 32) - 1, 0xFF << 32
_CLOSER, _SYLLABLES, _WITHOUT_VOWELS, _ENDING = 1 << 40, 3 << 41, 1 << 43, 1 << 44


def _contained(x: str, y: str) -> bool:
    """One name's words are among the other's: Smith and Smith-Jones, Berg and van den Berg."""
    if " " not in x and " " not in y:
        return False
    one, other = set(x.split()), set(y.split())
    return one <= other or other <= one


@lru_cache(maxsize=200_000)
def _special(text: str) -> tuple[int, int, int]:
    """Return what is looked at of a name, in three numbers, since it is asked for of every pair.

    The first has, from below, its sound (32 bits), its first letter (8), whether it needs a closer
    look, of which languages it is a syllable (2), whether it has no vowels, and whether it has an
    ending for women; the second in which rows of the tables it stands (one of `_BITS` a row; others
    may share it); the third its consonants, if they are three or more.
    """
    closer = len(text) == 1 or " " in text
    first, bare = text.split(maxsplit=1)[0], skeleton(text)
    consonants = zlib.crc32(bare.encode()) if len(bare) >= _LEAST_CONSONANTS else 0
    return (
        zlib.crc32(sound(text).encode())
        | ord(text[0]) << 32
        | closer << 40
        | syllable_of(text) << 41
        | without_vowels(text) << 43
        | has_ending(text) << 44,
        _bits(nicknames.rows_of(first)) | _bits(gendered.rows_of(first)),
        consonants,
    )


def _bits(rows: frozenset[int]) -> int:
    return sum({1 << row % _BITS for row in rows})


def name(a: Texts, b: Texts) -> Levels:
    """One word of a name or a few: spelling, sound, initials, short forms, parts of it.

    Edits are counted, not Jaro-Winkler: that takes Darla and Darlene for slips of one name. Names
    of a man and of a woman that differ by an ending have a level of their own (`gendered.py`).
    """
    if not len(a):
        return np.zeros(0, np.int8)
    apart = edits([x.replace(" ", "") for x in a], [y.replace(" ", "") for y in b], 3)
    shorter = lengths(a, b)
    x = np.array([_special(text) for text in a], np.int64)
    y = np.array([_special(text) for text in b], np.int64)
    levels = np.zeros(len(a), np.int8)
    levels[((apart == 2) & (shorter >= 4)) | ((apart == 3) & (shorter >= 8))] = _CLOSE
    unlike, either = x[:, 0] ^ y[:, 0], x[:, 0] | y[:, 0]
    sounds = (unlike & _SOUND) == 0
    levels[sounds & (((unlike & _LETTER) == 0) | (apart <= 2))] = _SOUNDS_ALIKE
    # Of a name read letter by letter from a script without vowels no more is known.
    consonants = x[:, 2]
    bare = ((either & _WITHOUT_VOWELS) != 0) & (consonants != 0)
    levels[bare & (consonants == y[:, 2])] = _SOUNDS_ALIKE
    # Few pairs need a closer look: names of several words, initials, names of one table's row.
    closer = ((either & _CLOSER) != 0) & (apart > 0)
    for at in np.flatnonzero(closer).tolist():
        if _contained(a[at], b[at]):
            levels[at] = _CONTAINED
    levels[((apart == 1) & (shorter >= 3)) | ((apart == 2) & (shorter >= 8))] = _SIMILAR
    # Of Vietnamese and Chinese syllables each is a name, however much it is like another.
    levels[((x[:, 0] & y[:, 0] & _SYLLABLES) != 0) & (apart > 0)] = 0
    for at in np.flatnonzero(((either & _ENDING) != 0) & (apart > 1)).tolist():
        if a[at][:4] == b[at][:4] and one_family(a[at], b[at]):
            levels[at] = _SIMILAR
    for at in np.flatnonzero(closer | (((x[:, 1] & y[:, 1]) != 0) & (apart > 0))).tolist():
        one, other = a[at], b[at]
        firsts = one.split()[0], other.split()[0]
        if initial(one, other):
            levels[at] = _INITIAL
        elif of_two_sexes(*firsts):
            levels[at] = _OTHER_SEX
        elif related(*firsts):
            levels[at] = _SHORT_FORM
    levels[apart == 0] = _SAME
    return levels
