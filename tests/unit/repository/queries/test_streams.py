"""Streams as they are shown: moments as RFC 3339 has them, gaps with both their ends."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from repository.queries.streams import StreamState, as_row, gaps_of

SUMMER = timezone(timedelta(hours=1))
HEARD = datetime(2009, 7, 1, 10, 30, tzinfo=SUMMER)


def state(gaps: str) -> StreamState:
    return StreamState("gla", "x", "t.v1", 0, 9, HEARD, HEARD, gaps, 2, 0)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("{}", []),
        ("{[2,3)}", [(2, 2)]),
        ("{[2,3),[5,8)}", [(2, 2), (5, 7)]),
    ],
)
def test_a_gap_is_told_by_its_first_and_its_last_number(
    stored: str, shown: list[tuple[int, int]]
) -> None:
    assert [(one["first"], one["last"]) for one in gaps_of(state(stored))] == shown


def test_moments_are_told_in_utc() -> None:
    row = as_row(state("{}"))
    assert row["last_heard_at"] == row["gap_since"] == "2009-07-01T09:30:00+00:00"
    assert datetime.fromisoformat(row["last_heard_at"]).tzinfo == UTC
