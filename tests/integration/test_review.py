"""What people decide: in force at once, on record, beyond a replay, and possible to undo."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from intelbus.errors import IntelbusError, InvalidRequestError
from repository.access.audit import Who
from repository.access.officer import NoOfficerError
from repository.access.reader import Reader
from repository.linking.closure import RecordId
from repository.queries.entity import show_entity
from repository.review.decisions import (
    Decided,
    DecidedError,
    NoDecisionError,
    NoRecordError,
    Verdict,
    decide,
    relink,
    split,
    undo,
)
from repository.review.history import entity_history
from repository.review.pairs import waiting
from tests.support.notices import TABLES, catch_up, person, tell, told, vehicle
from tests.support.readers import reads_here

DAWN = Who("dawn", "ukhtc", "review", "", "", "0" * 256)
NOOR = Who("noor", "ukhtc", "review", "", "", "0" * 256)
FIRST, SECOND, THIRD = (1, 0), (2, 0), (3, 0)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}, review_decision, review_word, audit CASCADE")
        yield connection


def together(connection: psycopg.Connection[Any]) -> list[list[RecordId]]:
    """Return the records of each entity."""
    found: dict[RecordId, list[RecordId]] = {}
    for position, ordinal, ep, eo in connection.execute(
        "SELECT position, ordinal, entity_position, entity_ordinal FROM record ORDER BY 1, 2"
    ):
        found.setdefault((ep, eo), []).append((position, ordinal))
    return sorted(found.values())


def say(
    connection: psycopg.Connection[Any], one: RecordId, other: RecordId, verdict: Verdict
) -> Decided:
    return decide(connection, one, other, verdict, who=DAWN, because="seen the photographs")


def test_a_word_joins_or_parts_at_once_and_survives_a_replay(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    tell(connection, "met", vehicle("KX56 ABZ"))
    tell(connection, "gmp", vehicle("LT04 AAA"))
    catch_up(connection)
    assert together(connection) == [[FIRST, SECOND], [THIRD]]
    assert say(connection, SECOND, FIRST, Verdict.NOT_SAME).entities == ("E1-0", "E2-0")
    assert together(connection) == [[FIRST], [SECOND], [THIRD]]
    say(connection, FIRST, THIRD, Verdict.SAME)
    for _ in range(2):
        assert together(connection) == [[FIRST, THIRD], [SECOND]]
        relink(connection)
    links = show_entity(connection, "E1-0")["links"]
    assert [(link["judge"], link["same"]) for link in links] == [("dawn", True)]


def test_what_is_undone_is_as_the_evidence_has_it(connection: psycopg.Connection[Any]) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    tell(connection, "met", vehicle("KX56 ABZ"))
    catch_up(connection)
    made = say(connection, FIRST, SECOND, Verdict.NOT_SAME)
    undone = undo(connection, made.decision, who=NOOR, because="another van")
    assert together(connection) == [[FIRST, SECOND]]
    with pytest.raises(DecidedError, match="undone by noor"):
        undo(connection, made.decision, who=DAWN, because="again")
    with pytest.raises(DecidedError, match="itself an undoing"):
        undo(connection, undone.decision, who=DAWN, because="again")
    with pytest.raises(NoDecisionError):
        undo(connection, 10_000, who=DAWN, because="none")
    # The pair may be decided anew.
    say(connection, FIRST, SECOND, Verdict.NOT_SAME)
    assert together(connection) == [[FIRST], [SECOND]]


def test_the_second_reviewer_is_told(connection: psycopg.Connection[Any]) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    tell(connection, "met", vehicle("KX56 ABZ"))
    catch_up(connection)
    database = connection.info.dsn
    password = connection.info.password
    outcomes: list[Any] = []
    barrier = threading.Barrier(2)

    def review(who: Who, verdict: Verdict) -> None:
        with psycopg.connect(database, password=password, autocommit=True) as own:
            barrier.wait(10)
            try:
                outcomes.append(decide(own, FIRST, SECOND, verdict, who=who, because="seen"))
            except DecidedError as error:
                outcomes.append(error)

    reviewers = [
        threading.Thread(target=review, args=(DAWN, Verdict.SAME)),
        threading.Thread(target=review, args=(NOOR, Verdict.NOT_SAME)),
    ]
    for one in reviewers:
        one.start()
    for one in reviewers:
        one.join(30)
    refused = [one for one in outcomes if isinstance(one, DecidedError)]
    assert len(outcomes) == 2
    assert len(refused) == 1
    assert "has said" in str(refused[0])
    assert connection.execute("SELECT count(*) FROM review_decision").fetchone() == (1,)


def test_a_split_parts_for_good_and_undoing_it_joins_again(
    connection: psycopg.Connection[Any],
) -> None:
    for agency in ("gla", "met", "gmp"):
        tell(connection, agency, vehicle("KX56 ABZ"))
    catch_up(connection)
    made = split(connection, FIRST, [THIRD], who=DAWN, because="false plates")
    assert together(connection) == [[FIRST, SECOND], [THIRD]]
    # What comes later joins one of the two, and does not bring them together.
    tell(connection, "soca", vehicle("KX56 ABZ"))
    catch_up(connection)
    assert not any({FIRST, THIRD} <= set(records) for records in together(connection))
    relink(connection)
    assert not any({FIRST, THIRD} <= set(records) for records in together(connection))
    undo(connection, made.decision, who=NOOR, because="not false after all")
    assert together(connection) == [[FIRST, SECOND, THIRD, (4, 0)]]


def test_a_split_does_not_speak_against_a_person_s_word(
    connection: psycopg.Connection[Any],
) -> None:
    for agency in ("gla", "met"):
        tell(connection, agency, vehicle("KX56 ABZ"))
    catch_up(connection)
    say(connection, FIRST, SECOND, Verdict.SAME)
    with pytest.raises(DecidedError, match="dawn has said: the same"):
        split(connection, FIRST, [SECOND], who=NOOR, because="false plates")
    with pytest.raises(NoRecordError):
        split(connection, FIRST, [(9, 9)], who=NOOR, because="false plates")
    with pytest.raises(InvalidRequestError, match="some stay"):
        split(connection, FIRST, [FIRST, SECOND], who=NOOR, because="false plates")


def test_unsure_changes_nothing_and_keeps_the_pair_waiting_last(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", person("00120001", role="victim"))
    tell(connection, "met", person("00120001"))
    tell(connection, "soca", person("00120002", role="witness"))
    tell(connection, "met", person("00120002"))
    catch_up(connection)
    assert [one["pair"] for one in waiting(connection, DAWN)[0]] == ["R1-0:R2-0", "R3-0:R4-0"]
    say(connection, FIRST, SECOND, Verdict.UNSURE)
    assert together(connection) == [[FIRST, SECOND], [THIRD, (4, 0)]]
    found, _ = waiting(connection, DAWN)
    assert [(one["pair"], one["unsure"]) for one in found] == [
        ("R3-0:R4-0", None),
        ("R1-0:R2-0", "dawn"),
    ]
    assert all(one["needs_person"] for one in found)
    say(connection, FIRST, SECOND, Verdict.SAME)
    assert [one["pair"] for one in waiting(connection, DAWN)[0]] == ["R3-0:R4-0"]


def test_what_cannot_be_one_is_refused(connection: psycopg.Connection[Any]) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"), person("00120001", local_id="s2"))
    catch_up(connection)
    with pytest.raises(InvalidRequestError, match="one kind"):
        say(connection, (1, 0), (1, 1), Verdict.SAME)
    with pytest.raises(InvalidRequestError, match="one kind"):
        say(connection, (1, 0), (1, 0), Verdict.SAME)
    with pytest.raises(NoRecordError):
        say(connection, (1, 0), (7, 0), Verdict.SAME)
    with pytest.raises(InvalidRequestError, match="why"):
        decide(connection, (1, 0), (1, 1), Verdict.SAME, who=DAWN, because=" ")


def test_history_and_audit_say_who_when_and_why(connection: psycopg.Connection[Any]) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    tell(connection, "met", vehicle("KX56 ABZ"))
    catch_up(connection)
    made = say(connection, FIRST, SECOND, Verdict.NOT_SAME)
    undo(connection, made.decision, who=NOOR, because="another van")
    steps = entity_history(connection, DAWN, SECOND)["steps"]
    assert [(one["what"], one.get("by")) for one in steps if "decision" in one] == [
        ("pair", "dawn"),
        ("undo", "noor"),
    ]
    decided = next(one for one in steps if one["what"] == "pair")
    assert decided["pairs"] == ["R1-0:R2-0"]
    assert (decided["verdict"], decided["because"]) == ("not the same", "seen the photographs")
    assert decided["undone_by"] == steps[-1]["decision"]
    assert [one["record"] for one in steps if one["what"] == "record"] == ["R1-0", "R2-0"]
    audited = connection.execute("SELECT reader, operation FROM audit ORDER BY audit_no").fetchall()
    assert audited == [("dawn", "link"), ("noor", "split"), ("dawn", "view")]


def test_a_notice_follows_what_people_decide(connection: psycopg.Connection[Any]) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    tell(connection, "met", vehicle("KX56 ABZ"))
    catch_up(connection)
    made = say(connection, FIRST, SECOND, Verdict.NOT_SAME)
    catch_up(connection)
    assert [row[2] for row in told(connection)] == ["stands"] * 2 + ["withdrawn"] * 2
    undo(connection, made.decision, who=NOOR, because="another van")
    catch_up(connection)
    say(connection, FIRST, SECOND, Verdict.SAME)
    catch_up(connection)
    assert [row[2:] for row in told(connection)[4:]] == [
        ("stands", "strong", 3),
        ("stands", "strong", 3),
        ("stands", "confirmed", 4),
        ("stands", "confirmed", 4),
    ]


@pytest.fixture
def at_the_command_line(
    connection: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An officer reads, and a pair waits: a victim of gla's and somebody of met's."""
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, connection)
    tell(connection, "gla", person("00120001", role="victim"))
    tell(connection, "met", person("00120001"))
    catch_up(connection)


