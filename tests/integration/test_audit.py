"""The audit on a real PostgreSQL: chained, verified, read by supervisors of what they may see."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from consumers.authority.office import Office
from consumers.cli import assemble
from intelbus.errors import RefusedError
from intelbus.trust_files import centre_key
from repository.access.chain import chain_once, checkpoints, stored_faults
from repository.access.looks import looks_at, review, sample
from repository.access.patterns import RULES
from repository.access.reader import Reader
from repository.access.watch import AuditWatch
from repository.linking.stage import link_all
from repository.queries.event import NoEventError, events_seen, show_events
from repository.sequencer import sequence_once
from repository.stage_metrics import StageMetrics
from repository.statistics.stage import count_all
from tests.support.readers import DIRECTOR, PURPOSE, reads_here, session_of
from tests.support.store import store_event

ANALYST = Reader("a.analyst", "ukhtc", "confidential", frozenset({"analyst"}), "law_enforcement")
SUPERVISOR = Reader("s.upervisor", "ukhtc", "confidential", frozenset({"supervisor"}))
OFFICER = Reader("o.fficer", "met", "confidential", frozenset(), "law_enforcement")
SERGEANT = Reader("s.ergeant", "met", "confidential", frozenset({"supervisor"}), "law_enforcement")
SINCE = datetime(2009, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1 open to law enforcement · 2 for met alone · 3 open; and the centre's folder."""
    home = tmp_path_factory.mktemp("centre") / "ukhtc"
    Office.found(home, now=datetime.now(UTC))
    with psycopg.connect(database_url, autocommit=True) as connection:
        store_event(connection, "intelligence", "gla")
        store_event(connection, "intelligence", "met", handling="4")
        store_event(connection, "intelligence", "soca")
        first = connection.execute("SELECT event_id FROM event WHERE agency = 'soca'").fetchone()
        assert first is not None
        store_event(connection, "intelligence", "soca", corrects=first[0], title="Mended")
        sequence_once(connection)
        link_all(connection)
        count_all(connection)
    return home


@pytest.fixture
def owner(store: Path, database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE audit, audit_seen, audit_queue, audit_log, audit_checkpoint, audit_review"
        )
        for reader, which in (
            (DIRECTOR, "2"), (ANALYST, "1"), (ANALYST, "3"), (OFFICER, "2"), (OFFICER, "1"),
        ):  # fmt: skip
            session_of(database_url, reader).answer(
                "view", {"event": which}, lambda c, w=which: events_seen(show_events(c, w))
            )
        while chain_once(connection, key=centre_key(store)):
            pass
        yield connection


def keys(store: Path) -> set[bytes]:
    key = centre_key(store)
    assert key is not None
    return {key.public_key}


def test_the_chain_is_whole_and_signed(owner: psycopg.Connection[Any], store: Path) -> None:
    assert stored_faults(owner, keys(store)) == []
    assert [one.size for one in checkpoints(owner)] == [5]


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET purpose = 'another' WHERE reader = 'd.irector'",
        "UPDATE audit SET ids = '{}' WHERE audit_no = (SELECT min(audit_no) FROM audit)",
        "UPDATE audit SET at = at + interval '1 microsecond' WHERE reader = 'o.fficer'",
        """UPDATE audit SET asked = '{"event": "3"}' WHERE reader = 'd.irector'""",
        "DELETE FROM audit_seen; DELETE FROM audit WHERE reader = 'd.irector'",
        "DELETE FROM audit_log WHERE position = 3",
        "DELETE FROM audit_log WHERE position = 5",
        "UPDATE audit_log SET position = position + 9 WHERE position = 3",
        "DELETE FROM audit_seen WHERE id = '2'",
        "INSERT INTO audit_seen SELECT '9', min(audit_no) FROM audit",
        "UPDATE audit_checkpoint SET size = 4",
    ],
)
def test_tampering_with_what_is_stored_shows(
    owner: psycopg.Connection[Any], store: Path, tampering: str
) -> None:
    with owner.transaction(force_rollback=True):
        owner.execute("ALTER TABLE audit_seen DROP CONSTRAINT fk_audit_seen_audit_no_audit")
        for statement in tampering.split("; "):
            owner.execute(statement)
        assert stored_faults_inside(owner, store)


def stored_faults_inside(owner: psycopg.Connection[Any], store: Path) -> bool:
    """Verify within a transaction that has begun: its isolation is what it is."""
    from repository.access import chain

    found = list(chain.faults(chain._chained(owner), checkpoints(owner), keys(store)))
    return bool(found or owner.execute(chain.STRAY).fetchall())


