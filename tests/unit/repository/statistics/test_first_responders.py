"""First responders are counted in the groups that the published tables have."""

import pytest

from repository.statistics.first_responders import POLICE_FORCES, group_of


@pytest.mark.parametrize(
    ("code", "types", "expected"),
    [
        ("ukba", {}, "UKBA"),
        ("met", {}, "Police"),
        ("new-force", {"new-force": "police"}, "Police"),
        ("kettering", {"kettering": "local_authority"}, "Local authorities"),
        ("kent-county-council", {}, "Local authorities"),
        ("barnardos", {}, "barnardos"),
    ],
)
def test_first_responders_are_grouped_as_published(
    code: str, types: dict[str, str], expected: str
) -> None:
    assert group_of(code, types) == expected


def test_every_force_of_2009_is_listed() -> None:
    assert len(POLICE_FORCES) == 43 + 8 + 2
