"""The bulletin on a real PostgreSQL: as published, as by definition, as at any moment."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from odfdo import Document
from typer.testing import CliRunner

from consumers.cli import assemble
from intelbus.codec import decode_event
from intelbus.errors import InvalidRequestError
from producers.generator import nrm as published_nrm
from producers.generator.agencies import AGENCIES
from producers.generator.courts import CONVICTIONS
from producers.generator.stream import year_2009
from repository.access.policy import audience
from repository.access.reader import Reader
from repository.access.session import settings_of
from repository.sequencer import sequence_once
from repository.statistics.caseload import due_dates
from repository.statistics.cases import DIMENSIONS
from repository.statistics.contribution import by_agency, by_route
from repository.statistics.convictions import convictions
from repository.statistics.nrm import NoCellError, nrm_events, nrm_table, revisions
from repository.statistics.policies import POLICIES, published
from repository.statistics.results import (
    missing_children,
    operation_outcomes,
    victims_who_declined,
)
from repository.statistics.stage import count_all, count_once, empty, fold
from repository.statistics.threats import OLYMPIC_BOROUGHS, poisson_interval, threat_view
from tests.support.events import NOW
from tests.support.nrm_oracle import bulletin, current_at
from tests.support.readers import DIRECTOR, reads_here, session_of
from tests.support.shared import shared_path
from tests.support.store import START, store_event
from tests.support.told import store_told

TYPES = {code: row.type for code, row in AGENCIES.items()}
PERIOD = (date(2009, 4, 1), date(2009, 12, 31))
QUARTER = (date(2009, 4, 1), date(2009, 6, 30))
FIGURES = published_nrm.published()
READABLE = audience("five_by_five_by_five", "1", "restricted")


@pytest.fixture(scope="module")
def year(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """The demonstration's year, stored, numbered and counted."""
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


def test_what_is_seen_in_part_is_counted_as_its_steps_are(
    year: psycopg.Connection[Any],
) -> None:
    """The officer may see every referral but some decisions, which stand in cases folded whole."""
    officer = Reader("o.fficer", "met", "confidential", frozenset(), "law_enforcement")
    with year.transaction(force_rollback=True):
        year.execute("UPDATE nrm_step SET agency = 'soca', audience = %s", (READABLE,))
        year.execute("UPDATE nrm_step SET also = 0 WHERE step <> 'referred' AND position % 3 = 0")
        cases = {case for (case,) in year.execute("SELECT case_position FROM nrm_step")}
        fold(year, cases)
        every = nrm_table(year, *PERIOD)
        for name, value in settings_of(officer).items():
            year.execute("SELECT set_config(%s, %s, true)", (f"intelbus.{name}", value))
        year.execute("SET LOCAL ROLE intelbus_reader")
        (folded,) = year.execute("SELECT count(*) FROM nrm_case").fetchone() or (0,)
        assert 0 < folded < len(cases)
        seen = nrm_table(year, *PERIOD)
        from_steps = nrm_table(year, *PERIOD, as_at=datetime.max.replace(tzinfo=UTC))
    assert {name: seen[name] for name in DIMENSIONS} == {
        name: from_steps[name] for name in DIMENSIONS
    }
    assert seen["referrals"] == from_steps["referrals"] == every["referrals"]
    assert seen["conclusive_grounds"] != every["conclusive_grounds"]


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


def test_operations_came_to_what_the_plan_says(year: psycopg.Connection[Any]) -> None:
    found = {one["operation"]: one for one in operation_outcomes(year)}
    assert found["Adject"]["sentence_months"] == 31.5 * 12
    lithuanian = found["Lithuanian joint case"]
    assert (lithuanian["arrests"], lithuanian["victims_encountered"]) == (18, 16)
    assert lithuanian["sentence_months"] == 145 * 12
    assert found["Ruby"]["arrests"] == 8


