"""What can be asked: words, "phrases", `field:value` filters, AND, OR, NOT and brackets. Pure.

Values of one filter that stand side by side are alternatives (`kind:vehicle kind:person`), as they
are beside a query in HTTP; with AND between them, both must hold.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from intelbus.errors import ContentError
from intelbus.suggestions import nearest
from repository.linking import normalise
from repository.linking.written_numbers import dates, telephones

LEXEME = re.compile(
    r"""\s*(?:(?P<filter>[a-z]+):(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s()"]+))
      |"(?P<phrase>[^"]*)"|(?P<open>\()|(?P<close>\))|(?P<minus>-(?=\S))|(?P<word>[^\s()"]+))""",
    re.VERBOSE,
)
WORD_LIMIT = 32
FILTER_LIMIT = 32
# One row a filter: what it is compared with.
FILTERS: Mapping[str, str] = {
    "kind": "the kind of event, or of subject (vehicle, person, …)",
    "role": "a subject's role, for example controller",
    "agency": "the reporting agency's code",
    "from": "reported on or after this date, 2009-06-30",
    "to": "reported on or before this date",
    "exploitation": "sexual, labour, …",
    "grade": "a beginning of the grade: B, B3, B31",
    "born": "a person's year, month or date of birth: 1990, 1990-05, 1990-05-14",
    "marking": "the protective marking",
    "urgency": "routine, priority, …",
}


def unknown_filters(names: Iterable[str]) -> str:
    """Return those of these names that no filter has, with commas; nothing where all are known."""
    return ", ".join(sorted(set(names) - FILTERS.keys()))


class QueryError(ContentError):
    """The query cannot be understood; the message says where."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word by its number in the query; a row of words side by side is also tried as one."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand side by side, in this order, in one text."""

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters side by side: all of these, of each one of its values."""

    of: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be there."""

    of: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """All of these."""

    of: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One of these at least."""

    of: tuple["Node", ...]


Node = Word | Phrase | Filters | Not | All | Any


@dataclass(frozen=True, slots=True)
class Query:
    """A query, understood. `filters` must hold of whatever is found; those within OR, NOT or
    brackets are in `node`. `rows` are words that stood side by side, as they were written.
    """

    node: Node | None
    filters: Mapping[str, tuple[str, ...]]
    rows: tuple[tuple[Word, ...], ...] = ()

    def words(self) -> tuple[Word, ...]:
        """Return every word asked for, those to be absent too, by number."""
        return tuple(_words(self.node)) if self.node else ()

    def phrases(self) -> tuple[Phrase, ...]:
        """Return every phrase, so that what the index finds can be checked against the text."""
        return tuple(phrases_of(self.node))


@dataclass(slots=True)
class _Reader:
    lexemes: list[tuple[str, str]]
    at: int = 0
    number: int = 0
    rows: list[tuple[Word, ...]] = field(default_factory=list)

    def next_kind(self) -> str | None:
        return self.lexemes[self.at][0] if self.at < len(self.lexemes) else None

    def either(self, depth: int) -> Node | None:
        parts = [self.every(depth)]
        while self.next_kind() == "OR":
            self.at += 1
            parts.append(self.every(depth))
        if len(parts) > 1 and None in parts:
            raise QueryError("OR has nothing on one side", hint='for example: "white van" OR lorry')
        known = tuple(part for part in parts if part is not None)
        return Any(known) if len(known) > 1 else (known[0] if known else None)

    def every(self, depth: int) -> Node | None:
        parts: list[Node] = []
        row: list[Word] = []
        given: dict[str, tuple[str, ...]] = {}
        while (kind := self.next_kind()) not in {None, "OR", "close"}:
            if kind == "AND":
                self.at += 1
                given = _close(parts, given)
                continue
            part = self.one(depth)
            if isinstance(part, Filters) and kind in FILTERS:
                for name, values in part.of:
                    given[name] = (*given.get(name, ()), *values)
                continue
            if kind == "word":
                together = part.of if isinstance(part, All) else (part,)
                row += [one for one in together if isinstance(one, Word)]
            else:
                row = self._end(row)
            if part is not None:
                parts.append(part)
        self._end(row)
        _close(parts, given)
        return All(tuple(parts)) if len(parts) > 1 else (parts[0] if parts else None)

    def _end(self, row: list[Word]) -> list[Word]:
        if len(row) > 1:
            self.rows.append(tuple(row))
        return []

    def one(self, depth: int) -> Node | None:
        kind, text = self.lexemes[self.at]
        self.at += 1
        if kind == "NOT":
            if self.next_kind() in {None, "OR", "AND", "close"}:
                raise QueryError("NOT has nothing after it", hint="for example: van NOT white")
            denied = self.one(depth)
            return Not(denied) if denied is not None else None
        if kind == "open":
            if depth >= 20:
                raise QueryError("brackets are nested too deeply")
            inner = self.either(depth + 1)
            if self.next_kind() != "close":
                raise QueryError("a bracket is not closed", hint="write ) where it ends")
            self.at += 1
            return inner
        if kind in FILTERS:
            return Filters(((kind, (text,)),))
        words = tuple(self._word(token) for token in normalise.tokens(text))
        if kind == "phrase":
            return Phrase(words) if len(words) > 1 else (words[0] if words else None)
        return All(words) if len(words) > 1 else (words[0] if words else None)

    def _word(self, token: str) -> Word:
        if self.number >= WORD_LIMIT:
            raise QueryError(f"more than {WORD_LIMIT} words are asked for", hint="ask for fewer")
        self.number += 1
        return Word(self.number - 1, token)


