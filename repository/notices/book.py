"""The book of notices: what was decided is kept, and what is to be told is queued for sending."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from intelbus.trust import TrustRegistry
from repository.linking.closure import RecordId
from repository.linking.store import split
from repository.notices import policy
from repository.notices.entities import moved, read_entities
from repository.notices.matching import Finding, Key, findings
from repository.notices.policy import Way
from repository.notices.telling import take_back, tell
from repository.notices.transitions import Notice, Status, Step, step
from repository.queries.entity import NoEntityError, resolve

# Notices whose entity is, was named as, or has become one of these; and what it is now, if its
# naming record is still there.
KEPT: LiteralString = """
WITH RECURSIVE named AS (
    SELECT t.position, t.ordinal
    FROM unnest(%(p)s::bigint[], %(o)s::smallint[]) AS t(position, ordinal)
    UNION
    SELECT b.position, b.ordinal FROM (
        SELECT r.position, r.ordinal
        FROM unnest(%(p)s::bigint[], %(o)s::smallint[]) AS t(position, ordinal)
        JOIN record r ON r.entity_position = t.position AND r.entity_ordinal = t.ordinal
    ) b
    UNION
    SELECT d.position, d.ordinal FROM named
    JOIN entity_redirect d ON d.to_position = named.position AND d.to_ordinal = named.ordinal
)
SELECT n.notice_no, n.notice_id, n.status, n.reason, n.strength, n.urgency, n.told, n.ever_held,
       n.revision, n.receiver, n.holder, n.watch_reference, n.entity_position, n.entity_ordinal,
       r.entity_position, r.entity_ordinal
FROM named
JOIN notice n ON n.entity_position = named.position AND n.entity_ordinal = named.ordinal
LEFT JOIN record r ON r.position = n.entity_position AND r.ordinal = n.entity_ordinal
ORDER BY n.notice_no
"""
NEW: LiteralString = """
INSERT INTO notice (receiver, holder, watch_reference, entity_position, entity_ordinal, positions,
                    ordinals, status, reason, strength, urgency, ever_held, as_of)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING notice_no, notice_id, status, reason, strength, urgency, told, ever_held, revision
"""
CHANGE: LiteralString = """
UPDATE notice SET entity_position = %s, entity_ordinal = %s, positions = %s, ordinals = %s,
    status = %s, reason = %s, strength = %s, urgency = %s, ever_held = ever_held OR %s,
    as_of = %s, decided_at = clock_timestamp()
