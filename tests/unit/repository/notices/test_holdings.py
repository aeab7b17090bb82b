"""What an event's subjects mean for notices, rule by rule."""

from typing import Any

import pytest

from repository.notices.holdings import PERSON_RULES, PLACE_RULES, holdings_of, source_of
from repository.notices.policy import COMMONPLACE, PROTECTING
from repository.notices.subjects import COMMON_RULES
from tests.support.events import sample_event
from tests.support.notices import person, place, subject, vehicle


def protects(kind: str, *subjects: Any, **over: Any) -> list[str | None]:
    event = sample_event(kind, subjects=list(subjects), relations=over.pop("relations", []), **over)
    return [one.protects for one in holdings_of(kind, event)]


def relation(first: str, second: str, kind: str) -> dict[str, str]:
    return {"from_id": first, "to_id": second, "kind": kind}


def organisation(kind: str) -> dict[str, Any]:
    details = {"name": "Somebody", "aliases": [], "kind": kind, "registration_number": None,
               "gla_licence": None}  # fmt: skip
    return subject("organisation", "associate", details)


def test_the_reasons_of_the_rules_are_those_of_the_policy() -> None:
    rules = [reason for reason, _ in (*PERSON_RULES, *PLACE_RULES)]
    assert [*rules, "beside_protected", "beside_shelter"] == list(PROTECTING)
    assert [reason for reason, _ in COMMON_RULES] == list(COMMONPLACE)


@pytest.mark.parametrize("role", ["suspect", "controller", "sponsor", "associate", "worker"])
def test_an_adult_in_another_role_is_not_protected(role: str) -> None:
    assert protects("intelligence", person("1", role=role)) == [None]


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        ({"year": 1991, "month": 10, "day": 12}, None),
        ({"year": 1991, "month": 10, "day": 13}, "child"),
        ({"year": 1991, "month": 10, "day": None}, "child"),
        ({"year": 1991, "month": None, "day": None}, "child"),
        ({"year": 1990, "month": None, "day": None}, None),
    ],
)
def test_whoever_may_be_under_eighteen_when_reported_is_a_child(
    birth: dict[str, Any], expected: str | None
) -> None:
    # the sample was reported on 12 October 2009
    assert protects("intelligence", person("1", date_of_birth=birth)) == [expected]


def test_at_a_port_the_child_is_protected_and_the_sponsor_not() -> None:
    child = person("1", role="subject_of_interest", local_id="s1")
    sponsor = person("2", role="sponsor", local_id="s2")
    assert protects("port-encounter", child, sponsor, person_status="child") == ["child", None]
    assert protects("port-encounter", child, sponsor, person_status="adult") == [None, None]


def test_a_defendant_who_may_be_a_victim_is_protected() -> None:
    assert protects("outcome", person("1"), defendant_may_be_victim=True) == ["may_be_victim"]
    assert protects("outcome", person("1"), defendant_may_be_victim=False) == [None]


def test_places_and_organisations_that_shelter_are_protected() -> None:
    assert protects("intelligence", place("12", "refuge")) == ["refuge"]
    assert protects("intelligence", organisation("charity")) == ["support_provider"]
    assert protects("victim-support", organisation("business")) == ["support_provider"]
    assert protects("victim-support", place("12", "private_address")) == ["support_provider"]
    assert protects("intelligence", organisation("business")) == [None]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("owns", "beside_protected"), ("resides_at", "beside_protected"), ("works_at", None)],
)
def test_what_a_victim_owns_is_protected_and_where_one_is_made_to_work_not(
    kind: str, expected: str | None
) -> None:
    victim = person("1", role="victim", local_id="v")
    suspect = person("2", local_id="s")
    thing = vehicle("KX56 ABZ", local_id="t")
    found = protects("intelligence", victim, suspect, thing, relations=[relation("v", "t", kind)])
    assert found == ["victim", None, expected]


def test_whose_a_thing_is_follows_where_only_victims_are_named() -> None:
    victim = person("1", role="potential_victim", local_id="v")
    phone = subject("telephone", "means_of_contact", {"number": "+447700900123", "imei": None,
                    "imsi": None}, "t")  # fmt: skip
    assert protects("referral", victim, phone) == ["victim", "beside_protected"]
    scene = place("12", "brothel", "exploitation_site") | {"local_id": "p"}
    assert protects("referral", victim, scene) == ["victim", None]


def test_ports_and_public_bodies_are_everybody_s() -> None:
    event = sample_event("intelligence", subjects=[place("1", "port")], relations=[])
    assert holdings_of("intelligence", event)[0].commonplace == "public_place"
    event = sample_event("intelligence", subjects=[organisation("public_body")], relations=[])
    assert holdings_of("intelligence", event)[0].commonplace == "public_body"


def test_an_event_says_where_it_has_it_from() -> None:
    blank = {"reference": None, "event_id": None, "received": None, "kind": "agency"}
    steps = [
        {"origin": "met", **blank},
        {"origin": "soca", **blank, "reference": "S/1"},
        {"origin": "gla", **blank, "kind": "own_observation"},
        {"origin": "a member of the public", **blank, "kind": "public"},
    ]
    event = sample_event("intelligence", provenance=steps)
    source = source_of(event)
    assert source.told_by == {"met"}
    assert source.upstream == {"soca:S/1"}
    assert f"event:{event['header']['event_id']}" in source.names
    assert "gla:GLA/2009/0001" in source.names


def test_a_correction_is_known_by_its_first_version_too() -> None:
    first = sample_event("intelligence")["header"]["event_id"]
    event = sample_event("intelligence", corrects=first)
    assert f"event:{first}" in source_of(event).names
