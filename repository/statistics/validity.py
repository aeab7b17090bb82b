"""From when until when each version of an event stands, as the repository came to know it.

Since amendments are only ever added, a version stands for one stretch of time at most: from when it
and its first version are both known, until a retraction or a later correction is. What is known at
a moment is what the broker had received by then.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain

from repository.amendments import Amendment, Version

Period = tuple[datetime, datetime | None]
"""First moment, and the first moment after it; None: still standing. Empty when they are equal."""


def validity(
    first: Version | None, amendments: Iterable[Amendment], received: Mapping[int, datetime]
) -> dict[int, Period]:
    """Return when each version of a family stands, by position; `received` is by position too.

    At every moment it agrees with `amendments.standing` on what was received until then.
    """
    known = list(amendments)
    corrections = [one for one in known if not one.retracts]
    never = {one.position: _never(received[one.position]) for one in corrections}
    if first is None:
        return never
    if first.is_correction:
        return never
    fitting = [one for one in corrections if one.target_kind == first.kind]
    retracted = [
        received[one.position] for one in known if one.retracts and one.target_kind == first.kind
    ]
    arrived = received[first.position]
    periods = {first.position: _period(arrived, chain(retracted, _of(fitting, received)))}
    ordered = sorted(fitting, key=lambda one: (one.reported_at, one.event_id))
    for index, one in enumerate(ordered):
        ends = chain(retracted, _of(ordered[index + 1 :], received))
        periods[one.position] = _period(max(arrived, received[one.position]), ends)
    return never | periods


def _of(amendments: Iterable[Amendment], received: Mapping[int, datetime]) -> Iterable[datetime]:
    return (received[one.position] for one in amendments)


def _period(start: datetime, ends: Iterable[datetime]) -> Period:
    until = min(ends, default=None)
    return (start, None) if until is None else (start, max(start, until))


def _never(moment: datetime) -> Period:
    return moment, moment
