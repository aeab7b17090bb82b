"""Wording: a text as passages, each a set of hashed shingles that rewording leaves mostly alone.

Pure. A passage is a sentence. Its shingles are its informative words and pairs of neighbours
among them, each cut to six letters: endings change, stems stay. Names, numbers and addresses of
the subjects are masked: two agencies that write of one man use his name, and that is no echo.
"""

import re
from collections.abc import Set
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from zlib import crc32

from repository.linking.normalise import tokens
from repository.relays.formulas import is_formula
from repository.relays.quantities import one_spelling

STEM = 6
SHORTEST = 4
"""A sentence of fewer informative words tells too little to be compared."""
MOST_PASSAGES = 60
"""Passages looked at in one text; a longer one is compared by its first so many."""

_SENTENCE = re.compile(r"(?<=[.!?;])[\s\"'”’)]+|\n+|;|(?<=\w):\s+")
_COMMON_WORDS = """
a about above after again all also am an and any are as at be because been before being below
between both but by can could did do does doing down during each few for from further had has
have having he her here hers him his how i if in into is it its itself just me more most my no
nor not now of off on once only or other our out over own said same say says she should so some
such than that the their them then there these they this those through to too under until up
very was we were what when where which while who whom why will with would you your mr mrs miss
ms one reported reports report states stated believed alleged
"""
STOP_WORDS = frozenset(_COMMON_WORDS.split())
"""Words that carry no information of their own."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence: how many informative words, the digest of them in order, their shingles."""

    words: int
    digest: int
    shingles: frozenset[int]


def _signed(number: int, bits: int) -> int:
    return number - (1 << bits) if number >> (bits - 1) else number


def hash64(text: str) -> int:
    """Return 64 bits of BLAKE2b as PostgreSQL's bigint."""
    return _signed(int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big"), 64)


def _hash32(text: str) -> int:
    return _signed(crc32(text.encode()), 32)


def informative(sentence: str, masked: Set[str] = frozenset()) -> list[str]:
    """Return the stems of a sentence's informative words, in order."""
    return [
        word if word[-1].isdigit() else word[:STEM]
        for word in tokens(one_spelling(sentence))
        if word not in STOP_WORDS and word not in masked
    ]


def passages(text: str, masked: Set[str] = frozenset()) -> list[Passage]:
    """Return the passages of a text that can be compared; formulas and short ones are left out.

    `masked` are words that prove nothing, as `tokens` gives them: those of the subjects.
    """
    found: dict[int, Passage] = {}
    for sentence in _SENTENCE.split(text):
        if len(found) == MOST_PASSAGES:
            break
        if is_formula(sentence):
            continue
        stems = informative(sentence, masked)
        if len(stems) < SHORTEST:
            continue
        digest = hash64(" ".join(stems))
        pairs = (f"{one} {other}" for one, other in pairwise(stems))
        # The last bit tells a pair from a word, so that shared words can be counted.
        shingles = {_hash32(stem) & ~1 for stem in stems} | {_hash32(pair) | 1 for pair in pairs}
        found.setdefault(digest, Passage(len(set(stems)), digest, frozenset(shingles)))
    return list(found.values())
