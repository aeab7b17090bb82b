"""What a linker keeps from batch to batch is what the store would answer, whoever changed it."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any, LiteralString

import psycopg
import pytest

from repository.linking.clustering import COMPONENT
from repository.linking.nearby import Nearby
from repository.linking.stage import STAGE, Linker, forget, link_once, recompute
from repository.sequencer import sequence_once
from repository.stages import lock_stage
from tests.support.events import NOW
from tests.support.linked import person, report, vehicle
from tests.support.store import store_event

TABLES: tuple[LiteralString, ...] = (
    "SELECT position, ordinal, description, entity_position, entity_ordinal FROM record",
    "SELECT * FROM description",
    "SELECT * FROM edge",
    "SELECT * FROM parting",
    "SELECT * FROM entity_redirect",
)
DERIVED: LiteralString = (
    "TRUNCATE stage_cursor, record, description, link_key, stop_key, edge, parting,"
    " entity_redirect, judgement"
)
JUDGE: LiteralString = (
    "INSERT INTO judgement (a_position, a_ordinal, b_position, b_ordinal, judge, verdict, weight,"
    " reasons, victim) VALUES (%s, 0, %s, 0, 'analyst', %s, 100, '[]', false)"
)
EVENTS = 120
BATCH = 8


@pytest.fixture(scope="module")
def stored(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Numbered reports on a few people of like names, some corrected, some retracted."""
    chance = random.Random(2009)
    with psycopg.connect(database_url, autocommit=True) as connection:
        told: list[tuple[str, Any]] = []
        for n in range(EVENTS):
            suspect = person(
                chance.choice(("Ona", "Onna", "Lan")),
                chance.choice(("Novak", "Nowak", "Novack", "Tran")),
                (1970, chance.choice((2, 3)), chance.choice((3, 4, None))),
                passport=chance.choice((None, "0000001", "0000002", "7654329")),
                role=chance.choice(("suspect", "suspect", "potential_victim")),
            )
            agency = f"agency-{chance.randrange(4)}"
            more: dict[str, Any] = {"source_reference": f"r{n}"}
            if told and chance.random() < 0.15:
                agency, more["corrects"] = told.pop(chance.randrange(len(told)))
                more["reported_at"] = NOW + timedelta(hours=n)
            car = vehicle(f"AB{chance.randrange(9):02} CDE")
            event = report(connection, agency, suspect, car, **more)
            told.append((agency, event))
            if chance.random() < 0.1:
                agency, target = told.pop(chance.randrange(len(told)))
                store_event(
                    connection,
                    "retraction",
                    agency,
                    target_event_id=target,
                    target_kind="intelligence",
                )
        while sequence_once(connection):
            pass
        yield connection


def link_and_meddle(
    connection: psycopg.Connection[Any], linker: Callable[[], Linker]
) -> list[list[Any]]:
    """Link all, batch by batch, while others change the same tables in between."""
    connection.execute(DERIVED)
    number = 0
    while link_once(connection, linker(), batch=BATCH):
        number += 1
        match number % 5:
            case 0:  # another linker
                link_once(connection, Linker(), batch=3)
            case 1:  # a person's word
                at = "SELECT position FROM record WHERE ordinal = 0 ORDER BY position DESC LIMIT 2"
                b, a = (position for (position,) in connection.execute(at))
                connection.execute(JUDGE, (a, b, 1 if number % 2 else -1))
                recompute(connection, {(a, 0), (b, 0)})
            case 2:  # an erasure
                with connection.transaction():
                    lock_stage(connection, STAGE)
                    forget(connection, [number, 2 * number])
            case 3:  # nothing to do, or a transaction that was given up
                with pytest.raises(KeyboardInterrupt):
                    link_once(connection, linker(), batch=BATCH, at=_give_up)
    return [sorted(connection.execute(table).fetchall()) for table in TABLES]


def _give_up(step: str) -> None:
    if step == "linker.moved":
        raise KeyboardInterrupt


def linker_of(component: int) -> Linker:
    made = Linker()
    made.nearby = Nearby(component=component)
    return made


@pytest.mark.parametrize("component", [COMPONENT, 3])
def test_a_linker_that_remembers_leaves_what_one_without_memory_leaves(
    stored: psycopg.Connection[Any], component: int
) -> None:
    forgetful = link_and_meddle(stored, lambda: linker_of(component))
    kept = linker_of(component)
    assert link_and_meddle(stored, lambda: kept) == forgetful
    assert bool(forgetful[3]) == (component == 3), "some components were parted"
    entities = {row[3:] for row in forgetful[0]}
    assert 5 < len(entities) < len(forgetful[0]) / 2, "some are joined, and not all"


def test_what_is_kept_is_what_the_store_has(stored: psycopg.Connection[Any]) -> None:
    stored.execute(DERIVED)
    linker = Linker()
    while link_once(stored, linker, batch=BATCH):
        pass
    nearby, fresh = linker.nearby, Nearby()
    numbers = sorted(nearby.own)
    assert len(numbers) > 20
    fresh.know(stored, numbers)
    fresh.parts(stored, nearby.pairs.connecting, {})
    assert {n: fresh.own[n] for n in numbers} == nearby.own
    known = [list(nearby.pairs.connecting)]
    assert fresh.pairs.within(known) == nearby.pairs.within(known)
    assert fresh.pairs.bytes >= nearby.pairs.bytes > 0
    strong = [number for number in numbers if nearby.strong(number)]
    assert sorted(nearby.records(stored, strong), key=repr) == sorted(
        fresh.records(stored, strong), key=repr
    )


def test_what_is_kept_has_an_end(stored: psycopg.Connection[Any]) -> None:
    stored.execute(DERIVED)
    linker = Linker()
    linker.nearby = Nearby(most=10)
    sizes = []
    while link_once(stored, linker, batch=BATCH):
        sizes.append(len(linker.nearby.pairs))
    assert any(later < earlier for earlier, later in pairwise(sizes)), "it starts anew"
