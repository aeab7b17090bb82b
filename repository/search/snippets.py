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
LONG = 4
"""A word of so many letters stands for what begins with it or sounds like it too."""
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
    needles = _needles(frozenset(words))
    body = {name: value for name, value in event.items() if name != "header"}
    found = [
        _passage(text, [m.span() for m in _WORD.finditer(text) if _any_in(_heard(m[0]), needles)])
        for text in filter(holding(words), dict.fromkeys(strings(body)))
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
    needles = _needles(frozenset(words))
    return lambda text: _any_in(_heard_in(text), needles)


def _any_in(heard: str, needles: Collection[str]) -> bool:
    return any(map(heard.__contains__, needles))


@lru_cache(maxsize=64)
def _needles(words: frozenset[str]) -> tuple[str, ...]:
    """Return what `_heard` has of whatever matches: the word, what begins with a long one, and what
    sounds as a long one of letters does.
    """
    long = [word for word in words if len(word) >= LONG]
    sounds = {sound(word) for word in long if word.isalpha()}
    return (
        *(f"\n{word}\n" for word in words if len(word) < LONG),
        *(f"\n{word}" for word in long),
        *(f"\t{one}\t" for one in sounds if one),
    )


def _heard_in(text: str) -> str:
    """Return a text's words, each as `_heard` has it."""
    return _remembered(text) if len(text) <= SHORT else _heard_all(text)


def _heard_all(text: str) -> str:
    return "".join(map(_heard, _WORD.findall(text)))


# Names, towns and codes are said again and again.
_remembered = lru_cache(maxsize=50_000)(_heard_all)


@lru_cache(maxsize=50_000)  # reports are written in few words
def _heard(written: str) -> str:
    """Return a word as it is compared, between line breaks, and then how it sounds, if that is ever
    compared, between tabs.
    """
    plain = "".join(normalise.tokens(written))
    heard = sound(plain) if len(plain) >= LONG and plain.isalpha() else None
    return f"\n{plain}\n\t{heard}\t" if heard else f"\n{plain}\n"


def _passage(text: str, marks: list[tuple[int, int]]) -> Snippet:
    """Return the stretch of a text around its first mark."""
    start = max(0, marks[0][0] - PASSAGE // 3)
    end = min(len(text), start + PASSAGE)
    inside = tuple((a - start, b - start) for a, b in marks if start <= a and b <= end)
    return Snippet(text[start:end], inside)
