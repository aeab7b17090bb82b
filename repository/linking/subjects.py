"""Subjects: from what an event says of one to the description that is compared. Pure."""

from array import array
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from repository.linking.asian_names import family_first
from repository.linking.described import Description, number_of, packed, unpacked
from repository.linking.features import values_of
from repository.linking.keys import keys_of
from repository.linking.names import Name, generation, readings
from repository.linking.normalise import tokens
from repository.linking.scripts import latin

KINDS = (
    "person", "organisation", "vehicle", "telephone", "document", "account", "online_identity",
    "location", "event_reference",
)  # fmt: skip
"""Every kind of subject; its place here numbers it in keys."""
EXACT = frozenset({"event_reference"})
"""Kinds of which only equal descriptions are one: no slip of a reference is looked for."""


NUMBERED = 32_768
"""Contents of which number and keys are remembered: four in ten sayings differ in what is no part
of a description."""


class Described(NamedTuple):
    """A description as it is stored: its number, which its content gives, its text, and the keys by
    which it is found, 8 bytes each (an `array("q")`'s): none of a reference.
    """

    kind: str
    number: int
    text: str
    keys: bytes

    @property
    def description(self) -> Description:
        """The description itself, read from its text."""
        return unpacked(self.text)


_numbered: dict[tuple[str, str], Described] = {}


def describe_subject(kind: str, details: Mapping[str, Any]) -> Described:
    """Return what is said of one subject, ready to compare; equal content has equal numbers."""
    values: dict[str, tuple[str, ...]] = {}
    names: tuple[Name, ...] = ()
    if kind == "person":
        names = _names(details["names"])
        which = generation(*(name["full"] for name in details["names"]))
        if which:
            values["generation"] = (which,)
    values |= values_of(kind, details)
    description = Description(names, values)
    text = packed(description)
    known = _numbered.get((kind, text))
    if known is None:
        keys = () if kind in EXACT else keys_of(description, KINDS.index(kind))
        known = Described(kind, number_of(kind, text), text, array("q", keys).tobytes())
        if len(_numbered) >= NUMBERED:
            _numbered.clear()
        _numbered[kind, text] = known
    return known


def _names(said: list[Mapping[str, Any]]) -> tuple[Name, ...]:
    found: list[Name] = []
    for name in said:
        found += _readings(name["full"], name["given"], name["family"], name.get("order") or "")
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=50_000)
def _readings(full: str, given: str | None, family: str | None, order: str) -> tuple[Name, ...]:
    """Return the readings of one name as written, by its parts where the writer gave both."""
    if given and family:
        return readings(given=given, family=family)
    words = tokens(latin(full))
    if order == "family_first" and len(words) > 1:
        first, _, rest = full.strip().replace(",", " ").partition(" ")
        return readings(given=rest, family=first)
    found = readings(full=full)
    if len(words) > 2 and "," not in full and order != "given_first" and not family_first(words):
        # Of three words or more nobody said which is the family name: written from its end too.
        found += readings(full=" ".join(reversed(words)))
    return found