def test_victims_who_declined_are_counted_once(year: psycopg.Connection[Any]) -> None:
    expected: dict[str, int] = {}
    for position, _, _, kind, _, _, _, value in current_at(year, None):
        restates = year.execute("SELECT 1 FROM restatement WHERE position = %s", (position,))
        if kind == "outcome" and not restates.fetchone():
            for one in decode_event(bytes(value)).event["victims_declined"]:
                expected[one["reason"]] = expected.get(one["reason"], 0) + one["count"]
    found = victims_who_declined(year, date(2000, 1, 1), date(2020, 1, 1))
    assert {one["reason"]: one["victims"] for one in found} == expected != {}


def test_missing_children_are_incidents_not_steps(year: psycopg.Connection[Any]) -> None:
    with year.transaction(force_rollback=True):
        everything = (date(2000, 1, 1), date(2020, 1, 1))
        before = missing_children(year, *everything)
        for hour, step in enumerate(("went_missing", "found")):
            reported = NOW + timedelta(hours=hour)
            store_event(year, "missing-child", "met", incident_reference="MC/77", step=step,
                        reported_at=reported, occurred=None)  # fmt: skip
        sequence_once(year)
        count_all(year)
        after = missing_children(year, *everything)
    assert after["incidents"] == before["incidents"] + 1
    assert after["found"] == before["found"] + 1


def test_nothing_and_silence_are_apart(year: psycopg.Connection[Any]) -> None:
    august = (date(2009, 8, 1), date(2009, 8, 31))
    found = {one["agency"]: one for one in by_agency(year, *august, expected=("ips",))}
    assert (found["ips"]["status"], found["met"]["nil_returns"]) == ("silent", 1)
    quiet = {one["agency"]: one for one in by_agency(year, date(2009, 8, 30), date(2009, 8, 30))}
    assert {one["status"] for one in quiet.values()} <= {"reported", "nil"}
    assert sum(one["nil_returns"] for one in found.values()) == 4


def test_who_may_not_see_all_that_an_agency_sends_is_not_told_that_it_is_silent(
    year: psycopg.Connection[Any], database_url: str
) -> None:
    """What is hidden and what is not there are one answer, and neither is called silence."""
    met = Reader("m.et", "met", "secret", frozenset(), "law_enforcement")
    asked = (date(1999, 1, 1), date(1999, 12, 31))

    def statuses(reader: Reader) -> dict[str, str]:
        rows = session_of(database_url, reader).answer(
            "statistic", {}, lambda c: (by_agency(c, *asked, expected=("ips", "met")), ())
        )
        return {one["agency"]: one["status"] for one in rows}

    assert statuses(DIRECTOR) == {"ips": "silent", "met": "silent"}
    assert statuses(met) == {"ips": "none_seen", "met": "silent"}
    uncleared = Reader("c.lerk", "met", "protect", frozenset(), "law_enforcement")
    assert statuses(uncleared) == {"ips": "none_seen", "met": "none_seen"}


def test_routes_add_up(year: psycopg.Connection[Any]) -> None:
    found = by_route(year, date(2000, 1, 1), date(2020, 1, 1))
    assert {one["route"] for one in found} == {"agency", "crimestoppers"}
    assert sum(one["share"] for one in found) == pytest.approx(1)
    tips = next(one for one in found if one["route"] == "crimestoppers")
    assert tips["share"] == pytest.approx(0.067, abs=0.02)
    assert len(tips["positions"]) == tips["reports"]


def test_the_queue_lists_open_cases_only(year: psycopg.Connection[Any]) -> None:
    found = due_dates(year, date(2009, 12, 31))
    kinds = [one["due_for"] for one in found]
    assert kinds.count("reasonable_grounds") == 70
    assert kinds.count("conclusive_grounds") == 301 - 132
    assert [one["due_on"] for one in found] == sorted(one["due_on"] for one in found)
    overdue = [one for one in found if one["reflection_overdue"]]
    assert all(one["days_over"] > 0 for one in overdue)
    assert overdue
    ours = due_dates(year, date(2009, 12, 31), authority="ukhtc")
    assert {one["competent_authority"] for one in ours} == {"ukhtc"}


