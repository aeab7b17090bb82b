"""From a query to ranges of terms in the index, and to the condition on what they find. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from repository.linking import normalise
from repository.linking.filter_terms import BORN
from repository.linking.names import sound
from repository.linking.terms import joined
from repository.linking.wording import wording
from repository.linking.written_numbers import dates
from repository.search.language import (
    All,
    Any,
    Filters,
    Node,
    Not,
    Phrase,
    Query,
    QueryError,
    Word,
)

# A word with a digit is likely part of an identifier, so that a few characters are enough.
PREFIX_LENGTH_OF_WORDS = 4
PREFIX_LENGTH_OF_NUMBERS = 3
SHORTEST_SOUND = 4
LAST = "\U0010ffff"
AFTER = "\x01"
DAY = ":day:"
_KNOWN_OF_A_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]))?")
EXACT, APART, BEGINNING, SOUND = 4, 3, 2, 1
FILTER = 0
"""The weight of a filter: it must be there, and says nothing of how well an event fits."""
FIRST_FILTER = 1_000
"""Filters are numbered from here, words (WORD_LIMIT at most) from 0."""


@dataclass(frozen=True, slots=True)
class Range:
    """Terms from `low` to before `high` that stand for a word; `weight` says how well."""

    number: int
    low: str
    high: str
    weight: int

    @property
    def one_term(self) -> str | None:
        """The only term in it, if there is one."""
        return self.low if self.high == self.low + AFTER else None

    @property
    def days(self) -> tuple[str, str] | None:
        """Of a period its first day and the day after its last, as PostgreSQL reads them."""
        if self.one_term is not None or not self.low.startswith(DAY):
            return None
        since, until = self.low.removeprefix(DAY), self.high.removeprefix(DAY)
        return since or "-infinity", "infinity" if until == LAST else until


Needed = tuple[Range, ...]
"""Ranges of which one at least is in whatever fits."""


def sounding(word: str) -> str:
    """Return the term under which a name's word is indexed by its sound; no word has a `~`."""
    return f"~{sound(word)}"


def ranges(query: Query) -> Iterator[Range]:
    """Yield the ranges of every word: whole, as a beginning, written apart (`goldenlotus` finds
    `Golden Lotus`), by sound, run together with others.
    """
    in_phrases = {word.number for phrase in query.phrases() for word in phrase.words}
    for word in query.words():
        yield _whole(word.number, word.text, EXACT)
        if word.number in in_phrases:
            continue
        digits = any(c.isdigit() for c in word.text)
        if len(word.text) >= (PREFIX_LENGTH_OF_NUMBERS if digits else PREFIX_LENGTH_OF_WORDS):
            yield Range(word.number, word.text, word.text + LAST, BEGINNING)
        if not digits:
            yield _whole(word.number, joined(word.text), APART)
            if len(word.text) >= SHORTEST_SOUND:
                yield _whole(word.number, sounding(word.text), SOUND)
    for row in _rows(query):
        for term in _as_one(row):
            for word in row:  # found as one, it stands for each of them
                yield Range(word.number, term, term + LAST, EXACT)


def _whole(number: int, term: str, weight: int) -> Range:
    return Range(number, term, term + AFTER, weight)


def _rows(query: Query) -> Iterator[tuple[Word, ...]]:
    yield from query.rows
    beside = {word.number for row in query.rows for word in row}
    yield from ((word,) for word in query.words() if word.number not in beside)


def _as_one(row: Sequence[Word]) -> Iterator[str]:
    """Yield what the words are written as one: `AB12 CDE`, `07700 900123`."""
    text = "".join(word.text for word in row)
    if len(row) > 1:
        yield joined(text)
    if text.isdigit() and (telephone := normalise.telephone(text)):
        yield telephone.lstrip("+")


def filter_ranges(filters: Mapping[str, Sequence[str]]) -> Iterator[Needed]:
    """Yield the ranges of every filter (repository/linking/filter_terms.py): one must be there.

    `from` and `to` are one range of days, the narrowest of those given. Raises QueryError.
    """
    first, end, number = DAY, DAY + LAST, FIRST_FILTER
    if values := filters.get("from"):
        first = f"{DAY}{max(_day('from', value) for value in values)}"
    if values := filters.get("to"):
        last = min(_day("to", value) for value in values)
        if first > f"{DAY}{last}":
            raise QueryError(
                f"from:{first.removeprefix(DAY)} is after to:{last}", hint="turn them round"
            )
        # the calendar's own last day has none after it
        end = f"{DAY}{last + timedelta(days=1)}" if last < date.max else end
    if {"from", "to"} & filters.keys():
        yield (Range(number, first, end, FILTER),)
    for name, values in filters.items():
        if name in {"from", "to"}:
            continue
        number += 1
        if name == "grade":
            begun = [f":grade:{value.upper()}" for value in values]
            yield tuple(Range(number, term, term + LAST, FILTER) for term in begun)
        elif name == "born":
            begun = [f"{BORN}{_born(value)}" for value in values]
            yield tuple(Range(number, term, term + LAST, FILTER) for term in begun)
        else:
            yield tuple(_whole(number, f":{name}:{value}", FILTER) for value in values)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QueryError(f"{name}:{text} is no date", hint=f"write {name}:2009-06-30") from None


def _born(text: str) -> str:
    """Return the beginning of a date of birth as it is indexed."""
    whole = next((day for start, end, day in dates(text) if text == text[start:end]), None)
    if whole is None and _KNOWN_OF_A_DATE.fullmatch(text):
        whole = text.replace("-", "")
    if whole is None:
        raise QueryError(f"born:{text} is no date", hint="write born:1990, born:1990-05-14")
    return whole


def needed(node: Node, of_word: Mapping[int, Sequence[Range]]) -> Iterator[Needed]:
    """Yield what must be there for `node` to fit, given the ranges of every word by its number."""
    match node:
        case Word(number):
            yield tuple(of_word.get(number, ()))
        case Filters(of):
            yield from filter_ranges(dict(of))
        case Phrase(words):
            for word in words:
                yield from needed(word, of_word)
        case All(of):
            for part in of:
                yield from needed(part, of_word)
        case Any(of):
            # one of what each needs: the first of each together, the second of each, and so on
            each = [tuple(needed(part, of_word)) for part in of]
            if all(each):
                for at in range(max(map(len, each))):
                    both = (parts[min(at, len(parts) - 1)] for parts in each)
                    yield tuple(dict.fromkeys(one for part in both for one in part))


def condition(node: Node, has: Callable[[Word | Phrase | Filters], str]) -> str:
    """Return the node as SQL, given the SQL for having a word, a phrase or filters."""
    match node:
        case Word() | Phrase() | Filters():
            return has(node)
        case Not(of):
            return f"NOT ({condition(of, has)})"
        case All(of):
            return "(" + " AND ".join(condition(part, has) for part in of) + ")"
        case Any(of):
            return "(" + " OR ".join(condition(part, has) for part in of) + ")"


def side_by_side(phrase: Phrase) -> str:
    """Return what a wording that has the phrase holds (repository/linking/wording.py)."""
    return wording([[word.text for word in phrase.words]])
