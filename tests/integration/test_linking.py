"""Sequencing, amending and linking on a real PostgreSQL."""

import copy
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from repository.linking import store
from repository.linking.ahead import Process
from repository.linking.copying import bigints
from repository.linking.posting import post_all
from repository.linking.stage import Linker, empty, link_all, link_once, recompute
from repository.queries.entity import show_entity
from repository.retention import emptied
from repository.sequencer import sequence_once
from tests.support.events import NOW, sample_event
from tests.support.plans import steps
from tests.support.store import store_event

TABLES = (
    "event, event_queue, event_log, first_statement, restatement, amendment, stage_cursor, record,"
    " description, link_key, stop_key, edge, parting, judgement, entity_redirect, posting, wording"
)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}")
        yield connection


def catch_up(connection: psycopg.Connection[Any], batch: int = 500) -> None:
    while sequence_once(connection, batch=batch):
        pass
    link_all(connection, batch=batch)


def entities(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT position, ordinal, entity_position, entity_ordinal FROM record ORDER BY 1, 2"
    ).fetchall()


def vehicle(registration: str) -> list[dict[str, Any]]:
    return [
        {
            "local_id": "s1",
            "role": "means_of_transport",
            "details": {
                "vehicle": {
                    "registration": registration,
                    "country": None,
                    "vin": None,
                    "make": None,
                    "model": None,
                    "colour": None,
                }
            },
            "text": None,
        }
    ]


def seen(connection: psycopg.Connection[Any], agency: str, mark: str, **over: Any) -> Any:
    return store_event(
        connection, "watch", agency, subjects=vehicle(mark), relations=[], text=None, **over
    )


def test_positions_are_dense_and_in_order_of_arrival(connection: psycopg.Connection[Any]) -> None:
    ids = [seen(connection, "met", f"AB{n:02} CDE") for n in range(25)]
    assert [sequence_once(connection, batch=10) for _ in range(4)] == [10, 10, 5, 0]
    rows = connection.execute("SELECT position, event_id FROM event_log ORDER BY 1").fetchall()
    assert rows == list(enumerate(ids, start=1))


