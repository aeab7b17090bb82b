"""What people decide about records: on record, in force at once, and possible to undo.

Each function is one transaction: the decision and its words are added, the words that stand are
written for the linker, the entities concerned are computed anew and their notices looked at again.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, LiteralString

import psycopg

from intelbus.errors import ConflictError, ContentError, InvalidRequestError
from repository.access.audit import Who, record
from repository.linking.closure import RecordId, entity_name, record_name
from repository.linking.stage import STAGE, empty, link_all, recompute
from repository.queries.entity import resolve
from repository.review.records import Pair, columns, ordered, pair_columns
from repository.stages import lock_stage

SPLIT_LIMIT = 20_000
"""Pairs that one split may say a word about."""
PERSON_WEIGHT = 100.0
"""What a person's word weighs in bits: more than any evidence."""

RECORDS: LiteralString = """
SELECT r.position, r.ordinal, r.kind, r.victim, r.entity_position, r.entity_ordinal
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal)
"""
MEMBERS: LiteralString = """
SELECT position, ordinal FROM record WHERE entity_position = %s AND entity_ordinal = %s
"""
# The words of these pairs that stand.
STANDING: LiteralString = """
SELECT w.a_position, w.a_ordinal, w.b_position, w.b_ordinal, w.verdict, d.decision_no, d.decided_by
FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[])
     AS p(a_position, a_ordinal, b_position, b_ordinal)
JOIN review_word w USING (a_position, a_ordinal, b_position, b_ordinal)
JOIN review_decision d USING (decision_no)
WHERE w.verdict <> 0
  AND NOT EXISTS (SELECT FROM review_decision u WHERE u.undoes = d.decision_no)
"""
DECIDE: LiteralString = """
INSERT INTO review_decision (kind, decided_by, because, undoes) VALUES (%s, %s, %s, %s)
RETURNING decision_no
"""
SAY: LiteralString = """
INSERT INTO review_word (decision_no, a_position, a_ordinal, b_position, b_ordinal, verdict)
SELECT %s, p.*, %s FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[]) AS p
"""
JUDGE: LiteralString = """
INSERT INTO judgement (a_position, a_ordinal, b_position, b_ordinal, judge, verdict, weight,
                       reasons, victim, a_description, b_description)
SELECT p.a_position, p.a_ordinal, p.b_position, p.b_ordinal, %s, %s, %s, '[]',
       a.victim OR b.victim, a.description, b.description
FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::smallint[])
     AS p(a_position, a_ordinal, b_position, b_ordinal)
JOIN record a ON a.position = p.a_position AND a.ordinal = p.a_ordinal
JOIN record b ON b.position = p.b_position AND b.ordinal = p.b_ordinal
"""
UNJUDGE: LiteralString = """
DELETE FROM judgement j USING review_word w
WHERE w.decision_no = %s AND j.judge <> 'linker'
  AND j.a_position = w.a_position AND j.a_ordinal = w.a_ordinal
  AND j.b_position = w.b_position AND j.b_ordinal = w.b_ordinal
"""
DECISION: LiteralString = """
SELECT d.kind, u.decision_no, u.decided_by
FROM review_decision d LEFT JOIN review_decision u ON u.undoes = d.decision_no
WHERE d.decision_no = %s
"""
WORDS: LiteralString = """
SELECT a_position, a_ordinal, b_position, b_ordinal FROM review_word WHERE decision_no = %s
"""
LOOK_AGAIN: LiteralString = """
INSERT INTO notice_recheck (entity_position, entity_ordinal)
SELECT * FROM unnest(%s::bigint[], %s::smallint[]) ON CONFLICT DO NOTHING
"""


JUDGED: LiteralString = """
SELECT DISTINCT r.entity_position, r.entity_ordinal FROM judgement j
JOIN record r ON (r.position = j.a_position AND r.ordinal = j.a_ordinal)
              OR (r.position = j.b_position AND r.ordinal = j.b_ordinal)
WHERE j.judge <> 'linker'
"""


