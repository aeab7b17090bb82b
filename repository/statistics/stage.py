"""The counting stage: from numbered events to the rows that the tables are counted from."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from threading import Event
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from intelbus.reading import read_event
from repository.amendments import Amendment, Family, Version
from repository.stage_metrics import StageMetrics
from repository.stages import (
    forget_cursor,
    lock_stage,
    move_cursor,
    nothing_new,
    read_cursor,
    run_stage,
    until_idle,
    waiting,
)
from repository.statistics.cases import FOLD, UNFOLD
from repository.statistics.facts import Step, facts_of, step_of
from repository.statistics.validity import Period, validity

STAGE = "statistics"
BATCH = 2000

# Row by row from the log: a planner that thinks the join small would join and sort all events.
NEXT_EVENTS: LiteralString = """
SELECT l.position, e.agency, e.kind, e.received_at,
       coalesce((SELECT first_position FROM restatement WHERE position = l.position), l.position),
       l.audience, l.also, e.value
FROM (SELECT position, agency, event_id, audience, also FROM event_log
      WHERE position > %s ORDER BY position OFFSET 0) AS l
CROSS JOIN LATERAL (
    SELECT agency, kind, received_at, value FROM event
    WHERE agency = l.agency AND event_id = l.event_id AND kind <> 'erased' OFFSET 0
) AS e
ORDER BY l.position LIMIT %s
"""
COPY_COUNTED: LiteralString = """
COPY counted (position, agency, kind, statement, received_at, stands_from, reported_on,
              occurred_on, exploitation, nationalities, areas, facts, audience, also) FROM STDIN
"""
COPY_STEPS: LiteralString = """
COPY nrm_step (position, case_position, agency, stands_from, reference, step, step_on, decision,
               first_responder, authority, reflection_until, uk_nation, nationality, sex, age,
               exploitation, audience, also) FROM STDIN
"""
REFERRERS: LiteralString = """
INSERT INTO nrm_referrer (case_position, position, agency)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[])
"""
CASES: LiteralString = """
SELECT DISTINCT reference, case_position FROM nrm_step WHERE reference = ANY(%s)
"""
TOUCHED: LiteralString = """
SELECT agency, target_event_id FROM amendment WHERE position = ANY(%(positions)s)
UNION SELECT a.agency, a.target_event_id
FROM event_log l JOIN amendment a ON a.agency = l.agency AND a.target_event_id = l.event_id
WHERE l.position = ANY(%(positions)s)
"""
AMENDMENTS: LiteralString = """
SELECT a.agency, a.target_event_id, e.received_at, a.amending_event_id, a.target_kind,
       a.kind = 'retraction', a.reported_at, a.position
FROM unnest(%s::text[], %s::uuid[]) AS f(agency, event_id)
JOIN amendment a ON a.agency = f.agency AND a.target_event_id = f.event_id
JOIN event e ON e.agency = a.agency AND e.event_id = a.amending_event_id
WHERE a.position <= %s
"""
FIRSTS: LiteralString = """
SELECT l.agency, l.event_id, e.received_at, e.kind, l.position, e.corrects IS NOT NULL
FROM unnest(%s::text[], %s::uuid[]) AS f(agency, event_id)
JOIN event_log l ON l.agency = f.agency AND l.event_id = f.event_id
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position <= %s AND e.kind NOT IN ('retraction', 'erased')
"""
STAND: LiteralString = """
UPDATE counted c SET stands_from = v.since, stands_until = v.until, also = l.also
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS v(position, since, until)
JOIN event_log l USING (position)
WHERE c.position = v.position
"""
STEPS_STAND: LiteralString = """
UPDATE nrm_step c SET stands_from = v.since, stands_until = v.until, also = l.also
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS v(position, since, until)
JOIN event_log l USING (position)
WHERE c.position = v.position
RETURNING c.case_position
"""


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step before it is stored."""

    position: int
    agency: str
    received_at: datetime
    step: Step
    audience: int
    also: int | None


def count_once(
    connection: psycopg.Connection[Any], *, batch: int = BATCH, metrics: StageMetrics | None = None
) -> int:
    """Count up to `batch` events in one transaction; return how many.

    1 lock, then read the cursor · 2 read events by position · 3 write their rows · 4 say anew how
    long each version stands that this batch brings or amends · 5 fold the cases touched · 6 move
    the cursor, commit.
    """
    if nothing_new(connection, STAGE):
        return 0
    started = time.perf_counter()
    with connection.transaction():
        lock_stage(connection, STAGE)
        cursor = read_cursor(connection, STAGE)
        events = connection.execute(NEXT_EVENTS, (cursor, batch)).fetchall()
        if not events:
            return 0
        last = int(events[-1][0])
        fold(connection, _write(connection, events) | _stand(connection, events, last))
        move_cursor(connection, STAGE, last)
    if metrics:
        connection.commit()
        metrics.batch(len(events), position=last, seconds=time.perf_counter() - started)
        metrics.lag.set(waiting(connection, last))
    return len(events)