@pytest.mark.usefixtures("at_the_command_line")
def test_the_commands_do_the_same_and_only_for_an_officer(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [one["pair"] for one in run("review", "list", "--json")] == ["R1-0:R2-0"]
    queue = ("notices", "queue", "list", "--json")
    held = run(*queue, "--each")
    assert [one["reason"] for one in held] == ["victim"] * 2
    first, second = (run(*queue, "--each", "--limit", "1", "--page", page) for page in ("1", "2"))
    assert [*first, *second] == held
    (about,) = run(*queue)
    assert (about["entity"], about["notices"]) == ("E1-0", [one["notice"] for one in held])
    why = ("--because", "the refuge would be found")
    assert _exit_status("notices", "queue", "dismiss", *why) == 2
    assert _exit_status("notices", "queue", "dismiss", "1", "--about", "E1-0", *why) == 2
    assert _exit_status("notices", "queue", "dismiss", "--about", "E99-0", *why) == 1
    run("notices", "queue", "dismiss", "--about", "E1-0", *why)
    assert run(*queue) == run(*queue, "--each") == []
    assert run("review", "list", "--page", "2", "--json") == []
    run("review", "decide", "R1-0:R2-0", "--not-same", "--because", "another date of birth")
    assert together(connection) == [[FIRST], [SECOND]]
    (decision,) = connection.execute("SELECT max(decision_no) FROM review_decision").fetchone()
    run("review", "undo", str(decision), "--because", "the same after all")
    run("entity", "split", "E1-0", "R2-0", "--because", "two sisters")
    history = run("entity", "history", "E1-0", "--json")
    assert [one["what"] for one in history["steps"] if "decision" in one] == [
        "pair",
        "undo",
        "split",
    ]
    assert {one["by"] for one in history["steps"] if "decision" in one} == {"d.irector"}
    analyst = Reader("a.nalyst", "ukhtc", "restricted", frozenset({"analyst"}), "law_enforcement")
    reads_here(monkeypatch, connection, analyst)
    for command in (["review", "list"], ["notices", "list"], ["entity", "history", "E1-0"]):
        result = CliRunner().invoke(assemble(), command)
        assert isinstance(result.exception, NoOfficerError), result.output


@pytest.mark.usefixtures("at_the_command_line")
@pytest.mark.parametrize(
    ("flag", "said"),
    [("--same", "the same"), ("--not-same", "not the same"), ("--unsure", "unsure")],
)
def test_a_decision_says_what_was_decided(flag: str, said: str) -> None:
    result = CliRunner().invoke(
        assemble(), ["review", "decide", "R1-0:R2-0", flag, "--because", "seen the photographs"]
    )
    assert result.exit_code == 0, (result.output, result.exception)
    decided, _, what = result.stdout.partition(": ")
    assert decided.startswith("decision ")
    assert what.startswith(f"{said}; E1-0")


def _exit_status(*arguments: str) -> int:
    found = CliRunner().invoke(assemble(), list(arguments)).exception
    assert isinstance(found, IntelbusError), found
    return found.exit_status


def run(*arguments: str) -> Any:
    result = CliRunner().invoke(assemble(), list(arguments))
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout) if "--json" in arguments else None
