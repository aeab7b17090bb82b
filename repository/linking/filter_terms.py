"""Terms by which events are filtered: postings like those of words, so that search needs no table.

No word begins with a colon. What an event is stands under EVENT_TEXT, what a subject is under the
subject's ordinal, each for whom it is: a filter finds nothing that its reader may not see. Pure.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

ROLE = ":role:"
BORN = ":born:"
"""A person's date of birth, YYYYMMDD, 00 for what is not known: a year is its beginning."""


def filters_of_event(kind: str, agency: str, header: Mapping[str, Any]) -> frozenset[str]:
    """Return the terms of an event as a whole; its day is that of `reported_at`, in UTC."""
    grades = (header["source_grade"], header["information_grade"], header["handling"])
    return frozenset((
        f":kind:{kind}",
        f":agency:{agency}",
        f":marking:{header['marking']}",
        f":urgency:{header['urgency']}",
        f":day:{header['reported_at'].astimezone(UTC).date()}",
        f":grade:{''.join(one or '' for one in grades).upper()}",
    ))  # fmt: skip


def filters_of_subject(kind: str, role: str) -> tuple[str, str]:
    """Return the terms of one subject."""
    return f":kind:{kind}", f"{ROLE}{role}"