def test_two_sequencers_at_once_number_each_event_once(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    for n in range(200):
        seen(connection, "met", f"AB{n:03} CDE")

    def work() -> None:
        with psycopg.connect(database_url, autocommit=True) as own:
            while sequence_once(own, batch=7):
                pass

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert connection.execute(
        "SELECT count(*), min(position), max(position) FROM event_log"
    ).fetchone() == (200, 1, 200)


def test_a_restatement_is_tied_to_its_first(connection: psycopg.Connection[Any]) -> None:
    seen(connection, "met", "AB12 CDE")
    seen(connection, "gmp", "AB12 CDE")
    seen(connection, "met", "AB12 CDE")
    catch_up(connection)
    assert connection.execute("SELECT * FROM restatement").fetchall() == [(3, 1)]


def test_one_vehicle_seen_by_two_agencies_is_one_entity(
    connection: psycopg.Connection[Any],
) -> None:
    seen(connection, "met", "AB12 CDE")
    seen(connection, "gmp", "XY99 ZZZ")
    seen(connection, "northamptonshire", "ab12cde")
    catch_up(connection)
    assert entities(connection) == [(1, 0, 1, 0), (2, 0, 2, 0), (3, 0, 1, 0)]
    (link,) = show_entity(connection, "E1-0")["links"]
    (reason,) = link["why"]
    assert (reason["feature"], reason["values"], reason["level"]) == (
        "vehicle_registration",
        ["ab12cde", "ab12cde"],
        "same",
    )
    assert link["weight"] == round(link["before"] + reason["bits"] + link["adjustment"], 2) > 0


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
@pytest.mark.parametrize("batch", [1, 500])
def test_corrections_and_retractions_end_the_same_in_any_order(
    connection: psycopg.Connection[Any], order: tuple[int, ...], batch: int
) -> None:
    from uuid import UUID

    first = UUID("0198f2c4-0000-7000-8000-0000000000aa")
    deeds = [
        lambda: seen(connection, "met", "AB12 CDE", event_id=first),
        lambda: seen(
            connection,
            "met",
            "AB12 CDF",
            corrects=first,
            reported_at=NOW + timedelta(hours=1),
            source_reference="corrected",
        ),
        lambda: seen(connection, "gmp", "AB12 CDG", corrects=first),
    ]
    for number in order:
        deeds[number]()
    seen(connection, "hmrc", "AB12 CDF")
    catch_up(connection, batch)
    labels = connection.execute("SELECT label FROM record ORDER BY label").fetchall()
    assert labels == [("AB12 CDF",), ("AB12 CDF",)]
    assert len({row[2:] for row in entities(connection)}) == 1
    store_event(
        connection, "retraction", "gmp", target_event_id=first, target_kind="watch"
    )  # another agency's: no effect
    catch_up(connection, batch)
    assert len(entities(connection)) == 2
    store_event(connection, "retraction", "met", target_event_id=first, target_kind="watch")
    catch_up(connection, batch)
    assert [row[0] for row in entities(connection)] == [4]


def test_a_correction_that_has_waited_for_its_first_version_names_the_entity(
    connection: psycopg.Connection[Any],
) -> None:
    first, linker = uuid4(), Linker()

    def link() -> None:
        while sequence_once(connection):
            pass
        link_once(connection, linker)

    seen(connection, "met", "AB12 CDE", corrects=first, source_reference="corrected")
    seen(connection, "met", "AB12 CDE", source_reference="another report")
    link()
    assert entities(connection) == [(2, 0, 2, 0)]
    seen(connection, "met", "AB12 CDF", event_id=first)
    link()
    assert entities(connection) == [(1, 0, 1, 0), (2, 0, 1, 0)]


def test_replaying_gives_the_same_entities(connection: psycopg.Connection[Any]) -> None:
    for n in range(40):
        seen(connection, f"agency-{n % 4}", f"AB{n % 7:02} CDE")
    catch_up(connection, batch=3)
    before = entities(connection)
    empty(connection)
    assert entities(connection) == []
    link_all(connection)
    assert entities(connection) == before
    assert len({row[2:] for row in before}) == 7


def test_a_persons_word_keeps_two_records_apart(connection: psycopg.Connection[Any]) -> None:
    seen(connection, "met", "AB12 CDE")
    seen(connection, "gmp", "AB12 CDE")
    catch_up(connection)
    connection.execute("INSERT INTO judgement VALUES (1, 0, 2, 0, 'analyst', -1, 0, '[]', false)")
    recompute(connection, {(1, 0)})
    assert entities(connection) == [(1, 0, 1, 0), (2, 0, 2, 0)]
    empty(connection)
    link_all(connection)
    assert entities(connection) == [(1, 0, 1, 0), (2, 0, 2, 0)]
    seen(connection, "hmrc", "AB12 CDE")
    catch_up(connection)
    assert len({row[2:] for row in entities(connection)}) == 2


def test_two_linkers_at_once_give_the_answer_of_one(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    for n in range(120):
        seen(connection, f"agency-{n % 5}", f"AB{n % 11:02} CDE")
    catch_up(connection)
    before = entities(connection)
    empty(connection)

    def work() -> None:
        with psycopg.connect(database_url, autocommit=True) as own:
            link_all(own, batch=7)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert entities(connection) == before


def test_people_are_never_joined_on_a_name_alone(connection: psycopg.Connection[Any]) -> None:
    def person(born: dict[str, Any] | None) -> list[dict[str, Any]]:
        found = copy.deepcopy(sample_event("intelligence")["subjects"][:1])
        found[0]["details"]["person"] |= {"date_of_birth": born, "documents": []}
        return found

    full = {"year": 1971, "month": 2, "day": 28}
    for agency, born in [
        ("met", full),
        ("gmp", None),
        ("hmrc", {**full, "day": None}),
        ("gla", full),
    ]:
        store_event(
            connection, "intelligence", agency, subjects=person(born), relations=[], text="seen"
        )
    catch_up(connection)
    assert entities(connection) == [(1, 0, 1, 0), (2, 0, 2, 0), (3, 0, 3, 0), (4, 0, 1, 0)]


def test_an_entity_whose_naming_event_is_retracted_leads_on(
    connection: psycopg.Connection[Any],
) -> None:
    first = seen(connection, "met", "AB12 CDE")
    seen(connection, "gmp", "AB12 CDE")
    seen(connection, "hmrc", "AB12 CDE")
    catch_up(connection)
    store_event(connection, "retraction", "met", target_event_id=first, target_kind="watch")
    catch_up(connection)
    assert entities(connection) == [(2, 0, 2, 0), (3, 0, 2, 0)]
    assert show_entity(connection, "E1-0")["entity"] == "E2-0"


def test_a_process_that_reads_ahead_changes_nothing_and_ends_with_its_caller(
    connection: psycopg.Connection[Any],
) -> None:
    for n in range(40):
        seen(connection, f"agency-{n % 4}", f"AB{n % 7:02} CDE")
    catch_up(connection, batch=9)
    before = entities(connection)
    empty(connection)
    reader = Process()
    link_all(connection, Linker(reader), batch=9)
    assert entities(connection) == before
    reader.start([])  # never taken
    process = reader.process
    del reader
    process.join(30)
    assert process.exitcode == 0


def test_a_linker_that_fails_ends_and_does_not_wait_for_what_it_had_read_ahead() -> None:
    failing = """
from repository.linking.ahead import Process

def link():
    reader = Process()
    reader.start([])
    reader.take()
    raise ValueError("what nobody foresaw")

link()
"""
    ended = subprocess.run(
        [sys.executable, "-c", failing], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "ValueError: what nobody foresaw" in ended.stderr


@pytest.mark.parametrize("of_its_own", [False, True])
def test_what_is_erased_after_it_was_read_ahead_is_not_written(
    connection: psycopg.Connection[Any], of_its_own: bool
) -> None:
    ids = [seen(connection, "met", f"AB{n:02} CDE") for n in range(4)]
    while sequence_once(connection):
        pass
    linker = Linker(Process() if of_its_own else None)
    assert link_once(connection, linker, batch=2) == 2
    assert (linker.ahead.first, linker.ahead.last) == (3, 4), "the next are read already"
    gone = {"agency": "met", "events": ids[2:3]}
    assert connection.execute(emptied.BY_ID, gone).rowcount == 1
    assert link_once(connection, linker, batch=2) == 2
    assert [position for position, *_ in entities(connection)] == [1, 2, 4]
    post_all(connection)
    posted = connection.execute("SELECT DISTINCT position FROM posting ORDER BY 1").fetchall()
    assert posted == [(1,), (2,), (4,)]


def test_a_batch_never_reads_records_or_pairs_whole(connection: psycopg.Connection[Any]) -> None:
    for statement in (store.EDGES, store.OLDEST, store.OLDEST_OF_AGENCIES):
        row = connection.execute(
            f"EXPLAIN (FORMAT JSON) {statement}", (bigints(range(20_000)),)
        ).fetchone()
        assert row is not None
        kinds = {step["Node Type"] for step in steps(row[0][0]["Plan"])}
        # Whatever the planner thinks of so many, each is looked up; joined whole they would be by
        # a hash or a merge.
        assert "Nested Loop" in kinds
        assert not kinds & {"Hash Join", "Merge Join"}
