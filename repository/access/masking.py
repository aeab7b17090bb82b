"""Masking: free text without what names a protected person. Pure.

What an event's own subjects say of such a person (names in any order, script and case, and one slip
of the pen in a long one; dates of birth as people write them; numbers and addresses, however they
are spaced; coordinates, however they are written) is not readable in its texts either, for whoever
may not see those subjects. A word that also names somebody who is shown is masked only beside one
that does not: alone it betrays nobody, and a mask there would say whose name it is. Who is named in
a text alone, nobody can tell.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import permutations
from typing import Any

from anyascii import anyascii
from jellyfish import damerau_levenshtein_distance

from repository.access.coordinates import Point, spans
from repository.access.sensitivity import sensitive_subjects
from repository.street_types import SHORT as STREET_TYPES

MASK = "███"
"""What stands for any masked words; it holds no word that could be searched."""
SHORT = 3
"""A name of no more letters is masked only where it is written with a capital."""
SLIPS = 6
"""A name of so many letters is recognised with one slip of the pen."""
IDENTIFIER = 4
"""What is shorter identifies nobody: a house number, a year's last digits."""
PIECES = 8
"""In how many pieces an identifier may be written: `07700 900 123`."""
# Of a subject's details, what is no name, identifier or address.
_NAMES = frozenset({"names", "name", "aliases", "holder"})
_IDENTIFIERS = frozenset(
    {"number", "imei", "imsi", "registration", "vin", "iban", "account_number", "identifier",
     "postcode", "registration_number", "gla_licence", "reference"}
)  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
         "august aug", "september sept sep", "october oct", "november nov", "december dec"), 1)
    for name in names.split()
}  # fmt: skip
_CODES = frozenset({"kind", "order", "script"})
_WORD = re.compile(r"[^\W_]+(?:['’‘ʼ`´][^\W_]+)*")
_APOSTROPHES = frozenset("'’‘ʼ`´")
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")


@dataclass(frozen=True, slots=True)
class Withheld:
    """What may not be read in an event's texts: whole words as `_plain` has them."""

    words: frozenset[str]
    shared: frozenset[str]
    """Of `words`, those that also name somebody who is shown."""
    runs: frozenset[tuple[str, ...]]
    identifiers: frozenset[str]
    written: tuple[str, ...]
    """Names of scripts that are written without spaces, as they are."""
    points: tuple[Point, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.runs or self.identifiers or self.points)


NOTHING = Withheld(frozenset(), frozenset(), frozenset(), frozenset(), ())


@dataclass(frozen=True, slots=True)
class _Beginnings:
    """What a stretch of words must begin with, so that nearly all words are passed over at once."""

    runs: Mapping[str, list[tuple[str, ...]]]
    identifiers: frozenset[str]
    long: tuple[str, ...]
    """Names that are recognised with a slip."""
    heads: frozenset[str]
    tails: frozenset[str]
    """Their first two letters, and their last two: one slip leaves either as it was."""


@lru_cache(maxsize=8)
def _beginnings(withheld: Withheld) -> _Beginnings:
    runs: dict[str, list[tuple[str, ...]]] = {}
    for run in withheld.runs:
        runs.setdefault(run[0], []).append(run)
    long = tuple(name for name in withheld.words if len(name) >= SLIPS)
    return _Beginnings(
        runs,
        frozenset(one[:end] for one in withheld.identifiers for end in range(1, len(one) + 1)),
        long,
        frozenset(name[:2] for name in long),
        frozenset(name[-2:] for name in long),
    )