class Verdict(IntEnum):
    """A person's word on a pair."""

    SAME = 1
    NOT_SAME = -1
    UNSURE = 0

    @property
    def words(self) -> str:
        """What was said, in words, wherever it is shown."""
        return _WORDS[self]


_WORDS = {Verdict.SAME: "the same", Verdict.NOT_SAME: "not the same", Verdict.UNSURE: "unsure"}


class NoRecordError(ContentError):
    """There is no such record."""


class NoDecisionError(ContentError):
    """There is no such decision."""


class DecidedError(ConflictError):
    """Somebody has decided this already."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision came to: its number, and the entities that its records are in now."""

    decision: int
    entities: tuple[str, ...]


def decide(
    connection: psycopg.Connection[Any],
    one: RecordId,
    other: RecordId,
    verdict: Verdict,
    *,
    who: Who,
    because: str,
) -> Decided:
    """Say whether two records are the same thing.

    1 lock, so that of two reviewers the second sees the first's word · 2 refuse what is decided ·
    3 write the decision, its word, and what stands · 4 compute the entities anew, commit.
    Raises NoRecordError, InvalidRequestError, and DecidedError when a word on the pair stands.
    """
    _require_reason(who, because)
    pair = ordered(one, other)
    with connection.transaction():
        lock_stage(connection, STAGE)
        kinds = {row[2] for row in _records(connection, pair)}
        if one == other or len(kinds) > 1:
            raise InvalidRequestError(
                "only two records of one kind can be the same", subject=" ".join(sorted(kinds))
            )
        _refuse_decided(connection, [pair])
        number = _write(connection, "pair", [pair], verdict, who=who, because=because)
        if verdict is not Verdict.UNSURE:
            _renew(connection, pair)
        return _done(connection, number, pair, "link", who)


def split(
    connection: psycopg.Connection[Any],
    entity: RecordId,
    records: Collection[RecordId],
    *,
    who: Who,
    because: str,
) -> Decided:
    """Take records out of an entity: each is said not to be the same as any that stays.

    What the records are to each other stays as the evidence has it. Pairs that somebody has said
    to be two already keep that word. Raises NoEntityError, NoRecordError, InvalidRequestError,
    and DecidedError when somebody has said that one of the pairs is the same.
    """
    _require_reason(who, because)
    with connection.transaction():
        lock_stage(connection, STAGE)
        name = resolve(connection, entity)
        members = set(connection.execute(MEMBERS, name).fetchall())
        leaving = set(records)
        if not leaving <= members:
            first = min(leaving - members)
            raise NoRecordError(
                f"{record_name(first)} is no record of {entity_name(name)}",
                hint=f"`ukhtc entity show {entity_name(name)}` lists them",
            )
        staying = members - leaving
        if not staying or not leaving:
            raise InvalidRequestError("some records must leave, and some stay")
        if len(staying) * len(leaving) > SPLIT_LIMIT:
            raise InvalidRequestError(
                f"that is a word on {len(staying) * len(leaving)} pairs, {SPLIT_LIMIT} at most",
                hint="name the smaller part",
            )
        pairs = [ordered(a, b) for a in leaving for b in staying]
        said = _standing(connection, pairs)
        _refuse_decided(connection, pairs, but=Verdict.NOT_SAME)
        apart = sorted(pair for pair in pairs if pair not in said)
        number = _write(connection, "split", apart, Verdict.NOT_SAME, who=who, because=because)
        _renew(connection, members)
        return _done(connection, number, leaving, "split", who)


def undo(connection: psycopg.Connection[Any], decision: int, *, who: Who, because: str) -> Decided:
    """Take a decision back: its words stand no more, and the evidence decides again.

    The decision stays on record, with the one that undid it. Raises NoDecisionError, and
    DecidedError when it is undone already or is itself an undoing.
    """
    _require_reason(who, because)
    with connection.transaction():
        lock_stage(connection, STAGE)
        row = connection.execute(DECISION, (decision,)).fetchone()
        if row is None:
            raise NoDecisionError(
                f"there is no decision {decision}", hint="`ukhtc entity history` lists them"
            )
        kind, undone, by = row
        if kind == "undo" or undone is not None:
            what = "is itself an undoing" if undone is None else f"was undone by {by}: {undone}"
            raise DecidedError(f"decision {decision} {what}", hint="decide the pair anew")
        words = connection.execute(WORDS, (decision,)).fetchall()
        connection.execute(UNJUDGE, (decision,))
        made = connection.execute(DECIDE, ("undo", who.reader, because, decision)).fetchone()
        records = {side for a, x, b, y in words for side in ((a, x), (b, y))}
        there = {(row[0], row[1]) for row in connection.execute(RECORDS, columns(records))}
        _renew(connection, there)
        return _done(connection, int(made[0]) if made else 0, there, "split", who)


