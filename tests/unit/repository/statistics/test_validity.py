"""From when until when a version stands agrees, at every moment, with what stands then."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from repository.amendments import Amendment, Status, Version, standing
from repository.statistics.validity import validity

START = datetime(2009, 4, 1, tzinfo=UTC)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


@st.composite
def histories(
    draw: st.DrawFn,
) -> tuple[Version | None, list[Amendment], dict[int, datetime]]:
    received = {
        position: at(draw(st.integers(0, 6))) for position in range(1, draw(st.integers(1, 7)))
    }
    amendments = [
        Amendment(
            UUID(int=position),
            draw(st.sampled_from(["intelligence", "intelligence", "referral"])),
            draw(st.booleans()) and draw(st.booleans()),
            at(draw(st.integers(0, 3))),
            position,
        )
        for position in received
    ]
    received[0] = at(draw(st.integers(0, 6)))
    first = Version(UUID(int=0), "intelligence", 0, draw(st.booleans()) and draw(st.booleans()))
    return draw(st.sampled_from([first, first, None])), amendments, received


@given(histories())
def test_it_agrees_with_standing_at_every_moment(
    history: tuple[Version | None, list[Amendment], dict[int, datetime]],
) -> None:
    first, amendments, received = history
    periods = validity(first, amendments, received)
    for hour in range(8):
        known = [one for one in amendments if received[one.position] <= at(hour)]
        known_first = first if first and received[first.position] <= at(hour) else None
        expected = {p for p, s in standing(known_first, known).items() if s is Status.CURRENT}
        actual = {
            position
            for position, (since, until) in periods.items()
            if since <= at(hour) and (until is None or at(hour) < until)
        }
        assert expected == actual
