"""What a connection is told of its reader: for what no row-level policy can say."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString
from weakref import WeakKeyDictionary

import psycopg

READER_ROLE = "intelbus_reader"
"""PostgreSQL's role of everybody who reads: it owns nothing, and row-level security binds it."""

# Who has told nothing has no number; else it says whether what they tell is in the narrow index.
CONTEXT: LiteralString = """current_user = 'intelbus_reader',
       current_setting('intelbus.organisation', true),
       current_setting('intelbus.everything', true) = 'on',
       current_setting('intelbus.own_everything', true) = 'on',
       current_setting('intelbus.victims', true) = 'on',
       current_setting('intelbus.sources', true) = 'on',
       current_setting('intelbus.narrow', true) = 'on'
       AND (nullif(current_setting('intelbus.originator', true), '')::integer >= 1048576)
           IS NOT false
"""
VICTIMS_SHOWN_AT: LiteralString = "SELECT glass_positions(true)"


@dataclass(frozen=True, slots=True)
class Context:
    """Of whoever reads by a connection: `everything` says that no event is hidden from them,
    `own_everything` none that their own organisation could send, `victims` and `sources` that they
    see what identifies such people; `narrow`, that all that they may see is of the few events that
    are told beyond law enforcement and prosecutors, or by others than those.
    """

    organisation: str
    everything: bool
    own_everything: bool
    victims: bool
    sources: bool
    narrow: bool = False

    @property
    def postings(self) -> str:
        """In which postings a search looks: policy decides in either what is seen."""
        return "narrow_posting" if self.narrow else "posting"

    @property
    def unlimited(self) -> bool:
        """Whether no record is hidden."""
        return self.everything and self.victims


_KNOWN: WeakKeyDictionary[psycopg.Connection[Any], Context] = WeakKeyDictionary()


def context_as_told(row: Sequence[Any]) -> Context:
    """Return the context that PostgreSQL tells of (CONTEXT); the centre's own programs have no
    limit.
    """
    reads, organisation, everything, own_everything, victims, sources, narrow = row
    if not reads:
        return Context("", True, True, True, True)
    return Context(
        organisation or "",
        bool(everything),
        bool(own_everything),
        bool(victims),
        bool(sources),
        bool(narrow),
    )


@contextmanager
def known(connection: psycopg.Connection[Any], context: Context) -> Iterator[None]:
    """Let nobody inside ask the connection for its context again: it is that of the transaction."""
    _KNOWN[connection] = context
    try:
        yield
    finally:
        del _KNOWN[connection]


def context_of(connection: psycopg.Connection[Any]) -> Context:
    """Return the context of a session's transaction."""
    if (context := _KNOWN.get(connection)) is not None:
        return context
    row = connection.execute(f"SELECT {CONTEXT}").fetchone()
    return context_as_told(row or (True, "", False, False, False, False, False))


def victims_shown_at(connection: psycopg.Connection[Any]) -> frozenset[int]:
    """Return the positions of events whose victims a session's reader sees by a broken glass."""
    row = connection.execute(VICTIMS_SHOWN_AT).fetchone()
    return frozenset(row[0]) if row else frozenset()