def test_threats_compare_two_periods(year: psycopg.Connection[Any]) -> None:
    period = (date(2008, 10, 1), date(2008, 12, 31))
    found = threat_view(year, *period)
    assert found
    for one in found:
        low, high = one["interval"]
        assert low <= one["reports"] <= high
        assert 0 <= one["p"] <= 1.0000001
        assert len(one["positions"]) == one["reports"]
    in_boroughs = threat_view(year, *period, areas=OLYMPIC_BOROUGHS)
    assert sum(o["reports"] for o in in_boroughs) <= sum(o["reports"] for o in found)
    # Garwood's exact interval for 10 observed, as tabulated: 4.80 to 18.39
    assert [round(bound, 2) for bound in poisson_interval(10)] == [4.8, 18.39]


def test_the_olympic_filter_keeps_the_boroughs(year: psycopg.Connection[Any]) -> None:
    with year.transaction(force_rollback=True):
        for town in ("Newham", "Kettering"):
            place = {"kind": "brothel", "name": None, "house": None, "street": None, "town": town,
                     "postcode": None, "country": "GB", "latitude": None, "longitude": None}  # fmt: skip # noqa: E501
            role = {"local_id": "s1", "role": "exploitation_site", "text": None}
            subject = {**role, "details": {"location": place}}
            store_event(year, "intelligence", "met", subjects=[subject], relations=[],
                        occurred=None, reported_at=NOW + timedelta(days=400))  # fmt: skip
        sequence_once(year)
        count_all(year)
        period = ((NOW + timedelta(days=390)).date(), (NOW + timedelta(days=410)).date())
        found = threat_view(year, *period, by="area", areas=OLYMPIC_BOROUGHS)
    assert [(one["value"], one["reports"]) for one in found] == [("newham", 1)]


@pytest.mark.parametrize("form", ["csv", "ods", "svg"])
def test_bulletins_leave_as_files(
    year: psycopg.Connection[Any], form: str, database_url: str, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, year)
    path = tmp_path / f"bulletin.{form}"
    words = ["statistics", "nrm", "--from", "2009-04-01", "--to", "2009-12-31", "--policy", "k5"]
    done = CliRunner().invoke(assemble(), [*words, "--format", form, "-o", str(path)],
                              catch_exceptions=False)  # fmt: skip
    assert done.exit_code == 0
    expected = published(nrm_table(year, *PERIOD, types=TYPES), POLICIES["k5"])
    if form == "svg":
        text = path.read_text("utf-8")
        assert text.startswith("<svg")
        assert "[c]" in text
    elif form == "csv":
        rows = list(csv.reader(StringIO(path.read_text("utf-8"))))
        sexes = {value: number for name, value, number in rows if name == "sex"}
        assert sexes == {value: str(n) for value, n in expected["sex"].items()}
    else:
        sheet = Document(path).body.get_table(name="reasonable_grounds")
        assert sheet.get_values()[1:] == [
            [value, "[c]" if n is None else n]
            for value, n in expected["reasonable_grounds"].items()
        ]


def test_commands_answer(
    year: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, year)
    period = ["--from", "2009-04-01", "--to", "2009-12-31"]
    today = f"{START.astimezone(UTC):%Y-%m-%d}"
    for words in (
        ["nrm", *period, "--as-at", today],
        ["nrm", *period, "--events", "first_responder=NHS"],
        ["revisions", *period, "--before", today],
        ["convictions"],
        ["due", "--today", "2009-12-31"],
        ["declined", *period],
        ["missing-children", *period],
        ["routes", *period],
        ["contribution", *period],
        ["operations"],
        ["threats", *period, "--by", "nationality"],
        ["threats", *period, "--by", "area", "--olympic"],
    ):
        shown = CliRunner().invoke(assemble(), ["statistics", *words], catch_exceptions=False)
        assert shown.exit_code == 0
        in_json = CliRunner().invoke(
            assemble(), ["statistics", *words, "--json"], catch_exceptions=False
        )
        json.loads(in_json.stdout)
    for slip in (["--events", "sex"], ["--events", "shoe=9"], ["--policy", "k6"]):
        wrong = CliRunner().invoke(assemble(), ["statistics", "nrm", *period, *slip])
        assert isinstance(wrong.exception, InvalidRequestError)
        assert wrong.exception.exit_status == 2