WHERE notice_no = %s
"""
END: LiteralString = """
UPDATE notice SET status = %s, reason = %s, as_of = %s, decided_at = clock_timestamp()
WHERE notice_no = %s
"""
# step → the status that a notice then has.
AFTER: Mapping[Step, Status] = {
    Step.SEND: Status.SENT,
    Step.HOLD: Status.HELD,
    Step.SILENCE: Status.SILENCED,
    Step.WITHDRAW: Status.WITHDRAWN,
    Step.LAPSE: Status.LAPSED,
}

Decided = Counter[tuple[str, str]]
"""How often each step was taken, by reason ("" for a notice that goes out)."""


Kept = dict[tuple[RecordId, Key], list[Notice]]
"""Notices by the entity that each leads to now, the oldest first."""


def settle(
    connection: psycopg.Connection[Any],
    touched: Iterable[RecordId],
    registry: TrustRegistry,
    *,
    as_of: int,
) -> Decided:
    """Look at the entities touched, and write what changes against what was decided before."""
    ids, kept = _concerned(connection, touched)
    entities = read_entities(connection, ids)
    parties = policy.parties(registry)
    book = _Book(connection, registry, as_of)
    decided: Decided = Counter()
    for entity in sorted({*entities, *(one for one, _ in kept)}):
        found: Mapping[Key, Finding] = {}
        if entity in entities:
            found = findings(entities[entity].members, entities[entity].evidence, parties)
        keys = {*found, *(key for one, key in kept if one == entity)}
        for key in sorted(keys, key=lambda key: (key[0], key[1], key[2] or "")):
            matter = Matter(key, entity, found.get(key))
            for notice in _to_take(kept.get((entity, key), []), matter.finding):
                what = book.take(notice, matter)
                decided.update([what] if what else [])
    return decided


def _to_take(notices: list[Notice], finding: Finding | None) -> Sequence[Notice | None]:
    """Return which of a key's notices to look at; None is a new one.

    Where entities that were told of have merged, one of their notices goes on; all end together.
    """
    if finding is None or finding.way is Way.SHUT:
        return notices or ([None] if finding else [])
    return [next((one for one in notices if one.told), notices[0] if notices else None)]


def _concerned(
    connection: psycopg.Connection[Any], touched: Iterable[RecordId]
) -> tuple[set[RecordId], Kept]:
    """Return every entity that these lead to, and the notices of all of them.

    An entity may have lost its naming record, and its notices lead to another one then, which has
    notices of its own: so it is asked again until nothing is added.
    """
    ids = set(touched)
    while True:
        ids |= moved(connection, ids)
        kept = _kept(connection, ids)
        more = {entity for entity, _ in kept} - ids
        if not more:
            return ids, kept
        ids |= more


def _kept(connection: psycopg.Connection[Any], ids: Iterable[RecordId]) -> Kept:
    positions, ordinals = split(ids)
    kept: Kept = {}
    for row in connection.execute(KEPT, {"p": positions, "o": ordinals}).fetchall():
        entity: RecordId = (row[14], row[15])
        if row[14] is None:
            named = (row[12], row[13])
            try:
                entity = resolve(connection, named)
            except NoEntityError:
                entity = named
        kept.setdefault((entity, (row[9], row[10], row[11])), []).append(_notice(row))
    return kept


def _notice(row: Any) -> Notice:
    number, notice_id, status, *rest = row[:9]
    return Notice(number, notice_id, Status(status), *rest)


@dataclass(frozen=True, slots=True)
class Matter:
    """What was found of one key in one entity; no finding: the two no longer meet in it."""

    key: Key
    entity: RecordId
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class _Book:
    """Writes what is decided, as of one position of the log."""

    connection: psycopg.Connection[Any]
    registry: TrustRegistry
    as_of: int

    def take(self, notice: Notice | None, matter: Matter) -> tuple[str, str] | None:
        """Take the step of one notice; return it with its reason, None when nothing changes."""
        taken, finding = step(notice, matter.finding), matter.finding
        if taken is Step.NOTHING:
            return None
        if notice is not None and (finding is None or taken in {Step.WITHDRAW, Step.LAPSE}):
            return self._end(notice, matter, taken)
        if finding is None or (notice and _as_before(notice, taken, finding)):
            return None
        written = self._write(notice, matter, finding, taken)
        if taken is Step.SEND:
            contact = matter.key[1]
            tell(self.connection, written, matter.key, finding, self.registry.agencies[contact])
        return taken, finding.reason

    def _end(self, notice: Notice, matter: Matter, taken: Step) -> tuple[str, str]:
        finding = matter.finding
        reason = finding.reason if finding and finding.reason else policy.NO_LONGER_HELD
        facts = (AFTER[taken].value, reason, self.as_of, notice.notice_no)
        self.connection.execute(END, facts)
        if taken is Step.WITHDRAW:
            take_back(self.connection, notice)
        return taken, reason

    def _write(
        self, notice: Notice | None, matter: Matter, finding: Finding, taken: Step
    ) -> Notice:
        facts = (
            *matter.entity,
            *split(finding.holdings),
            AFTER[taken].value,
            finding.reason,
            finding.strength,
            finding.urgency,
            taken is Step.HOLD,
            self.as_of,
        )
        if notice is None:
            return _notice(self.connection.execute(NEW, (*matter.key, *facts)).fetchone())
        self.connection.execute(CHANGE, (*facts, notice.notice_no))
        return notice


def _as_before(notice: Notice, taken: Step, finding: Finding) -> bool:
    before = (notice.status, notice.reason, notice.strength, notice.urgency)
    now = (AFTER[taken], finding.reason, finding.strength, finding.urgency)
    return taken is not Step.SEND and before == now
