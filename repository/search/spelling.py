"""Near spellings: what a word may have been meant to be that nobody has written so. Pure, but for
asking the index which of them there are.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from string import ascii_lowercase
from typing import Any

import psycopg
from jellyfish import jaro_winkler_similarity

from repository.access.context import context_of
from repository.search.language import Query, Word, denied
from repository.search.matching import AFTER, SOUND, Range

SHORTEST, LONGEST = 5, 20
"""Of a shorter word one slip makes another word; a longer one has more spellings than are asked."""
MOST_WORDS = 6
"""Words of a query that are looked for in other spellings."""
NEAREST = 2
"""The weight of the spelling that is likest; of others, that of what sounds alike."""

# By a probe of the index each: a word has some hundred spellings, and hardly any is there.
THERE = """
SELECT w.term FROM unnest(%s::text[]) AS w(term)
CROSS JOIN LATERAL (SELECT FROM {postings} p WHERE p.term = w.term LIMIT 1) AS p
"""


def one_slip(word: str) -> frozenset[str]:
    """Return every word that is one slip away: a letter more, less, other, or two turned round."""
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    less = {a + b[1:] for a, b in parts if b}
    turned = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    other = {a + c + b[1:] for a, b in parts if b for c in ascii_lowercase}
    more = {a + c + b for a, b in parts for c in ascii_lowercase}
    return frozenset(less | turned | other | more) - {word}


def spelled(query: Query) -> Iterator[Word]:
    """Yield the words of a query that may be names spelled otherwise: of letters, not short, in no
    phrase, and not to be absent.
    """
    kept = {word.number for phrase in query.phrases() for word in phrase.words}
    kept |= {word.number for word in denied(query.node)}
    words = (
        word
        for word in query.words()
        if word.number not in kept and word.text.isalpha() and SHORTEST <= len(word.text) <= LONGEST
    )
    yield from list(words)[:MOST_WORDS]


def near_ranges(connection: psycopg.Connection[Any], words: Iterable[Word]) -> Sequence[Range]:
    """Return the ranges of the near spellings that there are, as far as the connection sees: of
    words alone that are not there as they are written.
    """
    asked = list(words)
    known = _there(connection, {word.text for word in asked})
    slips = {word: one_slip(word.text) for word in asked if word.text not in known}
    there = _there(connection, frozenset().union(*slips.values()))
    return [
        Range(word.number, term, term + AFTER, SOUND if at else NEAREST)
        for word, terms in slips.items()
        for at, term in enumerate(likest_first(word.text, terms & there))
    ]


def _there(connection: psycopg.Connection[Any], terms: Set[str]) -> set[str]:
    if not terms:
        return set()
    text = THERE.format(postings=context_of(connection).postings)
    rows = connection.execute(text.encode(), (sorted(terms),))
    return {term for (term,) in rows}


def likest_first(word: str, terms: Iterable[str]) -> list[str]:
    """Return spellings by how like they are to a word: of two slips, the later is the likelier
    (Winkler 1990).
    """
    return sorted(terms, key=lambda term: (-jaro_winkler_similarity(word, term), term))
