"""Breaking the glass, on a real PostgreSQL: two people, a time, an alarm, and nothing else."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from consumers.cli import assemble
from intelbus.errors import ConflictError, IntelbusError, RefusedError
from repository.access.looks import looks_between, sample
from repository.access.reader import Reader
from repository.access.session import Session
from repository.access.watch import AuditWatch
from repository.database import connect
from repository.exports.recipients import Recipient
from repository.exports.refusals import ExportRefusedError
from repository.exports.selection import select_network
from repository.glass import book
from repository.glass.rules import NoApproverError
from repository.linking.stage import link_all
from repository.queries.entity import show_entity
from repository.queries.event import NoEventError, events_seen, show_events
from repository.search.engine import search
from repository.sequencer import sequence_once
from repository.stage_metrics import StageMetrics
from repository.statistics.results import missing_children
from repository.statistics.stage import count_all
from tests.support.events import sample_event
from tests.support.interface import bearer_for, client_of, make_reader, serving
from tests.support.readers import DIRECTOR, PURPOSE, reads_here, session_of
from tests.support.store import store_event, store_made

CONSTABLE = Reader("c.constable", "met", "restricted", frozenset(), "law_enforcement")
APPROVER = Reader("a.approver", "ukhtc", "secret", frozenset({"approver", "victim_data",
                  "originator_only"}), "law_enforcement")  # fmt: skip
OF_GLA = Reader("g.approver", "gla", "secret", frozenset({"approver"}), "law_enforcement")
NOBODY = Reader("n.obody", "met", "restricted", frozenset({"approver"}), "law_enforcement")
HIDDEN, CHILD = 2, 3
WHY = "a threat to life"
PERIOD = (date(2009, 1, 1), date(2009, 12, 31))


@pytest.fixture(scope="module")
def owner(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """1 open · 2 gla's alone · 3 a missing child, open to police without its identity."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        store_event(connection, "intelligence", "gla")
        store_event(connection, "intelligence", "gla", handling="4", title="For us alone")
        child = sample_event("missing-child", originator="gla")
        child["subjects"][0]["role"] = "missing_child"
        store_made(connection, "missing-child", child)
        sequence_once(connection)
        link_all(connection)
        count_all(connection)
        yield connection


@pytest.fixture(autouse=True)
def unbroken(owner: psycopg.Connection[Any]) -> None:
    owner.execute("TRUNCATE glass_end, glass_decision, glass_request")


def reading(database_url: str, reader: Reader, *, login: str = "") -> Session:
    return Session(
        lambda: connect(database_url), reader, PURPOSE, credential=login or f"account {reader.name}"
    )


def ask(database_url: str, which: int | str, *, victims: bool = False, hours: int = 4) -> int:
    session = reading(database_url, CONSTABLE)
    return session.answer(
        "glass",
        {"ask": str(which)},
        lambda c: (
            book.ask(c, session.who, str(which), reason=WHY, hours=hours, victims=victims), ()
        ),
    )  # fmt: skip


def grant(
    database_url: str, number: int, approver: Reader = APPROVER, *, login: str = ""
) -> list[int]:
    session = reading(database_url, approver, login=login)

    def read(c: Any) -> tuple[list[int], list[str]]:
        seen = book.grant(c, approver, session.who, number, now=datetime.now(UTC))
        return seen, [str(one) for one in seen]

    return session.answer("glass", {"grant": number}, read)


def shows(database_url: str, position: int = HIDDEN) -> list[dict[str, Any]]:
    return session_of(database_url, CONSTABLE).answer(
        "view", {"event": str(position)}, lambda c: events_seen(show_events(c, str(position)))
    )


