"""Who is told of what, on a real PostgreSQL: once, never of what is hidden, and taken back."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from intelbus.codec import decode_control
from repository.access.audit import Who
from repository.linking.stage import link_all
from repository.notices import queue
from repository.notices.stage import decide_all, recheck_everything
from repository.notices.waiting import list_waiting, require_held_about
from repository.relays.stage import relay_all
from repository.sequencer import sequence_once
from tests.support.notices import (
    REGISTRY,
    TABLES,
    account,
    catch_up,
    charity,
    online,
    person,
    place,
    relation,
    statuses,
    telephone,
    tell,
    told,
    vehicle,
)

DAWN = Who("dawn", "ukhtc", "OP/1", "", "", "0" * 256)
NOOR = Who("noor", "ukhtc", "OP/1", "", "", "0" * 256)
BOTH_TOLD = [("met", "gla", "stands", "strong", 1), ("gla", "met", "stands", "strong", 1)]


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}")
        yield connection


def test_each_of_two_agencies_learns_that_the_other_holds_the_same(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"), source_reference="GLA/1")
    tell(connection, "met", vehicle("KX56 ABZ"), source_reference="MET/1")
    catch_up(connection)
    assert sorted(told(connection)) == sorted(BOTH_TOLD)
    row = connection.execute("SELECT body FROM notice_outbox WHERE agency = 'met'").fetchone()
    assert row is not None
    said = decode_control("Notice", bytes(row[0]))
    assert [one["source_reference"] for one in said["holdings"]] == ["MET/1"]
    assert (said["contact_agency"], said["contact"]) == ("gla", "duty@gla.example")
    assert b"KX56" not in bytes(row[0])
    assert b"GLA/1" not in bytes(row[0])


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_nothing_is_told_twice_however_often_it_is_seen(
    connection: psycopg.Connection[Any], batch: int
) -> None:
    for number in range(3):
        tell(connection, "gla", vehicle("KX56 ABZ"), source_reference=f"GLA/{number}")
        tell(connection, "met", vehicle("KX56 ABZ"), source_reference=f"MET/{number}")
        catch_up(connection, batch)
    recheck_everything(connection)
    catch_up(connection, batch)
    assert sorted(told(connection)) == sorted(BOTH_TOLD)


def test_a_third_agency_is_news_to_all_three(connection: psycopg.Connection[Any]) -> None:
    for agency in ("gla", "met", "soca"):
        tell(connection, agency, vehicle("KX56 ABZ"))
        catch_up(connection)
    pairs = {(receiver, contact) for receiver, contact, *_ in told(connection)}
    assert len(told(connection)) == 6
    assert pairs == {(a, b) for a in ("gla", "met", "soca") for b in ("gla", "met", "soca")} - {
        (a, a) for a in ("gla", "met", "soca")
    }


@pytest.mark.parametrize(
    ("over", "outcome"),
    [
        ({"handling": "4"}, ("silenced", "handling_4")),
        ({"handling": "5", "handling_conditions": "Ask us."}, ("held", "handling_5")),
        (
            {
                "grading_scheme": "three_by_five_by_two",
                "source_grade": "1",
                "information_grade": "A",
                "handling": "C",
                "handling_conditions": "Ask us.",
            },
            ("held", "handling_c"),
        ),
        ({"handling": "9"}, ("silenced", "handling_unknown")),
    ],
)
def test_the_holder_s_handling_decides_and_its_own_notice_still_comes(
    connection: psycopg.Connection[Any], over: dict[str, Any], outcome: tuple[str, str]
) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"), **over)
    tell(connection, "met", vehicle("KX56 ABZ"))
    catch_up(connection)
    assert told(connection) == [("gla", "met", "stands", "strong", 1)]
    assert statuses(connection) == [("gla", "met", "sent", ""), ("met", "gla", *outcome)]


def test_a_hidden_record_that_links_two_visible_ones_betrays_nothing(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", vehicle("AB12 CDE"))
    both, by_number = vehicle("AB12 CDE"), vehicle("")
    for seen in (both, by_number):
        seen["details"]["vehicle"]["vin"] = "WVWZZZ1JZ3W386752"
    tell(connection, "soca", both, handling="4")
    tell(connection, "met", by_number)
    catch_up(connection)
    # Only the one that holds the bridge sees that there is one.
    assert {receiver for receiver, *_ in told(connection)} == {"soca"}
    assert ("gla", "met", "silenced", "no_visible_link") in statuses(connection)


@pytest.mark.parametrize(
    ("subjects", "reason"),
    [
        ([person("00120001", role="victim")], "victim"),
        ([person("00120001", role="potential_victim")], "victim"),
        ([person("00120001", role="witness")], "witness"),
        ([person("00120001", role="missing_child")], "child"),
        ([person("00120001", age_status="child")], "child"),
        ([person("00120001", age_status="disputed")], "child"),
        ([person("00120001", age_from=16, age_to=20)], "child"),
        ([person("00120001", date_of_birth={"year": 1994, "month": None, "day": None})], "child"),
    ],
)
def test_a_victim_witness_or_child_goes_to_an_officer(
    connection: psycopg.Connection[Any], subjects: list[Any], reason: str
) -> None:
    tell(connection, "gla", person("00120001"))
    tell(connection, "met", *subjects)
    catch_up(connection)
    assert told(connection) == []
    assert {row[2:] for row in statuses(connection)} == {("held", reason)}


def test_a_refuge_goes_to_an_officer_and_a_port_to_nobody(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", place("12", "refuge"))
    tell(connection, "met", place("12"))
    tell(connection, "gla", place("13", "port"))
    tell(connection, "met", place("13", "port"))
    catch_up(connection)
    assert told(connection) == []
    assert {row[2:] for row in statuses(connection)} == {
        ("held", "refuge"),
        ("silenced", "public_place"),
    }


REFUGE = place("12", "refuge", "residence", "r")
PHONE = telephone("+441536000001", local_id="t")
SUSPECT = person("00120001", local_id="s")


def held_alone(connection: psycopg.Connection[Any], reason: str = "beside_shelter") -> bool:
    """Whether nothing was told, and gla and met each wait for an officer for this reason."""
    rows = [("gla", "met", "held", reason), ("met", "gla", "held", reason)]
    return told(connection) == [] and statuses(connection) == rows


@pytest.mark.parametrize("shelter", [REFUGE, charity(local_id="r")])
@pytest.mark.parametrize(
    "thing",
    [
        PHONE,
        online("email", "help@refuge.example", local_id="t"),
        vehicle("KX56 ABZ", local_id="t"),
        account("12345678", local_id="t"),
        place("14", "private_address", "other", "t"),
    ],
)
def test_what_is_a_refuge_s_or_a_charity_s_goes_to_an_officer(
    connection: psycopg.Connection[Any], shelter: Any, thing: Any
) -> None:
    tell(connection, "gla", shelter, thing, relations=[relation("r", "t", "uses")])
    tell(connection, "met", SUSPECT, thing, relations=[relation("s", "t", "uses")])
    catch_up(connection)
    assert held_alone(connection)


def test_the_telephone_of_a_suspect_who_a_charity_is_named_with_is_told_of(
    connection: psycopg.Connection[Any],
) -> None:
    uses = [relation("s", "t", "uses")]
    tell(connection, "gla", charity(local_id="r"), SUSPECT, PHONE, relations=uses)
    tell(connection, "met", PHONE)
    catch_up(connection)
    assert sorted(told(connection)) == sorted(BOTH_TOLD)


def test_one_report_that_ties_a_telephone_to_a_refuge_is_enough_for_all(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", PHONE, source_reference="GLA/1")
    # Nobody but soca may know of this one.
    tied = [relation("t", "r", "other")]
    tell(connection, "soca", REFUGE, PHONE, relations=tied, handling="4")
    tell(connection, "met", PHONE, source_reference="MET/1")
    catch_up(connection)
    assert told(connection) == []
    assert ("met", "gla", "held", "beside_shelter") in statuses(connection)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
@pytest.mark.parametrize("batch", [1, 500])
def test_a_house_that_one_agency_knows_for_a_refuge_is_one_in_what_all_others_say(
    connection: psycopg.Connection[Any], order: tuple[int, ...], batch: int
) -> None:
    house = place("12", "private_address", "residence", "r")
    events: list[tuple[str, list[Any], list[Any]]] = [
        ("soca", [REFUGE], []),
        ("gla", [house, PHONE], [relation("r", "t", "uses")]),
        ("met", [SUSPECT, PHONE], [relation("s", "t", "uses")]),
    ]
    for number in order:
        agency, subjects, relations = events[number]
        tell(connection, agency, *subjects, relations=relations)
    catch_up(connection, batch)
    assert told(connection) == []
    assert {row[2:] for row in statuses(connection)} == {
        ("held", "refuge"),
        ("held", "beside_shelter"),
    }


def test_what_was_noted_before_there_was_the_rule_is_held_without_a_recheck(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", REFUGE, PHONE, relations=[relation("r", "t", "uses")])
    catch_up(connection)
    connection.execute("UPDATE holding SET protects = NULL WHERE protects = 'beside_shelter'")
    tell(connection, "met", PHONE)
    catch_up(connection)
    assert held_alone(connection)


def test_an_officer_stands_between_and_the_second_is_told(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", person("00120001"))
    tell(connection, "met", person("00120001", role="victim"))
    catch_up(connection)
    first, second = (
        number for (number,) in connection.execute("SELECT notice_no FROM notice ORDER BY 1")
    )
    queue.send(connection, [first], REGISTRY, who=DAWN, because="met agrees")
    queue.dismiss(connection, [second], who=DAWN, because="the victim is safe")
    assert [row[1] for row in told(connection)] == ["ukhtc"]
    for number in (first, second):
        with pytest.raises(queue.NotHeldError, match="dawn decided"):
            queue.send(connection, [number], REGISTRY, who=NOOR, because="late")
    recheck_everything(connection)
    catch_up(connection)
    assert len(told(connection)) == 1
    assert sorted(row[2] for row in statuses(connection)) == ["dismissed", "sent"]


def test_what_is_held_is_decided_on_by_what_it_is_about(
    connection: psycopg.Connection[Any],
) -> None:
    for agency, role in (("gla", "suspect"), ("met", "victim"), ("soca", "suspect")):
        tell(connection, agency, person("00120001", role=role))
        tell(connection, agency, person("00990002", role=role), urgency="threat_to_life")
    catch_up(connection)
    waiting, more = list_waiting(connection, DAWN, limit=1)
    assert more
    (urgent,), (calm,) = waiting, list_waiting(connection, DAWN, offset=1)[0]
    assert (urgent["entity"], urgent["threat_to_life"]) == ("E2-0", True)
    assert (calm["entity"], calm["threat_to_life"]) == ("E1-0", False)
    assert (calm["kind"], calm["reasons"]) == ("person", ["victim"])
    assert calm["receivers"] == calm["holders"] == ["gla", "met", "soca"]
    about = require_held_about(connection, "E1-0")
    assert about == calm["notices"]
    assert len(about) == 6, "each of three is to be told of two"
    queue.dismiss(connection, about[-1:], who=DAWN, because="told by telephone")
    with pytest.raises(queue.NotHeldError):
        queue.send(connection, about, REGISTRY, who=NOOR, because="late")
    assert told(connection) == [], "all or none"
    queue.send(connection, about[:-1], REGISTRY, who=NOOR, because="met agrees")
    assert len(told(connection)) == 5
    with pytest.raises(queue.NoNoticeError, match="E1-0"):
        require_held_about(connection, "E1-0")
    with pytest.raises(queue.NoNoticeError):
        require_held_about(connection, "no entity")


def test_support_providers_are_not_named_and_prosecutors_not_told(
    connection: psycopg.Connection[Any],
) -> None:
    for agency in ("gla", "poppy", "cps"):
        tell(connection, agency, vehicle("KX56 ABZ"))
    catch_up(connection)
    assert told(connection) == [("gla", "cps", "stands", "strong", 1)]
    assert ("gla", "poppy", "held", "holder_not_named") in statuses(connection)
    assert ("cps", "gla", "silenced", "receiver_takes_none") in statuses(connection)


def relayed(origin: str, **over: Any) -> dict[str, Any]:
    blank = {"reference": None, "event_id": None, "received": None, "kind": "agency"}
    return {"origin": origin, **blank, **over}


@pytest.mark.parametrize("how", ["event", "reference", "agency", "third"])
def test_a_relay_is_no_independent_holder(connection: psycopg.Connection[Any], how: str) -> None:
    third = relayed("crimestoppers", reference="T/7")
    first = tell(
        connection,
        "gla",
        vehicle("KX56 ABZ"),
        source_reference="GLA/1",
        provenance=[third] if how == "third" else [],
    )
    step = {
        "event": relayed("gla", event_id=first),
        "reference": relayed("gla", reference="GLA/1"),
        "agency": relayed("gla"),
        "third": third,
    }[how]
    tell(connection, "met", vehicle("KX56 ABZ"), provenance=[step])
    catch_up(connection)
    assert told(connection) == []
    assert {row[2:] for row in statuses(connection)} == {("silenced", "same_origin")}
    # What met then sees for itself is news.
    tell(connection, "met", vehicle("KX56 ABZ"), source_reference="MET/2")
    catch_up(connection)
    if how == "agency":
        assert {row[0] for row in told(connection)} == {"gla", "met"}
    assert len(told(connection)) == 2


def test_a_relay_that_its_wording_betrays_is_none_either(
    connection: psycopg.Connection[Any],
) -> None:
    words = "Four women are moved each Friday night from the flat above the shop in a grey van."
    tell(connection, "gla", vehicle("KX56 ABZ"), text=words)
    tell(connection, "met", vehicle("KX56 ABZ"), text=f"A colleague says: {words}")
    sequence_once(connection)
    link_all(connection)
    relay_all(connection)
    decide_all(connection, lambda _: REGISTRY)
    assert told(connection) == []
    assert {row[2:] for row in statuses(connection)} == {("silenced", "same_origin")}


def test_where_relays_are_looked_for_nothing_is_told_before(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    sequence_once(connection)
    relay_all(connection)
    tell(connection, "met", vehicle("KX56 ABZ"), text="We saw the van ourselves, at the weir.")
    sequence_once(connection)
    link_all(connection)
    decide_all(connection, lambda _: REGISTRY)
    assert told(connection) == []
    relay_all(connection)
    decide_all(connection, lambda _: REGISTRY)
    assert len(told(connection)) == 2


def test_what_is_retracted_is_taken_back_and_told_again_when_it_returns(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    gone = tell(connection, "met", vehicle("KX56 ABZ"), source_reference="MET/1")
    catch_up(connection)
    tell_retraction(connection, "met", gone)
    catch_up(connection)
    assert sorted(told(connection)[2:]) == [
        ("gla", "met", "withdrawn", "strong", 2),
        ("met", "gla", "withdrawn", "strong", 2),
    ]
    tell(connection, "met", vehicle("KX56 ABZ"), source_reference="MET/2")
    catch_up(connection)
    # gla's notice stands again, once; met's own subject is another one now.
    assert ("gla", "met", "stands", "strong", 3) in told(connection)
    assert len(told(connection)) == 6


def tell_retraction(connection: psycopg.Connection[Any], agency: str, target: Any) -> None:
    from tests.support.store import store_event

    store_event(connection, "retraction", agency, target_event_id=target)


def test_a_correction_to_something_else_takes_the_notice_back(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    first = tell(connection, "met", vehicle("KX56 ABZ"))
    catch_up(connection)
    tell(connection, "met", vehicle("LT04 AAA"), corrects=first)
    catch_up(connection)
    assert {row[0] for row in told(connection)[2:]} == {"gla", "met"}
    assert {row[2] for row in told(connection)[2:]} == {"withdrawn"}


def test_a_correction_that_says_the_same_is_no_news(connection: psycopg.Connection[Any]) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    first = tell(connection, "met", vehicle("KX56 ABZ"))
    catch_up(connection)
    tell(connection, "met", vehicle("KX56 ABZ"), corrects=first, source_reference="again")
    catch_up(connection)
    assert len(told(connection)) == 2


def test_a_threat_to_life_is_told_once_more(connection: psycopg.Connection[Any]) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    tell(connection, "met", vehicle("KX56 ABZ"))
    catch_up(connection)
    for number in range(2):
        tell(
            connection,
            "met",
            vehicle("KX56 ABZ"),
            urgency="threat_to_life",
            source_reference=f"TTL/{number}",
        )
        catch_up(connection)
    assert sorted(row[4] for row in told(connection)) == [1, 1, 2, 2]


def watch(connection: psycopg.Connection[Any], agency: str, *subjects: Any, **over: Any) -> Any:
    fields = {"expires_on": None, "text": None, **over}
    return tell(connection, agency, *subjects, kind="watch", **fields)


@pytest.mark.parametrize("stored_first", [True, False])
def test_a_watch_tells_of_what_is_stored_and_of_what_comes(
    connection: psycopg.Connection[Any], stored_first: bool
) -> None:
    if stored_first:
        tell(connection, "gla", vehicle("KX56 ABZ"))
    watch(connection, "met", vehicle("KX56 ABZ"))
    catch_up(connection)
    if not stored_first:
        assert told(connection) == []
        tell(connection, "gla", vehicle("KX56 ABZ"))
        catch_up(connection)
    # The holder is not told that it is watched for.
    assert told(connection) == [("met", "gla", "stands", "strong", 1)]
    row = connection.execute("SELECT body FROM notice_outbox").fetchone()
    assert row is not None
    said = decode_control("Notice", bytes(row[0]))
    assert (said["cause"], said["watch_reference"]) == ("watch", "W/1")


def test_a_watch_that_is_lifted_tells_of_nothing_more(
    connection: psycopg.Connection[Any],
) -> None:
    watch(connection, "met", vehicle("KX56 ABZ"))
    watch(connection, "met", vehicle("KX56 ABZ"), step="lifted", source_reference="lift")
    tell(connection, "gla", vehicle("KX56 ABZ"))
    catch_up(connection)
    assert told(connection) == []


def test_a_watch_expires_by_the_day_on_which_things_arrive(
    connection: psycopg.Connection[Any],
) -> None:
    # tests.support.store receives everything on 1 October 2009 and after
    watch(connection, "met", vehicle("KX56 ABZ"), expires_on=date(2009, 9, 30))
    watch(connection, "soca", vehicle("KX56 ABZ"), expires_on=date(2010, 9, 30))
    tell(connection, "gla", vehicle("KX56 ABZ"))
    catch_up(connection)
    assert told(connection) == [("soca", "gla", "stands", "strong", 1)]


def test_a_watch_for_a_victim_goes_to_an_officer(connection: psycopg.Connection[Any]) -> None:
    watch(connection, "met", person("00120001", role="missing_child"))
    tell(connection, "gla", person("00120001"))
    catch_up(connection)
    assert told(connection) == []
    assert statuses(connection) == [("met", "gla", "held", "child")]


def test_without_a_registry_nothing_is_decided_and_nothing_lost(
    connection: psycopg.Connection[Any],
) -> None:
    tell(connection, "gla", vehicle("KX56 ABZ"))
    tell(connection, "met", vehicle("KX56 ABZ"))
    catch_up_linking(connection)
    assert decide_all(connection, lambda _: None) == 0
    assert decide_all(connection, lambda _: REGISTRY) > 0
    assert len(told(connection)) == 2


def catch_up_linking(connection: psycopg.Connection[Any]) -> None:
    sequence_once(connection)
    link_all(connection)
