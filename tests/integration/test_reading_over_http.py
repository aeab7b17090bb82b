"""Reading over HTTP, on a real server and a real PostgreSQL: answers, pages, tags, the record of
each look; and what is hidden answers as if it were not there.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import httpx2
import psycopg
import pytest

from repository.access.patterns import RULES
from repository.linking.stage import link_all
from repository.sequencer import sequence_once
from repository.statistics.stage import count_all
from tests.support.interface import PURPOSE, Interface, bearer_for, client_of, make_reader
from tests.support.store import store_event

PERIOD = {"from": "2009-01-01", "to": "2009-12-31"}
EVERYTHING = ("analyst", "victim_data", "source_data", "originator_only", "exporter", "supervisor")
# One row a path: everything that reads, but the audit, which tells of one's own looks.
PATHS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/v1/search", {"q": "kazlauskas"}),
    ("/v1/search", {"kind": "vehicle"}),
    ("/v1/search", {"q": "kx56"}),
    ("/v1/search", {"q": "secret-word"}),
    *((f"/v1/events/{position}", {}) for position in range(1, 8)),
    *((f"/v1/entities/E{p}-{o}", {}) for p, o in product(range(1, 8), range(1, 3))),
    *((f"/v1/timeline/E{p}-1", {}) for p in range(1, 8)),
    *((f"/v1/events/{position}/history", {}) for position in range(1, 8)),
    ("/v1/entities/E1-1/why/E2-1", {}),
    ("/v1/entities/R1-1/why/R5-1", {}),
    ("/v1/groups", {}),
    ("/v1/groups", {"around": "E1-1"}),
    ("/v1/searches/1/results", {}),
    ("/v1/search/timeline", {"q": "kazlauskas"}),
    ("/v1/search/timeline", {"q": "secret-word"}),
    ("/v1/operations/invented/timeline", {}),
    ("/v1/entities", {"agencies": "1"}),
    *((f"/v1/networks/E{p}-1", {"hops": "3"}) for p in range(1, 8)),
    ("/v1/networks/E1-1/path/E1-2", {}),
    ("/v1/networks/E1-1/path/E5-1", {}),
    ("/v1/operations", {}),
    ("/v1/operations/invented", {}),
    ("/v1/statistics/nrm", PERIOD),
    ("/v1/statistics/nrm", {**PERIOD, "format": "csv"}),
    ("/v1/statistics/nrm/events", {**PERIOD, "table": "sex", "value": "male"}),
    ("/v1/statistics/revisions", {**PERIOD, "before": "2009-06-30"}),
    ("/v1/statistics/convictions", {}),
    ("/v1/statistics/due", {"today": "2009-12-31"}),
    ("/v1/statistics/declined", PERIOD),
    ("/v1/statistics/missing-children", PERIOD),
    ("/v1/statistics/routes", PERIOD),
    ("/v1/statistics/contribution", PERIOD),
    ("/v1/statistics/threats", PERIOD),
    ("/v1/streams", {}),
    ("/v1/receipts", {}),
    ("/v1/exports", {}),
    ("/v1/exports", {"event": "1"}),
    ("/v1/exports/recalls", {}),
    ("/v1/exports/due", {}),
    ("/v1/access/who", {"handling": "1"}),
    *(("/v1/access/who", {"event": str(position)}) for position in range(1, 8)),
    ("/v1/searches", {}),
    ("/v1/alerts", {}),
    ("/v1/glass", {}),
)


def settle(connection: psycopg.Connection[Any]) -> None:
    sequence_once(connection)
    link_all(connection)
    count_all(connection)


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """1 gla's report · 2 northamptonshire's of the same · 3 a referral · 4 an operation."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, organisation, roles in (
            ("officer", "ukhtc", EVERYTHING),
            ("analyst", "ukhtc", ("analyst", "exporter")),
            ("met", "met", ("analyst", "exporter")),
            ("gla", "gla", ("analyst",)),
        ):
            make_reader(connection, name, organisation=organisation, roles=roles)
        store_event(connection, "intelligence", "gla")
        store_event(connection, "intelligence", "northamptonshire")
        store_event(connection, "referral", "poppy", first_responder="poppy")
        store_event(connection, "operation", "gla")
        settle(connection)
        yield connection


