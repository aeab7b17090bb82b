"""The bulletin on a real PostgreSQL: as published, as by definition, as at any moment."""

import json
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from producers.generator import nrm as published_nrm
from producers.generator.agencies import AGENCIES
from producers.generator.courts import CONVICTIONS
from producers.generator.stream import year_2009
from repository.migrate import migrate
from repository.sequencer import sequence_once
from repository.statistics.cases import DIMENSIONS
from repository.statistics.convictions import convictions
from repository.statistics.nrm import NoCellError, nrm_events, nrm_table, revisions
from repository.statistics.stage import count_all, count_once, empty
from tests.support.events import NOW
from tests.support.nrm_oracle import bulletin
from tests.support.shared import shared_path
from tests.support.store import START, store_event
from tests.support.told import store_told

TYPES = {code: row.type for code, row in AGENCIES.items()}
PERIOD = (date(2009, 4, 1), date(2009, 12, 31))
QUARTER = (date(2009, 4, 1), date(2009, 6, 30))
FIGURES = published_nrm.published()


@pytest.fixture(scope="module")
def year(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """The demonstration's year, stored, numbered and counted."""
    migrate(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        store_told(connection, year_2009(2009))
        while sequence_once(connection):
            pass
        count_all(connection)
        yield connection


def test_the_bulletin_equals_the_published_one(year: psycopg.Connection[Any]) -> None:
    found = nrm_table(year, *PERIOD, types=TYPES)
    for name, expected in json.loads(
        shared_path("data", "nrm-2009.json").read_text("utf-8")
    ).items():
        if name != "source":
            assert expected == found[name]
    assert found["not_yet_counted"] == 0


def test_every_table_counts_every_case_once(year: psycopg.Connection[Any]) -> None:
    found = nrm_table(year, *PERIOD, types=TYPES)
    totals = {name: sum(found[name].values()) for name in DIMENSIONS}
    decided = {
        "days_to_reasonable_grounds": 301 + 131,
        "days_to_conclusive_grounds": 24 + 65 + 39 + 4,
    }
    assert dict.fromkeys(DIMENSIONS, 527) | decided == totals


def test_the_first_quarter_is_as_the_plan_says(year: psycopg.Connection[Any]) -> None:
    found = nrm_table(year, *QUARTER, types=TYPES)
    quarter = FIGURES["first_quarter"]
    assert found["referrals"] == quarter["referrals"] == 148
    assert found["age"]["child"] == quarter["children"] == 40
    assert round(found["reasonable_grounds"]["positive"] / 148, 2) == 0.8


def test_it_equals_the_definition_at_every_moment(year: psycopg.Connection[Any]) -> None:
    last = year.execute("SELECT max(received_at) FROM event").fetchone()
    assert last is not None
    span = (last[0] - START).total_seconds()
    for share in (0.3, 0.6, 0.9, 1):
        moment = START + timedelta(seconds=span * share)
        for period in (PERIOD, QUARTER):
            expected = bulletin(year, *period, types=TYPES, as_at=moment)
            _same(expected, nrm_table(year, *period, types=TYPES, as_at=moment))


def _same(expected: dict[str, Any], found: dict[str, Any]) -> None:
    assert expected["referrals"] == found["referrals"]
    for name in DIMENSIONS:
        assert expected[name] == {value: n for value, n in found[name].items() if n}


def test_each_number_opens_its_events(year: psycopg.Connection[Any]) -> None:
    found = nrm_table(year, *PERIOD, types=TYPES)
    opened: list[list[int]] = []
    for value, count in found["first_responder"].items():
        cases = nrm_events(year, *PERIOD, dimension="first_responder", value=value, types=TYPES)
        assert len(cases) == count
        opened += cases
    positions = [position for case in opened for position in case]
    assert len(positions) == len(set(positions))
    referrals = year.execute("SELECT count(*) FROM event WHERE kind = 'referral'").fetchone()
    assert (len(positions),) == referrals
    with pytest.raises(NoCellError):
        nrm_events(year, *PERIOD, dimension="height", value="1")


def test_a_replay_in_other_batches_gives_the_same_rows(year: psycopg.Connection[Any]) -> None:
    def rows() -> list[Any]:
        return [
            year.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # type: ignore[arg-type]
            for table in ("counted", "nrm_step", "nrm_case")
        ]

    before = rows()
    empty(year)
    assert nrm_table(year, *PERIOD)["referrals"] == 0
    assert nrm_table(year, *PERIOD)["not_yet_counted"] > 0
    count_all(year, batch=97)
    assert before == rows()


def test_convictions_are_those_published(year: psycopg.Connection[Any]) -> None:
    found = convictions(year)
    assert {one["offence"]: one["convictions"] for one in found} == CONVICTIONS
    assert all(len(one["positions"]) == one["convictions"] for one in found)


@pytest.mark.parametrize("seed", range(4))
def test_hostile_histories_equal_the_definition(year: psycopg.Connection[Any], seed: int) -> None:
    """Steps, corrections and retractions at random, arriving in any order, some never arriving."""
    random = Random(seed)
    with year.transaction(force_rollback=True):
        year.execute("TRUNCATE event, event_queue, event_log, amendment, restatement,"
                     " first_statement, counted, nrm_step, nrm_case, stage_cursor")  # fmt: skip
        stored = [_random_step(year, random) for _ in range(120)]
        for _ in range(60):
            _random_amendment(year, random, stored)
        while sequence_once(year, batch=17):
            count_once(year, batch=11)
        count_all(year)
        moments = [None, *(START + timedelta(seconds=random.randrange(10_000)) for _ in range(5))]
        last = year.execute("SELECT max(received_at), min(received_at) FROM event").fetchone()
        assert last is not None
        moments += [last[1] + (last[0] - last[1]) * share for share in (0.2, 0.5, 0.8)]
        for moment in moments:
            expected = bulletin(year, *PERIOD, types=TYPES, as_at=moment)
            _same(expected, nrm_table(year, *PERIOD, types=TYPES, as_at=moment))
        _same(bulletin(year, *PERIOD), nrm_table(year, *PERIOD, everything=True))


STEPS = ("referred", "referred", "reasonable_grounds", "conclusive_grounds", "reconsidered", "left_uk", "absconded", "handed_over")  # fmt: skip # noqa: E501


def _random_fields(random: Random) -> dict[str, Any]:
    step = random.choice(STEPS)
    return {
        "nrm_reference": random.choice(("NRM/{}", "nrm {}")).format(random.randrange(25)),
        "step": step,
        "step_on": date(2009, 3, 1) + timedelta(days=random.randrange(330)),
        "decision": random.choice(("positive", "negative", None)),
        "first_responder": random.choice(("gla", "met", "poppy", None)),
        "uk_nation": random.choice(("england", "unknown", "wales", None)),
        "competent_authority": random.choice(("ukba", "ukhtc", None)),
        "subjects": [],
        "relations": [],
    }


def _random_step(year: psycopg.Connection[Any], random: Random) -> tuple[str, Any]:
    agency = random.choice(("ukba", "met"))
    return agency, store_event(year, "referral", agency, **_random_fields(random))


def _random_amendment(
    year: psycopg.Connection[Any], random: Random, stored: list[tuple[str, Any]]
) -> None:
    agency, target = random.choice(stored)
    if random.random() < 0.2:
        store_event(year, "retraction", agency, target_event_id=target, target_kind="referral")
        return
    reported = NOW + timedelta(hours=random.randrange(5))
    made = store_event(
        year, "referral", agency, corrects=target, reported_at=reported, **_random_fields(random)
    )
    if random.random() < 0.1:
        stored.append((agency, made))  # somebody will name a correction as the first version


def test_a_bulletin_is_revised_by_what_arrives_later(year: psycopg.Connection[Any]) -> None:
    with year.transaction(force_rollback=True):
        before = nrm_table(year, *PERIOD, types=TYPES)
        case = {"nrm_reference": "NRM/2009/9999", "subjects": [], "relations": []}
        store_event(year, "referral", "tara", first_responder="tara", **case)
        sequence_once(year)
        count_all(year)
        after = nrm_table(year, *PERIOD, types=TYPES)
        found = {(one["table"], one["value"]): (one["before"], one["after"])
                 for one in revisions(before, after)}  # fmt: skip
        assert found["referrals", "all"] == (527, 528)
        assert found["first_responder", "TARA"] == (9, 10)
        assert found["nationality", "not stated"] == (0, 1)


def test_commands_answer(
    year: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    period = ["--from", "2009-04-01", "--to", "2009-12-31"]
    today = f"{START.astimezone(UTC):%Y-%m-%d}"
    for words in (
        ["nrm", *period, "--as-at", today],
        ["nrm", *period, "--events", "first_responder=NHS"],
        ["revisions", *period, "--before", today],
        ["convictions"],
    ):
        shown = CliRunner().invoke(assemble(), ["statistics", *words], catch_exceptions=False)
        assert shown.exit_code == 0
        in_json = CliRunner().invoke(
            assemble(), ["statistics", *words, "--json"], catch_exceptions=False
        )
        json.loads(in_json.stdout)
