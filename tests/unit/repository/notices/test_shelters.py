"""What leads to a refuge or to whoever supports victims, and what does not."""

from typing import Any

import pytest

from repository.notices.holdings import holdings_of
from repository.notices.shelters import beside_shelters
from tests.support.events import sample_event
from tests.support.notices import (
    account,
    charity,
    online,
    person,
    place,
    relation,
    subject,
    telephone,
    vehicle,
)

REFUGE = place("12", "refuge", "residence", "r")


def held(*subjects: Any, relations: Any = (), kind: str = "intelligence") -> dict[str, Any]:
    event = sample_event(kind, subjects=list(subjects), relations=list(relations))
    return {one.local_id: one.protects for one in holdings_of(kind, event)}


THINGS = [
    telephone("+441536000001", local_id="t"),
    online("email", "help@refuge.example", local_id="t"),
    online("username", "safe_house", local_id="t"),
    vehicle("KX56 ABZ", local_id="t"),
    place("14", "private_address", "other", "t"),
    account("12345678", local_id="t"),
]


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("kind", ["uses", "resides_at", "part_of", "other"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("shelter", [REFUGE, charity(local_id="r")])
def test_whatever_any_relation_ties_to_a_shelter_is_held(
    thing: Any, kind: str, turned: bool, shelter: Any
) -> None:
    ends = ("t", "r") if turned else ("r", "t")
    suspect = person("1", local_id="s")
    found = held(shelter, suspect, thing, relations=[relation(*ends, kind)])
    assert (found["t"], found["s"]) == ("beside_shelter", None)


def test_a_tie_leads_on_by_places_organisations_and_things_and_to_people_s_own() -> None:
    landlord = charity("business", local_id="o")
    worker = person("1", role="other", local_id="w")
    suspect = person("2", local_id="s")
    relations = [
        relation("o", "r", "owns"),
        relation("o", "p", "uses"),
        relation("w", "r", "works_at"),
        relation("w", "e", "uses"),
        relation("w", "s", "associates_with"),
        relation("s", "q", "uses"),
    ]
    things = [
        telephone("+441536000001", local_id="p"),
        online("email", "w@example.org", local_id="e"),
        telephone("+447700900123", local_id="q"),
    ]
    found = held(REFUGE, landlord, worker, suspect, *things, relations=relations)
    assert {one for one, why in found.items() if why == "beside_shelter"} == {"o", "p", "w", "e"}


def test_a_brothel_a_port_or_an_operation_leads_to_nobody() -> None:
    scene = place("3", local_id="b")
    port = place("4", "port", "other", "h")
    number = {"kind": "operation", "reference": "Pentameter", "originator": None}
    operation = subject("event_reference", "operation", number, "n")
    suspects = [person(str(at), local_id=f"s{at}") for at in range(3)]
    between = [
        relation(end, middle, "other")
        for middle, suspect in (("b", "s0"), ("h", "s1"), ("n", "s2"))
        for end in ("r", suspect)
    ]
    found = held(REFUGE, scene, port, operation, *suspects, relations=between)
    assert [found[f"s{at}"] for at in range(3)] == [None] * 3
    assert (found["b"], found["n"]) == ("beside_shelter", None)


def test_what_no_relation_gives_to_somebody_else_may_be_the_shelter_s() -> None:
    phone = telephone("+441536000001", local_id="t")
    suspect = person("1", local_id="s")
    assert held(REFUGE, phone)["t"] == "beside_shelter"
    assert held(REFUGE, suspect, phone)["t"] == "beside_shelter"
    assert held(REFUGE, suspect, phone, relations=[relation("s", "t", "uses")])["t"] is None


def test_a_van_is_the_shelter_s_where_nobody_else_is_named_and_a_brothel_never() -> None:
    van, suspect = vehicle("KX56 ABZ", local_id="t"), person("1", local_id="s")
    assert held(REFUGE, van)["t"] == "beside_shelter"
    assert held(REFUGE, suspect, van)["t"] is None
    assert held(REFUGE, place("3", local_id="t"))["t"] is None


def test_where_a_victim_and_a_charity_are_named_a_thing_is_one_s_or_the_other_s() -> None:
    victim = person("1", role="victim", local_id="v")
    phone = telephone("+441536000001", local_id="t")
    assert held(victim, charity(local_id="r"), phone)["t"] == "beside_shelter"


def test_a_charity_that_is_a_witness_is_a_charity_all_the_same() -> None:
    witness = charity(local_id="r") | {"role": "witness"}
    found = held(
        witness,
        person("1", local_id="s"),
        telephone("+441536000001", local_id="t"),
        relations=[relation("r", "t", "other")],
    )
    assert (found["r"], found["t"]) == ("support_provider", "beside_shelter")


def test_whoever_an_event_of_support_names_shelters() -> None:
    office, phone = place("5", "other", "other", "r"), telephone("+441536000001", local_id="t")
    assert held(office, phone, kind="victim-support")["t"] == "beside_shelter"


def test_without_a_shelter_nothing_is_beside_one() -> None:
    event = sample_event("intelligence", subjects=[telephone("+441536000001")], relations=[])
    assert beside_shelters(event, ()) == frozenset()
    # A relation to what is no subject of the event leads nowhere.
    stray = sample_event(
        "intelligence", subjects=[REFUGE], relations=[relation("r", "gone", "uses")]
    )
    assert beside_shelters(stray, {"r"}) == frozenset()
