"""When an event may stand as the sanitised version of another: one row a rule."""

from dataclasses import replace
from typing import Any

import pytest

from repository.sanitising.rules import NotSanitisedError, Version, require_sanitised
from tests.support.events import sample_event

SCHEME = "five_by_five_by_five"
NOTHING: dict[str, Any] = {"provenance": [], "subjects": [], "relations": []}


def version(position: int, kind: str, handling: str, **over: Any) -> Version:
    event = sample_event(kind, **over)
    return Version(position, "gla", kind, SCHEME, handling, "restricted", event)


def referral(position: int, handling: str, reference: str | None) -> Version:
    return version(
        position, "referral", handling, nrm_reference=reference, subjects=[], relations=[]
    )


def test_a_report_stands_for_one_that_is_held_closer() -> None:
    require_sanitised(
        version(1, "intelligence", "4"),
        version(2, "intelligence", "1", text="Sheds are guarded at night.", **NOTHING),
    )


def test_a_step_stands_for_another_of_the_same_case() -> None:
    require_sanitised(referral(1, "4", "NRM/2009/0001"), referral(2, "1", "NRM/2009/0001"))


@pytest.mark.parametrize("other", ["NRM/2009/0002", None])
def test_a_step_of_another_case_stands_for_none(other: str | None) -> None:
    """Or one case would be counted for two."""
    full = referral(1, "4", "NRM/2009/0001")
    with pytest.raises(NotSanitisedError, match="of another case"):
        require_sanitised(full, referral(2, "1", other))
    missing = version(1, "missing-child", "4", subjects=[], relations=[])
    elsewhere = {**missing.event, "incident_reference": "another"}
    with pytest.raises(NotSanitisedError, match="of another case"):
        require_sanitised(missing, replace(missing, position=2, handling="1", event=elsewhere))
