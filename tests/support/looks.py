"""Looks on record in a store, and the oracle that says which of them a supervisor is shown."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import psycopg

from intelbus.errors import IntelbusError
from repository.access.audit import position_of
from repository.access.chain import chain_once
from repository.access.policy import MARKINGS, RELEASES, may_read
from repository.access.reader import CENTRE, Reader
from repository.queries.entity import entity_seen, show_entity
from repository.queries.event import events_seen, show_events
from repository.search.engine import search
from tests.support.readers import session_of
from tests.support.worlds import Glass, Said, break_glass

LOOKED = datetime(2010, 1, 1, tzinfo=UTC)
"""Until when the looks of a store were made; later ones are those of whoever asks."""


@dataclass(frozen=True, slots=True)
class Look:
    """A look on record: whose it is, and what it showed beyond their rights."""

    audit_no: int
    reader: Reader
    beyond: tuple[Said, ...]
    victims: bool

    def shown_to(self, supervisor: Reader) -> bool:
        """Return whether a supervisor may know of it: who could have seen all that could be seen
        in it, and is of the same organisation or of the centre.
        """
        home = supervisor.organisation == self.reader.organisation
        return (
            supervisor.has("supervisor")
            and (home or supervisor.organisation == CENTRE)
            and all(
                may_read(supervisor, agency, *codes, victim=victim)
                for codes in _CODES
                for agency in {self.reader.organisation, "" if home else supervisor.organisation}
                for victim in (False, True)
                if may_read(self.reader, agency, *codes, victim=victim)
            )
            and all(
                may_read(
                    supervisor, one.agency, one.scheme, one.handling, one.marking, victim=victim
                )
                for one in self.beyond
                for victim in {False, self.victims}
            )
        )


_CODES = [(*code, marking) for code in (("", ""), *RELEASES) for marking in (*MARKINGS, "unknown")]


def look_around(
    url: str,
    connection: psycopg.Connection[Any],
    said: Sequence[Said],
    readers: Sequence[Reader],
    random: Random,
) -> list[Look]:
    """Let readers look at the store, one in four by a broken glass too; chain their looks, and date
    them before LOOKED. Return what is on record.
    """
    glasses = {}
    for at, reader in enumerate(readers):
        glass = glasses[reader.name] = (
            break_glass(connection, list(said), reader, random, victims=at % 8 == 0)
            if at % 4 == 0
            else Glass()
        )
        session = session_of(url, reader)
        about = [one.position for one in random.sample(list(said), 4)]
        for position in (*sorted(glass.positions), *about):
            entity = f"E{position}-{random.randrange(5)}"
            for asked, read in (
                (
                    {"event": str(position)},
                    lambda c, p=position: events_seen(show_events(c, str(p))),
                ),
                ({"entity": entity}, lambda c, e=entity: entity_seen(show_entity(c, e))),
            ):
                with suppress(IntelbusError):
                    session.answer("view", asked, read)
        word = f"person{random.randrange(12)}"
        session.answer("search", {"q": word}, lambda c, w=word: _found(search(c, w)))
    connection.execute("TRUNCATE glass_end, glass_decision, glass_request")
    connection.execute(
        "UPDATE audit SET at = '2009-11-01Z'::timestamptz + audit_no * interval '1 minute'"
    )
    while chain_once(connection):
        pass
    by_name = {reader.name: reader for reader in readers}
    by_position = {one.position: one for one in said}
    rows = connection.execute("SELECT audit_no, reader, ids FROM audit ORDER BY 1").fetchall()
    return [
        Look(number, by_name[name], _beyond(ids, glasses[name], by_position),
             glasses[name].victims)
        for number, name, ids in rows
    ]  # fmt: skip


def last_look(connection: psycopg.Connection[Any]) -> tuple[Any, ...]:
    """Return (reader, operation, asked, outcome, ids) of the latest look on record."""
    row = connection.execute(
        "SELECT reader, operation, asked, outcome, ids FROM audit ORDER BY audit_no DESC LIMIT 1"
    ).fetchone()
    assert row is not None
    return row


def _found(found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    return found, [str(one["position"]) for one in found["results"]]


def _beyond(ids: list[str], glass: Glass, by_position: dict[int, Said]) -> tuple[Said, ...]:
    """Return what was seen by a glass, and what replaced it, by which it is hidden too."""
    seen = {position_of(name) for name in ids} & glass.positions
    found = [by_position[position] for position in sorted(p for p in seen if p is not None)]
    return tuple(each for one in found for each in (one, *one.replaced_by[-1:]))


def forget(connection: psycopg.Connection[Any], looks: Sequence[Look], supervisor: Reader) -> None:
    """Take out of a twin what a supervisor is not to know of."""
    gone = [one.audit_no for one in looks if not one.shown_to(supervisor)]
    for table in ("audit_seen", "audit_review", "audit_log", "audit_queue", "audit"):
        connection.execute(f"DELETE FROM {table} WHERE audit_no = ANY(%s)", (gone,))