def test_what_is_beyond_ones_rights_is_seen_by_a_second_persons_word(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    with pytest.raises(NoEventError):
        shows(database_url)
    number = ask(database_url, HIDDEN)
    with pytest.raises(NoEventError):
        shows(database_url)
    assert grant(database_url, number) == [HIDDEN]
    (event,) = shows(database_url)
    assert event["event"]["title"] == "For us alone"
    entity = event["subjects"][1]["entity"]
    told = session_of(database_url, CONSTABLE).answer(
        "view", {"entity": entity}, lambda c: (show_entity(c, entity), [entity])
    )
    assert HIDDEN in {one["position"] for one in told["members"]}
    for name, organisation in (("o.ther", "met"), (CONSTABLE.name, "gmp")):
        other = Reader(name, organisation, "restricted", frozenset(), "law_enforcement")
        with pytest.raises(NoEventError):
            session_of(database_url, other).answer(
                "view", {}, lambda c: (show_events(c, str(HIDDEN)), ())
            )


def test_it_is_not_found_counted_or_let_out(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    def figures() -> Any:
        return session_of(database_url, CONSTABLE).answer(
            "statistic",
            {},
            lambda c: (
                (search(c, "kazlauskas"), missing_children(c, *PERIOD),
                 c.execute("SELECT position FROM counted ORDER BY 1").fetchall()), ()
            ),
        )  # fmt: skip

    before = figures()
    grant(database_url, ask(database_url, HIDDEN))
    assert len(shows(database_url)) == 1
    assert figures() == before
    with pytest.raises(ExportRefusedError, match="broken glass"):
        session_of(database_url, CONSTABLE).answer(
            "export", {}, lambda c: (select_network(c, "E1-1", 2, Recipient("x", "eea")), ())
        )


def test_the_identity_of_a_child_takes_being_asked_for(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    assert "Kazlauskas" not in json.dumps(shows(database_url, CHILD))
    grant(database_url, ask(database_url, CHILD))
    assert "Kazlauskas" not in json.dumps(shows(database_url, CHILD))
    grant(database_url, ask(database_url, CHILD, victims=True))
    (event,) = shows(database_url, CHILD)
    assert "Kazlauskas" in json.dumps(event["event"])
    assert "Kazlauskas" in json.dumps(event["subjects"])


@pytest.mark.parametrize(
    "approver",
    [NOBODY, CONSTABLE, Reader("s", "ukhtc", "secret", frozenset({"supervisor"}))],
)
def test_without_authority_nobody_lets_anybody_see(
    owner: psycopg.Connection[Any], database_url: str, approver: Reader
) -> None:
    number = ask(database_url, HIDDEN)
    with pytest.raises(IntelbusError):
        grant(database_url, number, approver)
    with pytest.raises(NoEventError):
        shows(database_url)


def test_the_originators_approver_may_and_sees_no_request_for_others_events(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    number = ask(database_url, HIDDEN)
    nothing = ask(database_url, 999)

    def listed(who: Reader) -> dict[int, Any]:
        now = datetime.now(UTC)
        found = reading(database_url, who).answer(
            "glass", {}, lambda c: (book.requests(c, who, now=now), ())
        )
        return {one["request"]: one for one in found}

    assert set(listed(OF_GLA)) == {number}
    assert [one["position"] for one in listed(OF_GLA)[number]["names"]] == [HIDDEN]
    assert set(listed(APPROVER)) == {number}
    assert listed(DIRECTOR)[nothing]["names"] == []
    assert listed(NOBODY) == {}
    mine = listed(CONSTABLE)
    assert {one["state"] for one in mine.values()} == {"waiting"}
    assert {str(one["names"]) for one in mine.values()} == {"None"}
    assert grant(database_url, number, OF_GLA) == [HIDDEN]


def test_to_ask_tells_nothing(owner: psycopg.Connection[Any], database_url: str) -> None:
    there, absent = ask(database_url, HIDDEN), ask(database_url, 999)
    for number in (there, absent):
        session = reading(database_url, DIRECTOR)
        session.answer("glass", {}, lambda c, n=number: (book.refuse(c, DIRECTOR, n), ()))  # type: ignore[func-returns-value]
    now = datetime.now(UTC)
    told = reading(database_url, CONSTABLE).answer(
        "glass", {}, lambda c: (book.requests(c, CONSTABLE, now=now), ())
    )
    plain = [{k: v for k, v in one.items() if k not in ("request", "asked_at", "event")}
             for one in told]  # fmt: skip
    assert plain[0] == plain[1]
    assert plain[0]["state"] == "refused"


def test_one_login_is_not_two_people(owner: psycopg.Connection[Any], database_url: str) -> None:
    number = ask(database_url, HIDDEN)
    with pytest.raises(NoApproverError, match="same login"):
        grant(database_url, number, login=f"account {CONSTABLE.name}")
    assert grant(database_url, number) == [HIDDEN]
    with pytest.raises(ConflictError, match="before"):
        grant(database_url, number)


def test_it_expires_and_can_be_ended(owner: psycopg.Connection[Any], database_url: str) -> None:
    number = ask(database_url, HIDDEN, hours=1)
    grant(database_url, number)
    owner.execute("UPDATE glass_decision SET expires_at = now() - interval '1 second'")
    with pytest.raises(NoEventError):
        shows(database_url)
    number = ask(database_url, HIDDEN)
    grant(database_url, number)
    assert shows(database_url)
    session = reading(database_url, CONSTABLE)
    session.answer("glass", {}, lambda c: (book.end(c, CONSTABLE, number), ()))  # type: ignore[func-returns-value]
    with pytest.raises(NoEventError):
        shows(database_url)
    with pytest.raises(RefusedError):
        session.answer("glass", {}, lambda c: (book.end(c, CONSTABLE, number), ()))  # type: ignore[func-returns-value]


def test_it_ends_when_the_event_is_amended(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    event_id = store_event(owner, "intelligence", "gla", handling="4")
    first = store_event(owner, "intelligence", "gla", handling="4", corrects=event_id)
    sequence_once(owner)
    position, mended = (
        owner.execute("SELECT position FROM event_log WHERE event_id = %s", (one,)).fetchone()
        for one in (event_id, first)
    )
    assert position
    assert mended
    assert grant(database_url, ask(database_url, str(event_id))) == [position[0], mended[0]]
    assert shows(database_url, position[0])[0]["status"] == "corrected"
    assert shows(database_url, mended[0])[0]["status"] == "current"
    store_event(owner, "intelligence", "gla", handling="5", corrects=event_id)
    sequence_once(owner)
    for one in (position, mended):
        with pytest.raises(NoEventError):
            shows(database_url, one[0])


# One row a way round: what the database itself refuses, whatever the program says.
FORGED: tuple[tuple[str, Reader, str], ...] = (
    ("for oneself", CONSTABLE, "'c.constable', true, now() + interval '1 hour', 'gla'"),
    ("by no approver", Reader("x", "ukhtc", "secret", frozenset()),
     "'x', true, now() + interval '1 hour', 'gla'"),
    ("in another's name", APPROVER, "'s.omebody', true, now() + interval '1 hour', 'gla'"),
    ("for longer", APPROVER, "'a.approver', true, now() + interval '5 hours', 'gla'"),
    ("for ever", APPROVER, "'a.approver', true, NULL, 'gla'"),
    ("as another agency's", APPROVER, "'a.approver', true, now() + interval '1 hour', 'soca'"),
    ("beyond one's own rights", NOBODY, "'n.obody', true, now() + interval '1 hour', 'gla'"),
)  # fmt: skip


@pytest.mark.parametrize(("reader", "values"), [one[1:] for one in FORGED],
                         ids=[one[0] for one in FORGED])  # fmt: skip
def test_the_database_itself_lets_nobody_round(
    owner: psycopg.Connection[Any], database_url: str, reader: Reader, values: str
) -> None:
    number = ask(database_url, HIDDEN)
    statement = f"""INSERT INTO glass_decision
        (request_no, decided_by, granted, expires_at, agency, positions)
        VALUES ({number}, {values}, '{{{HIDDEN}}}')"""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reading(database_url, reader).answer("glass", {}, lambda c: (c.execute(statement), ()))
    for changed in ("UPDATE glass_request SET hours = 24", "DELETE FROM glass_end",
                    "UPDATE glass_decision SET granted = true"):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reading(database_url, reader).answer(
                "glass", {}, lambda c, s=changed: (c.execute(s), ())
            )


def test_what_one_sees_by_a_glass_one_lets_nobody_see(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    grant(database_url, ask(database_url, HIDDEN))
    approves = Reader(CONSTABLE.name, "met", "secret", frozenset({"approver"}), "law_enforcement")
    other = Reader("o.ther", "met", "restricted", frozenset(), "law_enforcement")
    session = reading(database_url, other)
    number = session.answer(
        "glass",
        {},
        lambda c: (book.ask(c, session.who, "2", reason=WHY, hours=1, victims=False), ()),
    )
    with pytest.raises(IntelbusError):
        grant(database_url, number, approves)
    at_centre = Reader("c.lerk", "ukhtc", "secret", frozenset({"approver"}))
    with pytest.raises(book.NoRequestError):
        grant(database_url, number, at_centre)


def test_an_approver_is_told_nothing_of_what_their_own_rights_do_not_reach(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    """Not whether a request for it was granted: what is absent is granted to nobody."""
    clerk = Reader("c.lerk", "ukhtc", "secret", frozenset({"approver"}), "law_enforcement")
    there, absent = ask(database_url, HIDDEN), ask(database_url, 999)
    grant(database_url, there)

    def told(number: int) -> list[Any]:
        session = reading(database_url, clerk)
        found: list[Any] = [
            one
            for one in session.answer(
                "glass", {}, lambda c: (book.requests(c, clerk, now=datetime.now(UTC)), ())
            )
            if one["request"] == number
        ]
        for act in (
            lambda c: book.grant(c, clerk, session.who, number, now=datetime.now(UTC)),
            lambda c: book.refuse(c, clerk, number),
            lambda c: book.end(c, clerk, number),
        ):
            with pytest.raises(IntelbusError) as refused:
                session.answer("glass", {}, lambda c, act=act: (act(c), ()))
            found.append(str(refused.value).replace(str(number), "N"))
        return found

    assert told(there) == told(absent)


def test_supervisors_see_all_of_it_first_and_the_alarm_sounds(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    registry = CollectorRegistry()
    since = datetime.now(UTC) - timedelta(seconds=1)
    owner.execute("TRUNCATE audit, audit_seen, audit_queue, audit_log, audit_review")
    shows(database_url, 1)
    number = ask(database_url, HIDDEN)
    AuditWatch(StageMetrics("sequencer", registry)).look(owner)
    assert registry.get_sample_value("intelbus_sequencer_glass_asked") == 1
    assert registry.get_sample_value("intelbus_sequencer_glass_broken") == 0
    grant(database_url, number)
    shows(database_url)
    registry = CollectorRegistry()
    AuditWatch(StageMetrics("sequencer", registry)).look(owner)
    assert registry.get_sample_value("intelbus_sequencer_glass_asked") == 0
    assert registry.get_sample_value("intelbus_sequencer_glass_broken") == 1
    found, more = session_of(database_url, DIRECTOR).answer(
        "audit", {}, lambda c: (sample(c, since), ())
    )
    assert not more
    told = [(one["reader"], one["operation"], one["asked"].get("glass")) for one in found]
    assert told == [
        ("c.constable", "glass", None),
        ("a.approver", "glass", None),
        ("c.constable", "view", [number]),
    ]
    assert found[-1]["ids"][0] == str(HIDDEN)


def test_a_look_by_a_broken_glass_is_shown_to_supervisors_whose_rights_reach_what_it_showed(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    """That it was answered says that the event is there; who asked for it is told to all."""
    owner.execute("TRUNCATE audit, audit_seen, audit_queue, audit_log, audit_review")
    since = datetime.now(UTC) - timedelta(seconds=1)
    grant(database_url, ask(database_url, CHILD, victims=True))
    shows(database_url, CHILD)
    owner.execute("TRUNCATE glass_end, glass_decision, glass_request")
    number = ask(database_url, HIDDEN)
    grant(database_url, number)
    shows(database_url)

    def told(*roles: str, organisation: str = "ukhtc", clearance: str = "secret") -> list[Any]:
        reader = Reader("s.upervisor", organisation, clearance, frozenset({"supervisor", *roles}),
                        "law_enforcement")  # fmt: skip
        found = session_of(database_url, reader).answer(
            "audit", {}, lambda c: (looks_between(c, since, datetime.now(UTC)), ())
        )
        return [
            (one["operation"], one["asked"].get("event", one["asked"].get("ask")))
            for one in found
            if one["reader"] == CONSTABLE.name
        ]

    asked = [("glass", str(HIDDEN)), ("glass", str(CHILD))]
    child, hidden = ("view", str(CHILD)), ("view", str(HIDDEN))
    assert sorted(told("victim_data", "originator_only")) == [*asked, hidden, child]
    assert sorted(told("originator_only")) == [*asked, hidden]
    assert sorted(told("victim_data", organisation="met")) == [*asked, child]
    assert sorted(told(organisation="met")) == asked
    assert told("victim_data", "originator_only", organisation="gla") == []


def test_no_way_of_looking_tells_a_supervisor_that_there_is_a_hidden_event(
    owner: psycopg.Connection[Any],
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whether what a colleague asked by a broken glass was answered, is refused or failed."""
    owner.execute("TRUNCATE audit, audit_seen, audit_queue, audit_log, audit_review")
    sees_all = ("supervisor", "originator_only", "victim_data", "approver")
    for name, roles in (("a.na", ()), ("v.ic", ("supervisor",)), ("t.op", sees_all)):
        make_reader(owner, name, clearance="secret", roles=roles)
    row = owner.execute("SELECT event_id FROM event_log WHERE position = 2").fetchone()
    assert row is not None
    hidden, absent = (HIDDEN, row[0]), (999, uuid4())
    since = datetime.now(UTC) - timedelta(seconds=1)

    def ways(position: int, event_id: UUID) -> list[tuple[str, str, dict[str, Any] | None]]:
        entity = f"E{position}-1"
        gets = [
            *(f"/v1/events/{name}{more}" for name in (position, event_id)
              for more in ("", "/history")),
            *(f"/v1/access/who?event={name}"
              for name in (position, event_id, str(event_id).upper())),
            f"/v1/exports?event={position}", f"/v1/entities/{entity}",
            f"/v1/entities/{entity}/why/E1-0", f"/v1/entities/R1-0/why/R{position}-1",
            f"/v1/networks/{entity}", f"/v1/networks/{entity}/path/E1-0",
            f"/v1/groups?around={entity}", f"/v1/timeline/{entity}",
        ]  # fmt: skip
        return [
            *(("GET", one, None) for one in gets),
            ("PUT", "/v1/events/1/sanitised", {"of": position}),
            ("PUT", f"/v1/events/{position}/sanitised", {"of": 1}),
            ("DELETE", f"/v1/events/{position}/sanitised", None),
            ("GET", f"/v1/search?q=position:{position}", None),
        ]

    with serving(database_url, tmp_path_factory.mktemp("serve")) as interface:
        ana, vic, top = (
            client_of(interface.url, bearer_for(owner, one)) for one in ("a.na", "v.ic", "t.op")
        )
        number = ana.post("/v1/glass", json={"event": str(HIDDEN), "because": WHY}).json()[
            "request"
        ]
        granted = {"granted": True, "because": "yes"}
        assert top.post(f"/v1/glass/{number}/decision", json=granted).status_code == 204
        found = [
            (how, address, ana.request(how, address, json=body).status_code)
            for which in (hidden, absent)
            for how, address, body in ways(*which)
        ]
        assert ("GET", f"/v1/access/who?event={HIDDEN}", 200) in found
        assert ana.delete(f"/v1/glass/{number}").status_code == 204

        def told(who: Any) -> list[Any]:
            looks = who.get("/v1/audit", params={"from": since.isoformat(), "limit": 100}).json()
            return [one for one in looks["looks"] if one["reader"] == "a.na"]

        for one in told(vic):
            assert one["operation"] != "glass" or "ask" in one["asked"]
            assert one["operation"] in ("glass", "search")
        assert len(told(top)) == len(found) + 2
        assert all("glass" in one["asked"] for one in told(top) if "end" in one["asked"])


def test_commands_and_http_do_the_same(
    owner: psycopg.Connection[Any],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, owner, CONSTABLE)
    runner = CliRunner()

    def run(*words: str) -> str:
        done = runner.invoke(assemble(), words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    run("glass", "ask", str(HIDDEN), "--because", WHY, "--hours", "2")
    (mine,) = json.loads(run("glass", "list", "--json"))
    assert (mine["state"], mine["names"]) == ("waiting", None)
    make_reader(owner, "approver", clearance="secret", roles=("approver", "originator_only"))
    with (
        serving(database_url, tmp_path_factory.mktemp("serve")) as interface,
        client_of(interface.url, bearer_for(owner, "approver")) as client,
    ):
        (asked,) = client.get("/v1/glass").json()["requests"]
        assert [one["position"] for one in asked["names"]] == [HIDDEN]
        address = f"/v1/glass/{asked['request']}"
        decided = client.post(f"{address}/decision", json={"granted": True, "because": "yes"})
        assert decided.status_code == 204, decided.text
        again = client.post(f"{address}/decision", json={"granted": True, "because": "yes"})
        assert again.status_code == 409
        absent = client.post("/v1/glass/999/decision", json={"granted": True, "because": "x"})
        assert absent.status_code == 404
        own = client.post("/v1/glass", json={"event": "77", "because": WHY})
        assert own.status_code == 201
        assert "For us alone" in run("event", "show", str(HIDDEN))
        assert client.delete(address).status_code == 204
    run("glass", "list")
    assert {one["state"] for one in json.loads(run("glass", "list", "--json"))} == {"ended"}
    monkeypatch.setenv("INTELBUS_READER", "approver")
    waiting = json.loads(run("glass", "list", "--json"))[0]
    assert runner.invoke(assemble(), ("glass", "refuse", str(waiting["request"]), "--because",
                                      "x")).exit_code != 0  # fmt: skip
