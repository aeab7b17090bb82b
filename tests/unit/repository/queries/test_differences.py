"""What one version says otherwise than another."""

import pytest

from repository.queries.differences import changed_words, differences


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


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a b c d e f g h", "a b c d X f g h", ("… b c d e f g h", "… b c d X f g h")),
        ("a b c d e f g h i j", "X b c d e f g h i j", ("a b c d …", "X b c d …")),
        ("a b c d", "a b c d e", ("… b c d", "… b c d e")),
        ("a a", "a a a", ("a a", "a a a")),
        ("", "new", ("", "new")),
        (None, "new", (None, "new")),
        (1, 2, (1, 2)),
    ],
)
def test_of_long_texts_the_words_that_differ_are_shown(
    before: object, after: object, shown: tuple[object, object]
) -> None:
    assert changed_words(before, after) == shown
