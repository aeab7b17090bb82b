"""Entities as a reader's own records make them, and things in many reports, by pages."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import psycopg
import pytest

from producers.generator.stream import year_2009
from repository.access.audit import Who
from repository.access.reader import Reader
from repository.linking.clustering import COMPONENT
from repository.linking.nearby import Nearby
from repository.linking.stage import Linker, empty, link_all
from repository.queries.entity import (
    COUNTED,
    SHOWN,
    NoEntityError,
    entity_of,
    positions_of,
    show_entity,
)
from repository.queries.latest import latest_events
from repository.queries.network import around
from repository.queries.own_entities import own_entities
from repository.queries.shared_entities import entities_by_agencies
from repository.queries.timeline import timeline
from repository.review.decisions import Verdict, decide
from repository.sequencer import sequence_once
from tests.support.notices import TABLES, tell, vehicle
from tests.support.readers import session_of
from tests.support.told import store_told

STORED = "SELECT position, ordinal, entity_position, entity_ordinal FROM record ORDER BY 1, 2"
OFFICER = Reader("o.fficer", "met", "confidential", frozenset(), "law_enforcement")
DAWN = Who("d.awn", "ukhtc", "OP/2009/1", "", "", "1" * 256)
REPORTS = COUNTED + 20


def settle(connection: psycopg.Connection[Any]) -> None:
    while sequence_once(connection):
        pass
    link_all(connection)


@pytest.fixture(scope="module")
def told(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """The generator's first reports, and a few words of people on what they say."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        store_told(connection, islice(year_2009(2009), 250))
        settle(connection)
        pairs = connection.execute(PAIRS).fetchall()
        for at, (p, o, q, r) in enumerate(pairs):
            verdict = Verdict.NOT_SAME if at % 2 else Verdict.SAME
            decide(connection, (p, o), (q, r), verdict, who=DAWN, because="asked them")
        assert len(pairs) == 6
        yield connection


# Of each kind one pair that is one thing, and one that is two.
PAIRS = """
(SELECT DISTINCT ON (a.kind) a.position, a.ordinal, b.position, b.ordinal
 FROM record a JOIN record b ON a.kind = b.kind
 WHERE (a.position, a.ordinal) < (b.position, b.ordinal)
   AND (a.entity_position, a.entity_ordinal) <> (b.entity_position, b.entity_ordinal)
   AND a.kind IN ('person', 'vehicle', 'location') ORDER BY a.kind, a.position, b.position)
UNION ALL
(SELECT DISTINCT ON (a.kind) a.position, a.ordinal, b.position, b.ordinal
 FROM record a JOIN record b ON a.kind = b.kind
 WHERE (a.position, a.ordinal) < (b.position, b.ordinal)
   AND (a.entity_position, a.entity_ordinal) = (b.entity_position, b.entity_ordinal)
   AND a.kind IN ('person', 'vehicle', 'location') ORDER BY a.kind, a.position DESC, b.position)
"""


@pytest.fixture(params=[COMPONENT, 2])
def linked(told: psycopg.Connection[Any], request: pytest.FixtureRequest) -> int:
    """The same, linked anew; of how many descriptions a component is parted."""
    component: int = request.param
    linker = Linker()
    linker.nearby = Nearby(component=component)
    empty(told)
    link_all(told, linker)
    (parted,) = told.execute("SELECT count(*) FROM parting").fetchall()[0]
    assert bool(parted) == (component == 2)
    return component


def test_whose_records_are_all_seen_sees_the_linkers_entities(
    told: psycopg.Connection[Any], linked: int
) -> None:
    stored = {(p, o): (ep, eo) for p, o, ep, eo in told.execute(STORED)}
    found = own_entities(told, stored, component=linked)
    assert found.entity == stored
    members: dict[Any, list[Any]] = {}
    for record, entity in stored.items():
        members.setdefault(entity, []).append(record)
    assert found.records(told, members) == {
        entity: sorted(records, reverse=True) for entity, records in members.items()
    }
    for entity, records in list(members.items())[::20]:
        one = own_entities(told, records[-1:], component=linked)
        assert one.entity[records[-1]] == entity
        assert one.records(told, [entity], most=1) == {entity: [max(records)]}


