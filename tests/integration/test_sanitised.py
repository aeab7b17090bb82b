"""Sanitised versions on a real PostgreSQL: who may not see the whole sees one, and no tie."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from repository.access.reader import Reader
from repository.linking.stage import link_all
from repository.queries.event import NoEventError, show_events
from repository.sanitising.rules import NotSanitisedError, NotTiedError, TiedError
from repository.sanitising.versions import say, undo
from repository.search.engine import search
from repository.sequencer import sequence_once
from repository.statistics.contribution import by_agency, by_route
from repository.statistics.stage import count_all
from repository.statistics.threats import threat_view
from tests.support.events import sample_event
from tests.support.interface import bearer_for, client_of, make_reader, serving
from tests.support.readers import DIRECTOR, session_of
from tests.support.store import store_event, store_made

GLA = Reader("g", "gla", "secret", frozenset({"victim_data"}), "law_enforcement")
MET = Reader("m", "met", "restricted", frozenset(), "law_enforcement")
FULL, OPEN, WIDER = 1, 2, 7
NOTHING: dict[str, Any] = {"provenance": [], "subjects": [], "relations": []}


@pytest.fixture(scope="module")
def owner(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """1 gla's alone, on a victim · 2 the same for all, without her · 3 to 9 that will not do."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        full = sample_event("intelligence", originator="gla", handling="4", marking="confidential")
        full["subjects"][0]["role"] = "victim"
        store_made(connection, "intelligence", full)
        for agency, over in (
            ("gla", {"text": "Sheds are guarded at night."}),
            ("gla", {"text": "Jonas Kazlauskas is kept there."}),
            ("gla", {"provenance": sample_event("intelligence")["provenance"]}),
            ("gla", {"subjects": full["subjects"], "relations": full["relations"]}),
            ("gla", {"handling": "4", "marking": "confidential"}),
            ("gla", {"marking": "secret"}),
            ("soca", {}),
        ):
            store_event(connection, "intelligence", agency, **NOTHING | over)
        store_event(connection, "operation", "gla", subjects=[], relations=[])
        while sequence_once(connection):
            pass
        link_all(connection)
        count_all(connection)
        yield connection


@pytest.fixture(autouse=True)
def untied(owner: psycopg.Connection[Any]) -> None:
    owner.execute("TRUNCATE sanitised_version")


def tie(url: str, reader: Reader, position: int = OPEN, full: int = FULL) -> None:
    session_of(url, reader).answer(
        "link",
        {},
        lambda c: (say(c, reader, position, full), ()),  # type: ignore[func-returns-value]
    )


def shown(url: str, reader: Reader, position: int) -> Any:
    (event,) = session_of(url, reader).answer(
        "view", {}, lambda c: (show_events(c, str(position)), ())
    )
    return event


@pytest.mark.parametrize("reader", [GLA, DIRECTOR])
def test_who_may_see_both_sees_the_tie_and_nobody_else(
    owner: psycopg.Connection[Any], database_url: str, reader: Reader
) -> None:
    before = shown(database_url, MET, OPEN)
    tie(database_url, reader)
    assert shown(database_url, reader, FULL)["versions"] == {"sanitised": [OPEN], "full": None}
    assert shown(database_url, reader, OPEN)["versions"] == {"sanitised": [], "full": FULL}
    assert shown(database_url, MET, OPEN) == before
    assert before["versions"] == {"sanitised": [], "full": None}
    with pytest.raises(NoEventError):
        shown(database_url, MET, FULL)
    found = session_of(database_url, MET).answer(
        "search", {}, lambda c: (search(c, "guarded sheds night"), ())
    )
    assert [one["position"] for one in found["results"]] == [OPEN]


def part(url: str, reader: Reader, position: int = OPEN) -> list[int]:
    return session_of(url, reader).answer("split", {}, lambda c: (undo(c, reader, position), ()))


def rows(owner: psycopg.Connection[Any]) -> list[Any]:
    """Every tie on record: of what, by whom said and taken back."""
    return owner.execute(
        "SELECT position, full_position, said_by, undone_by FROM sanitised_version ORDER BY tie_no"
    ).fetchall()