def withheld_of(event: Mapping[str, Any]) -> Withheld:
    """Return what the texts of a decoded event may not say to whom its protected subjects are not
    shown.
    """
    hidden = sensitive_subjects(event)
    if not hidden:
        return NOTHING
    words: set[str] = set()
    shown: set[str] = set()
    runs: set[tuple[str, ...]] = set()
    identifiers: set[str] = set()
    written: list[str] = []
    points: list[Point] = []
    for ordinal, subject in enumerate(event.get("subjects", ())):
        ((kind, details),) = subject["details"].items()
        names = list(_texts(details, _NAMES))
        if ordinal not in hidden:
            shown |= {word for name in names for word in _words(name)}
            continue
        if kind == "person":
            words |= {word for name in names for word in _words(name) if len(word) > 1}
            runs |= set(_dates(details["date_of_birth"]))
        else:
            runs |= {tuple(_words(name)) for name in names}
        written += [name for name in names if not name.isascii() and len(name.split()) == 1]
        runs |= set(_streets(details))
        points += _points(details)
        found = {_plain(text) for text in _texts(details, _IDENTIFIERS)}
        identifiers |= {each for one in found for each in _spellings(one)}
    return Withheld(
        frozenset(words),
        frozenset(words & shown),
        frozenset(run for run in runs if run),
        frozenset(one for one in identifiers if len(one) >= IDENTIFIER),
        tuple(written),
        tuple(points),
    )


class Mask:
    """What masks an event's texts, each once; false where nothing is to be masked."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self._event = event
        self._masked: dict[str, str] = {}

    @cached_property
    def withheld(self) -> Withheld:
        """What may not be read, found when the first text is masked: often none of them is."""
        return withheld_of(self._event)

    def __bool__(self) -> bool:
        return bool(self.withheld)

    def __call__(self, text: str) -> str:
        """Return a text as whoever may not see the event's victims reads it."""
        if not self.withheld:
            return text
        if (known := self._masked.get(text)) is None:
            known = self._masked[text] = masked(text, self.withheld)
        return known


def masked(text: str, withheld: Withheld) -> str:
    """Return a text with MASK for each stretch of words that is withheld."""
    if not text or not withheld:
        return text
    for name in withheld.written:
        text = re.sub(re.escape(name), MASK, text, flags=re.IGNORECASE)
    found = list(_WORD.finditer(text))
    plain = [_plain(one[0]) for one in found]
    beginnings = _beginnings(withheld)
    hidden = _names(found, plain, withheld, beginnings) | _runs(plain, withheld, beginnings)
    for start, end in spans(text, withheld.points):
        hidden |= {at for at, one in enumerate(found) if one.start() < end and start < one.end()}
    made, last = [], 0
    for first, end in _stretches(hidden):
        made += [text[last : found[first].start()], MASK]
        last = found[end].end()
    return "".join([*made, text[last:]])


def _names(
    found: Collection[re.Match[str]],
    plain: list[str],
    withheld: Withheld,
    beginnings: _Beginnings,
) -> set[int]:
    """Return which words are of names: each run of them in which one is of nobody shown."""
    names = withheld.words
    named = {
        at
        for at, (one, word) in enumerate(zip(found, plain, strict=True))
        # a short word that is none itself can be one in the genitive only
        if (len(word) >= SLIPS or word in names or word[-1:] == "s")
        and _is_name(one[0], word, names, beginnings)
    }
    hidden: set[int] = set()
    for first, end in _stretches(named):
        run = range(first, end + 1)
        if any(plain[at] not in withheld.shared for at in run):
            hidden |= set(run)
    return hidden


def _is_name(written: str, word: str, names: frozenset[str], beginnings: _Beginnings) -> bool:
    base = word[:-1] if written[-1] == "s" and written[-2:-1] in _APOSTROPHES else word
    for one in (word, base):
        if one in names:
            return len(one) > SHORT or not written[0].islower()
    return len(base) >= SLIPS and base.isalpha() and _slipped(base, beginnings)


def _slipped(word: str, beginnings: _Beginnings) -> bool:
    """Return whether a long word is one of the long names with one slip."""
    if word[:2] not in beginnings.heads and word[-2:] not in beginnings.tails:
        return False
    return any(
        abs(len(name) - len(word)) <= 1 and damerau_levenshtein_distance(word, name) == 1
        for name in beginnings.long
    )


