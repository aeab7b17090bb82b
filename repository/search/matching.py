"""From a query to ranges of terms in the index, and to the condition on what they find. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repository.linking import normalise
from repository.linking.names import sound
from repository.search.language import All, Any, Node, Not, Phrase, Query, Word

# A word with a digit is likely part of an identifier, so that a few characters are enough.
PREFIX_LENGTH_OF_WORDS = 4
PREFIX_LENGTH_OF_NUMBERS = 3
SHORTEST_SOUND = 4
LAST = "\U0010ffff"
EXACT, BEGINNING, SOUND = 4, 2, 1


@dataclass(frozen=True, slots=True)
class Range:
    """Terms from `low` to before `high` that stand for a word; `weight` says how well."""

    number: int
    low: str
    high: str
    weight: int


def sounding(word: str) -> str:
    """Return the term under which a name's word is indexed by its sound; no word has a `~`."""
    return f"~{sound(word)}"


def ranges(query: Query) -> Iterator[Range]:
    """Yield the ranges of every word: whole, as a beginning, by sound, run together with others."""
    in_phrases = {word.number for phrase in query.phrases() for word in phrase.words}
    for word in query.words():
        yield _whole(word.number, word.text, EXACT)
        if word.number in in_phrases:
            continue
        digits = any(c.isdigit() for c in word.text)
        if len(word.text) >= (PREFIX_LENGTH_OF_NUMBERS if digits else PREFIX_LENGTH_OF_WORDS):
            yield Range(word.number, word.text, word.text + LAST, BEGINNING)
        if not digits and len(word.text) >= SHORTEST_SOUND:
            yield _whole(word.number, sounding(word.text), SOUND)
    for row in _rows(query):
        for joined in _joined(row):
            for word in row:  # found as one, it stands for each of them
                yield Range(word.number, joined, joined + LAST, EXACT)


def _whole(number: int, term: str, weight: int) -> Range:
    return Range(number, term, term + "\x01", weight)


def _rows(query: Query) -> Iterator[tuple[Word, ...]]:
    yield from query.rows
    beside = {word.number for row in query.rows for word in row}
    yield from ((word,) for word in query.words() if word.number not in beside)


def _joined(row: Sequence[Word]) -> Iterator[str]:
    """Yield what the words are written as one: `AB12 CDE`, `07700 900123`."""
    text = "".join(word.text for word in row)
    if len(row) > 1:
        yield text
    if text.isdigit() and (telephone := normalise.telephone(text)):
        yield telephone.lstrip("+")


def relaxed(node: Node) -> Node | None:
    """Return a condition that whatever fits `node` fits too, for an index that knows no order."""
    match node:
        case Phrase(words):
            return All(words)
        case Not(of):
            return None if _has_phrase(of) else node
        case All(of):
            parts = tuple(part for one in of if (part := relaxed(one)) is not None)
            return All(parts) if parts else None
        case Any(of):
            found = tuple(relaxed(one) for one in of)
            known = tuple(part for part in found if part is not None)
            return Any(known) if len(known) == len(found) else None
    return node


def _has_phrase(node: Node) -> bool:
    match node:
        case Phrase():
            return True
        case Not(of):
            return _has_phrase(of)
        case All(of) | Any(of):
            return any(_has_phrase(part) for part in of)
    return False


def condition(node: Node, matched: str = "matched") -> str:
    """Return the node as SQL over an array of the numbers of the words found. Numbers alone."""
    match node:
        case Word(number):
            return f"{int(number)} = ANY({matched})"
        case Not(of):
            return f"NOT ({condition(of, matched)})"
        case Phrase(words) | All(words):
            return "(" + " AND ".join(condition(part, matched) for part in words) + ")"
        case Any(of):
            return "(" + " OR ".join(condition(part, matched) for part in of) + ")"


def fits(node: Node, matched: frozenset[int], texts: Sequence[Sequence[str]]) -> bool:
    """Return whether texts fit the query: words as the index found them, phrases as read."""
    match node:
        case Word(number):
            return number in matched
        case Phrase(words):
            wanted = [word.text for word in words]
            return any(
                list(text[at : at + len(wanted)]) == wanted
                for text in texts
                for at in range(len(text) - len(wanted) + 1)
            )
        case Not(of):
            return not fits(of, matched, texts)
        case All(of):
            return all(fits(part, matched, texts) for part in of)
        case Any(of):
            return any(fits(part, matched, texts) for part in of)