def parse(text: str, *, beside: bool = False) -> Query:
    """Return what a query asks for. What stands side by side must all be there.

    `beside` says that filters stand beside it, so that it may say only what must not be there.
    Raises QueryError.
    """
    reader = _Reader([*_without_operation(_lexemes(_as_one_word(text)))])
    if sum(kind in FILTERS for kind, _ in reader.lexemes) > FILTER_LIMIT:
        raise QueryError(f"more than {FILTER_LIMIT} filters are given", hint="give fewer")
    node = reader.either(0)
    if reader.next_kind() == "close":
        raise QueryError("a bracket is closed that was never opened")
    if node is not None and not beside and not _finds_something(node):
        raise QueryError(
            "the query only says what must not be there", hint="add something to look for"
        )
    node, filters = _parted(node)
    return Query(node, filters, tuple(reader.rows))


def _close(parts: list[Node], given: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """End a stretch without AND: its filters are one part. Return the next one's, none so far."""
    if given:
        parts.append(Filters(tuple(given.items())))
    return {}


def _parted(node: Node | None) -> tuple[Node | None, dict[str, tuple[str, ...]]]:
    """Return a query without the filters that hold of all it finds, and those."""
    parts = node.of if isinstance(node, All) else () if node is None else (node,)
    first = next((one for one in parts if isinstance(one, Filters)), None)
    if first is None:
        return node, {}
    left = tuple(one for one in parts if one is not first)
    return All(left) if len(left) > 1 else (left[0] if left else None), dict(first.of)


def _as_one_word(text: str) -> str:
    """Return a query with each date and telephone outside of quotes as one word, its brackets too:
    its parts would be found in other numbers.
    """
    parts = text.split('"')
    for at in range(0, len(parts), 2):
        for written in (dates, telephones):
            for start, end, digits in reversed([*written(parts[at])]):
                if parts[at][start - 1 : start] != ":":  # of a filter
                    parts[at] = f"{parts[at][:start]}{digits}{parts[at][end:]}"
    return '"'.join(parts)


def _without_operation(lexemes: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield lexemes without the word "operation" before another: most reports give the name alone,
    and would not be found beside one that does not.
    """
    for (kind, text), (then, _) in pairwise((*lexemes, ("", ""))):
        if not (kind == then == "word" and text.casefold() == "operation"):
            yield kind, text


def _lexemes(text: str) -> Iterator[tuple[str, str]]:
    for found in LEXEME.finditer(text):
        name = found.lastgroup
        if found["filter"] is not None:
            if found["filter"] not in FILTERS:
                raise QueryError(
                    f"{found['filter']!r} is no filter",
                    hint=nearest(found["filter"], tuple(FILTERS))
                    + "; put it in quotes to look for it",
                )
            yield found["filter"], found["quoted"] or found["bare"] or ""
        elif name == "word" and found["word"] in {"AND", "OR", "NOT"}:
            yield found["word"], ""
        elif name == "minus":
            yield "NOT", ""
        elif name is not None:
            yield name, found[name]


def _finds_something(node: Node) -> bool:
    match node:
        case Not():
            return False
        case All(of):
            return any(_finds_something(part) for part in of)
        case Any(of):
            return all(_finds_something(part) for part in of)
    return True


def _within(node: Node | None) -> Iterator[Node]:
    """Yield a node and all that are in it, in the order of the query."""
    if node is None:
        return
    yield node
    match node:
        case Not(of):
            yield from _within(of)
        case All(of) | Any(of):
            for part in of:
                yield from _within(part)


def _words(node: Node) -> Iterator[Word]:
    for one in _within(node):
        match one:
            case Word():
                yield one
            case Phrase(words):
                yield from words


def phrases_of(node: Node | None) -> Iterator[Phrase]:
    """Yield every phrase in a node."""
    return (one for one in _within(node) if isinstance(one, Phrase))


def filters_of(node: Node | None) -> Iterator[Filters]:
    """Yield the filters in a node."""
    return (one for one in _within(node) if isinstance(one, Filters))


def denies(node: Node) -> bool:
    """Return whether something must be absent."""
    return any(isinstance(one, Not) for one in _within(node))


def denied(node: Node | None) -> Iterator[Word]:
    """Yield every word that must be absent."""
    for one in _within(node):
        if isinstance(one, Not):
            yield from _words(one)
