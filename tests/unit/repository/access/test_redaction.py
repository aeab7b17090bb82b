"""What is withheld of an event: every field that identifies, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intelbus.codec import encode_event
from intelbus.contract import Kind
from intelbus.source_form import to_source
from repository.access.redaction import DESCRIBING, redacted
from repository.access.sensitivity import PROTECTED_KINDS, sensitive_subjects
from tests.support.events import events, sample_event

SECRET = "Marker"


def marked(value: Any) -> Any:
    """Return a value whose every text says SECRET."""
    if isinstance(value, dict):
        return {name: marked(part) for name, part in value.items()}
    if isinstance(value, list):
        return [marked(part) for part in value]
    return f"{SECRET} {value}" if isinstance(value, str) else value


def about_a_victim(kind: str) -> dict[str, Any]:
    """A controller and his van; a victim, whose telephone it is, in a house."""
    event = sample_event(kind)
    person, van, house, telephone = event["subjects"]
    details = marked(person["details"])
    details["person"] |= {"sex": "female", "age_status": "adult", "nationalities": ["LT"]}
    for document in details["person"]["documents"]:
        document["kind"] = "passport"
    for name in details["person"]["names"]:
        name["kind"], name["order"] = "legal", "unknown"
    victim = {"local_id": "v", "role": "victim", "details": details, "text": SECRET}
    place = house["details"]["location"]
    place |= {"house": SECRET, "postcode": SECRET, "name": SECRET, "street": SECRET}
    telephone["details"]["telephone"]["number"] = SECRET
    event["subjects"] = [person, van, house, telephone, victim]
    event["header"]["source_reference"] = f"GLA/2009/1 {SECRET}"
    event["relations"] = [
        {"from_id": "v", "to_id": telephone["local_id"], "kind": "uses", "text": SECRET}
    ]
    for name in ("nrm_reference", "nruc_number", "provider", "missing_from"):
        if name in event:
            event[name] = SECRET
    if kind in PROTECTED_KINDS:
        event["text"] = SECRET
    return event


KINDS = [kind for kind in Kind if "subjects" in sample_event(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_identifies_a_victim_is_shown_without_the_role(kind: str) -> None:
    event = about_a_victim(kind)
    whole = json.dumps(event, default=str)
    shown = json.dumps(redacted(kind, event, victims=False, sources=True), default=str)
    assert SECRET in whole
    assert SECRET not in shown
    assert "Kazlauskas" in shown  # the controller's
    assert "KX56" in shown
    assert redacted(kind, event, victims=True, sources=True) == event


def test_who_told_is_not_shown_without_the_role() -> None:
    event = sample_event("intelligence")
    shown = redacted("intelligence", event, victims=True, sources=False)
    assert shown["provenance"] == []
    assert {n: v for n, v in shown.items() if n != "provenance"} == {
        n: v for n, v in event.items() if n != "provenance"
    }


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_left_is_an_event_and_stays_as_it_is(kind: str, data: st.DataObject) -> None:
    event = data.draw(events(kind))
    once = redacted(kind, event, victims=False, sources=False)
    assert encode_event(kind, once)
    assert to_source(kind, once)
    assert redacted(kind, once, victims=False, sources=False) == once
    for ordinal in sensitive_subjects(event):
        ((name, details),) = once["subjects"][ordinal]["details"].items()
        left = {field: value for field, value in details.items() if field not in DESCRIBING}
        assert LEFT.setdefault(name, left) == left


# What is left of each kind of subject, whatever was said of it.
LEFT: dict[str, Any] = {}