@pytest.mark.parametrize("limited", [False, True])
def test_the_list_holds_what_the_most_agencies_report(
    told: psycopg.Connection[Any], database_url: str, limited: bool
) -> None:
    """Against the entities of all records that are seen, counted one by one."""
    reader = session_of(database_url, OFFICER) if limited else session_of(database_url)

    def read(connection: psycopg.Connection[Any]) -> tuple[None, tuple[()]]:
        rows = {(p, o): rest for p, o, *rest in connection.execute(SEEN)}
        latest = latest_events(connection, 60)
        for kind, events in ((None, 2_000), (None, 60), ("person", 2_000), ("vehicle", 60)):
            named = {p for p, _ in rows} if events > 60 else set(latest)
            expected = _listed(own_entities(connection, rows).entity, rows, named, kind)
            assert len({len(one["agencies"]) for one in expected}) > 1
            for least, limit in ((1, 1_000), (1, 7), (2, 1_000), (2, 3), (3, 5)):
                found = entities_by_agencies(
                    connection, least, kind=kind, limit=limit, latest=events
                )
                several = [one for one in expected if len(one["agencies"]) >= least]
                assert found == several[:limit]
        return None, ()

    reader.answer("view", {}, read)


SEEN = """
SELECT r.position, r.ordinal, r.kind, r.label, r.agency, r.victim, s.position IS NOT NULL
FROM record r LEFT JOIN restatement s ON s.position = r.position
"""


def _listed(
    entity: dict[Any, Any], rows: dict[Any, Any], named: set[int], kind: str | None
) -> list[dict[str, Any]]:
    members: dict[Any, list[Any]] = {}
    for record, one in entity.items():
        members.setdefault(one, []).append(record)
    listed = []
    for one, records in members.items():
        kinds, labels, agencies, victims, _ = zip(*(rows[r] for r in records), strict=True)
        if not any(p in named for p, _ in records) or kind not in (None, kinds[0]):
            continue
        told = sorted(set(agencies))
        events = len({r[0] for r in records if not rows[r][4]})
        listed.append(
            (
                (-len(told), -events, one),
                {"entity": f"E{one[0]}-{one[1]}", "kind": kinds[0], "label": min(labels),
                 "agencies": told, "events": events, "more": False, "victim": any(victims)},
            )
        )  # fmt: skip
    return [line for _, line in sorted(listed, key=lambda one: one[0])]


@pytest.fixture(scope="module")
def hire_car(told: psycopg.Connection[Any], database_url: str) -> str:
    """A car in many reports: every tenth is its originator's alone, the first one too."""
    told.execute(f"TRUNCATE {TABLES}")
    for number in range(REPORTS):
        hidden = {"handling": "4"} if number % 10 == 0 else {}
        tell(told, "soca", vehicle("KX56 ABZ"), text=f"Seen again: {number}.", **hidden)
    settle(told)
    return database_url


@pytest.mark.parametrize("limited", [False, True])
def test_a_thing_in_many_reports_is_shown_by_pages(hire_car: str, limited: bool) -> None:
    visible = [n + 1 for n in range(REPORTS) if not limited or n % 10]
    reader = session_of(hire_car, OFFICER) if limited else session_of(hire_car)

    def read(connection: psycopg.Connection[Any]) -> tuple[Any, tuple[()]]:
        pages: list[Any] = []
        before = None
        while not pages or before:
            page = show_entity(connection, f"E{visible[0]}-0", before=before)
            pages.append(page)
            before = page["earlier"]
        with pytest.raises(NoEntityError):
            show_entity(connection, f"E{visible[0]}-0", before=f"R{visible[0]}-0")
        with pytest.raises(NoEntityError):
            show_entity(connection, f"E{visible[0]}-0", before="yesterday")
        return (
            pages,
            entity_of(connection, (visible[-1], 0)),
            positions_of(connection, f"E{visible[5]}-0"),
            timeline(connection, f"E{visible[0]}-0"),
            around(connection, f"E{visible[0]}-0"),
            entities_by_agencies(connection, 1),
        ), ()

    pages, (entity, records), (_, positions), times, network, (line,) = reader.answer(
        "view", {}, read
    )
    assert (line["entity"], line["agencies"]) == (f"E{visible[0]}-0", ["soca"])
    assert (line["events"], line["more"]) == (min(len(visible), COUNTED), not limited)
    assert entity == (visible[0], 0)
    assert [position for position, _ in records] == visible[::-1]
    assert positions == visible
    assert {page["entity"] for page in pages} == {f"E{visible[0]}-0"}
    listed = [[one["position"] for one in page["members"]] for page in pages]
    assert [at for page in reversed(listed) for at in page] == visible
    assert {len(page) for page in listed[:-1]} == {SHOWN}
    assert (pages[0]["records"], pages[0]["more"]) == (min(len(visible), COUNTED), not limited)
    assert (len(times["entries"]), times["more"]) == (min(len(visible), COUNTED), not limited)
    assert len(network["nodes"]) == 1
