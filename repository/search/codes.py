"""The codes that a filter can have: a slip in one would read as if there were nothing. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from intelbus.codec import SUBJECT_TYPES
from intelbus.contract import Kind
from intelbus.shapes import Array, Choice, OneOf, Record, Shape, event_shape
from intelbus.suggestions import allowed
from repository.search.language import QueryError

# By filter, what its codes are called in the schemas. An agency's code, a date or the beginning of
# a grade is no such code.
_CHOICES: Mapping[str, str] = {
    "role": "Role",
    "exploitation": "ExploitationKind",
    "marking": "Marking",
    "urgency": "Urgency",
}


def refuse_unknown(filters: Mapping[str, Sequence[str]]) -> None:
    """Raise QueryError for a value that no event can have."""
    for name, values in filters.items():
        codes = _codes(name)
        for value in values:
            if codes and value not in codes:
                raise QueryError(f"{name}:{value} is no {name}", hint=allowed(value, codes))


@lru_cache(maxsize=16)
def _codes(name: str) -> tuple[str, ...]:
    """Return the codes of a filter; none where it has no list of them."""
    if name == "kind":
        return (*(kind.value for kind in Kind), *SUBJECT_TYPES)
    every = (choice for kind in Kind for choice in _choices(event_shape(kind)))
    return next((codes for called, codes in every if called == _CHOICES.get(name)), ())


def _choices(shape: Shape) -> Iterator[tuple[str, tuple[str, ...]]]:
    match shape:
        case Choice(name=name, symbols=symbols):
            yield name, symbols
        case Record(fields=fields):
            for one in fields:
                yield from _choices(one.shape)
        case Array(items=items):
            yield from _choices(items)
        case OneOf(records=records):
            for record in records:
                yield from _choices(record)
