"""What of an event is withheld from a reader who may see the event, field by field. Pure.

The schemas say of each field how sensitive it is; whom it is about decides with it. A field that is
withheld keeps its place: it is empty, or says WITHHELD.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from intelbus.codec import SUBJECT_TYPES
from intelbus.contract import Kind
from intelbus.shapes import Array, Choice, Field, OneOf, Record, Scalar, Shape, event_shape
from repository.access.masking import Mask
from repository.access.sensitivity import PROTECTED_KINDS, sensitive_subjects

WITHHELD = "withheld"
# What describes a person and identifies nobody: figures are counted by it, exports carry it.
DESCRIBING = ("sex", "age_status", "nationalities")
# Texts that are not called free in the schemas, and are.
OPEN_TEXTS = frozenset({"handling_conditions", "from_place", "to_place", "means", "route"})
_OF_VICTIMS = frozenset({"victim_identity", "location_of_refuge"})


def redacted(
    kind: str,
    event: Mapping[str, Any],
    *,
    victims: bool,
    sources: bool,
    shows: Callable[[str], bool] | None = None,
    mask: Mask | None = None,
) -> Mapping[str, Any]:
    """Return a decoded event as a reader sees it: `victims` and `sources` say whether they may see
    what identifies a victim, a witness or a child, and what identifies a source.

    Masking takes longest: who shows passages alone gives `shows`, whether a text has one, and free
    texts without any may be left out. Who has masked texts of the event already gives `mask`.
    """
    if victims and sources:
        return event
    withheld = set() if sources else {"source_identity"}
    if not victims:
        withheld |= _OF_VICTIMS
        if kind in PROTECTED_KINDS:
            withheld.add("free_text")
    blanks = _blanks(kind, frozenset(withheld))
    shown = {name: blanks.get(name, value) for name, value in event.items()}
    if not victims and shown.get("subjects"):
        hidden = sensitive_subjects(event)
        shown["subjects"] = [
            _blank_subject(subject) if ordinal in hidden else subject
            for ordinal, subject in enumerate(event["subjects"])
        ]
        names = {event["subjects"][ordinal]["local_id"] for ordinal in hidden}
        shown["relations"] = [
            {**one, "text": None} if names & {one["from_id"], one["to_id"]} else one
            for one in event.get("relations", ())
        ]
        if hidden:
            masking = _masking(Mask(event) if mask is None else mask, shows)
            # Lists have it too, as the terms stage leaves it in the log.
            header = event["header"]
            shown["header"] = header | {"source_reference": masking(header["source_reference"])}
            unnamed: Mapping[str, Any] = _unnamed(shown, _texts_of(Kind(kind)), masking)
            return unnamed
    return shown


def open_text(text: str | None, event: Mapping[str, Any]) -> str:
    """Return one of an event's texts as whoever may not see its victims reads it."""
    return Mask(event)(text or "")


def _is_free(field: Field) -> bool:
    text = field.shape == Scalar("string")
    return text and (field.sensitivity == "free_text" or field.name in OPEN_TEXTS)


@dataclass(frozen=True, slots=True)
class _Texts:
    """Where in a record free texts are: by the names of fields, those that are one and those that
    hold records with some.
    """

    free: tuple[str, ...]
    inside: tuple[tuple[str, "_Texts"], ...]

    def __bool__(self) -> bool:
        return bool(self.free or self.inside)


@lru_cache(maxsize=32)
def _texts_of(kind: Kind) -> _Texts:
    return _texts_in(event_shape(kind))


def _texts_in(shape: Shape) -> _Texts:
    match shape:
        case Record(fields=fields):
            inside = ((one.name, _texts_in(one.shape)) for one in fields)
            return _Texts(
                tuple(one.name for one in fields if _is_free(one)),
                tuple((name, texts) for name, texts in inside if texts),
            )
        case Array(items=items):
            return _texts_in(items)
    return _Texts((), ())


def _masking(mask: Mask, shows: Callable[[str], bool] | None) -> Callable[[str], str | None]:
    """Return what masks a text, or leaves it out."""
    if shows is None:
        return mask

    def masking(text: str) -> str | None:
        # A mask takes whole words away, but of scripts without spaces: there it may make new ones.
        makes_words = not text.isascii() and mask.withheld.written
        return mask(text) if makes_words or shows(text) else None

    return masking


def _unnamed(value: Any, texts: _Texts, mask: Callable[[str], str | None]) -> Any:
    """Return a record, or several, with its free texts masked."""
    if isinstance(value, list):
        return [_unnamed(one, texts, mask) for one in value]
    if not isinstance(value, Mapping):
        return value
    made = dict(value)
    for name in texts.free:
        if isinstance(text := made.get(name), str):
            made[name] = mask(text)
    for name, inner in texts.inside:
        if name in made:
            made[name] = _unnamed(made[name], inner, mask)
    return made


@lru_cache(maxsize=128)
def _blanks(kind: str, withheld: frozenset[str]) -> Mapping[str, Any]:
    shape = event_shape(Kind(kind))
    return {one.name: _blank(one) for one in shape.fields if one.sensitivity in withheld}


def _blank_subject(subject: Mapping[str, Any]) -> Mapping[str, Any]:
    (kind,) = subject["details"]
    details = subject["details"][kind]
    shown = {name: details[name] for name in DESCRIBING if name in details}
    return {**subject, "details": {kind: {**_blank_details(kind), **shown}}, "text": None}


@lru_cache(maxsize=32)
def _blank_details(kind: str) -> Mapping[str, Any]:
    subjects = next(one for one in event_shape(Kind.WATCH).fields if one.name == "subjects")
    assert isinstance(subjects.shape, Array)  # noqa: S101  (the schemas' tests hold it)
    assert isinstance(subjects.shape.items, Record)  # noqa: S101
    details = next(one.shape for one in subjects.shape.items.fields if one.name == "details")
    assert isinstance(details, OneOf)  # noqa: S101
    shape = next(one for one in details.records if one.name == SUBJECT_TYPES[kind])
    return {field.name: _blank(field) for field in shape.fields}


def _blank(field: Field) -> Any:
    return None if field.nullable else _empty(field.shape)


def _empty(shape: Shape) -> Any:
    match shape:
        case Array():
            return []
        case Choice(symbols=symbols):
            return "unknown" if "unknown" in symbols else symbols[-1]
        case Record(fields=fields):
            return {field.name: _blank(field) for field in fields}
        case OneOf():
            return None
    return WITHHELD if shape.type == "string" else _NOTHING.get(shape.type)


_NOTHING: Mapping[str, Any] = {"boolean": False, "int": 0, "long": 0, "double": 0.0}
