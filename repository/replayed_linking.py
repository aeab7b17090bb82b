"""Replaying the linker beside what is there: rebuilt from nothing, compared, then put in place.

The rebuilding goes on in a schema of its own, by the stage's own code: until it is put in place,
neither readers nor the running linker notice anything of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from intelbus.errors import RefusedError
from repository.access.audit import Who, record
from repository.linking.closure import RecordId
from repository.linking.differing import Differences, compare
from repository.linking.in_force import adopt, put_in_force
from repository.linking.stage import BATCH, STAGE, Linker, catch_up, link_once, recompute
from repository.linking.store import DESCRIBE_WORDS, split
from repository.review.decisions import JUDGED, LOOK_AGAIN
from repository.stages import lock_stage, read_cursor

# What the linker derives, each table with the columns that number its rows.
DERIVED: dict[LiteralString, LiteralString] = {
    "record": "position, ordinal",
    "description": "number",
    "link_key": "key, description",
    "stop_key": "key",
    "edge": "a, b",
    "parting": "description",
}
BESIDE: tuple[LiteralString, ...] = (
    *DERIVED, "entity_redirect", "stage_cursor", "judgement", "linking_weights"
)  # fmt: skip
COPY_OF: LiteralString = "CREATE TABLE linking_replay.{0} (LIKE public.{0} INCLUDING ALL)"
NUMBER_ON: LiteralString = """
SELECT setval(pg_get_serial_sequence('linking_replay.linking_weights', 'number'),
              coalesce(max(number), 0) + 1, false)
FROM linking_replay.linking_weights
"""
BEGIN: tuple[LiteralString, ...] = (
    "DROP SCHEMA IF EXISTS linking_replay CASCADE",
    "CREATE SCHEMA linking_replay",
    *(COPY_OF.format(table) for table in BESIDE),
    "INSERT INTO linking_replay.linking_weights SELECT * FROM public.linking_weights",
    NUMBER_ON,
    "SET search_path = linking_replay, public",
)
END: tuple[LiteralString, ...] = (
    "SET search_path = public",
    "DROP SCHEMA IF EXISTS linking_replay CASCADE",
)
ENTITIES: LiteralString = "SELECT position, ordinal, entity_position, entity_ordinal FROM {}.record"
# People's words, each with the descriptions that its records have here.
WORDS_AGAIN: tuple[LiteralString, ...] = (
    "DELETE FROM linking_replay.judgement",
    "INSERT INTO linking_replay.judgement SELECT * FROM public.judgement",
    "UPDATE linking_replay.judgement SET a_description = NULL, b_description = NULL",
    *DESCRIBE_WORDS,
)
WORDS_DESCRIBED: LiteralString = """
UPDATE public.judgement p SET a_description = j.a_description, b_description = j.b_description
FROM linking_replay.judgement j
WHERE p.a_position = j.a_position AND p.a_ordinal = j.a_ordinal AND p.b_position = j.b_position
  AND p.b_ordinal = j.b_ordinal AND p.judge = j.judge
  AND (p.a_description, p.b_description) IS DISTINCT FROM (j.a_description, j.b_description)
