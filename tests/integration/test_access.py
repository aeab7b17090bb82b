"""Sessions on a real PostgreSQL: what a reader sees, and that it is on record."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.access.accounts import (
    ReaderExistsError,
    find_reader,
    keep_reader,
    list_readers,
    remove_reader,
)
from repository.access.chain import chain_once
from repository.access.policy import MARKINGS, RELEASES, audience
from repository.access.reader import Reader, UnknownReaderError
from repository.access.session import NoPurposeError, Session, UnguardedError, os_user
from repository.database import connect
from repository.exports.disclosures import OfKind, export
from repository.exports.recipients import Recipient
from repository.linking.stage import link_all
from repository.migrate import migrate
from repository.queries.entity import entities_seen
from repository.queries.event import NoEventError, show_events
from repository.queries.streams import receipt_states, stream_states
from repository.sequencer import sequence_once
from repository.statistics.stage import count_all
from tests.support.events import sample_event
from tests.support.readers import DIRECTOR, reads_here, session_of
from tests.support.store import store_event, store_made

ANALYST = Reader("a.analyst", "ukhtc", "confidential", frozenset({"analyst"}), "law_enforcement")
SUPERVISOR = Reader("s.upervisor", "ukhtc", "secret", frozenset({"supervisor"}))
AUDITED = "SELECT reader, purpose, operation, asked, outcome, ids FROM audit ORDER BY audit_no"


@pytest.fixture(scope="module")
def owner(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        store_event(connection, "intelligence", "gla")
        store_event(connection, "intelligence", "northamptonshire")
        sequence_once(connection)
        link_all(connection)
        yield connection


def test_an_answer_is_on_record_before_it_is_given(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    session = Session(lambda: connect(database_url), ANALYST, "OP/2009/1")

    found = session.answer("view", {"event": "1"}, lambda c: (show_events(c, "1"), ["1"]))

    assert [one["position"] for one in found] == [1]
    assert owner.execute(AUDITED).fetchall()[-1] == (
        "a.analyst", "OP/2009/1", "view", {"event": "1"}, "answered", ["1"]
    )  # fmt: skip
    seen = owner.execute("SELECT count(*) FROM audit_seen WHERE id = '1'").fetchone()
    assert seen == (1,)


def test_what_is_not_answered_is_on_record_too(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    session = Session(lambda: connect(database_url), ANALYST, "OP/2009/1")

    with pytest.raises(NoEventError):
        session.answer("view", {"event": "999"}, lambda c: (show_events(c, "999"), []))

    last = owner.execute(AUDITED).fetchall()[-1]
    assert last[2:] == ("view", {"event": "999"}, "nothing", [])


def test_the_reading_role_changes_nothing(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    session = Session(lambda: connect(database_url), ANALYST, "OP/2009/1")
    for statement in (
        "DELETE FROM audit",
        "UPDATE audit SET reader = 'somebody.else'",
        "SELECT * FROM audit_log",
        "INSERT INTO audit_log VALUES (1, 1, '')",
        "DELETE FROM audit_seen",
        "DELETE FROM event",
        "UPDATE record SET label = ''",
        "SELECT * FROM reader",
        "SELECT * FROM quarantine",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.answer("view", {}, lambda c, s=statement: (c.execute(s), []))


def test_nobody_reads_without_a_purpose(database_url: str) -> None:
    with pytest.raises(NoPurposeError):
        Session(lambda: connect(database_url), ANALYST, "  ")


def test_entities_are_those_of_what_the_connection_sees(owner: psycopg.Connection[Any]) -> None:
    assert entities_seen(owner, [(2, 0), (99, 0)]) == {(2, 0): (1, 0)}


def test_readers_are_added_changed_and_removed(owner: psycopg.Connection[Any]) -> None:
    keep_reader(owner, ANALYST)
    with pytest.raises(ReaderExistsError):
        keep_reader(owner, ANALYST)
    better = Reader("a.analyst", "ukhtc", "secret", frozenset({"analyst", "victim_data"}), "eea")
    keep_reader(owner, better, change=True)
    assert find_reader(owner, "a.analyst") == better
    assert list_readers(owner) == [better]
    remove_reader(owner, "a.analyst")
    with pytest.raises(UnknownReaderError):
        find_reader(owner, "a.analyst")
    keep_reader(owner, ANALYST)
    assert find_reader(owner, "a.analyst") == ANALYST


def test_the_database_numbers_audiences_as_the_policy_does(
    owner: psycopg.Connection[Any],
) -> None:
    codes = {*RELEASES, ("unknown", "1"), ("five_by_five_by_five", "P"), ("", "")}
    asked = [(*code, marking) for code in sorted(codes) for marking in (*MARKINGS, "official")]
    columns = tuple(list(column) for column in zip(*asked, strict=True))
    found = owner.execute(
        "SELECT event_audience(s, h, m) FROM unnest(%s::text[], %s::text[], %s::text[])"
        " WITH ORDINALITY AS a(s, h, m, n) ORDER BY n",
        columns,
    ).fetchall()
    assert [number for (number,) in found] == [audience(*one) for one in asked]


def test_without_a_context_nothing_is_visible(owner: psycopg.Connection[Any]) -> None:
    guarded = owner.execute(
        "SELECT relname, relforcerowsecurity FROM pg_class"
        " WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert len(guarded) > 15
    assert all(forced for _, forced in guarded)
    for _ in ("never set", "set and gone"):
        for table, _ in guarded:
            with owner.transaction(force_rollback=True):
                owner.execute("SET LOCAL ROLE intelbus_reader")
                rows = owner.execute(f"SELECT count(*) FROM {table}").fetchone()
                assert rows == (0,), table
        with owner.transaction():
            owner.execute("SELECT set_config('intelbus.rights', '1', true)")


def test_commands_keep_readers_on_record_and_say_who_may_see_what(
    owner: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, owner)

    def run(*words: str) -> str:
        done = CliRunner().invoke(assemble(), words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    run("reader", "add", "p.worker", "--organisation", "poppy", "--clearance", "restricted",
        "--party", "non_prosecuting")  # fmt: skip
    run("reader", "change", "p.worker", "--organisation", "poppy", "--clearance", "protect",
        "--party", "non_prosecuting")  # fmt: skip
    told = json.loads(run("reader", "list", "--json"))
    assert {one["name"]: one["clearance"] for one in told}["p.worker"] == "protect"
    run("reader", "list")
    assert [row[2:4] for row in owner.execute(AUDITED).fetchall()][-2:] == [
        ("reader", {"add": "p.worker", "organisation": "poppy", "party": "non_prosecuting",
                    "clearance": "restricted", "roles": []}),
        ("reader", {"change": "p.worker", "organisation": "poppy", "party": "non_prosecuting",
                    "clearance": "protect", "roles": []}),
    ]  # fmt: skip

    def who(*words: str) -> set[str]:
        return {one["name"] for one in json.loads(run("access", "who", *words, "--json"))}

    assert "p.worker" in who("--handling", "2", "--marking", "protect")
    assert "p.worker" not in who("--handling", "2", "--marking", "restricted")
    assert "p.worker" not in who("--handling", "1", "--marking", "protect")
    assert "d.irector" in who("1")
    run("access", "who", "1")
    run("reader", "remove", "p.worker")
    assert "p.worker" not in who("--handling", "2", "--marking", "protect")


def test_what_is_done_at_the_centres_machine_is_on_record(
    owner: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    monkeypatch.setenv("LOGNAME", "somebody.else")
    user = os_user()
    assert user != "somebody.else"
    count_all(owner)
    owner.execute("TRUNCATE audit, audit_seen, audit_queue, audit_log, audit_review")
    commands = (
        ("quarantine", "list"),
        ("quarantine", "show", "999"),
        ("quarantine", "reject", "999", "--reason", "x", "--by", "ana"),
        ("streams",),
        ("accounts",),
        ("retention", "due", "--by", "2020-01-01"),
        ("retention", "keep", "1", "--until", "2030-01-01", "--because", "a trial"),
        ("erase", "1", "--authority", "COURT/1", "--because", "x", "--dry-run"),
        ("erasures", "list"),
    )
    for words in commands:
        CliRunner().invoke(assemble(), words)
    rows = owner.execute(
        "SELECT reader, operation, outcome, ids, asked FROM audit ORDER BY audit_no"
    ).fetchall()
    assert {row[0] for row in rows} == {f"operator {user}"}
    assert [(row[1], row[2]) for row in rows] == [
        ("view", "answered"), ("view", "refused"), ("administration", "refused"),
        ("statistic", "answered"), ("statistic", "answered"), ("view", "answered"),
        ("administration", "answered"), ("erasure", "answered"), ("view", "answered"),
    ]  # fmt: skip
    assert [row[3] for row in rows[6:8]] == [["1"], ["1"]]
    assert rows[7][4]["dry_run"] is True
    query = "SELECT count(*) FROM audit WHERE reader LIKE 'operator %'"
    for reader, count in ((DIRECTOR, len(rows)), (SUPERVISOR, 0)):
        ((seen,),) = session_of(database_url, reader).answer(
            "audit", {}, lambda c: (c.execute(query).fetchall(), ())
        )
        assert seen == count


@pytest.fixture
def plain_owner(database_url: str) -> Iterator[str]:
    """A database whose owner is no superuser, as in production, and whose login that owner is."""
    name = f"owner_{uuid4().hex[:12]}"
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x' NOSUPERUSER NOCREATEROLE")
        admin.execute(f"GRANT intelbus_reader TO {name}")
        admin.execute(f"CREATE DATABASE {name} OWNER {name}")
    parts = urlsplit(database_url)
    address = parts.netloc.rpartition("@")[2]
    yield urlunsplit(parts._replace(netloc=f"{name}:x@{address}", path=f"/{name}"))
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.execute(f"DROP ROLE {name}")


def test_an_owner_who_is_no_superuser_works_and_reads_as_everybody_else(
    owner: psycopg.Connection[Any], plain_owner: str
) -> None:
    migrate(plain_owner)
    with psycopg.connect(plain_owner, autocommit=True) as connection:
        store_event(connection, "intelligence", "gla")
        store_event(connection, "intelligence", "met", handling="4")
        store_event(connection, "referral", "poppy")
        sequence_once(connection)
        link_all(connection)
        count_all(connection)
        while chain_once(connection):
            pass
        assert connection.execute("SELECT count(*) FROM record").fetchone() == (13,)
    session = session_of(plain_owner, ANALYST)
    query = "SELECT position FROM event_log ORDER BY position"
    rows = session.answer("view", {}, lambda c: (c.execute(query).fetchall(), ()))
    assert rows == [(1,), (3,)]


def test_the_reading_role_is_made_once_by_databases_migrated_at_the_same_moment(
    database_url: str,
) -> None:
    name = f"reader_{uuid4().hex[:12]}"
    migration = import_module("repository.migrations.versions.0006_readers")
    make = migration.MAKE_ROLE.replace("intelbus_reader", name)

    def run(_: int) -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute(make)

    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(run, range(8)))
        with psycopg.connect(database_url) as connection:
            made = connection.execute(
                "SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s",
                (name,),
            ).fetchall()
        assert made == [(False, False, False)]
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"DROP ROLE {name}")


def test_nobody_reads_where_no_policy_binds_them(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    class Unbound(psycopg.Connection[Any]):
        def execute(self, query: Any, *rest: Any, **more: Any) -> Any:
            role = b"SET LOCAL ROLE intelbus_reader"
            whole = query.replace(role, b"SELECT 1") if isinstance(query, bytes) else query
            return super().execute(whole, *rest, **more)

    session = Session(lambda: Unbound.connect(database_url, autocommit=True), ANALYST, "OP/1")
    with pytest.raises(UnguardedError):
        session.answer("view", {}, lambda c: (c.execute("SELECT 1").fetchall(), ()))


def test_an_exporter_lets_out_what_they_may_see_and_nothing_of_a_victim(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    event = sample_event("intelligence", originator="soca")
    event["subjects"][0]["role"] = "victim"
    event["relations"] = [
        {"from_id": "s1", "to_id": event["subjects"][3]["local_id"], "kind": "uses", "text": None}
    ]
    store_made(owner, "intelligence", event)
    store_event(owner, "intelligence", "soca", handling="4")
    sequence_once(owner)
    link_all(owner)
    count_all(owner)
    exporter = Reader("e.xporter", "met", "secret", frozenset({"exporter", "victim_data"}),
                      "law_enforcement")  # fmt: skip

    def read(connection: Any) -> tuple[dict[str, Any], list[str]]:
        made = export(
            connection, form="csv",
            of=OfKind("intelligence", date(2009, 1, 1), date(2009, 12, 31)),
            recipient=Recipient("cps", "prosecuting"), purpose="case 7",
            exported_by="e.xporter", organisation="met",
        )  # fmt: skip
        return made, [str(position) for position in made["positions"]]

    made = session_of(database_url, exporter).answer("export", {}, read)
    row = made["content"].decode().splitlines()[-1]
    assert made["positions"] == [1, 2, 3]
    assert made["left_out"] == 0
    assert "soca" in row
    assert "victim" in row
    assert "Kazlauskas" not in row
    assert "900123" not in row
    assert "900123" in made["content"].decode().splitlines()[1]


@pytest.mark.parametrize(
    ("organisation", "clearance", "roles", "told"),
    [
        ("gla", "top_secret", (), True),
        ("gla", "confidential", (), True),  # the highest marking that is accepted
        ("gla", "restricted", ("victim_data", "source_data"), False),
        ("met", "top_secret", (), False),
        ("ukhtc", "top_secret", (), False),
        ("ukhtc", "top_secret", ("originator_only",), True),
    ],
)
def test_what_counts_all_that_was_sent_is_for_those_who_may_see_all_of_it(
    owner: psycopg.Connection[Any],
    database_url: str,
    organisation: str,
    clearance: str,
    roles: tuple[str, ...],
    told: bool,
) -> None:
    """By their rights, whatever is stored: for others it is as if nothing had been sent."""
    stream = uuid4()
    with owner.transaction():
        owner.execute("DELETE FROM stream")
        owner.execute("DELETE FROM receipt_outbox")
        owner.execute("INSERT INTO topic (name) VALUES ('t') ON CONFLICT DO NOTHING")
        owner.execute(
            """INSERT INTO stream (agency, stream, topic_no, partition, last_heard_at)
            SELECT 'gla', %s, min(topic_no), 0, now() FROM topic""",
            (stream,),
        )
        owner.execute(
            "INSERT INTO receipt_outbox (agency, stream, revision, body) VALUES ('gla', %s, 1, '')",
            (stream,),
        )
    reader = Reader("r", organisation, clearance, frozenset(roles), "law_enforcement")

    def read(c: psycopg.Connection[Any]) -> tuple[Any, tuple[()]]:
        streams = [one.agency for one in stream_states(c)]
        receipts = [one["agency"] for one in receipt_states(c)]
        return (streams, receipts, show_events(c, "1")[0]), ()

    streams, receipts, event = session_of(database_url, reader).answer("view", {}, read)
    assert (streams, receipts) == ((["gla"], ["gla"]) if told else ([], []))
    assert (event["seal"] is not None, "sequence" in event["event"]) == (told, told)
