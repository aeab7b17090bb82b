"""Blocking keys: what two records must share, at least once, to be compared. One row each.

Blocking decides what can be found at all, so the rows overlap on purpose: each survives errors
that break the others. Keys that too many records share are passed over (`index.py`).
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from repository.linking.addresses import house_of, street_words
from repository.linking.described import Description
from repository.linking.fields import field_of
from repository.linking.names import sound

Keys = Iterator[str]
# No word or number that somebody writes by hand is longer; of a file's blob there would be as many
# keys as it has letters, each as long.
LONGEST = 64


def deletions(text: str) -> Iterator[str]:
    """Yield the text with each one of its characters left out (Mor and Fraenkel 1982).

    Two texts that differ in one character, one missing or two swapped share at least one.
    """
    for at in range(len(text) if len(text) <= LONGEST else 0):
        yield f"{text[:at]}{text[at + 1 :]}"


def _words(d: Description) -> set[str]:
    """The words of all names, whichever is given or family."""
    return {
        word
        for n in d.names
        for word in f"{n.given} {n.middle} {n.family}".split()
        if len(word) > 1
    }


def _dates(d: Description) -> list[str]:
    return [value for _, value in d.compared_as("date")]


def name_sounds(d: Description) -> Keys:
    """Two words of the name by their sound, in any order."""
    sounds = sorted({sound(word) for word in _words(d)})
    for at, one in enumerate(sounds):
        for other in sounds[at + 1 :]:
            yield f"{one} {other}"


def name_word(d: Description) -> Keys:
    """One word of the name."""
    yield from _words(d)


def name_sound_and_initial(d: Description) -> Keys:
    """One word of the name by its sound, another by its first letter."""
    words = sorted(_words(d))
    for word in words:
        for other in words:
            if word != other:
                yield f"{sound(word)} {other[0]}"


def name_word_slip(d: Description) -> Keys:
    """One word of the name, one letter left out."""
    for word in _words(d):
        if len(word) >= 4:
            yield word
            yield from deletions(word)


def name_initials_and_date(d: Description) -> Keys:
    """First letters of the name in any order, and the month and day, or the year and month."""
    letters = "".join(sorted({word[0] for word in _words(d)}))
    for value in _dates(d):
        yield f"{letters}{value[4:]}"
        yield f"{letters}{value[:6]}"


def name_word_and_year(d: Description) -> Keys:
    """One word of the name by its sound, and the year."""
    for value in _dates(d):
        for word in _words(d):
            yield f"{sound(word)} {value[:4]}"


def name_start_and_date_part(d: Description) -> Keys:
    """The first three letters of a word of the name, and the day and month or the year and day."""
    for value in _dates(d):
        for word in _words(d):
            yield f"{word[:3]} {value[4:]}"
            yield f"{word[:3]} {value[:4]}-{value[6:]}"
            yield f"{word[:3]} {value[:6]}"


def date_whole(d: Description) -> Keys:
    """The whole date, its day and month in either order."""
    for value in _dates(d):
        if not value.endswith("00"):
            yield value[:4] + "".join(sorted((value[4:6], value[6:])))


def date_slip(d: Description) -> Keys:
    """The whole date, one digit left out."""
    for value in _dates(d):
        if not value.endswith("00"):
            yield from deletions(value)


def code_slip(d: Description) -> Keys:
    """An identifier, whole or with one character left out."""
    for name, value in d.compared_as("code"):
        if field_of(name).whole:
            # Not every report of a vehicle says of which country its registration is.
            yield f"{name} {value.partition(':')[2] if name == 'vehicle_registration' else value}"
        elif len(value) >= 5:
            yield f"{name} {value}"
            for one in deletions(value):
                yield f"{name} {one}"


def registration_part(d: Description) -> Keys:
    """Either half of a vehicle's registration, with its make: a plate misread at one end."""
    makes = d.values.get("vehicle_make", ())
    for value in d.values.get("vehicle_registration", ()):
        mark = value.partition(":")[2]
        half = len(mark) // 2
        for make in makes:
            yield f"{mark[:half]}- {make}"
            yield f"-{mark[half:]} {make}"


def telephone(d: Description) -> Keys:
    """The last seven digits of a telephone number, whole or with one left out."""
    for _, value in d.compared_as("phone"):
        yield value[-7:]
        yield from deletions(value[-7:])


def email(d: Description) -> Keys:
    """An e-mail address; its mailbox; each end of the mailbox with its domain's first letters."""
    for _, value in d.compared_as("email"):
        box, _, domain = value.partition("@")
        yield value
        yield box
        yield f"{box[:4]}@{domain[:4]}"
        yield f"{box[-4:]}@{domain[-5:]}"
        yield f"@{domain}"


def house_and_street(d: Description) -> Keys:
    """The house number and one word of the street."""
    houses = [value for name, value in d.compared_as("code") if name == "house"]
    for _, value in d.compared_as("address"):
        for house in [house_of(value)] if house_of(value) else houses:
            for word in street_words(value):
                yield f"{house} {sound(word)}"


def street_and_name(d: Description) -> Keys:
    """One word of the street and one of the name, each by its first four letters."""
    words = _words(d) | {w for _, v in d.compared_as("organisation") for w in v.split()}
    for _, value in d.compared_as("address"):
        for street in street_words(value):
            for word in words:
                yield f"{street[:4]} {word[:4]}"


def text_and_name(d: Description) -> Keys:
    """One word of a town, an occupation or other text, and one word of the name by its sound."""
    words = {sound(word) for word in _words(d)}
    for name, value in d.compared_as("text"):
        for part in value.split():
            if len(part) > 2:
                for word in words:
                    yield f"{name} {part[:5]} {word}"


