"""Circular reporting on a real PostgreSQL: found in any order, undone with what it rests on."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

import psycopg
import pytest

from producers.generator.stream import endless
from repository.access.reader import Reader
from repository.database import connect
from repository.linking.stage import link_all
from repository.queries.corroboration import corroboration
from repository.queries.entity import show_entity
from repository.relays import formulas
from repository.relays.stage import empty, forget, relay_all
from repository.sequencer import sequence_once
from tests.support.events import NOW
from tests.support.readers import session_of
from tests.support.store import store_event
from tests.support.told import store_told

TABLES = (
    "event, event_queue, event_log, first_statement, restatement, amendment, stage_cursor, record,"
    " description, link_key, stop_key, edge, parting, judgement, entity_redirect, posting, wording,"
    " telling, citation, relay, passage,"
    " passage_band, telling_subject, formula, stated_relation"
)
STEPS = ("locked", "read", "written", "weeded", "compared", "moved", "committed")
RUMOUR = (
    "A white van collects workers from the yard behind the station at 5 am every weekday. "
    "Wages are kept by the foreman against the cost of the journey from Vilnius."
)
REWORDED = (
    "A white van picks up labourers from the yard behind the station at 05:00 every weekday. "
    "Wages are held by the foreman against the price of the journey from Vilnius."
)
OWN = "The licence holder of the packing plant was seen counting passports in a parked saloon."


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}")
        yield connection


def settle(connection: psycopg.Connection[Any], batch: int = 500) -> None:
    while sequence_once(connection, batch=batch):
        pass
    relay_all(connection, batch=batch)


def report(
    connection: psycopg.Connection[Any], agency: str, text: str, day: int = 0, **over: Any
) -> UUID:
    over = {"source_reference": f"{agency}/{day}", "provenance": []} | over
    return store_event(
        connection, "intelligence", agency, text=text, reported_at=NOW + timedelta(days=day), **over
    )


def on_matter(number: int) -> list[dict[str, Any]]:
    reference = {"kind": "other", "reference": f"REF {number:04}", "originator": None}
    details = {"event_reference": reference}
    return [{"local_id": "s1", "role": "other", "text": None, "details": details}]


def passed_on(origin: str, reference: str | None = None) -> list[dict[str, Any]]:
    step = {"kind": "agency", "origin": origin, "reference": reference}
    return [step | {"event_id": None, "received": None}]


def found(connection: psycopg.Connection[Any]) -> set[tuple[Any, ...]]:
    """Return every relay by whose events they are, so that positions do not matter."""
    return set(
        connection.execute(
            "SELECT a.agency, a.event_id, b.agency, b.event_id, r.kind, r.verdict, r.score,"
            " r.why::text FROM relay r JOIN telling a ON a.position = r.position"
            " JOIN telling b ON b.position = r.of_position"
        ).fetchall()
    )


def independent(connection: psycopg.Connection[Any]) -> int:
    positions = connection.execute("SELECT position FROM telling").fetchall()
    return corroboration(connection, [position for (position,) in positions]).independent


def test_one_rumour_relayed_by_three_agencies_counts_once(
    connection: psycopg.Connection[Any],
) -> None:
    report(connection, "soca", RUMOUR, 0)
    report(connection, "met", f"Form A, 5x5x5 intelligence report. {RUMOUR}", 3)
    report(connection, "gmp", REWORDED, 5)
    report(connection, "hmrc", "Told by a colleague.", 6, provenance=passed_on("SOCA", "soca 0"))
    settle(connection)
    assert independent(connection) == 1
    report(connection, "gla", OWN, 7)
    settle(connection)
    assert independent(connection) == 2


def test_an_entity_says_what_stands_behind_it(connection: psycopg.Connection[Any]) -> None:
    report(connection, "soca", RUMOUR, 0, information_grade="4")
    report(connection, "met", REWORDED, 3)
    report(connection, "gla", OWN, 5)
    settle(connection)
    link_all(connection)
    shown = show_entity(connection, "E1-0")["corroboration"]
    assert shown["independent"] == 2
    assert [(one["agency"], one["positions"]) for one in shown["origins"]] == [
        ("gla", [3]),
        ("soca", [1, 2]),
    ]
    assert shown["echoes"] == [{"position": 2, "of": [1]}]
    (offered,) = shown["suggestions"]
    assert (offered["position"], offered["information"]) == (1, "3")
    graded = connection.execute("SELECT information_grade FROM event ORDER BY 1").fetchall()
    assert graded == [("3",), ("3",), ("4",)]


def deeds(connection: psycopg.Connection[Any]) -> Sequence[Callable[[], Any]]:
    soca, gmp = (UUID(f"0198f2c4-0000-7000-8000-0000000000{n}") for n in ("aa", "bb"))
    return (
        lambda: report(connection, "soca", RUMOUR, 0, event_id=soca),
        lambda: report(connection, "met", REWORDED, 3),
        lambda: report(connection, "gmp", RUMOUR, 4, event_id=gmp),
        lambda: report(connection, "gmp", OWN, 6, corrects=gmp, source_reference="gmp/4"),
        lambda: report(connection, "hmrc", "Passed on.", 7, provenance=passed_on("soca", "soca/0")),
        lambda: store_event(
            connection,
            "assessment",
            "ceop",
            sources=[gmp],
            text=None,
            source_reference="ceop/1",
            reported_at=NOW,
        ),
    )


def test_any_order_of_arrival_gives_the_same_relays(connection: psycopg.Connection[Any]) -> None:
    seen = set()
    for seed in range(8):
        connection.execute(f"TRUNCATE {TABLES}")
        ordered = list(deeds(connection))
        Random(seed).shuffle(ordered)
        for do in ordered:
            do()
        settle(connection, batch=1 if seed % 2 else 500)
        rows = {(a, b, *rest) for a, _, b, _, *rest in found(connection)}
        seen.add((frozenset(rows), independent(connection)))
    ((relays, count),) = seen
    assert {(a, b, kind) for a, b, kind, *_ in relays} >= {
        ("met", "soca", "reworded"),
        ("gmp", "soca", "quoted"),
        ("hmrc", "soca", "cited"),
        ("ceop", "gmp", "cited"),
    }
    assert count == 2  # soca's rumour, and what gmp says instead of it


def test_the_national_stream_is_the_same_in_any_order_and_batch_and_after_a_replay(
    connection: psycopg.Connection[Any],
) -> None:
    told = [one for one in islice(endless(5), 500) if one.nature in {"first", "relay"}]
    store_told(connection, told)
    settle(connection)
    once = {(a, b, *rest) for a, _, b, _, *rest in found(connection)}
    assert len(once) > 20
    empty(connection)
    relay_all(connection, batch=7)
    assert {(a, b, *rest) for a, _, b, _, *rest in found(connection)} == once
    connection.execute(f"TRUNCATE {TABLES}")
    Random(1).shuffle(told)
    store_told(connection, told)
    settle(connection, batch=50)
    assert {(a, b, *rest) for a, _, b, _, *rest in found(connection)} == once


def test_nothing_stands_on_what_was_retracted(connection: psycopg.Connection[Any]) -> None:
    first = report(connection, "soca", RUMOUR, 0)
    report(connection, "met", RUMOUR, 3)
    report(connection, "gla", OWN, 5)
    settle(connection)
    assert independent(connection) == 2
    store_event(connection, "retraction", "soca", target_event_id=first)
    settle(connection)
    found = corroboration(connection, [2, 3])
    assert (found.independent, found.baseless) == (1, (2,))


def test_a_sentence_on_many_matters_becomes_a_formula(connection: psycopg.Connection[Any]) -> None:
    pasted = "Enquiries continue with partners in the usual manner through the regional desk."
    for n in range(formulas.COMMON + 3):
        subjects = on_matter(n // 2)
        text = f"{pasted} Caller {n} spoke of harbour {n} and gate {n} at length."
        report(connection, ("met", "gmp")[n % 2], text, n, subjects=subjects, relations=[])
    settle(connection, batch=4)
    assert connection.execute("SELECT count(*) FROM formula").fetchone() == (0,)
    assert {row[4] for row in found(connection)} >= {"close"}
    for n in range(100, 100 + formulas.COMMON):
        subjects = on_matter(n)
        report(connection, "gla", pasted, n, subjects=subjects, relations=[])
    settle(connection, batch=4)
    assert connection.execute("SELECT count(*) FROM formula").fetchone() == (1,)
    assert {row[4] for row in found(connection)} & {"quoted", "close", "copied"} == set()


def test_a_viral_rumour_never_becomes_a_formula(connection: psycopg.Connection[Any]) -> None:
    for n in range(3 * formulas.COMMON):
        report(connection, f"force-{n}", RUMOUR, n)
    settle(connection)
    assert connection.execute("SELECT count(*) FROM formula").fetchone() == (0,)
    assert independent(connection) == 1


def test_a_reader_counts_from_what_he_sees_alone(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    report(connection, "soca", RUMOUR, 0, handling="4")
    report(connection, "met", RUMOUR, 3, provenance=passed_on("soca", "soca/0"))
    report(connection, "gmp", REWORDED, 4, provenance=passed_on("soca", "soca/0"))
    settle(connection)
    reader = Reader("o.fficer", "met", "confidential", frozenset(), "law_enforcement")

    def read(own: psycopg.Connection[Any]) -> tuple[tuple[Any, ...], tuple[()]]:
        seen = corroboration(own, [1, 2, 3])
        rows = own.execute("SELECT position, of_position FROM relay ORDER BY 1, 2").fetchall()
        return (seen.independent, [one.positions for one in seen.origins], rows), ()

    assert session_of(database_url, reader).answer("view", {}, read) == (1, [(2, 3)], [(3, 2)])


def test_an_erasure_leaves_nothing(connection: psycopg.Connection[Any]) -> None:
    report(connection, "soca", RUMOUR, 0)
    report(connection, "met", RUMOUR, 3, provenance=passed_on("soca", "soca/0"))
    settle(connection)
    assert forget(connection, [1, 2]) > 10
    for table in ("telling", "citation", "relay", "stated_relation", "passage", "passage_band"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def work(database: str) -> None:
    with connect(database) as connection:
        relay_all(connection, batch=2)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_ends_the_same(
    connection: psycopg.Connection[Any], database_url: str, step: str
) -> None:
    for do in deeds(connection):
        do()
    settle(connection)
    once = found(connection)
    empty(connection)
    os.environ["INTELBUS_FAILPOINT"] = f"relays.{step}"
    try:
        doomed = multiprocessing.get_context("spawn").Process(target=work, args=(database_url,))
        doomed.start()
        doomed.join(60)
    finally:
        del os.environ["INTELBUS_FAILPOINT"]
    assert doomed.exitcode == -9
    relay_all(connection)
    assert found(connection) == once
