"""Terms: by which words, identifiers and filters an event and its subjects are found. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from repository.access.masking import Mask
from repository.access.sensitivity import IDENTIFYING_FIELDS, PROTECTED_ROLES
from repository.linking import normalise
from repository.linking.features import date_of_birth
from repository.linking.fields import field_of
from repository.linking.filter_terms import BORN, ROLE, filters_of_event, filters_of_subject
from repository.linking.names import sound
from repository.linking.records import Saying, described, subjects_of
from repository.linking.subjects import Described
from repository.linking.written_numbers import dates, registrations, telephones

EVENT_TEXT = -1
"""The ordinal under which an event's own words are posted."""

TERM_LENGTH = 64
SHORT = 5
"""Of a text of so many words at most, all of them together are a term too."""

# Fields of an event's body whose words can be searched.
SEARCHED_FIELDS = (
    "title",
    "text",
    "operation_name",
    "operation_reference",
    "nrm_reference",
    "nruc_number",
    "case_reference",
    "incident_reference",
    "inspection_reference",
    "watch_reference",
    "place",
    "provider",
    "offence",
    "statute",
    "sector",
    "missing_from",
    "carrier",
    "first_responder",
)

# Codes that half of all records hold: nobody searches for `unknown`.
UNSEARCHED_FIELDS = frozenset({"kind", "order", "script", "sex", "age_status"})


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of an event as a whole (EVENT_TEXT) or of one subject; `sensitive` only for readers of
    victims' data.
    """

    ordinal: int
    words: frozenset[str]
    sensitive: bool


def _strings(value: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text in what is said of a subject, codes left out."""
    for name, part in value.items():
        if part is None or name in UNSEARCHED_FIELDS:
            continue
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            yield from _strings(part)
        elif isinstance(part, list):
            for one in part:
                if isinstance(one, str):
                    yield one
                elif isinstance(one, dict):
                    yield from _strings(one)


def joined(text: str) -> str:
    """Return the term of words written as one. A number is as it may be told (`ab12cde`); a name
    begins with a `+`, as no word does: else all who bear a first name would be among what begins
    with it.
    """
    return text if any(c.isdigit() for c in text) else f"+{text}"


def _terms_of(text: str) -> tuple[str, ...]:
    """Return the words of a text, a short text without its spaces, and numbers and dates as others
    may write them.
    """
    words = normalise.tokens(text)
    others = [*registrations(words), *(day for _, _, day in dates(text))]
    if 1 < len(words) <= SHORT:
        others.append(joined("".join(words)))
    if len(words) > SHORT:
        for _, _, digits in telephones(text):
            others += [digits, (normalise.telephone(digits) or "").lstrip("+")]
    words += filter(None, others)
    return tuple(dict.fromkeys(word[:TERM_LENGTH] for word in words))


# Names, towns and marks are said again and again.
_remembered = lru_cache(maxsize=100_000)(_terms_of)


def _terms(texts: Iterable[str], identifiers: Iterable[str] = ()) -> frozenset[str]:
    """Return the words of the texts, each short text without its spaces, and the identifiers."""
    found: set[str] = set()
    for text in texts:
        found.update(_remembered(text) if len(text) <= TERM_LENGTH else _terms_of(text))
    for identifier in identifiers:
        term = identifier.rpartition(":")[2].lstrip("+")[:TERM_LENGTH]
        if term:
            found.add(term)
    return frozenset(found)


def _identifiers(described: Described) -> Iterator[str]:
    for field, values in described.description.values.items():
        if field_of(field).whole:
            yield from values


def _sounds(kind: str, details: Mapping[str, Any]) -> frozenset[str]:
    """Return the terms of how a person's names sound; no word as written has a `~`."""
    if kind != "person":
        return frozenset()
    words = {word for name in details["names"] for word in normalise.tokens(name["full"])}
    return frozenset(f"~{sound(word)}"[:TERM_LENGTH] for word in words if word.isalpha())


def _born(kind: str, details: Mapping[str, Any]) -> frozenset[str]:
    """Return the terms of a person's date of birth: as a filter as far as it is known, and whole as
    a date is found in texts.
    """
    written = next(date_of_birth(details), None) if kind == "person" else None
    if not written:
        return frozenset()
    whole = {written} if "00" not in {written[4:6], written[6:]} else set()
    return frozenset(whole | {f"{BORN}{written}"})


# The same car and the same suspect are told of again and again, in the same words.
@lru_cache(maxsize=8_192)
def _of_subject(said: Saying) -> frozenset[str]:
    identifiers = _identifiers(described(said))
    known = _sounds(said.kind, said.details) | _born(said.kind, said.details)
    return _terms(_strings(said.details), identifiers) | known


def terms_of(
    kind: str, agency: str, event: Mapping[str, Any], mask: Mask | None = None
) -> list[Terms]:
    """Return the search terms of a decoded event and of its subjects, filters too.

    What a text says of protected subjects is masked (by `mask`, if there is one already) before its
    words are terms: only readers of victims' data find it by them.
    """
    mask = Mask(event) if mask is None else mask
    whole: list[str] = []  # texts that are not readable whole to whom a victim is not shown
    found = []
    for one in subjects_of(event):
        said = one.text
        if not one.sensitive:
            whole.append(said)
            said = mask(said)
        words = _of_subject(one.said) | _terms((said,))
        words |= frozenset(filters_of_subject(one.said.kind, one.role))
        found.append(Terms(one.ordinal, words, one.sensitive or one.role in PROTECTED_ROLES))
    said_of = {field: str(event[field]) for field in SEARCHED_FIELDS if event.get(field)}
    withheld = _terms(text for field, text in said_of.items() if field in IDENTIFYING_FIELDS)
    own = [text for field, text in said_of.items() if field not in IDENTIFYING_FIELDS]
    own.append(event["header"]["source_reference"])
    whole += own
    own = [mask(text) for text in own]
    exploitation = {f":exploitation:{one['kind']}" for one in event.get("exploitation", ())}
    open_ = _terms(own)
    if mask:
        withheld |= _terms(whole) - open_
    open_ |= exploitation | filters_of_event(kind, agency, event["header"])
    return [*found, Terms(EVENT_TEXT, open_, False), Terms(EVENT_TEXT, withheld - open_, True)]


def roles_in(found: Iterable[Terms], *, sensitive: bool) -> str:
    """Return the roles among terms, those of sensitive ones or the others, a space between."""
    words = (word for one in found if one.sensitive == sensitive for word in one.words)
    return " ".join(sorted({word.removeprefix(ROLE) for word in words if word.startswith(ROLE)}))