@pytest.fixture
def officer(interface: Interface, connection: psycopg.Connection[Any]) -> Iterator[httpx2.Client]:
    with client_of(interface.url, bearer_for(connection, "officer")) as client:
        yield client


def test_search_is_the_one_of_the_command_line(officer: httpx2.Client) -> None:
    found = officer.get("/v1/search", params={"q": "kazlauskas", "agency": "gla"}).json()
    assert {one["position"] for one in found["results"]} == {1, 4}
    assert found["facets"]["agency"] == {"gla": 2}
    assert found["results"][0]["snippets"]
    nothing = officer.get("/v1/search", params={"q": "from:yesterday"})
    assert (nothing.status_code, nothing.headers["content-type"]) == (
        400,
        "application/problem+json",
    )
    misspelt = officer.get("/v1/search", params={"q": "kazlauskas", "agancy": "gla"})
    assert misspelt.status_code == 422
    assert misspelt.json()["errors"][0]["pointer"] == "query/agancy"


def test_an_event_and_an_entity_are_told_whole(officer: httpx2.Client) -> None:
    (event,) = officer.get("/v1/events/1").json()["events"]
    assert (event["agency"], event["event"]["source_grade"]) == ("gla", "B")
    (same,) = officer.get(f"/v1/events/{event['event_id']}").json()["events"]
    assert same == event
    entity = officer.get(f"/v1/entities/{event['subjects'][1]['entity']}").json()
    assert {"gla", "northamptonshire"} <= set(entity["agencies"])
    assert all(member["grade"]["code"] and member["reported_at"] for member in entity["members"])
    assert any(link["why"] for link in entity["links"])


