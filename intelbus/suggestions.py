"""Suggestions for somebody who has written a name or code that is not there."""

from collections.abc import Sequence
from difflib import get_close_matches

from intelbus.errors import InvalidRequestError

_SHOWN = 30


def nearest(word: str, names: Sequence[str]) -> str:
    """Return "did you mean …?" for the nearest of the names, else the names themselves."""
    close = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"the fields are {_listed(names)}"


def allowed(word: str, codes: Sequence[str]) -> str:
    """Return the codes that are allowed, the nearest to `word` first named."""
    close = get_close_matches(word.lower(), codes, n=1, cutoff=0.6) if word else []
    listed = f"one of {_listed(codes)}"
    return f"did you mean {close[0]}? {listed}" if close else listed


def require_allowed(what: str, said: str, codes: Sequence[str]) -> None:
    """Raise InvalidRequestError unless a code is one of those that there are."""
    if said not in codes:
        raise InvalidRequestError(f"no such {what}", subject=said, hint=allowed(said, codes))


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(words[:_SHOWN])
    return shown if len(words) <= _SHOWN else f"{shown}, …"
