"""What a look owes to a broken glass: it is shown to those supervisors alone whose rights reach it.

That something was answered, or how, tells of what it was answered from.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from repository.access.audit import Who, position_of
from repository.access.policy import OWN, VICTIM, with_bits

OPEN: LiteralString = """
SELECT request_no, r.victims, d.positions
FROM glass_request r JOIN glass_decision d USING (request_no)
WHERE r.reader = current_setting('intelbus.reader') AND d.positions && %s::bigint[]
  AND glass_open(request_no) ORDER BY request_no
"""
# What who may know of such a look must have the right to: as the policy of event_log asks for it.
EVENTS: LiteralString = """
SELECT position, event_id,
       ARRAY(SELECT a + CASE WHEN agency = current_setting('intelbus.organisation') THEN %s ELSE 0
                        END FROM unnest(ARRAY[audience, also]) AS a WHERE a IS NOT NULL)
FROM event_log WHERE position = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a reader sees beyond their rights: by position its event's id and the right to it that
    they lack; and by which requests: number, with victims or not, positions.
    """

    events: Mapping[int, UUID]
    bits: Mapping[int, Set[int]]
    requests: tuple[tuple[int, bool, Set[int]], ...]


def opened(connection: psycopg.Connection[Any], beyond: Set[int]) -> Opened:
    """Return what the connection's reader sees at these positions, before they look: what ends in
    the look itself is seen no more after it.
    """
    events = connection.execute(EVENTS, (OWN, list(beyond))).fetchall()
    requests = connection.execute(OPEN, (list(beyond),)).fetchall()
    return Opened(
        {position: event_id for position, event_id, _ in events},
        {position: frozenset(bits) for position, _, bits in events},
        tuple((number, victims, frozenset(at)) for number, victims, at in requests),
    )


def by_glass(
    opened: Opened, who: Who, asked: Mapping[str, Any], ids: Iterable[str] | None
) -> tuple[Who, Mapping[str, Any]]:
    """Return who asked and what, with the requests to break the glass by which it was answered.
    `ids` is what was answered: None of what was refused or failed. Pure.
    """
    seen = seen_through(opened, asked, ids)
    if not seen:
        return who, asked
    by = [(number, victims) for number, victims, positions in opened.requests if positions & seen]
    bits = {bit for position in seen for bit in opened.bits[position]}
    if any(victims for _, victims in by):
        bits |= {bit + VICTIM for bit in bits}
    return (
        replace(who, rights=with_bits(who.rights, bits)),
        {**asked, "glass": [number for number, _ in by]},
    )


def seen_through(opened: Opened, asked: Any, ids: Iterable[str] | None) -> Set[int]:
    """Return to which of those positions a look may go back: those that it names, by whatever
    name, in the question or the answer; all of them where nobody can tell from the names. Pure.
    """
    if ids is None:  # what is refused or fails by what was seen names nothing of it
        return opened.events.keys()
    ids = list(ids)
    if any(name.startswith("E") for name in ids):  # all that is seen decides who is one with whom
        return opened.events.keys()
    words = list(_words(asked))
    at = {event_id: position for position, event_id in opened.events.items()}
    named = {position_of(word) for word in (*words, *ids)}
    return opened.events.keys() & (named | {at.get(_event_id(word)) for word in words})  # type: ignore[arg-type]


def _words(asked: Any) -> Iterable[str]:
    """Yield every word of what was asked, however deep it stands."""
    if isinstance(asked, Mapping):
        asked = asked.values()
    elif isinstance(asked, str) or not isinstance(asked, Iterable):
        yield from str(asked).split()
        return
    for part in asked:
        yield from _words(part)


def _event_id(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None
