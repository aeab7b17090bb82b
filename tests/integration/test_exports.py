"""What leaves: only what handling permits, in standard forms, on record, recallable."""

import csv
import json
from collections.abc import Iterator
from cProfile import Profile
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import networkx
import psycopg
import pytest
from rich.console import Console
from stix2validator import ValidationOptions, validate_string
from typer.testing import CliRunner

from consumers.cli import assemble
from intelbus.errors import IntelbusError, RefusedError
from repository.access.reader import Reader
from repository.access.redaction import redacted
from repository.exports import selection
from repository.exports.disclosures import OfKind, OfNetwork, OfSearch, export, recalls
from repository.exports.listing import exports
from repository.exports.recipients import Recipient
from repository.exports.refusals import NothingFitsError, NothingMayLeaveError
from repository.exports.reviews import EVERY, NoExportError, due, review
from repository.exports.selection import Exported, Watermark
from repository.exports.writers import as_stix
from repository.linking.stage import link_all
from repository.queries.entity import NoEntityError
from repository.search.engine import search
from repository.sequencer import sequence_once
from repository.spreadsheets import DANGEROUS, csv_text
from repository.statistics.stage import count_all
from tests.support.events import sample_event
from tests.support.readers import DIRECTOR, PURPOSE, reads_here, session_of
from tests.support.registries import keep_agencies
from tests.support.store import store_event

YEAR = (date(2009, 1, 1), date(2009, 12, 31))
EUROPOL = Recipient("Europol", "eea", outside="partner of the joint team")
TO: dict[str, Any] = {"recipient": EUROPOL, "purpose": "OP/ADJECT", "exported_by": "tester"}


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        for number, handling in enumerate("123459"):
            conditions = "Ask first." if handling == "5" else None
            title = f"report {number}"
            store_event(connection, "intelligence", handling=handling, title=title,
                        handling_conditions=conditions)  # fmt: skip
        store_event(connection, "referral")
        _settle(connection)
        yield connection


def _settle(connection: psycopg.Connection[Any]) -> None:
    sequence_once(connection)
    count_all(connection)


@pytest.mark.parametrize("kind", ["intelligence", "referral"])
def test_stix_passes_the_oasis_validator(connection: psycopg.Connection[Any], kind: str) -> None:
    made = export(connection, form="stix", of=OfKind(kind, *YEAR), **TO)
    found = validate_string(made["content"].decode(), ValidationOptions(version="2.1"))
    assert found.is_valid, [str(error) for error in found.errors or ()]
    objects = json.loads(made["content"])["objects"]
    reports = [one for one in objects if one["type"] == "report"]
    assert len(reports) == len(made["positions"])
    words = {o["id"]: o["definition"]["statement"] for o in objects if "definition" in o}
    for one in reports:
        marked = " ".join(words[ref] for ref in one["object_marking_refs"])
        assert "marking restricted" in marked
        assert made["export_id"] in marked


def test_handling_decides_and_what_stays_is_counted(connection: psycopg.Connection[Any]) -> None:
    made = export(connection, form="csv", of=OfKind("intelligence", *YEAR), **TO)
    assert (made["positions"], made["left_out"]) == ([1, 2, 3], 3)
    for party, positions in (
        ("law_enforcement", [1, 2, 3]),
        ("prosecuting", [1, 2, 3]),
        ("non_prosecuting", [2]),
        ("foreign", [3]),
    ):
        to = {**TO, "recipient": Recipient("somebody", party)}
        made = export(connection, form="csv", of=OfKind("intelligence", *YEAR), **to)
        assert made["positions"] == positions
    with pytest.raises(RefusedError):
        export(connection, form="csv", of=OfKind("intelligence", *YEAR), **{**TO, "purpose": " "})


