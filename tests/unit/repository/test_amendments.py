"""Any order of arrival gives the same end."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from repository.amendments import Amendment, Status, Version, standing

NOW = datetime(2009, 10, 1, tzinfo=UTC)
FIRST = Version(UUID(int=1), "intelligence", 1)


def amendment(number: int, minutes: int = 0, **over: object) -> Amendment:
    values = {
        "event_id": UUID(int=number),
        "target_kind": "intelligence",
        "retracts": False,
        "reported_at": NOW + timedelta(minutes=minutes),
        "position": number,
    }
    return Amendment(**{**values, **over})  # type: ignore[arg-type]


def test_an_event_alone_is_current() -> None:
    assert standing(FIRST, []) == {1: Status.CURRENT}


def test_the_latest_correction_stands() -> None:
    found = standing(FIRST, [amendment(2, minutes=9), amendment(3, minutes=5)])
    assert found == {1: Status.CORRECTED, 2: Status.CURRENT, 3: Status.CORRECTED}


def test_a_retraction_wins_over_a_later_correction() -> None:
    found = standing(FIRST, [amendment(2, retracts=True), amendment(3, minutes=9)])
    assert found == {1: Status.RETRACTED, 3: Status.RETRACTED}


def test_a_correction_waits_for_its_first_version() -> None:
    assert standing(None, [amendment(2)]) == {2: Status.WAITING}


def test_a_correction_of_another_kind_has_no_effect() -> None:
    found = standing(FIRST, [amendment(2, target_kind="watch")])
    assert found == {1: Status.CURRENT, 2: Status.WAITING}


def test_a_retraction_of_another_kind_has_no_effect() -> None:
    found = standing(FIRST, [amendment(2, target_kind="watch", retracts=True)])
    assert found == {1: Status.CURRENT}


AMENDMENTS = st.lists(
    st.builds(
        amendment,
        st.integers(2, 60),
        st.integers(0, 3),
        retracts=st.booleans(),
        target_kind=st.sampled_from(["intelligence", "intelligence", "watch"]),
    ),
    unique_by=lambda one: one.event_id,
    max_size=6,
)


@given(AMENDMENTS.flatmap(lambda known: st.tuples(st.just(known), st.permutations(known))))
def test_the_order_of_arrival_changes_nothing(orders: tuple[list[Amendment], ...]) -> None:
    one, other = orders
    assert standing(FIRST, one) == standing(FIRST, other)
    assert list(standing(FIRST, one).values()).count(Status.CURRENT) <= 1
