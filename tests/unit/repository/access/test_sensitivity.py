"""What identifies a victim: by the part a subject plays, and by what the schemas say of a field."""

from typing import Any

import pytest

from intelbus.contract import Kind
from intelbus.shapes import event_shape
from repository.access.sensitivity import (
    IDENTIFYING_FIELDS,
    PROTECTED_ROLES,
    sensitive_subjects,
)
from repository.linking.features import VICTIM_ROLES
from repository.linking.records import records_of
from repository.linking.terms import SEARCHED_FIELDS, terms_of
from tests.support.events import sample_event
from tests.support.terms import words_of


def test_the_identifying_fields_are_those_the_schemas_call_so() -> None:
    marked = {
        field.name
        for kind in Kind
        for field in event_shape(kind).fields
        if field.sensitivity in {"victim_identity", "location_of_refuge"}
    }
    assert marked == IDENTIFYING_FIELDS
    sources = {
        field.name
        for kind in Kind
        for field in event_shape(kind).fields
        if field.sensitivity == "source_identity"
    }
    assert not sources & set(SEARCHED_FIELDS)


def test_whom_no_notice_is_sent_about_is_who_is_protected() -> None:
    assert PROTECTED_ROLES == VICTIM_ROLES


def subject(local_id: str, role: str, **details: Any) -> dict[str, Any]:
    return {"local_id": local_id, "role": role, "details": details, "text": None}


PERSON = {"names": []}


@pytest.mark.parametrize(
    ("subjects", "relations", "sensitive"),
    [
        ([subject("a", "suspect", person=PERSON)], [], set()),
        ([subject("a", "victim", person=PERSON)], [], {0}),
        ([subject("a", "residence", location={"kind": "private_address"})], [], set()),
        ([subject("a", "residence", location={"kind": "refuge"})], [], {0}),
        (
            [
                subject("a", "witness", person=PERSON),
                subject("b", "residence", location={"kind": "private_address"}),
                subject("c", "exploitation_site", location={"kind": "brothel"}),
                subject("d", "means_of_contact", telephone={}),
                subject("e", "means_of_contact", telephone={}),
                subject("f", "controller", person=PERSON),
            ],
            [("a", "d", "uses"), ("f", "e", "uses"), ("f", "a", "controls"), ("f", "a", "owns")],
            {0, 1, 3},
        ),
        (
            [
                subject("r", "residence", location={"kind": "refuge"}),
                subject("t", "means_of_contact", telephone={}),
                subject("v", "other", vehicle={}),
                subject("o", "other", location={"kind": "private_address"}),
                subject("b", "exploitation_site", location={"kind": "brothel"}),
                subject("p", "other", person=PERSON),
                subject("u", "means_of_contact", telephone={}),
            ],
            [
                ("t", "r", "other"),
                ("v", "r", "seen_at"),
                ("r", "o", "part_of"),
                ("b", "r", "other"),
                ("p", "r", "works_at"),
                ("p", "u", "uses"),
            ],
            {0, 1, 2, 3},
        ),
    ],
)
def test_a_victim_and_what_leads_to_them_are_sensitive(
    subjects: list[dict[str, Any]], relations: list[tuple[str, str, str]], sensitive: set[int]
) -> None:
    stated = [{"from_id": a, "to_id": b, "kind": kind} for a, b, kind in relations]
    assert sensitive_subjects({"subjects": subjects, "relations": stated}) == sensitive


def test_terms_that_identify_a_victim_are_kept_apart() -> None:
    event = sample_event("referral")
    found = terms_of("referral", "gla", event)
    assert "0123" in words_of(found, sensitive=True)
    assert "0123" not in words_of(found, sensitive=False)
    records = records_of(1, "gla", event)
    assert [one.sensitive for one in records if one.kind == "event_reference"] == [True]