"""
LAST: LiteralString = "SELECT coalesce(max(position), 0) FROM public.event_log"
KINDS: LiteralString = """
SELECT r.position, r.ordinal, r.kind
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN linking_replay.record r USING (position, ordinal)
"""
WORDS: LiteralString = """
SELECT a_position, a_ordinal, b_position, b_ordinal, verdict > 0 FROM public.judgement
WHERE judge <> 'linker' AND verdict <> 0
"""
# Only what differs is written, so that readers wait for nothing.
TAKE_OUT: LiteralString = """
DELETE FROM public.{0} WHERE ({1}) IN (
    SELECT {1} FROM (
        SELECT * FROM public.{0} EXCEPT SELECT * FROM linking_replay.{0}
    ) gone
)
"""
PUT_IN: LiteralString = """
INSERT INTO public.{0} SELECT * FROM linking_replay.{0} EXCEPT SELECT * FROM public.{0}
"""
# Ids of entities that have gone go on leading to what has their records.
LEAD_ON: LiteralString = """
INSERT INTO public.entity_redirect SELECT * FROM linking_replay.entity_redirect
ON CONFLICT (position, ordinal) DO NOTHING
"""
MOVE: LiteralString = """
UPDATE public.stage_cursor c SET position = r.position
FROM linking_replay.stage_cursor r WHERE r.stage = c.stage AND c.stage = %s
"""


LOCK = 0x1B05_0030
"""One replay at a time."""


class ReplayError(RefusedError):
    """Another replay of the linker is under way."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found, and whether it is in place now.

    `words_broken` are people's words on records that are there which the result does not keep.
    """

    events: int
    records: int
    entities_before: int
    entities_after: int
    differences: Differences
    kinds: dict[RecordId, str]
    words: int
    words_broken: tuple[tuple[RecordId, RecordId], ...]
    in_place: bool


def replay(
    connection: psycopg.Connection[Any],
    *,
    apply: bool,
    who: Who,
    weights: str | None = None,
    batch: int = BATCH,
) -> Replayed:
    """Link everything anew beside what is there, and say how the result differs.

    It goes by the weights that were adopted last, or by `weights`, the text of a file of them,
    which are adopted if the result is put in place.

    1 make tables of its own beside the linker's · 2 link the whole log into them · 3 stop the
    linker, link what came meanwhile · 4 compare · 5 with `apply`, write what differs, have the
    notices of what changed looked at again, and put it on the audit, all in one transaction ·
    6 drop the tables. Killed anywhere before 5 is committed, nothing has changed. Raises
    ReplayError when another replay is under way, and WeightsError.
    """
    linker = Linker()
    with _beside(connection):
        _go_by(connection, weights, who)
        _words(connection)
        events = catch_up(connection, linker, batch=batch)
        with connection.transaction():
            lock_stage(connection, STAGE)
            last = connection.execute(LAST).fetchone()
            while read_cursor(connection, STAGE) < (last[0] if last else 0):
                events += link_once(connection, linker, batch=batch)
            spoken_of = connection.execute(JUDGED).fetchall()
            _words(connection)
            recompute(connection, [*spoken_of, *connection.execute(JUDGED).fetchall()])
            found = _compared(connection, events, apply)
            if apply:
                _put_in_place(connection, found, who)
                connection.execute("SET LOCAL search_path = public")
                _go_by(connection, weights, who)
    return found


def _go_by(connection: psycopg.Connection[Any], weights: str | None, who: Who) -> None:
    if weights is not None:
        adopt(connection, weights, by=who.reader)
    put_in_force(connection)


def _words(connection: psycopg.Connection[Any]) -> None:
    for statement in WORDS_AGAIN:
        connection.execute(statement)


@contextmanager
def _beside(connection: psycopg.Connection[Any]) -> Iterator[None]:
    held = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
    if held is None or not held[0]:
        raise ReplayError(hint="wait until it has ended")
    try:
        for statement in BEGIN:
            connection.execute(statement)
        yield
    finally:
        for statement in END:
            connection.execute(statement)
        connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _compared(connection: psycopg.Connection[Any], events: int, apply: bool) -> Replayed:
    before = _entities(connection, "public")
    after = _entities(connection, "linking_replay")
    differences = compare(before, after)
    named = {entity for change in differences.changes for entity in change.after}
    rows = connection.execute(KINDS, split(named)).fetchall()
    words = [
        ((ap, ao), (bp, bo), same)
        for ap, ao, bp, bo, same in connection.execute(WORDS)
        if (ap, ao) in after and (bp, bo) in after
    ]
    return Replayed(
        events=events,
        records=len(after),
        entities_before=len(set(before.values())),
        entities_after=len(set(after.values())),
        differences=differences,
        kinds={(position, ordinal): kind for position, ordinal, kind in rows},
        words=len(words),
        words_broken=tuple((a, b) for a, b, same in words if (after[a] == after[b]) != same),
        in_place=apply,
    )


def _entities(
    connection: psycopg.Connection[Any], schema: LiteralString
) -> dict[RecordId, RecordId]:
    rows = connection.execute(ENTITIES.format(schema))
    return {(position, ordinal): (ep, eo) for position, ordinal, ep, eo in rows}


def _put_in_place(connection: psycopg.Connection[Any], found: Replayed, who: Who) -> None:
    for table, numbering in DERIVED.items():
        connection.execute(TAKE_OUT.format(table, numbering))
        connection.execute(PUT_IN.format(table))
    connection.execute(LEAD_ON)
    connection.execute(WORDS_DESCRIBED)
    connection.execute(MOVE, (STAGE,))
    changes = found.differences.changes
    touched = {entity for change in changes for entity in (*change.before, *change.after)}
    connection.execute(LOOK_AGAIN, split(touched))
    record(connection, who, "link", {"replay": {"events": found.events, "changes": len(changes)}})