def _write(connection: psycopg.Connection[Any], events: Sequence[Any]) -> set[int]:
    """Write the rows of new events; return the cases that have new steps."""
    rows: list[tuple[Any, ...]] = []
    steps: list[NewStep] = []
    for position, agency, kind, received_at, statement, audience, also, value in events:
        if kind == "retraction":
            continue
        event = read_event(bytes(value))
        *columns, facts = astuple(facts_of(kind, event))
        rows.append(
            (position, agency, kind, statement, received_at, received_at, *columns, Jsonb(facts),
             audience, also)
        )  # fmt: skip
        if kind == "referral":
            steps.append(NewStep(position, agency, received_at, step_of(event), audience, also))
    with connection.cursor() as cursor, cursor.copy(COPY_COUNTED) as copy:
        for row in rows:
            copy.write_row(row)
    return _write_steps(connection, steps) if steps else set()


def _write_steps(connection: psycopg.Connection[Any], steps: Sequence[NewStep]) -> set[int]:
    references = sorted({one.step.reference for one in steps})
    cases: dict[str, int] = dict(connection.execute(CASES, (references,)).fetchall())
    with connection.cursor() as cursor, cursor.copy(COPY_STEPS) as copy:
        for one in steps:
            case = cases.setdefault(one.step.reference, one.position)
            copy.write_row(
                (one.position, case, one.agency, one.received_at, *astuple(one.step), one.audience,
                 one.also)
            )  # fmt: skip
    referred = [one for one in steps if one.step.step == "referred"]
    connection.execute(
        REFERRERS,
        (
            [cases[one.step.reference] for one in referred],
            [one.position for one in referred],
            [one.agency for one in referred],
        ),
    )
    return {cases[reference] for reference in references}


def _stand(connection: psycopg.Connection[Any], events: Sequence[Any], last: int) -> set[int]:
    """Say how long each version stands of the families that this batch touches; return the cases
    that it concerns. All other versions stand from their arrival, as they were written.
    """
    positions = [row[0] for row in events]
    families: set[Family] = set(connection.execute(TOUCHED, {"positions": positions}).fetchall())
    if not families:
        return set()
    periods = periods_of(connection, sorted(families), last)
    columns = (
        list(periods),
        [since for since, _ in periods.values()],
        [until for _, until in periods.values()],
    )
    connection.execute(STAND, columns)
    return {case for (case,) in connection.execute(STEPS_STAND, columns)}


def periods_of(
    connection: psycopg.Connection[Any], families: Iterable[Family], up_to: int
) -> dict[int, Period]:
    """Return how long every version of the families stands, as of position `up_to`."""
    asked = list(families)
    wanted = ([agency for agency, _ in asked], [event_id for _, event_id in asked], up_to)
    received: dict[int, Any] = {}
    amendments: dict[Family, list[Amendment]] = {family: [] for family in asked}
    for agency, target, moment, *rest in connection.execute(AMENDMENTS, wanted):
        one = Amendment(*rest)
        amendments[(agency, target)].append(one)
        received[one.position] = moment
    firsts: dict[Family, Version] = {}
    for agency, event_id, moment, *rest in connection.execute(FIRSTS, wanted):
        version = Version(event_id, *rest)
        firsts[(agency, event_id)] = version
        received[version.position] = moment
    periods: dict[int, Period] = {}
    for family in asked:
        periods |= validity(firsts.get(family), amendments[family], received)
    return periods


def fold(connection: psycopg.Connection[Any], cases: set[int]) -> None:
    """Fold these cases anew from their steps that stand."""
    if cases:
        connection.execute(UNFOLD, {"cases": sorted(cases)})
        connection.execute(FOLD, {"cases": sorted(cases), "as_at": None})


def forget(connection: psycopg.Connection[Any], positions: list[int]) -> int:
    """Take out the rows of events that were erased; return how many. Their cases are folded anew.

    The caller holds this stage's lock.
    """
    removed = connection.execute("DELETE FROM counted WHERE position = ANY(%s)", (positions,))
    steps = connection.execute(
        "DELETE FROM nrm_step WHERE position = ANY(%s) RETURNING case_position", (positions,)
    ).fetchall()
    connection.execute("DELETE FROM nrm_referrer WHERE position = ANY(%s)", (positions,))
    fold(connection, {case for (case,) in steps})
    return removed.rowcount + len(steps)


def empty(connection: psycopg.Connection[Any]) -> None:
    """Forget what was counted; the next run replays the log."""
    with connection.transaction():
        lock_stage(connection, STAGE)
        connection.execute("TRUNCATE counted, nrm_step, nrm_case, nrm_referrer")
        forget_cursor(connection, STAGE)


def count_all(connection: psycopg.Connection[Any], *, batch: int = BATCH) -> int:
    """Count everything numbered so far; return how many events."""
    return until_idle(lambda: count_once(connection, batch=batch))


def run_counting(
    database: str,
    stop: Event,
    *,
    metrics: StageMetrics | None = None,
    ready: Event | None = None,
) -> None:
    """Count events as they are numbered, until `stop` is set."""
    run_stage(
        database,
        lambda connection: count_once(connection, metrics=metrics),
        stop,
        name=STAGE,
        ready=ready,
    )
