"""What to show of an event: the passages with the words asked for, marked. Pure."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from repository.linking import normalise
from repository.linking.names import sound
from repository.linking.wording import SHORT, strings

PASSAGE = 160
SHOWN = 3
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage of an event's text, and the (start, end) of each word in it that matched."""

    text: str
    marks: tuple[tuple[int, int], ...]


def snippets(event: Mapping[str, Any], words: Collection[str]) -> list[Snippet]:
    """Return the passages with most of the words, in the event's own spelling; of one that stands
    in another, the other alone: a name is in an event whole, in its parts and in its texts.
    """
    matches, has_any = _matching(frozenset(words)), holding(words)
    body = {name: value for name, value in event.items() if name != "header"}
    found = [
        _passage(text, [m.span() for m in _WORD.finditer(text) if matches(m[0])])
        for text in filter(has_any, dict.fromkeys(strings(body)))
    ]
    found.sort(key=lambda one: -len(one.marks))
    plain = [" ".join(one.text.casefold().split()) for one in found]
    return [
        one
        for at, one in enumerate(found)
        if not any(
            plain[at] in other and (plain[at] != other or before < at)
            for before, other in enumerate(plain)
            if before != at
        )
    ][:SHOWN]


def holding(words: Collection[str]) -> Callable[[str], bool]:
    """Return what says whether a text has any of the words: most have none."""
    return _holding(frozenset(words))


@lru_cache(maxsize=64)
def _holding(words: frozenset[str]) -> Callable[[str], bool]:
    matches = _matching(words)

    def holds(text: str) -> bool:
        return any(map(matches, _WORD.findall(text)))

    # Names, towns and codes are said again and again.
    remembered = lru_cache(maxsize=5_000)(holds)
    return lambda text: remembered(text) if len(text) <= SHORT else holds(text)


@lru_cache(maxsize=64)
def _matching(words: frozenset[str]) -> Callable[[str], bool]:
    """Return what says whether a written word matches: reports are written in few words."""
    sounds = {sound(word) for word in words if len(word) >= 4 and word.isalpha()}
    long = tuple(word for word in words if len(word) >= 4)

    @lru_cache(maxsize=5_000)
    def matches(written: str) -> bool:
        plain, heard = _heard(written)
        return plain in words or plain.startswith(long) or heard in sounds

    return matches


@lru_cache(maxsize=50_000)  # reports are written in few words
def _heard(written: str) -> tuple[str, str | None]:
    """Return a word as it is compared, and how it sounds, if that is ever compared."""
    plain = "".join(normalise.tokens(written))
    return plain, sound(plain) if len(plain) >= 4 and plain.isalpha() else None


def _passage(text: str, marks: list[tuple[int, int]]) -> Snippet:
    """Return the stretch of a text around its first mark."""
    start = max(0, marks[0][0] - PASSAGE // 3)
    end = min(len(text), start + PASSAGE)
    inside = tuple((a - start, b - start) for a, b in marks if start <= a and b <= end)
    return Snippet(text[start:end], inside)