def test_what_is_said_again_is_said_once_and_of_another_it_is_refused(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    tie(database_url, GLA)
    tie(database_url, GLA)
    tie(database_url, DIRECTOR)
    assert rows(owner) == [(OPEN, FULL, "g", None)]
    with pytest.raises(TiedError, match=f"of {FULL} already") as refused:
        tie(database_url, GLA, full=WIDER)
    assert f"event sanitised {OPEN} --undo" in str(refused.value.hint)


@pytest.mark.parametrize("reader", [GLA, DIRECTOR])
def test_a_tie_is_taken_back_stays_on_record_and_may_be_said_of_another(
    owner: psycopg.Connection[Any], database_url: str, reader: Reader
) -> None:
    tie(database_url, GLA)
    assert part(database_url, reader) == [FULL]
    assert shown(database_url, reader, FULL)["versions"] == {"sanitised": [], "full": None}
    with pytest.raises(NotTiedError):
        part(database_url, reader)
    tie(database_url, GLA, full=WIDER)
    assert part(database_url, GLA) == [WIDER]
    tie(database_url, GLA)
    assert rows(owner) == [
        (OPEN, FULL, "g", reader.name), (OPEN, WIDER, "g", "g"), (OPEN, FULL, "g", None)
    ]  # fmt: skip


def test_who_may_not_say_it_takes_nothing_back_nor_learns_of_it(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    """A tie that the reader sees is no more theirs than one to what they do not see, or none."""
    soca = Reader("s", "soca", "secret", frozenset({"victim_data"}), "law_enforcement")
    owner.execute(
        "INSERT INTO sanitised_version (position, full_position, said_by) VALUES (3, 4, 'g')"
    )
    assert shown(database_url, soca, 3)["versions"]["full"] == 4
    tie(database_url, GLA)
    for reader, position in ((soca, 3), (MET, OPEN), (MET, 99)):
        with pytest.raises(NotTiedError) as refused:
            part(database_url, reader, position)
        assert str(refused.value).replace(str(position), "N") == (
            "N stands for no event that you may part it from — `ukhtc event show N` says what it"
            " stands for"
        )
    forged = "UPDATE sanitised_version SET undone_at = now(), undone_by = %s RETURNING position"
    for reader in (soca, MET):
        made = session_of(database_url, reader).answer(
            "split", {}, lambda c, r=reader: (c.execute(forged, (r.name,)).fetchall(), ())
        )
        assert made == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session_of(database_url, GLA).answer(
            "split", {}, lambda c: (c.execute(forged, ("somebody else",)), ())
        )


@pytest.mark.parametrize(
    ("position", "why"),
    [
        (1, "of itself"), (3, "names a victim"), (4, "comes from"), (5, "who a victim"),
        (6, "reaches nobody"), (7, "closely held"), (8, "another originator"),
        (9, "another kind"), (99, "no such"),
    ],
)  # fmt: skip
def test_what_tells_too_much_or_reaches_nobody_is_no_sanitised_version(
    owner: psycopg.Connection[Any], database_url: str, position: int, why: str
) -> None:
    with pytest.raises(NotSanitisedError, match=why):
        tie(database_url, DIRECTOR, position)


def test_what_it_stands_for_already_is_told_to_nobody_who_may_not_see_it(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    """A refusal would say that there is a fuller version."""
    clerk = Reader("c.lerk", "ukhtc", "secret", frozenset({"victim_data"}), "law_enforcement")
    tie(database_url, GLA)
    tie(database_url, clerk, full=WIDER)
    assert shown(database_url, clerk, OPEN)["versions"] == {"sanitised": [], "full": WIDER}
    assert shown(database_url, GLA, OPEN)["versions"]["full"] == FULL
    assert part(database_url, clerk) == [WIDER]
    assert shown(database_url, GLA, OPEN)["versions"]["full"] == FULL


def test_nobody_else_says_so_not_even_to_the_database(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    """For who may not see the full one, it and what is not there answer alike."""
    told = []
    for full in (FULL, 99):
        with pytest.raises(NotSanitisedError) as caught:
            tie(database_url, MET, OPEN, full)
        told.append(str(caught.value))
    assert told[0] == told[1]
    forged = "INSERT INTO sanitised_version (position, full_position, said_by) VALUES (2, %s, 'm')"
    for reader, full in ((MET, FULL), (MET, 3), (Reader("m", "ukhtc", "secret"), 8)):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session_of(database_url, reader).answer(
                "link", {}, lambda c, f=full: (c.execute(forged, (f,)), ())
            )


def test_http_says_the_same(
    owner: psycopg.Connection[Any], database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    make_reader(owner, "g.gla", organisation="gla", clearance="secret", roles=("victim_data",))
    with (
        serving(database_url, tmp_path_factory.mktemp("serve")) as interface,
        client_of(interface.url, bearer_for(owner, "g.gla")) as client,
    ):
        wrong = (client.put(f"/v1/events/{one}/sanitised", json={"of": FULL}) for one in (3, 99))
        assert [one.status_code for one in wrong] == [422, 404]
        address = f"/v1/events/{OPEN}/sanitised"
        for _ in range(2):
            assert client.put(address, json={"of": FULL}).status_code == 204
        (event,) = client.get(f"/v1/events/{FULL}").json()["events"]
        assert event["versions"] == {"sanitised": [OPEN], "full": None}
        conflict = client.put(address, json={"of": WIDER})
        assert (conflict.status_code, "`DELETE /v1/events" in conflict.text) == (409, True)
        assert [client.delete(address).status_code for _ in range(2)] == [204, 404]
        assert client.put(address, json={"of": WIDER}).status_code == 204


YEAR = (date(2009, 1, 1), date(2009, 12, 31))


def counted(url: str, reader: Reader, **as_at: Any) -> tuple[list[int], int, int]:
    """Return the reports that a reader's figures count: positions by route, how many they are by
    nationality at least, and how many events of gla's."""

    def read(connection: psycopg.Connection[Any]) -> tuple[tuple[list[int], int, int], tuple[()]]:
        routes = by_route(connection, *YEAR, **as_at)
        positions = sorted(position for row in routes for position in row["positions"])
        assert sum(row["reports"] for row in routes) == len(positions)
        views = threat_view(connection, *YEAR, by="exploitation", **as_at)
        (agency,) = (row for row in by_agency(connection, *YEAR, **as_at) if row["agency"] == "gla")
        return (positions, max(row["reports"] for row in views), agency["events"]), ()

    return session_of(url, reader).answer("statistic", {}, read)


def test_both_count_as_one_report_for_who_may_see_both(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    """The whole one counts, as it stands; where it does not stand, its sanitised version."""
    apart = {reader: counted(database_url, reader) for reader in (DIRECTOR, GLA, MET)}
    assert apart[DIRECTOR][0] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert apart[MET][0] == [2, 3, 4, 5, 8]
    tie(database_url, GLA)
    for reader in (DIRECTOR, GLA):
        positions, most, events = apart[reader]
        positions.remove(OPEN)
        assert counted(database_url, reader) == (positions, most - 1, events - 1)
    assert counted(database_url, MET) == apart[MET]
    taken_back_later = datetime.now(UTC)
    part(database_url, GLA)
    assert OPEN in counted(database_url, DIRECTOR)[0]
    assert OPEN not in counted(database_url, DIRECTOR, as_at=taken_back_later)[0]
    tie(database_url, GLA)
    before_it_was_said = {"as_at": datetime(2009, 12, 31, tzinfo=UTC)}
    assert OPEN in counted(database_url, DIRECTOR, **before_it_was_said)[0]

    def amended(**how: Any) -> list[int]:
        store_event(owner, how.pop("kind", "intelligence"), "gla", **how)
        sequence_once(owner)
        count_all(owner)
        return counted(database_url, DIRECTOR)[0]

    row = owner.execute("SELECT event_id FROM event_log WHERE position = 1").fetchone()
    assert row is not None
    held = {"handling": "4", "marking": "confidential"}
    corrected = amended(corrects=row[0], title="Mended", **held)
    assert (OPEN in corrected, FULL in corrected, 10 in corrected) == (False, False, True)
    retracted = amended(
        kind="retraction", target_event_id=row[0], target_kind="intelligence", **held
    )
    assert (OPEN in retracted, 10 in retracted) == (True, False)
