"""Saved searches on a real PostgreSQL: kept, shared, and alerting once on what newly matches."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from intelbus.errors import RefusedError
from repository.access.reader import Reader
from repository.linking.stage import link_all
from repository.saved import alerts, searches
from repository.saved.searches import NoSearchError
from repository.search import engine
from repository.search.timeline import found_in_time
from repository.sequencer import sequence_once
from tests.support.interface import bearer_for, client_of, make_reader, serving
from tests.support.readers import reads_here, session_of
from tests.support.store import store_event

ANA = Reader("ana", "met", "restricted", frozenset({"analyst"}), "law_enforcement")
BEN = Reader("ben", "met", "protect", frozenset(), "law_enforcement")
FAR = Reader("far", "gmp", "restricted", frozenset(), "law_enforcement")


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("TRUNCATE alert_told, saved_search")
        yield connection


@pytest.fixture
def word(owner: psycopg.Connection[Any]) -> str:
    """A word that nothing says yet."""
    row = owner.execute("SELECT count(*) FROM event").fetchone()
    assert row is not None
    return f"xylo{row[0]:03}phone"


def say(owner: psycopg.Connection[Any], title: str, **over: Any) -> tuple[int, Any]:
    """Store an event with this title, all of it derived; return its position and id."""
    event_id = store_event(owner, over.pop("kind", "intelligence"), "gla", **{
        **({"title": title} if over.get("target_event_id") is None else {}), **over
    })  # fmt: skip
    while sequence_once(owner):
        pass
    link_all(owner)
    row = owner.execute("SELECT position FROM event_log WHERE event_id = %s", (event_id,))
    ((position,),) = row.fetchall()
    return position, event_id


def does(url: str, reader: Reader, act: Callable[[Any, Any], Any]) -> Any:
    session = session_of(url, reader)
    return session.answer("search", {}, lambda c: (act(c, session.who), ()))


def save(url: str, reader: Reader, query: str, **over: Any) -> int:
    number: int = does(url, reader, lambda c, w: searches.save(c, w, "mine", query, **over))
    return number


def news(url: str, reader: Reader = ANA) -> list[int]:
    """Return what a reader is told, and tell it."""

    def act(connection: Any, _: Any) -> list[int]:
        found = alerts.digest(connection)
        alerts.tell(connection, {one["search"]: one["positions"] for one in found})
        return [position for one in found for position in one["positions"]]

    told: list[int] = does(url, reader, act)
    return told


def test_what_matches_already_is_known_and_news_is_told_once(
    owner: psycopg.Connection[Any], database_url: str, word: str
) -> None:
    say(owner, f"{word} before")
    save(database_url, ANA, word, alerts=True)
    assert news(database_url) == []
    new, _ = say(owner, f"{word} now")
    say(owner, "another matter")
    assert news(database_url) == [new]
    assert news(database_url) == []


def test_an_alert_finds_near_spellings_as_a_search_does_until_somebody_writes_the_word_so(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    before, _ = say(owner, "Zwoleniecki before")
    save(database_url, ANA, "Zwolenicki", alerts=True)
    assert news(database_url) == []
    new, _ = say(owner, "Zwoleniecki now")
    (told,) = does(database_url, ANA, lambda c, _: alerts.digest(c))
    assert (told["positions"], told["spellings"]) == ([new], ["zwoleniecki"])
    in_time = does(database_url, ANA, lambda c, _: found_in_time(c, "Zwolenicki"))
    assert sorted(one["position"] for one in in_time["entries"]) == [before, new]
    assert in_time["spellings"] == ["zwoleniecki"]
    assert does(database_url, ANA, lambda c, _: engine.matches(c, "Zwolenicki")) == []
    assert news(database_url) == [new]
    so, _ = say(owner, "Zwolenicki")
    assert news(database_url) == [so]


def test_a_correction_alerts_only_if_it_newly_matches(
    owner: psycopg.Connection[Any], database_url: str, word: str
) -> None:
    save(database_url, ANA, word, alerts=True)
    position, event_id = say(owner, f"{word} first")
    assert news(database_url) == [position]
    say(owner, f"{word} mended", corrects=event_id)
    assert news(database_url) == []
    say(owner, "no longer", corrects=event_id)
    assert news(database_url) == []
    again, _ = say(owner, f"{word} after all", corrects=event_id)
    assert news(database_url) == [again]
    _, other = say(owner, "says nothing of it")
    newly, _ = say(owner, f"{word} now", corrects=other)
    assert news(database_url) == [newly]
    say(owner, "", kind="retraction", target_event_id=event_id)
    assert news(database_url) == []


def test_only_what_the_reader_may_see_at_that_moment_is_told(
    owner: psycopg.Connection[Any], database_url: str, word: str
) -> None:
    save(database_url, ANA, word, alerts=True)
    _, event_id = say(owner, word, handling="4")
    say(owner, word, marking="secret")
    assert news(database_url) == []
    opened, _ = say(owner, word, handling="1", corrects=event_id)
    assert news(database_url) == [opened]
    seen, taken = say(owner, f"{word} again")
    say(owner, f"{word} again", handling="4", corrects=taken)
    assert news(database_url) == []
    assert seen


def test_colleagues_run_what_is_shared_with_their_own_rights(
    owner: psycopg.Connection[Any], database_url: str, word: str
) -> None:
    say(owner, word, marking="restricted")
    say(owner, word, marking="protect")
    number = save(database_url, BEN, word, shared=True)
    hidden = save(database_url, BEN, "ionescu")

    def count(connection: Any, _: Any) -> int:
        _, query, filters = searches.kept(connection, number)
        found: int = engine.search(connection, query, filters=filters)["count"]
        return found

    assert does(database_url, ANA, count) == 2
    assert does(database_url, BEN, count) == 1
    for reader, which in ((FAR, number), (ANA, hidden)):
        with pytest.raises(NoSearchError):
            does(database_url, reader, lambda c, _, n=which: searches.kept(c, n))
    with pytest.raises(NoSearchError):
        does(database_url, ANA, lambda c, w: searches.remove(c, w, number))
    followed = does(database_url, ANA, lambda c, w: searches.follow(c, w, number))
    assert [one["search"] for one in does(database_url, ANA, lambda c, _: searches.saved(c))] == [
        number, followed,
    ]  # fmt: skip
    new, _ = say(owner, word, marking="protect")
    other, _ = say(owner, word, marking="restricted")
    say(owner, word, marking="secret")
    assert sorted(news(database_url, ANA)) == [new, other]
    assert news(database_url, FAR) == []
    does(database_url, ANA, lambda c, w: searches.remove(c, w, followed))
    say(owner, word, marking="protect")
    assert news(database_url, ANA) == []


@pytest.mark.parametrize(
    ("more", "lets_see"),
    [
        (Reader("more", "met", "secret", frozenset({"victim_data"}), "law_enforcement"), False),
        (Reader("more", "met", "restricted", frozenset({"source_data"}), "law_enforcement"), False),
        (Reader("more", "met", "protect", frozenset(), "law_enforcement"), True),
    ],
)
def test_what_is_shared_is_there_for_colleagues_alone_who_may_see_as_much(
    owner: psycopg.Connection[Any], database_url: str, more: Reader, lets_see: bool
) -> None:
    """Its words may stand in hidden events alone; for others it is as one that is not there."""
    number = save(database_url, more, "ionescu", shared=True)
    acts: tuple[Callable[[Any, Any, int], Any], ...] = (
        lambda c, _, n: searches.kept(c, n),
        searches.follow,
    )
    listed = does(database_url, ANA, lambda c, _: searches.saved(c))
    assert [one["search"] for one in listed] == [number] * lets_see
    told = []
    for act in acts if not lets_see else ():
        for which in (number, 999):
            with pytest.raises(NoSearchError) as caught:
                does(database_url, ANA, lambda c, w, a=act, n=which: a(c, w, n))
            told.append(str(caught.value).replace(str(which), "N"))
    assert len(set(told)) == (not lets_see)


def test_nobody_is_told_of_what_nobody_would_read(
    owner: psycopg.Connection[Any],
    database_url: str,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(4):
        say(owner, word)
    for module in (engine, searches, alerts):
        monkeypatch.setattr(module, "COUNTED", 3)
    with pytest.raises(RefusedError):
        save(database_url, ANA, word, alerts=True)
    assert save(database_url, ANA, word)


def test_the_database_shows_nobody_anothers_searches(
    owner: psycopg.Connection[Any], database_url: str, word: str
) -> None:
    say(owner, word)
    save(database_url, ANA, word, alerts=True)
    forged = """INSERT INTO saved_search
        (owner, organisation, name, query, filters, shared, alerts, purpose, rights, sources)
        VALUES ('ana', 'met', '', '', '{}', true, true, '',
                current_setting('intelbus.rights')::bit varying, false)"""
    for reader in (BEN, FAR, Reader("ana", "gmp", "restricted", frozenset())):
        for table in ("saved_search", "alert_told"):
            statement = f"SELECT * FROM {table}"
            rows = does(database_url, reader, lambda c, _, s=statement: c.execute(s).fetchall())
            assert rows == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            does(database_url, reader, lambda c, _: c.execute(forged))
    for_anybody = forged.replace("current_setting('intelbus.rights')", "repeat('0', 256)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        does(database_url, ANA, lambda c, _: c.execute(for_anybody))


def test_commands_and_http_do_the_same(
    owner: psycopg.Connection[Any],
    database_url: str,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    reads_here(monkeypatch, owner, ANA)

    def run(*words: str) -> str:
        done = CliRunner().invoke(assemble(), words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    number = run("searches", "save", "the word", word, "--share", "--alert").split()[1]
    position, _ = say(owner, word)
    assert [one["count"] for one in json.loads(run("alerts", "--keep", "--json"))] == [1]
    assert json.loads(run("searches", "run", number, "--json"))["count"] == 1
    run("searches", "run", number)
    run("searches", "list")
    assert "1 new" in run("alerts")
    assert "nothing new" in run("alerts")
    make_reader(owner, "colleague", organisation="met")
    with (
        serving(database_url, tmp_path_factory.mktemp("serve")) as interface,
        client_of(interface.url, bearer_for(owner, "colleague")) as client,
    ):
        assert [one["search"] for one in client.get("/v1/searches").json()["searches"]] == [
            int(number)
        ]
        followed = client.post(f"/v1/searches/{number}/follow").json()["search"]
        kept = client.post("/v1/searches", json={"name": "vans", "filters": {"kind": ["vehicle"]}})
        assert kept.status_code == 201, kept.text
        wrong = client.post("/v1/searches", json={"name": "x", "filters": {"colour": ["red"]}})
        assert wrong.status_code == 400
        new, _ = say(owner, word)
        (one,) = client.get("/v1/alerts").json()["alerts"]
        assert (one["search"], one["positions"]) == (followed, [new])
        told = {"told": [{"search": followed, "positions": one["positions"]}]}
        assert client.post("/v1/alerts/told", json=told).status_code == 204
        assert client.get("/v1/alerts").json() == {"alerts": []}
        assert client.delete(f"/v1/searches/{followed}").status_code == 204
        assert client.delete(f"/v1/searches/{number}").status_code == 404
    run("searches", "follow", number)
    run("searches", "remove", number)
    assert position
    seen = owner.execute(
        "SELECT ids FROM audit WHERE asked ? 'alerts' AND reader = 'colleague' ORDER BY audit_no"
    ).fetchall()
    assert ([str(new)],) in seen
