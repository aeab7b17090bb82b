"""What one version says otherwise than another."""

from repository.queries.differences import differences


def test_only_what_changed_is_told_with_what_it_was() -> None:
    before = {
        "event_id": "1",
        "reported_at": "2009-10-12",
        "handling": "1",
        "title": "Same",
        "subjects": [{"role": "suspect", "person": {"names": [{"full": "Jonas"}]}}],
    }
    after = {
        "event_id": "2",
        "reported_at": "2009-10-13",
        "corrects": "1",
        "handling": "4",
        "handling_conditions": "Ask first.",
        "title": "Same",
        "subjects": [{"role": "witness", "person": {"names": []}}],
    }
    assert differences(before, after) == [
        {"field": "handling", "before": "1", "after": "4"},
        {"field": "subjects.0.role", "before": "suspect", "after": "witness"},
        {"field": "subjects.0.person.names.0.full", "before": "Jonas", "after": None},
        {"field": "handling_conditions", "before": None, "after": "Ask first."},
    ]
    assert differences(after, after) == []