def text_word(d: Description) -> Keys:
    """One word of a text of which no name is known, or two neighbours written as one."""
    if not d.names and not any(True for _ in d.compared_as("organisation")):
        for name, value in d.compared_as("text"):
            words = value.split()
            yield from (f"{name} {word}" for word in words if len(word) > 1)
            yield from (f"{name} {one}{other}" for one, other in itertools.pairwise(words))


def text_and_date(d: Description) -> Keys:
    """A town, an occupation or other text, and the year or the month and day."""
    for value in _dates(d):
        for name, text in d.compared_as("text"):
            yield f"{name} {sound(text)} {value[:4]}"
            yield f"{name} {sound(text)} {value[4:]}"


def postcode_and_name(d: Description) -> Keys:
    """The postcode and the first letter of a word of a name."""
    words = _words(d) | {w for _, v in d.compared_as("organisation") for w in v.split()}
    for _, value in d.compared_as("postcode"):
        for letter in {word[0] for word in words}:
            yield f"{value} {letter}"


def postcode_and_date(d: Description) -> Keys:
    """The postcode and the year."""
    for _, code in d.compared_as("postcode"):
        for value in _dates(d):
            yield f"{code} {value[:4]}"


def organisation_word(d: Description) -> Keys:
    """One word of an organisation's or a place's name in a file; in events, two are asked for."""
    for value in (*d.values.get("name", ()), *d.values.get("business_name", ())):
        yield from (word for word in value.split() if len(word) > 1)


def organisation_words(d: Description) -> Keys:
    """Two neighbouring words of an organisation's or a place's name, by sound; its beginning."""
    for value in (v for field in ("name", "business_name", "organisation_name", "place_name")
                  for v in d.values.get(field, ())):  # fmt: skip
        words = value.split()
        for one, other in itertools.pairwise(words):
            yield " ".join(sorted((sound(one), sound(other))))
        yield value.replace(" ", "")[:6]


def near_coordinates(d: Description) -> Keys:
    """The hundredth of a degree, and each of its neighbours' edges."""
    for _, value in d.compared_as("coordinates"):
        north, east = (float(part) for part in value.split(","))
        for n in (int(north * 200), int(north * 200) + 1):
            for e in (int(east * 200), int(east * 200) + 1):
                yield f"{n // 2},{e // 2}"


@dataclass(frozen=True, slots=True)
class BlockingKey:
    """One row: its name, how a description gives its keys, what it must say to have any (names, or
    a field of that comparison), and which sources the row is for.

    `wide` rows find what a slip has changed in a name without a date or in a date without a name.
    Such a pair can only join where the source says more of a person (an address, an e-mail, an
    occupation). Events do not, so for them these rows would cost two thirds of the keys and find
    nothing that joins. `narrow` rows stand in for them there.
    """

    name: str
    keys: Callable[[Description], Keys]
    needs: frozenset[str]
    narrow: bool = True
    wide: bool = True


def _row(keys: Callable[[Description], Keys], needs: str = "", **sources: bool) -> BlockingKey:
    return BlockingKey(keys.__name__, keys, frozenset(needs.split()), **sources)


# A row's place is in its keys: new ones come last.
BLOCKING: tuple[BlockingKey, ...] = (
    _row(name_sounds, "names"),
    _row(name_initials_and_date, "date"),
    _row(name_word_and_year, "names date"),
    _row(date_whole, "date"),
    _row(code_slip, "code"),
    _row(telephone, "phone"),
    _row(email, "email"),
    _row(house_and_street, "address"),
    _row(street_and_name, "address"),
    _row(text_and_name, "names text"),
    _row(text_and_date, "text date"),
    _row(postcode_and_name, "postcode"),
    _row(postcode_and_date, "postcode date"),
    _row(organisation_word, "organisation"),
    _row(organisation_words, "organisation"),
    _row(near_coordinates, "coordinates"),
    _row(registration_part, "code category"),
    _row(name_word, "names", narrow=False),
    _row(name_word_slip, "names", narrow=False),
    _row(name_start_and_date_part, "names date", narrow=False),
    _row(date_slip, "date", narrow=False),
    _row(name_sound_and_initial, "names", wide=False),
    _row(text_word, "text", narrow=False),
)
# What else than names, dates and identifiers a source can say of a person.
_MORE = frozenset({"address", "text", "email", "phone", "postcode"})


def says_more(descriptions: Iterable[Description]) -> bool:
    """Whether a source says more of persons than names, dates and identifiers."""
    return any(field_of(name).comparison in _MORE for one in descriptions for name in one.values)


Row = tuple[int, Callable[[Description], Keys]]


@lru_cache
def _rows(said: frozenset[str], *, wide: bool) -> tuple[Row, ...]:
    """Return the rows for whoever says so much, each with what stands above its keys' numbers."""
    return tuple(
        (row << 32, one.keys)
        for row, one in enumerate(BLOCKING)
        if (one.wide if wide else one.narrow) and one.needs <= said
    )


def keys_of(d: Description, kind: int = 0, *, wide: bool = False) -> set[int]:
    """Return every key of a description as a number: kind and row above, the CRC-32 below.

    Two keys with one number cost a needless comparison and nothing else; the same file gives the
    same numbers in every run.
    """
    said = {field_of(name).comparison for name in d.values}
    if d.names:
        said.add("names")
    found: set[int] = set()
    for row, keys in _rows(frozenset(said), wide=wide):
        above = (kind << 40) | row
        # Of a name's words most keys come more than once.
        found.update(above | crc32(key.encode()) for key in set(keys(d)))
    return found