def _runs(plain: list[str], withheld: Withheld, beginnings: _Beginnings) -> set[int]:
    """Return which words are of dates, addresses and identifiers."""
    read = list(map(_read, plain))
    hidden: set[int] = set()
    said = {*plain, *read}
    if said.isdisjoint(beginnings.identifiers) and said.isdisjoint(beginnings.runs):
        return hidden
    for at, word in enumerate(plain):
        for first in {word, read[at]}:
            for run in beginnings.runs.get(first, ()):
                end = at + len(run)
                if run in (tuple(plain[at:end]), tuple(read[at:end])):
                    hidden |= set(range(at, end))
        joined = ""
        for end in range(at, min(at + PIECES, len(plain))):
            joined += plain[end]
            if joined and joined not in beginnings.identifiers:
                break
            if joined in withheld.identifiers:
                hidden |= set(range(at, end + 1))
    return hidden


@lru_cache(maxsize=50_000)
def _read(word: str) -> str:
    """Return a word as dates are compared: numbers without zeros or endings, months as numbers."""
    if word[:1].isdigit():
        word = _ORDINAL.sub(r"\1", word)
        return str(int(word)) if word.isascii() and word.isdigit() and len(word) < 5 else word
    return str(_MONTHS.get(word, word))


def _stretches(marked: set[int]) -> Iterator[tuple[int, int]]:
    """Yield the (first, last) of each stretch of neighbours."""
    first = last = None
    for at in sorted(marked):
        if first is None or last is None:
            first = at
        elif at > last + 1:
            yield first, last
            first = at
        last = at
    if first is not None and last is not None:
        yield first, last


def _dates(born: Mapping[str, Any] | None) -> Iterator[tuple[str, ...]]:
    """Yield how a date of birth is written, each number without zeros, months as numbers."""
    if not born or not born["month"] or not born["day"]:
        return
    for year in (str(born["year"]), str(born["year"] % 100)):
        yield from permutations((str(born["day"]), str(born["month"]), year))
    for form in ("{year:04}{month:02}{day:02}", "{day:02}{month:02}{year:04}"):
        yield (form.format(**born),)


def _streets(details: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield how a house and its street are written, the street's type in full and short. A town
    alone leads to nobody, and so does a street of one word.
    """
    house, street = _words(details.get("house") or ""), _words(details.get("street") or "")
    if len(house) > 1 or any(len(word) >= IDENTIFIER and word.isalpha() for word in house):
        yield tuple(house)  # a house by its name
    for kind in _types(street[-1]) if street else ():
        written = (*street[:-1], kind)
        if len(street) > 1:
            yield written
        if house:
            yield (*house, *written)


def _points(details: Mapping[str, Any]) -> Iterator[Point]:
    """Yield where a place is on the map."""
    north, east = details.get("latitude"), details.get("longitude")
    if north is not None and east is not None:
        yield north, east


def _types(word: str) -> set[str]:
    """Return a street's last word in full and short: lane, ln."""
    short = STREET_TYPES.get(word, word)
    return {word, short, *(long for long, one in STREET_TYPES.items() if one == short)}


def _spellings(identifier: str) -> Iterator[str]:
    """Yield an identifier as it stands, and a British telephone as dialled here and abroad."""
    yield identifier
    for prefix in ("0044", "44", "0"):
        if identifier.isdigit() and identifier.startswith(prefix) and len(identifier) > 9:
            rest = identifier.removeprefix(prefix)
            yield from (f"0{rest}", f"44{rest}", f"0044{rest}", f"440{rest}")
            return


def _texts(
    value: Mapping[str, Any], fields: frozenset[str], *, inside: bool = False
) -> Iterator[str]:
    """Yield the texts in these fields of a subject's details, at any depth."""
    for name, part in value.items():
        if part is None or name in _CODES:
            continue
        within = inside or name in fields
        for one in part if isinstance(part, list) else (part,):
            if isinstance(one, dict):
                yield from _texts(one, fields, inside=within)
            elif within and isinstance(one, str):
                yield one


def _words(text: str) -> list[str]:
    return [word for one in _WORD.finditer(text) if (word := _plain(one[0]))]


@lru_cache(maxsize=50_000)
def _plain(text: str) -> str:
    """Return letters and digits alone, in lower-case ASCII."""
    plain = (text if text.isascii() else anyascii(text)).casefold()
    return plain if plain.isascii() and plain.isalnum() else _NOT_ALNUM.sub("", plain)