def test_a_supervisor_reads_of_those_who_may_see_no_more(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    def seen(reader: Reader, which: str) -> set[str]:
        found: list[dict[str, Any]] = session_of(database_url, reader).answer(
            "audit", {"who": which}, lambda c: (looks_at(c, [which]), ())
        )
        return {one["reader"] for one in found}

    assert seen(DIRECTOR, "2") == {"d.irector", "o.fficer"}
    assert seen(DIRECTOR, "1") == {"a.analyst", "o.fficer"}
    assert seen(SUPERVISOR, "2") == set()
    assert seen(SUPERVISOR, "1") == {"a.analyst"}
    assert seen(SERGEANT, "2") == {"o.fficer"}
    assert seen(SERGEANT, "1") == {"o.fficer"}
    assert seen(ANALYST, "1") == set()


def test_one_look_in_so_many_is_reviewed_once_and_not_by_who_looked(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    session = session_of(database_url, DIRECTOR)
    drawn = session.answer("audit", {}, lambda c: (sample(c, SINCE, one_in=1)[0], ()))
    assert len(drawn) == 5
    pages = [
        session.answer(
            "audit", {}, lambda c, at=at: (sample(c, SINCE, one_in=1, limit=2, offset=at), ())
        )
        for at in (0, 2, 4)
    ]
    assert [one for looks, _ in pages for one in looks] == drawn
    assert [more for _, more in pages] == [True, True, False]
    few = session.answer("audit", {}, lambda c: (sample(c, SINCE, one_in=2)[0], ()))
    # by the chain's hash, so that nobody knows before
    even = owner.execute(
        "SELECT audit_no FROM audit WHERE audit_no = ANY(%s) AND audit_draw(audit_no) %% 2 = 0"
        " ORDER BY at, audit_no",
        ([one["audit_no"] for one in drawn],),
    )
    assert [one["audit_no"] for one in few] == [number for (number,) in even]
    theirs = next(one["audit_no"] for one in drawn if one["reader"] == "a.analyst")
    own = next(one["audit_no"] for one in drawn if one["reader"] == "d.irector")

    def reviewed(number: int) -> None:
        session.answer(
            "audit", {}, lambda c: (review(c, DIRECTOR, number, "in order", "a tip"), ())
        )

    reviewed(theirs)
    with pytest.raises(RefusedError, match="before"):
        reviewed(theirs)
    with pytest.raises(RefusedError, match="their own"):
        reviewed(own)
    left = session.answer("audit", {}, lambda c: (sample(c, SINCE, one_in=1)[0], ()))
    assert theirs not in [one["audit_no"] for one in left]


def test_commands(
    owner: psycopg.Connection[Any],
    store: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    monkeypatch.setenv("INTELBUS_CENTRE_HOME", str(store))
    reads_here(monkeypatch, owner)

    def run(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(assemble(), ["audit", *words], catch_exceptions=False)
        assert done.exit_code == status, done.output
        return done.stdout

    assert json.loads(run("verify", "--json")) == {"whole": True, "faults": []}
    kept = tmp_path / "kept.json"
    kept.write_text(run("checkpoint"), "utf-8")
    assert "as it was written" in run("verify", "--kept", str(kept))
    assert {one["reader"] for one in json.loads(run("who", "2", "--json"))} == {
        "d.irector",
        "o.fficer",
    }
    assert json.loads(run("sample", "--one-in", "1", "--json"))
    run("sample")
    run("unusual")
    out = tmp_path / "audit.jsonl"
    owner.execute(
        "INSERT INTO erasure (agency, event_id, asked_event_id, erased_at, erased_by, authority,"
        " because, pending) VALUES ('gla', gen_random_uuid(), gen_random_uuid(), now(), 'o', 'a',"
        " 'b', false)"
    )
    words = ["export", "--kind", "intelligence", "--from", "2009-01-01", "--to", "2009-12-31", "-o",
             str(tmp_path / "out"), "--recipient", "Europol", "--outside", "a partner",
             "--party", "eea", "--purpose", "case 7"]  # fmt: skip
    assert CliRunner().invoke(assemble(), words, catch_exceptions=False).exit_code == 0
    run("export", "-o", str(out), "--from", "2009-01-01")
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert Counter(line["processing"] for line in lines if line["purpose"] != PURPOSE) == {
        "collection": 4, "alteration": 1, "combination": 8, "disclosure": 1, "erasure": 1,
    }  # fmt: skip
    acts = {line["processing"] for line in lines if line["purpose"] == PURPOSE}
    assert acts == {"consultation", "disclosure"}
    owner.execute("DELETE FROM audit_log; DELETE FROM audit_checkpoint")
    owner.execute("DELETE FROM audit_seen; DELETE FROM audit; DELETE FROM audit_queue")
    assert json.loads(run("verify", "--json"))["whole"]
    assert "kept elsewhere" in run("verify", "--kept", str(kept), status=1)


def test_rows_wait_for_the_chain_and_are_signed_at_intervals(
    owner: psycopg.Connection[Any], store: Path, database_url: str
) -> None:
    session_of(database_url, ANALYST).answer("view", {}, lambda _: (None, ()))
    now = datetime.now(UTC)
    assert stored_faults(owner, keys(store)) == []
    assert chain_once(owner, key=centre_key(store), now=now) == 1
    assert [one.size for one in checkpoints(owner)] == [5]
    chain_once(owner, key=centre_key(store), now=now + timedelta(minutes=1))
    assert [one.size for one in checkpoints(owner)] == [5, 6]
    assert stored_faults(owner, keys(store)) == []


def test_the_sequencer_tells_of_the_audit(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    metrics = StageMetrics("sequencer", CollectorRegistry())
    session = session_of(database_url, ANALYST)
    for number in range(RULES["probing"].least + 1):
        with pytest.raises(NoEventError):
            session.answer("view", {"event": number}, lambda c: (show_events(c, "999"), ()))
    AuditWatch(metrics).look(owner)
    assert metrics.audit_waiting._value.get() == RULES["probing"].least + 1
    found = {rule: metrics.unusual.labels(rule=rule)._value.get() for rule in RULES}
    assert found == {**dict.fromkeys(RULES, 0), "probing": 1}
