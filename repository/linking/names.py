"""Persons' names: from what was written to what can be compared."""

import re
from functools import lru_cache
from typing import NamedTuple

import jellyfish

from repository.linking.asian_names import family_first, in_order, is_vietnamese
from repository.linking.normalise import tokens
from repository.linking.scripts import latin


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


PARTICLES = _words(
    "al el bin binti ibn abu da das de del della der den di do dos du la le van von ter ten zu "
    "mac mc o st bat ap"
)
# Said of a person, not part of the name.
TITLES = _words(
    "mr mrs ms miss master dr doctor prof professor sir lord lady dame rev revd reverend hon "
    "capt captain col colonel major gen general sgt pc dc insp baron baroness earl count countess "
    "duke duchess esq esquire phd md mp obe mbe cbe kbe"
)
# Said of a child that has no name yet; what follows is the mother's.
UNNAMED = _words("baby infant newborn unnamed")
UNNAMED_WORDS = _words("of boy girl male female son daughter one two a b 1 2")
# Which of a family's people of one name: father and son share address and telephone.
GENERATIONS = {
    "sr": "1", "snr": "1", "senior": "1", "jr": "2", "jnr": "2", "junior": "2",
    "ii": "2", "iii": "3", "iv": "4",
}  # fmt: skip
_PEER = re.compile(r"\d|\b(baronet|bart|bt|earl|baron|viscount|duke|marquess)\b", re.I)
# Before another name of the same person: the one before marriage, or one that is used beside.
_FORMERLY = r"n[ée]e|geb|geborene|formerly|previously|maiden name"
_ALIAS = r"alias|a\.?k\.?a|a/k/a|also known as"
_OTHER_NAME = re.compile(
    rf"^(.*?\w.*?)[\s,([]+(?:({_FORMERLY})|(?:{_ALIAS}))\b[.:\s]*(\w[^)\],]*)[)\]]?(.*)$", re.I
)


class Name(NamedTuple):
    """One reading of a name, in lower-case ASCII; "" is what is not known.

    `turned` marks the reading whose given and family name have changed places against what the
    writer said, which costs evidence; where the writer did not say which is which, neither is.
    """

    given: str
    middle: str
    family: str
    turned: bool = False


def _given(words: list[str]) -> tuple[str, str]:
    return (words[0], " ".join(words[1:])) if words else ("", "")


def _known(text: str | None) -> list[str]:
    words = tokens(latin(text)) if text else []
    plain = [word for word in words if word not in TITLES and word not in GENERATIONS]
    return plain or words


def _named(text: str | None) -> list[str]:
    """Return the words of a given name; none of a child that has none yet (Baby of Rita, Baby)."""
    words = _known(text)
    unnamed = words and words[0] in UNNAMED and (len(words) == 1 or words[1] in UNNAMED_WORDS)
    return [] if unnamed else words


def generation(*texts: str | None) -> str | None:
    """Return which of a family's people of one name is meant (1 senior, 2 junior), if it is said.

    A lone `I` is taken as the first only where it ends a name.
    """
    for text in texts:
        words = tokens(text)
        for word in words[1:]:
            if word in GENERATIONS:
                return GENERATIONS[word]
        if len(words) > 1 and words[-1] == "i":
            return "1"
    return None


def spaced(text: str) -> str:
    """Return a name with its parts apart: names in Han and Korean letters carry no space, and the
    family name leads.
    """
    if " " not in text and re.fullmatch(r"[\u4e00-\u9fff]{2,4}|[\uac00-\ud7a3]{3}", text):
        return f"{text[0]}, {text[1:]}"
    return text