def test_what_happened_is_told_in_time(
    officer: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    told = officer.get("/v1/timeline/E1-1").json()
    first, second, *_ = told["entries"]
    assert (first["position"], second["position"], told["more"]) == (1, 2, False)
    assert {"gla", "northamptonshire"} <= set(told["agencies"])
    assert first["reported_at"].startswith("2009-10-12")
    assert (first["occurred_from"][:10], first["occurred_to"][:7]) == ("2009-09-01", "2009-09")
    assert first["grade"] == {"scheme": "five_by_five_by_five", "code": "B31"}
    assert first["places"] == ["12, NN16 0AA"]
    assert first["as"][0]["label"]
    raid = officer.get("/v1/operations/invented/timeline").json()
    assert raid["operation"] == "Invented"
    assert [(one["position"], one["kind"]) for one in raid["entries"]] == [(4, "operation")]
    assert raid["entries"][0]["what"]
    asked = {"q": "kazlauskas", "agency": "gla"}
    found = officer.get("/v1/search", params=asked).json()
    in_time = officer.get("/v1/search/timeline", params=asked).json()
    positions = {one["position"] for one in found["results"]}
    assert {one["position"] for one in in_time["entries"]} == positions
    moments = [one["occurred_from"] or one["reported_at"] for one in in_time["entries"]]
    assert moments == sorted(moments)
    last = "SELECT operation, ids FROM audit ORDER BY audit_no DESC LIMIT 1"
    row = connection.execute(last).fetchone()
    assert row is not None
    assert (row[0], {int(one) for one in row[1]}) == ("search", positions)
    assert officer.get("/v1/operations/nothing/timeline").status_code == 404
    assert officer.get("/v1/search/timeline").status_code == 400


def test_why_groups_and_versions_are_told(officer: httpx2.Client) -> None:
    found = officer.get("/v1/entities/R1-0/why/R2-0").json()
    assert (found["one_entity"], found["entities"]) == (True, ["E1-0", "E1-0"])
    assert {one["feature"] for one in found["reasons"]} >= {"document_number", "family_name"}
    assert officer.get("/v1/entities/R1-0/why/R99-0").status_code == 404
    groups = officer.get("/v1/groups", params={"around": "E1-1", "limit": "1"}).json()
    assert "none is a fact" in groups["suggestion"]
    assert len(groups["groups"]) == 1
    assert officer.get("/v1/groups", params={"around": "E99-1"}).status_code == 404
    (history,) = officer.get("/v1/events/1/history").json()["events"]
    assert [one["status"] for one in history["versions"]] == ["current"]


def test_a_kept_search_is_run_again_with_own_rights(
    interface: Interface, officer: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    kept = {"name": "ours", "query": "kazlauskas", "filters": {"agency": ["gla"]}, "shared": True}
    number = officer.post("/v1/searches", json=kept).json()["search"]
    found = officer.get(f"/v1/searches/{number}/results", params={"limit": "1"}).json()
    assert (found["count"], len(found["results"]), bool(found["next"])) == (2, 1, True)
    with client_of(interface.url, bearer_for(connection, "analyst")) as colleague:
        # The officer sees more than the analyst: what they look for may be hidden from them.
        assert colleague.get(f"/v1/searches/{number}/results").status_code == 404
        theirs = colleague.post("/v1/searches", json=kept).json()["search"]
        assert officer.get(f"/v1/searches/{theirs}/results").json()["query"] == "kazlauskas"
        assert colleague.delete(f"/v1/searches/{theirs}").status_code == 204
    with client_of(interface.url, bearer_for(connection, "met")) as other:
        assert other.get(f"/v1/searches/{number}/results").status_code == 404
    assert officer.delete(f"/v1/searches/{number}").status_code == 204


def test_an_answer_one_has_already_is_not_sent_again(officer: httpx2.Client) -> None:
    first = officer.get("/v1/entities/E1-1")
    again = officer.get("/v1/entities/E1-1", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = officer.get("/v1/entities/E1-1", headers={"If-None-Match": '"another"'})
    assert other.content == first.content


def test_pages_follow_one_another_and_cursors_are_nobody_elses(
    interface: Interface, officer: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    whole = officer.get("/v1/search", params={"q": "kazlauskas"}).json()["results"]
    address: str | None = "/v1/search?q=kazlauskas&limit=1"
    paged, cursor = [], None
    while address:
        answer = officer.get(address)
        paged += answer.json()["results"]
        cursor = answer.json()["next"] or cursor
        address = answer.links["next"]["url"] if "next" in answer.links else None
    assert [one["position"] for one in paged] == [one["position"] for one in whole]
    assert cursor
    asked = {"q": "kazlauskas", "limit": "1", "cursor": cursor}
    assert officer.get("/v1/search", params=asked).status_code == 200
    changed = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
    for wrong in ({"cursor": changed}, {"q": "dover"}, {"limit": "2"}, {"cursor": "é"}):
        assert officer.get("/v1/search", params=asked | wrong).status_code == 400
    with client_of(interface.url, bearer_for(connection, "analyst")) as other:
        assert other.get("/v1/search", params=asked).status_code == 400


@pytest.mark.parametrize(
    ("asked", "accept", "kind", "starts"),
    [
        (None, "*/*", "application/json", b"{"),
        (None, "text/csv", "text/csv; charset=utf-8", b'"table"'),
        (None, "image/svg+xml;q=0.5, text/csv;q=0.1", "image/svg+xml", b"<svg"),
        ("ods", "application/json", "application/vnd.oasis.opendocument.spreadsheet", b"PK"),
        ("svg", "*/*", "image/svg+xml", b"<svg"),
    ],
)
def test_a_bulletin_comes_in_the_form_that_is_wanted(
    officer: httpx2.Client, asked: str | None, accept: str, kind: str, starts: bytes
) -> None:
    form = {"format": asked} if asked else {}
    answer = officer.get("/v1/statistics/nrm", params=PERIOD | form, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.content.startswith(starts)
    refused = officer.get("/v1/statistics/nrm", params=PERIOD, headers={"Accept": "image/png"})
    assert refused.status_code == 406


def test_figures_withhold_and_open(officer: httpx2.Client) -> None:
    whole = officer.get("/v1/statistics/nrm", params=PERIOD).json()
    assert (whole["referrals"], whole["uk_nation"]["england"]) == (1, 1)
    kept = officer.get("/v1/statistics/nrm", params={**PERIOD, "policy": "k5"}).json()
    assert (kept["referrals"], kept["policy"]) == (None, "k5")
    cell = {**PERIOD, "table": "uk_nation", "value": "england"}
    assert officer.get("/v1/statistics/nrm/events", params=cell).json() == {"cases": [[3]]}
    none = officer.get("/v1/statistics/nrm/events", params={**cell, "table": "shoe_size"})
    assert (none.status_code, "uk_nation" in none.json()["detail"]) == (422, True)
    assert (
        officer.get("/v1/statistics/nrm", params={**PERIOD, "to": "2008-01-01"}).status_code == 400
    )
    listed = officer.get("/v1/operations").json()
    (operation,) = listed["rows"]
    assert (operation["operation"], operation["arrests"]) == ("Invented", 8)
    assert listed["next"] is None


def test_a_network_and_a_way_through_it(officer: httpx2.Client) -> None:
    found = officer.get("/v1/networks/E1-1", params={"hops": "1"}).json()
    assert found["entity"] == "E1-1"
    assert any(edge["events"] for edge in found["edges"])
    other = next(one["entity"] for one in found["nodes"] if one["entity"] != "E1-1")
    way = officer.get(f"/v1/networks/E1-1/path/{other}").json()
    assert (way["steps"][0], way["steps"][-1]) == ("E1-1", other)
    assert officer.get("/v1/networks/E99-1").status_code == 404
    told = officer.get("/v1/operations/invented").json()
    assert (told["operation"], told["arrests"]) == ("Invented", 8)


def test_an_export_is_a_disclosure_on_record(
    interface: Interface, officer: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    asked = {"form": "stix", "kind": "intelligence", **PERIOD, "recipient": "Europol",
             "purpose": "OP/ADJECT"}  # fmt: skip
    refused = officer.post("/v1/exports", json=asked)
    assert (refused.status_code, "enrolled" in refused.json()["detail"]) == (422, True)
    asked |= {"outside": "a partner of the operation", "party": "eea"}
    made = officer.post("/v1/exports", json=asked)
    assert (made.status_code, made.json()["type"]) == (201, "bundle")
    row = connection.execute(
        "SELECT recipient, exported_by, count(*) FROM disclosure JOIN disclosed_event"
        " USING (export_id) WHERE export_id = %s GROUP BY 1, 2",
        (made.headers["intelbus-export-id"],),
    ).fetchone()
    assert row == ("Europol", "officer", 2)
    found = {"form": "csv", "query": "kazlauskas", "filters": {"agency": ["gla"]}}
    found |= {name: asked[name] for name in ("recipient", "outside", "party", "purpose")}
    made = officer.post("/v1/exports", json=found)
    assert (made.status_code, made.text.count("gla")) == (201, 2), made.text
    for wrong in ({}, {"kind": "intelligence"}, {"kind": "intelligence", **PERIOD}):
        body = found | wrong if wrong else {**found, "query": " ", "filters": {"agency": []}}
        assert officer.post("/v1/exports", json=body).status_code == 422
    unknown = officer.post("/v1/exports", json=found | {"filters": {"colour": ["red"]}})
    assert (unknown.status_code, "no filter is called colour" in unknown.text) == (400, True)
    for nothing, why in ((found | {"query": "kazlauskas zzyzx"}, "`GET /v1/search`"),
                         (asked | {"kind": "watch"}, "no event of this kind")):  # fmt: skip
        refused = officer.post("/v1/exports", json=nothing)
        assert (refused.status_code, why in refused.json()["detail"]) == (422, True), refused.text
    around = {name: found[name] for name in ("recipient", "outside", "party", "purpose")}
    around |= {"form": "graphml", "network": "E1-1"}
    assert officer.post("/v1/exports", json=around | {"query": "gla"}).status_code == 422
    absent = officer.post("/v1/exports", json=around | {"network": "E99-1"})
    assert (absent.status_code, absent.json()["detail"]) == (
        404, officer.get("/v1/networks/E99-1").json()["detail"]
    )  # fmt: skip
    drawn = officer.post("/v1/exports", json=around)
    assert drawn.headers["content-type"] == "application/graphml+xml"
    assert drawn.headers["intelbus-export-id"] in drawn.text
    connection.execute(
        "WITH gone AS (DELETE FROM disclosed_event WHERE export_id = %(id)s)"
        " DELETE FROM disclosure WHERE export_id = %(id)s",
        {"id": drawn.headers["intelbus-export-id"]},
    )
    listed = officer.get("/v1/exports", params={"limit": "1"})
    (last,), other = listed.json()["exports"], listed.json()["next"]
    assert (last["query"], last["kind"], last["codes"]) == ("kazlauskas", None, {"1": 2})
    assert officer.get("/v1/exports", params={"limit": "1", "cursor": other}).json()["next"] is None
    of_event = officer.get("/v1/exports", params={"event": "2"}).json()["exports"]
    assert [(one["form"], one["left_out"]) for one in of_event] == [("stix", 0)]
    with client_of(interface.url, bearer_for(connection, "analyst")) as colleague:
        told = colleague.get("/v1/exports").json()["exports"]
        assert [(one["events"], one["query"], one["left_out"]) for one in told] == [
            (2, None, None), (2, None, None),
        ]  # fmt: skip
    assert officer.get("/v1/exports", params={"event": "99"}).status_code == 404
    assert officer.get("/v1/exports/recalls").json() == {"recalls": []}
    with client_of(interface.url, bearer_for(connection, "gla")) as other:
        assert other.post("/v1/exports", json=asked).status_code == 403


def test_every_look_is_on_record_with_its_purpose_before_it_is_answered(
    interface: Interface, officer: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    officer.get("/v1/events/2", headers={"Intelbus-Purpose": "OP/SPECIAL"})
    last = "SELECT reader, credential, purpose, operation, ids FROM audit ORDER BY audit_no DESC"
    row = connection.execute(last).fetchone()
    assert row is not None
    assert row[:4] == ("officer", "account officer", "OP/SPECIAL", "view")
    assert "2" in row[4]
    seen = officer.get("/v1/audit/seen/2").json()["looks"]
    assert "OP/SPECIAL" in {one["purpose"] for one in seen}
    page = officer.get("/v1/audit", params={"limit": "1"}).json()
    assert (len(page["looks"]), bool(page["next"])) == (1, True)
    number = next(one["audit_no"] for one in seen if one["purpose"] == "OP/SPECIAL")
    own = officer.post(f"/v1/audit/looks/{number}/review", json={"verdict": "in order"})
    assert own.status_code == 403
    with client_of(interface.url, bearer_for(connection, "analyst")) as other:
        assert other.get("/v1/audit/seen/2").status_code == 403
        assert other.get("/v1/audit").status_code == 403


def test_a_supervisor_reads_what_is_unusual_and_each_act_of_processing(
    interface: Interface, officer: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    found = officer.get("/v1/audit/unusual").json()
    assert found["unusual"] == []
    rule = next(iter(RULES.values()))
    connection.execute(
        "INSERT INTO audit (at, reader, organisation, os_user, credential, purpose, operation,"
        " asked, outcome, ids, rights) SELECT '2009-06-30T12:00Z', 'p.robing', 'ukhtc', '', '',"
        " 'x', 'view', '{}', 'answered', '{}', repeat('0', 256)::bit varying"
        " FROM generate_series(1, %s)",
        (rule.least + 1,),
    )
    (unusual,) = officer.get("/v1/audit/unusual", params={"on": "2009-06-30"}).json()["unusual"]
    assert (unusual["reader"], unusual["rule"], unusual["counted"]) == (
        "p.robing", "volume", rule.least + 1,
    )  # fmt: skip
    acts: list[dict[str, Any]] = []
    address: str | None = "/v1/audit/processing?on=2009-10-01&limit=3"
    while address:
        answer = officer.get(address)
        acts += answer.json()["acts"]
        address = answer.links["next"]["url"] if "next" in answer.links else None
    assert [one["at"] for one in acts] == sorted(one["at"] for one in acts)
    collected = [one["ids"] for one in acts if one["processing"] == "collection"]
    assert collected == [["1"], ["2"], ["3"], ["4"]]
    assert {one["processing"] for one in acts} >= {"collection", "combination"}
    with client_of(interface.url, bearer_for(connection, "analyst")) as other:
        assert other.get("/v1/audit/unusual").status_code == 403
        assert other.get("/v1/audit/processing", params={"on": "2009-10-01"}).status_code == 403


def test_without_a_purpose_nobody_reads(
    interface: Interface, connection: psycopg.Connection[Any]
) -> None:
    with client_of(interface.url, bearer_for(connection, "officer", purpose="")) as client:
        assert client.get("/v1/events/1").status_code == 403
        stated = client.get("/v1/events/1", headers={"Intelbus-Purpose": PURPOSE})
    assert stated.status_code == 200


def test_what_is_hidden_answers_as_if_it_were_not_there(
    interface: Interface, connection: psycopg.Connection[Any]
) -> None:
    """Asked before and after events are stored that these readers may not see: byte for byte."""

    def ask(name: str) -> list[tuple[Any, ...]]:
        told = []
        with client_of(interface.url, bearer_for(connection, name)) as client:
            for path, params in PATHS:
                answer = client.get(path, params=params)
                assert answer.status_code < 500, (path, answer.text)
                headers = {n: v for n, v in answer.headers.items() if n not in ("date", "link")}
                body = answer.content
                if path == "/v1/search" and answer.status_code == 200:
                    body = repr(answer.json() | {"next": None}).encode()
                    headers.pop("etag")
                    headers.pop("content-length")
                told.append((path, params, answer.status_code, headers, body))
        return told

    readers = ("met", "analyst")
    before = {name: ask(name) for name in readers}
    hidden: dict[str, Any] = {"handling": "4", "text": "A secret-word about Jonas Kazlauskas."}
    store_event(connection, "intelligence", "gla", **hidden)
    store_event(connection, "operation", "gla", handling="5", handling_conditions="Ask first.")
    store_event(connection, "intelligence", "gla", marking="top_secret")
    settle(connection)
    for name in readers:
        for one, other in zip(before[name], ask(name), strict=True):
            assert one == other, name
    with client_of(interface.url, bearer_for(connection, "gla")) as own:
        assert own.get("/v1/events/5").status_code == 200
    with client_of(interface.url, bearer_for(connection, "officer")) as cleared:
        found = cleared.get("/v1/search", params={"q": "secret-word"}).json()
        assert [one["position"] for one in found["results"]] == [5]


def test_nothing_of_what_was_asked_is_logged(interface: Interface, officer: httpx2.Client) -> None:
    officer.get("/v1/search", params={"q": "Kazlauskas-in-the-log"})
    officer.get("/v1/events/in-the-log")
    assert "in-the-log" not in interface.log_file.read_text("utf-8")
    assert {"route", "status"} <= interface.log()[-1].keys()


def test_who_will_see_this_is_asked_before_it_is_sent(
    interface: Interface, officer: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    def names(client: httpx2.Client, **asked: str) -> set[str]:
        answer = client.get("/v1/access/who", params=asked)
        assert answer.status_code == 200, answer.text
        return {one["name"] for one in answer.json()["readers"]}

    assert names(officer, handling="1") >= {"officer", "analyst", "met", "gla"}
    assert names(officer, handling="4", originator="gla") == {"officer", "gla"}
    assert names(officer, handling="1", marking="top_secret") == set()
    assert "met" in names(officer, event="1")
    with client_of(interface.url, bearer_for(connection, "met")) as met:
        assert names(met, handling="1") == {"met"}
        assert met.get("/v1/access/who", params={"event": "999"}).status_code == 404
    assert officer.get("/v1/access/who").status_code == 400


def test_exports_are_looked_at_again_by_another(
    interface: Interface, officer: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    with client_of(interface.url, bearer_for(connection, "analyst")) as analyst:
        asked = {"form": "csv", "kind": "intelligence", **PERIOD, "recipient": "Europol",
                 "party": "eea", "outside": "a partner", "purpose": "OP/7"}  # fmt: skip
        made = analyst.post("/v1/exports", json=asked).headers["intelbus-export-id"]
        address = f"/v1/exports/{made}/review"
        found = {"verdict": "stands", "because": "still in use"}
        assert analyst.post(address, json=found).status_code == 403
        connection.execute("UPDATE disclosure SET exported_at = now() - interval '1 year'")
        due = analyst.get("/v1/exports/due").json()["exports"]
        assert made in {one["export_id"] for one in due}
        assert officer.post(address, json=found).status_code == 204
        due = analyst.get("/v1/exports/due").json()["exports"]
        assert made not in {one["export_id"] for one in due}
    nothing = "/v1/exports/00000000-0000-7000-8000-000000000000/review"
    assert officer.post(nothing, json=found).status_code == 404


def test_operations_come_by_pages(
    officer: httpx2.Client, connection: psycopg.Connection[Any]
) -> None:
    store_event(connection, "operation", "met", operation_name="Second")
    settle(connection)
    whole = officer.get("/v1/operations").json()
    assert ([one["operation"] for one in whole["rows"]], whole["next"]) == (
        ["Invented", "Second"],
        None,
    )
    first = officer.get("/v1/operations", params={"limit": "1"})
    second = officer.get(first.links["next"]["url"]).json()
    assert first.json()["rows"] + second["rows"] == whole["rows"]
    assert second["next"] is None
    other = {"limit": "1", "as_at": "2009-12-31", "cursor": first.json()["next"]}
    assert officer.get("/v1/operations", params=other).status_code == 400