def test_an_export_of_nothing_is_refused_and_no_disclosure(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    """What the exporter may not see is as absent; what they may see and not send, they are told."""
    link_all(connection)
    exporter = Reader("e.mpty", "met", "secret", frozenset({"exporter"}), "law_enforcement")
    before = connection.execute("SELECT count(*) FROM disclosure").fetchone()

    def refusal(of: OfKind | OfSearch, recipient: Recipient = EUROPOL) -> IntelbusError:
        asked = {**TO, "recipient": recipient, "exported_by": exporter.name}
        with pytest.raises((NothingFitsError, NothingMayLeaveError)) as refused:
            session_of(database_url, exporter).answer(
                "export", {}, lambda c: (export(c, form="csv", of=of, **asked), ())
            )
        return refused.value

    some = refusal(OfSearch("kazlauskas zzyzx"))
    assert (type(some), "makes do neither" in str(some)) == (NothingFitsError, True)
    # The report under code 4 is there, and not for this exporter.
    assert search(connection, "report 3")["count"] == 1
    (hidden, absent) = (refusal(OfSearch(words)) for words in ("report 3", "report 99"))
    assert (type(hidden), str(hidden)) == (type(absent), str(absent))
    assert type(hidden) is NothingFitsError
    assert type(refusal(OfKind("outcome", *YEAR))) is NothingFitsError
    kept = refusal(OfKind("intelligence", *YEAR), Recipient("somebody", "unknown"))
    assert (type(kept), "events: 3" in str(kept)) == (NothingMayLeaveError, True)
    assert connection.execute("SELECT count(*) FROM disclosure").fetchone() == before


def test_no_event_goes_to_whom_nobody_said_to_be_cleared_for_its_marking(
    connection: psycopg.Connection[Any],
) -> None:
    with connection.transaction(force_rollback=True):
        store_event(connection, "assessment", handling="1", marking="confidential")
        _settle(connection)
        (last,) = connection.execute("SELECT max(position) FROM event_log").fetchall()[0]
        for kind, positions, left_out in (
            ("assessment", [last], 0),
            ("intelligence", [1, 2, 3], 3),
        ):
            to = {**TO, "recipient": Recipient("Europol", "eea", "confidential", "joint team")}
            made = export(connection, form="csv", of=OfKind(kind, *YEAR), **to)
            assert (made["positions"], made["left_out"]) == (positions, left_out)
            told = connection.execute(
                "SELECT clearance FROM disclosure WHERE export_id = %s", (made["export_id"],)
            ).fetchone()
            assert told == ("confidential",)
        for clearance in ("protect", "restricted", "unknown"):
            to = {**TO, "recipient": Recipient("Europol", "eea", clearance, "joint team")}
            with pytest.raises(NothingMayLeaveError, match="events: 1"):
                export(connection, form="csv", of=OfKind("assessment", *YEAR), **to)


def test_exactly_what_a_search_finds_leaves(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of whatever kind, and of it what handling lets out; never the best of too much."""
    link_all(connection)
    found = search(connection, "kazlauskas", limit=1000)
    made = export(connection, form="stix", of=OfSearch("kazlauskas"), **TO)
    assert len({one["kind"] for one in found["results"]}) > 1
    assert len(made["positions"]) + made["left_out"] == found["count"]
    assert set(made["positions"]) <= {one["position"] for one in found["results"]}
    assert validate_string(made["content"].decode(), ValidationOptions(version="2.1")).is_valid
    row = connection.execute(
        "SELECT kind, query, filters FROM disclosure WHERE export_id = %s", (made["export_id"],)
    ).fetchone()
    assert row == (None, "kazlauskas", {})
    of = OfSearch("kazlauskas", {"kind": ["intelligence"]})
    narrowed = export(connection, form="csv", of=of, **TO)["positions"]
    assert narrowed == export(connection, form="csv", of=OfKind("intelligence", *YEAR), **TO)[
        "positions"
    ]  # fmt: skip
    monkeypatch.setattr(selection, "COUNTED", 2)
    with pytest.raises(RefusedError, match="more than 2 events match"):
        export(connection, form="csv", of=OfSearch("kazlauskas"), **TO)


def test_graphml_reads_back(connection: psycopg.Connection[Any]) -> None:
    made = export(connection, form="graphml", of=OfKind("intelligence", *YEAR), **TO)
    graph = networkx.read_graphml(BytesIO(made["content"]))
    assert graph.number_of_nodes() == 3 * (1 + 4)
    assert made["export_id"] in graph.graph["watermark"]


def test_a_network_leaves_as_any_export_its_things_as_one_node_each(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    """Events that handling keeps inside are in none of it; what leads to a victim is no thing that
    another event names.
    """
    link_all(connection)
    row = connection.execute(
        "SELECT entity_position, entity_ordinal FROM record WHERE kind = 'vehicle' LIMIT 1"
    ).fetchone()
    assert row is not None
    of = OfNetwork(f"E{row[0]}-{row[1]}", 1)
    made = export(connection, form="graphml", of=of, **TO)
    assert (made["positions"], made["left_out"]) == ([1, 2, 3, 7], 3)
    graph = networkx.read_graphml(BytesIO(made["content"]))
    assert made["export_id"] in graph.graph["watermark"]
    events = {f"e{position}" for position in made["positions"]}
    assert events < set(graph.nodes)
    assert not {f"e{hidden}" for hidden in (4, 5, 6)} & set(graph.nodes)
    (vehicle,) = (n for n, told in graph.nodes.items() if told["label"] == "KX56 ABZ")
    assert set(graph.predecessors(vehicle)) >= events
    told = connection.execute(
        "SELECT kind, query, network, hops FROM disclosure WHERE export_id = %s",
        (made["export_id"],),
    ).fetchone()
    assert told == (None, None, of.network, 1)
    (listed, *_), _ = session_of(database_url, DIRECTOR).answer(
        "view", {}, lambda c: (exports(c), ())
    )
    assert (listed["network"], listed["hops"]) == (of.network, 1)
    with pytest.raises(NoEntityError):
        export(connection, form="graphml", of=OfNetwork("E999-0"), **TO)
    with pytest.raises(NothingMayLeaveError):
        export(connection, form="csv", of=of, **{**TO, "recipient": Recipient("x", "unknown")})
    with connection.transaction(force_rollback=True):
        sheltered = sample_event("intelligence")
        sheltered["subjects"][0]["role"] = "victim"
        store_event(connection, "intelligence", **sheltered)
        _settle(connection)
        link_all(connection)
        made = export(connection, form="graphml", of=of, **TO)
        (last,) = set(made["positions"]) - {1, 2, 3, 7}
        graph = networkx.read_graphml(BytesIO(made["content"]))
    apart = [graph.nodes[n]["label"] for n in graph.successors(f"e{last}") if n.startswith("e")]
    assert "victim" in apart
    assert "Kazlauskas" not in " ".join(apart)


def test_htcds_names_nobody(connection: psycopg.Connection[Any]) -> None:
    person = {"names": [], "sex": "female", "date_of_birth": None, "age_from": None,
              "age_to": None, "age_on": None, "age_status": "adult", "nationalities": ["LT"],
              "documents": []}  # fmt: skip
    person["names"] = [{"full": "Ona Invented", "given": None, "family": None,
                        "order": "given_first", "script": None, "kind": "legal"}]  # fmt: skip
    subject = {"local_id": "v", "role": "victim", "text": None, "details": {"person": person}}
    with connection.transaction(force_rollback=True):
        store_event(connection, "referral", nrm_reference="N/5", subjects=[subject], relations=[])
        _settle(connection)
        made = export(connection, form="htcds", of=OfKind("referral", *YEAR), **TO)
        everywhere = [made["content"]] + [
            export(connection, form=form, of=OfKind("referral", *YEAR), **TO)["content"]
            for form in ("csv", "stix", "graphml")
        ]
    (row,) = csv.DictReader(StringIO(made["content"].decode()))
    assert (row["prs_Gender"], row["prs_Nationality"]) == ("Feminine", "LT")
    assert row["vic_TypeOfExploitation"] == "ForcedLabour"
    assert row["vic_MethodsOfControl"] == "WithholdsDocuments"
    assert not any(b"Ona" in content for content in everywhere)


def test_htcds_has_one_row_a_case_of_the_steps_that_may_leave(
    connection: psycopg.Connection[Any],
) -> None:
    """Withheld steps are in no cell; of a case whose referral is withheld nobody claims one."""
    person = {"names": [], "sex": "male", "date_of_birth": None, "age_from": None, "age_to": None,
              "age_on": None, "age_status": "adult", "nationalities": ["LT"],
              "documents": []}  # fmt: skip
    subject = {"local_id": "v", "role": "potential_victim", "text": None,
               "details": {"person": person}}  # fmt: skip

    def told(case: str, step: str, day: int, **over: Any) -> None:
        body = {"nrm_reference": case, "step": step, "step_on": date(2009, 4, day),
                "subjects": [subject], "relations": [], "first_responder": None,
                "exploitation": [], **over}  # fmt: skip
        store_event(connection, "referral", "ukhtc", **body)

    forced = sample_event("referral")["exploitation"]
    with connection.transaction(force_rollback=True):
        for case, handling in (("N/6", "1"), ("N/7", "4")):
            told(case, "referred", 2, handling=handling, first_responder="poppy",
                 exploitation=forced)  # fmt: skip
            told(case, "received", 3)
            told(case.replace("/", " "), "reasonable_grounds", 7, decision="positive")
        told("N/6", "conclusive_grounds", 20, decision="positive", handling="4")
        told("N/7", "conclusive_grounds", 20, decision="negative")
        _settle(connection)
        made = export(connection, form="htcds", of=OfKind("referral", *YEAR), **TO)
        kept = connection.execute(
            "SELECT array_agg(position ORDER BY position) FROM disclosed_event"
            " WHERE export_id = %s",
            (made["export_id"],),
        ).fetchone()
    rows = list(csv.DictReader(StringIO(made["content"].decode())))
    columns = ("vic_TraffickingStatus", "vic_TypeOfExploitation", "cas_IncomingReferralDate",
               "cas_ReferringOrganisation")  # fmt: skip
    assert [tuple(row[name] for name in columns) for row in rows] == [
        ("PossibleVictimOfTrafficking", "ForcedLabour", "2009-04-02", "poppy"),
        ("", "", "", ""),
    ]
    assert b"N/6" not in made["content"]
    assert b"n6" not in made["content"]
    # All its steps that left, and the module's own referral, which names no victim.
    assert kept == (made["positions"],)
    assert (len(made["positions"]), made["left_out"]) == (7, 2)


def test_what_is_retracted_later_is_recalled(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction(force_rollback=True):
        target = store_event(connection, "intelligence", "met", title="to be taken back")
        _settle(connection)
        made = export(connection, form="csv", of=OfKind("intelligence", *YEAR), **TO)
        assert recalls(connection) == []
        store_event(connection, "retraction", "met", target_event_id=target)
        _settle(connection)
        (found,) = [o for o in recalls(connection) if o["export_id"] == made["export_id"]]
        assert (found["recipient"], found["outside"]) == (EUROPOL.name, EUROPOL.outside)
        assert len(found["positions"]) == 1


def test_a_large_bundle_takes_no_more_work_than_its_parts() -> None:
    """The library's indenting is quadratic: four times as much took eleven times as many calls.

    Calls are counted, not seconds: they are the same on a busy machine.
    """
    mark = Watermark(str(uuid4()), "x", datetime(2009, 12, 1, tzinfo=UTC), "europol", "case")

    def calls(count: int) -> int:
        event = redacted("intelligence", sample_event("intelligence"), victims=False, sources=False)
        some = [Exported(n, "gla", str(uuid4()), "intelligence", "1", event) for n in range(count)]
        profile = Profile()
        profile.runcall(as_stix, some, mark)
        return sum(one.callcount for one in profile.getstats())

    calls(1)
    assert calls(80) < 5 * calls(20)


def test_no_payload_starts_a_formula() -> None:
    random = Random(5000)
    starts = [*DANGEROUS, " =", "\u00a0=", "\u200b=", "\ufeff=", '"=', "\t\t@", "\x00+"]
    tails = ["cmd|' /C calc'!A0", 'HYPERLINK("http://x","y")', "1+1", 'SUM(1,2)"', ",=1", "\r\n=2"]
    payloads = [
        random.choice(starts) + random.choice(tails) + str(random.randrange(10**6))
        for _ in range(5000)
    ]
    rows = list(csv.reader(StringIO(csv_text(("a",), [(one,) for one in payloads]), newline="")))
    assert len(rows) == 5001
    for payload, (cell,) in zip(payloads, rows[1:], strict=True):
        assert cell.removeprefix("'") == payload
        assert not cell.lstrip(" \u00a0\u200b\ufeff\x00").startswith(DANGEROUS)


def test_the_command_writes_and_records(
    connection: psycopg.Connection[Any],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    centre = tmp_path / "ukhtc"
    keep_agencies(connection, centre, {"met": "police", "poppy": "charity"})
    monkeypatch.setenv("INTELBUS_CENTRE_HOME", str(centre))
    reads_here(monkeypatch, connection)
    path = tmp_path / "out.json"

    def run(purpose: str, *words: str, said: bool = True) -> tuple[int, list[Any]]:
        asked = ["export", "--kind", "intelligence", "--from", "2009-01-01", "--to", "2009-12-31",
                 "-o", str(path), *(("--purpose", purpose) if said else ()),
                 "--recipient"]  # fmt: skip
        done = CliRunner().invoke(assemble(), [*asked, *words])
        return done.exit_code, connection.execute(
            "SELECT recipient, party, outside, count(*) FROM disclosure JOIN disclosed_event"
            " USING (export_id) WHERE purpose = %s GROUP BY 1, 2, 3",
            (purpose,),
        ).fetchall()

    assert run("case 7", "met") == (0, [("met", "law_enforcement", None, 3)])
    assert json.loads(path.read_text("utf-8"))["type"] == "bundle"
    assert run("case 8", "poppy") == (0, [("poppy", "non_prosecuting", None, 1)])
    # As of any look, it is the case that whoever reads has named, by option or in the environment.
    assert run(PURPOSE, "met", said=False) == (0, [("met", "law_enforcement", None, 3)])
    monkeypatch.delenv("INTELBUS_PURPOSE")
    status, _ = run("", "met", said=False)
    assert status != 0
    assert run("case 10", "met") == (0, [("met", "law_enforcement", None, 3)])
    outside = ("--outside", "named in the joint plan", "--party", "foreign")
    assert run("case 9", "The embassy", *outside) == (
        0,
        [("The embassy", "foreign", "named in the joint plan", 1)],
    )
    written = path.read_bytes()
    for number, refused in enumerate(
        (
            ("poppy", "--clearance", "not_protectively_marked"),
            ("nobody",),
            ("poppy", "--party", "law_enforcement"),
            ("Met", *outside),
            ("The embassy", "--outside", "named in the joint plan"),
        )
    ):
        status, kept = run(f"refused {number}", *refused)
        assert status != 0
        assert kept == []
        assert path.read_bytes() == written
    for listing in ("recalls", "due"):
        done = CliRunner().invoke(
            assemble(), ["exports", listing, "--json"], catch_exceptions=False
        )
        assert json.loads(done.stdout) == []
    every, first = (
        CliRunner().invoke(assemble(), ["exports", "list", "--json", *more]).stdout
        for more in ((), ("--limit", "1", "--page", "2"))
    )
    assert json.loads(first) == json.loads(every)[1:2]
    shown = StringIO()
    monkeypatch.setattr("intelbus.cli.console", Console(file=shown, width=200))
    CliRunner().invoke(assemble(), ["exports", "list"], catch_exceptions=False)
    cleared = connection.execute("SELECT FROM disclosure WHERE clearance = 'restricted'").rowcount
    assert shown.getvalue().count(" restricted ") == cleared >= 3


def test_what_is_retracted_under_a_stricter_code_is_recalled_by_who_sees_everything(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    """Its exporter may not learn that it was: the centre's officer takes it back for them."""
    roles = frozenset({"exporter", "victim_data"})
    exporter = Reader("e.xporter", "gmp", "secret", roles, "law_enforcement")
    target = store_event(connection, "intelligence", "soca", title="to be taken back")
    _settle(connection)
    asked = {**TO, "exported_by": exporter.name, "organisation": "gmp"}
    made = session_of(database_url, exporter).answer(
        "export",
        {},
        lambda c: (export(c, form="csv", of=OfKind("intelligence", *YEAR), **asked), ()),
    )
    store_event(connection, "retraction", "soca", target_event_id=target, handling="4")
    _settle(connection)

    def recalled(reader: Reader) -> list[str]:
        found = session_of(database_url, reader).answer("view", {}, lambda c: (recalls(c), ()))
        return [one["export_id"] for one in found]

    assert recalled(exporter) == []
    assert recalled(DIRECTOR) == [made["export_id"]]
    met = Reader("m.et", "met", "secret", roles, "law_enforcement")
    assert recalled(met) == []


def test_what_was_let_out_is_looked_at_again_by_another(
    connection: psycopg.Connection[Any], database_url: str
) -> None:
    """Once graded anew, or after half a year; what somebody may not see of it stays hidden."""
    roles = frozenset({"exporter"})
    exporter, colleague, other = (
        Reader(name, organisation, "secret", roles, "law_enforcement")
        for name, organisation in (("e.x", "ceop"), ("c.o", "ceop"), ("o.t", "btp"))
    )
    connection.execute("TRUNCATE disclosure_review, disclosed_event, disclosure")
    target = store_event(connection, "intelligence", "soca", title="graded anew later")
    hidden = store_event(connection, "intelligence", "soca", title="and beyond reach")
    _settle(connection)
    position, beyond = (
        connection.execute("SELECT position FROM event_log WHERE event_id = %s", (one,)).fetchall()
        for one in (target, hidden)
    )
    asked = {**TO, "exported_by": exporter.name, "organisation": "ceop"}
    made = session_of(database_url, exporter).answer(
        "export",
        {},
        lambda c: (export(c, form="csv", of=OfKind("intelligence", *YEAR), **asked), ()),
    )
    which, now = UUID(made["export_id"]), datetime.now(UTC)

    def listed(reader: Reader, later: timedelta = timedelta()) -> list[tuple[UUID, list[int]]]:
        found = session_of(database_url, reader).answer(
            "view", {}, lambda c: (due(c, now + later), ())
        )
        return [(UUID(one["export_id"]), one["regraded"]) for one in found]

    def say(reader: Reader, verdict: str) -> None:
        session_of(database_url, reader).answer(
            "export",
            {},
            lambda c: (review(c, reader, which, verdict, "looked at"), ()),  # type: ignore[func-returns-value]
        )

    assert listed(colleague) == []
    assert listed(colleague, EVERY + timedelta(minutes=1)) == [(which, [])]
    store_event(connection, "intelligence", "soca", corrects=target, handling="3")
    store_event(connection, "intelligence", "soca", corrects=hidden, handling="4")
    _settle(connection)
    assert listed(colleague) == [(which, [position[0][0]])]
    assert listed(DIRECTOR) == [(which, [position[0][0], beyond[0][0]])]
    assert listed(other) == []
    with pytest.raises(RefusedError):
        say(exporter, "stands")
    with pytest.raises(NoExportError):
        say(other, "stands")
    forged = "INSERT INTO disclosure_review (export_id, reviewed_by, verdict, because)"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session_of(database_url, exporter).answer(
            "export",
            {},
            lambda c: (c.execute(f"{forged} VALUES (%s, 'e.x', 'stands', '')", (which,)), ()),
        )
    say(colleague, "stands")
    assert listed(colleague) == []
    say(colleague, "recalled")
    assert listed(colleague, 3 * EVERY) == []