def readings(
    *,
    given: str | None = None,
    family: str | None = None,
    full: str | None = None,
    middle: str | None = None,
) -> tuple[Name, ...]:
    """Return the readings of a name, the likeliest first; none when no word is known.

    A full name is read given name first, or family name first before a comma; since half the
    world writes the family name first, the turned reading is always the second one. Another name
    that is said beside (née Smith, alias Jones) gives further ones.
    """
    family, of_family, _ = _other_name(family)
    full, of_full, former = _other_name(full)
    found = _readings(given=given, family=family, full=full, middle=middle)
    other = of_family or ("" if given or family else of_full)
    if not found or not other:
        return found
    first, words = found[0], _known(other)
    if of_full and not former and len(words) > 1:
        return found + _readings(full=other)
    if of_full and not former and first.given:
        return (*found, first._replace(given=words[0], middle=""))
    return (*found, first._replace(family=" ".join(words)))


def _other_name(text: str | None) -> tuple[str | None, str, bool]:
    """Return a name without another that is said beside it, that other one, and whether it is one
    of before.
    """
    parted = _OTHER_NAME.match(text) if text else None
    if not parted:
        return text, "", False
    return f"{parted[1]} {parted[4]}".strip(), parted[3], bool(parted[2])


def _readings(
    *,
    given: str | None = None,
    family: str | None = None,
    full: str | None = None,
    middle: str | None = None,
) -> tuple[Name, ...]:
    given_words, family_words = _named(given), _known(family)
    middle_words = tokens(latin(middle)) if middle else []
    said = bool(given_words or family_words)
    if not said and full:
        given_words, family_words, said = _split(spaced(full))
    if not given_words and not family_words:
        return ()
    first, rest = _given(in_order(given_words + middle_words, family_words))
    straight = Name(first, rest, " ".join(family_words))
    if not said and family_first([*family_words, *given_words]):
        # The other order, in which half the forms are filled in.
        return (straight, _western([*family_words, *given_words]))
    turned_first, turned_rest = _given(family_words)
    turned = Name(turned_first, turned_rest, " ".join(given_words + middle_words), said)
    if not said and len(given_words) > 1:
        # Three words without a comma: the family name may be the first of them.
        rest_words = [*given_words[1:], *family_words]
        turned = Name(rest_words[0], " ".join(rest_words[1:]), given_words[0], said)
    return (straight, turned)


def _western(words: list[str]) -> Name:
    """Return the reading of a Vietnamese or Chinese name whose last word is the family name."""
    first, rest = _given(in_order(words[:-1], words[-1:]))
    return Name(first, rest, words[-1])


def _split(full: str) -> tuple[list[str], list[str], bool]:
    """Return given words, family words, and whether the writer said which is which."""
    before, comma, after = full.partition(",")
    after = after.replace(",", " ")
    named = [w for w in tokens(latin(after)) if w not in TITLES and w not in GENERATIONS]
    if comma and named and not _PEER.search(after) and _known(before) and len(tokens(before)) <= 3:
        return _known(after), _known(before), True
    words = _known(before if comma else full)
    if len(words) < 2:
        return [], words, False
    if family_first(words):
        return words[1:], words[:1], False
    start = len(words) - 1
    if is_vietnamese(words[:-1], words[-1]):
        return words[:-1], words[-1:], False
    while start > 1 and words[start - 1] in PARTICLES:
        start -= 1
    return words[:start], words[start:], False


# One sound in two romanisations of Chinese (Wade–Giles and pinyin) and of Slavic and Arabic names.
_ROMANISED = (
    (re.compile(r"^hs"), "x"), (re.compile(r"^zh"), "ch"), (re.compile(r"^(q|j)(?=i|u)"), "ch"),
    (re.compile(r"ieh$"), "ie"), (re.compile(r"ow$"), "ou"), (re.compile(r"^ts|^tz"), "z"),
    (re.compile(r"dzh"), "j"), (re.compile(r"kh"), "h"),
)  # fmt: skip


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """Return how a word sounds, for keys and for comparing: Lawrence Philips' Metaphone.

    Before it, what is written in two ways when a name comes from another script is written in one.
    """
    text = word.replace(" ", "")
    for written, one in _ROMANISED:
        text = written.sub(one, text)
    return jellyfish.metaphone(text) or word
