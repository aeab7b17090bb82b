"""Who will see this? Asked before something is sent or shared, and of what is there. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from repository.access.policy import may_read, release_of
from repository.access.reader import CENTRE, Reader

Coded = tuple[str, str, str, str]
"""What decides: originator, grading scheme, handling code, marking."""


def meaning_of(said: Iterable[Coded]) -> str:
    """Return what the handling codes let out, in words."""
    return "; ".join(dict.fromkeys(release_of(each[1], each[2]).meaning for each in said))


def who_may_see(
    readers: Iterable[Reader], said: Sequence[Coded], asking: Reader
) -> list[dict[str, Any]]:
    """Return which readers may see all of `said` (an event, and what replaced it): `victims` with
    what identifies victims, `sources` with sources. The centre is shown all readers, an agency its
    own.
    """
    return [
        {
            "name": one.name,
            "organisation": one.organisation,
            "victims": all(may_read(one, *each, victim=True) for each in said),
            "sources": one.has("source_data"),
        }
        for one in readers
        if asking.organisation in (CENTRE, one.organisation)
        and all(may_read(one, *each, victim=False) for each in said)
    ]