def relink(connection: psycopg.Connection[Any]) -> int:
    """Replay the linker from nothing, with what people have decided; return how many events."""
    empty(connection)
    total = link_all(connection)
    with connection.transaction():
        lock_stage(connection, STAGE)
        recompute(connection, connection.execute(JUDGED).fetchall())
    return total


def _require_reason(who: Who, because: str) -> None:
    if not who.reader.strip() or not because.strip():
        raise InvalidRequestError("a decision needs who made it and why", hint="--because TEXT")


def _records(connection: psycopg.Connection[Any], wanted: Sequence[RecordId]) -> list[Any]:
    rows = connection.execute(RECORDS, columns(wanted)).fetchall()
    missing = set(wanted) - {(row[0], row[1]) for row in rows}
    if missing:
        first = min(missing)
        raise NoRecordError(
            f"there is no record {record_name(first)}",
            hint="a corrected or retracted event has no records any more",
        )
    return rows


def _standing(
    connection: psycopg.Connection[Any], pairs: Sequence[Pair]
) -> dict[Pair, tuple[Verdict, int, str]]:
    """Return the words of these pairs that stand: verdict, decision, by whom."""
    return {
        ((ap, ao), (bp, bo)): (Verdict(verdict), number, by)
        for ap, ao, bp, bo, verdict, number, by in connection.execute(STANDING, pair_columns(pairs))
    }


def _refuse_decided(
    connection: psycopg.Connection[Any], pairs: Sequence[Pair], *, but: Verdict | None = None
) -> None:
    """Raise DecidedError when a word on one of the pairs stands, other than `but`."""
    for (a, b), (verdict, number, by) in _standing(connection, pairs).items():
        if verdict is not but:
            raise DecidedError(
                f"{record_name(a)} and {record_name(b)}: {by} has said: {verdict.words}, decision"
                f" {number}",
                hint=f"look at it again together; `ukhtc review undo {number}` takes it back",
            )


def _write(
    connection: psycopg.Connection[Any],
    kind: str,
    pairs: Sequence[Pair],
    verdict: Verdict,
    *,
    who: Who,
    because: str,
) -> int:
    row = connection.execute(DECIDE, (kind, who.reader, because, None)).fetchone()
    number = int(row[0]) if row else 0
    said = pair_columns(pairs)
    connection.execute(SAY, (number, int(verdict), *said))
    if verdict is not Verdict.UNSURE:
        connection.execute(JUDGE, (who.reader, int(verdict), PERSON_WEIGHT, *said))
    return number


def _renew(connection: psycopg.Connection[Any], records: Iterable[RecordId]) -> None:
    """Compute the entities of these records anew; their notices are looked at again."""
    records = list(records)
    before = _entities_of(connection, records)
    recompute(connection, before)
    touched = before | _entities_of(connection, records)
    connection.execute(LOOK_AGAIN, columns(touched))


def _entities_of(connection: psycopg.Connection[Any], records: Iterable[RecordId]) -> set[RecordId]:
    return {(row[4], row[5]) for row in connection.execute(RECORDS, columns(records))}


def _done(
    connection: psycopg.Connection[Any],
    number: int,
    records: Iterable[RecordId],
    operation: str,
    who: Who,
) -> Decided:
    names = tuple(sorted(entity_name(one) for one in _entities_of(connection, list(records))))
    record(connection, who, operation, {"decision": number}, ids=names)
    return Decided(number, names)
