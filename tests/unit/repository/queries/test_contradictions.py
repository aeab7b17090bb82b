"""What agencies say of one entity, side by side: what cannot both be right is found, no more."""

import copy
from typing import Any

import pytest

from repository.linking.subjects import describe_subject
from repository.queries.contradictions import side_by_side
from tests.support.events import sample_event

BASE = sample_event("intelligence")["subjects"][0]["details"]["person"]


def sides(*said: dict[str, Any], roles: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """Put persons side by side, each of another agency, a day after the one before."""
    members, described = [], {}
    for at, over in enumerate(said):
        record = f"R{at}-0"
        details = copy.deepcopy(BASE) | over
        described[record] = describe_subject("person", details).text
        members.append(
            {
                "record": record, "agency": f"agency{at}", "position": at,
                "role": roles[at] if roles else "suspect", "grade": {"code": "B31"},
                "reported_at": f"2009-10-{12 - at:02}",
            }
        )  # fmt: skip
    return {one["field"]: one for one in side_by_side(members, described)}


def born(year: int, month: int | None, day: int | None) -> dict[str, Any]:
    return {"date_of_birth": {"year": year, "month": month, "day": day}}


@pytest.mark.parametrize(
    ("one", "other", "field", "contradicted"),
    [
        (born(1971, 2, 28), born(1971, 2, 27), "date_of_birth", True),
        (born(1971, 2, 28), born(1971, 2, None), "date_of_birth", False),
        (born(1971, 2, 28), born(1972, None, None), "date_of_birth", True),
        (born(1971, 2, 28), born(1971, 2, 28), "date_of_birth", False),
        ({"sex": "male"}, {"sex": "female"}, "sex", True),
        ({"nationalities": ["LT"]}, {"nationalities": ["LV"]}, "nationality", False),
    ],
)
def test_what_cannot_both_be_right_contradicts(
    one: dict[str, Any], other: dict[str, Any], field: str, contradicted: bool
) -> None:
    assert sides(one, other)[field]["contradicted"] is contradicted


def test_a_victim_to_one_and_a_suspect_to_another_should_be_looked_at() -> None:
    assert sides({}, {}, roles=("victim", "suspect"))["role"]["contradicted"]
    assert not sides({}, {}, roles=("suspect", "associate"))["role"]["contradicted"]


def test_each_value_is_told_with_who_says_so_grade_and_date_the_oldest_first() -> None:
    found = sides(born(1971, 2, 28), born(1971, 2, 27), born(1971, 2, 28))["date_of_birth"]
    assert [one["value"] for one in found["said"]] == ["19710228", "19710227"]
    assert found["said"][0]["says"] == [
        {"record": "R2-0", "agency": "agency2", "position": 2, "grade": {"code": "B31"},
         "reported_at": "2009-10-10"},
        {"record": "R0-0", "agency": "agency0", "position": 0, "grade": {"code": "B31"},
         "reported_at": "2009-10-12"},
    ]  # fmt: skip
