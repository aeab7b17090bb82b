"""Wording: the words of an event's texts in their order, by which phrases are found. Pure.

Of each text, its words as they are indexed, with a space around each; a line a text. So words stand
side by side in an event where they stand so in its wording. A text of one word has none.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from repository.access.masking import MASK, Mask
from repository.access.redaction import redacted
from repository.linking import normalise

SHORT = 64
"""Texts of so many characters at most are remembered."""


def wordings_of(kind: str, event: Mapping[str, Any], mask: Mask | None = None) -> tuple[str, str]:
    """Return the wording of a decoded event for whoever may see it, and what is more of it for
    readers of victims' data. Neither holds what identifies a source; words around a mask do not
    stand side by side. `mask` is what has masked the event's texts already.
    """
    shown = _texts(redacted(kind, event, victims=False, sources=False, mask=mask))
    whole = _texts(redacted(kind, event, victims=True, sources=False))
    return wording(shown), wording(text for text in whole if text not in shown)


def _texts(event: Mapping[str, Any]) -> dict[tuple[str, ...], None]:
    """Return the words of each text that has several."""
    return dict.fromkeys(
        words
        for text in strings(event)
        for piece in text.split(MASK)
        if len(words := _remembered(piece) if len(piece) <= SHORT else _words(piece)) > 1
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(normalise.tokens(text))


# Names, towns and codes are said again and again.
_remembered = lru_cache(maxsize=100_000)(_words)


def wording(texts: Iterable[Sequence[str]]) -> str:
    """Return these words, text by text."""
    return "\n".join(f" {' '.join(words)} " for words in texts)


def strings(value: Any) -> list[str]:
    """Return every text that an event holds, at any depth, in order."""
    found: list[str] = []
    _gather((value,), found)
    return found


def _gather(values: Iterable[Any], found: list[str]) -> None:
    for one in values:
        # what there is most of first: a search goes through all fields of what it shows
        if isinstance(one, str):
            found.append(one)
        elif one is None:
            continue
        elif isinstance(one, dict):
            _gather(one.values(), found)
        elif isinstance(one, list | tuple):
            _gather(one, found)
